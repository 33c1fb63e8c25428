import { DeviceErrors } from "../errors.ts";
import { isRecord, type Reply, refusesJoin, toReply } from "./reply.ts";
import { isTextMode, parseTextMode } from "./text-mode.ts";
import { type Repair, repairJson } from "./tolerant-json.ts";

/** What one exchange gave: the replies by command, and the liberties taken to read them. */
export type Decoded = {
  replies: Map<string, Reply>;
  repairs: ReadonlySet<Repair>;
  /** True when several commands were asked at once and the device won't have that; `refusalCode` is its reason. */
  joinRefused: boolean;
  refusalCode?: number | null;
};

const NO_REPAIRS: ReadonlySet<Repair> = new Set();

/**
 * Reads the answer to one request for `commands`. Throws a DeviceError: NOT_A_MINER for what no miner's API says,
 * BAD_ANSWER for what can't be read.
 */
export function decode(text: string, commands: readonly string[]): Decoded {
  const trimmed = text.trimStart();
  const first = trimmed[0];
  if (first === "{" || first === "[" || (first === "," && trimmed.includes('"id"')))
    return decodeJson(trimmed, commands);
  if (isTextMode(trimmed)) return decodeText(trimmed, commands);
  throw notJson(trimmed);
}

function decodeJson(text: string, commands: readonly string[]): Decoded {
  const { value, repairs } = parse(text);
  const body = Array.isArray(value) ? value.find(isRecord) : value;
  if (!isRecord(body)) throw DeviceErrors.BAD_ANSWER(excerpt(text));
  if (commands.length === 1) return { replies: single(commands[0] ?? "", body), repairs, joinRefused: false };
  const replies = members(body, commands);
  if (repairs.has("truncated")) dropLast(replies, body);
  if (replies.size > 0) return { replies, repairs, joinRefused: false };
  const whole = toReply(body);
  if (!whole.ok && !refusesJoin(whole)) throw DeviceErrors.BAD_ANSWER(whole.message ?? excerpt(text));
  return { replies, repairs, joinRefused: true, refusalCode: whole.code };
}

function parse(text: string): { value: unknown; repairs: ReadonlySet<Repair> } {
  try {
    const value: unknown = JSON.parse(text);
    return { value, repairs: NO_REPAIRS };
  } catch (cause) {
    const repaired = repairJson(text);
    if (repaired === null) throw DeviceErrors.BAD_ANSWER(excerpt(text), { cause });
    return repaired;
  }
}

/** Members that an answer of this API has at least one of; sections are in capitals. */
const OWN_MEMBERS = /^(?:[A-Z][A-Z0-9]{2,}|Code|Msg|code|msg|enc)$/;
const isOurs = (body: Record<string, unknown>): boolean => Object.keys(body).some((key) => OWN_MEMBERS.test(key));

/** Says what a JSON answer of another API holds, so that a person can tell what machine it is. */
function foreign(body: Record<string, unknown>) {
  const names = Object.keys(body).slice(0, 5).join(", ");
  const hint = "HBStatus" in body || "Display" in body ? "ePIC's HTTP API: " : "";
  return DeviceErrors.UNSUPPORTED(`${hint}JSON with ${names === "" ? "no members" : `the members ${names}`}`);
}

/** A device may wrap even a single command's answer as if it were joined. */
function single(command: string, body: Record<string, unknown>): Map<string, Reply> {
  const inner = "STATUS" in body ? undefined : inside(body[command]);
  const reply = inner ?? body;
  if (!isOurs(reply)) throw foreign(reply);
  return new Map([[command, toReply(reply)]]);
}

/** Members of a joined answer are found by name: their order is the firmware's own. */
function members(body: Record<string, unknown>, commands: readonly string[]): Map<string, Reply> {
  const replies = new Map<string, Reply>();
  for (const command of commands) {
    const inner = inside(body[command]);
    if (inner && isOurs(inner)) replies.set(command, toReply(inner));
  }
  return replies;
}

const inside = (member: unknown): Record<string, unknown> | undefined => {
  const inner = Array.isArray(member) ? member[0] : member;
  return isRecord(inner) ? inner : undefined;
};

/** The member a cut went through may lack half of its records: it is asked again instead. */
function dropLast(replies: Map<string, Reply>, body: Record<string, unknown>): void {
  const last = Object.keys(body).at(-1);
  if (last !== undefined) replies.delete(last);
}

function decodeText(text: string, commands: readonly string[]): Decoded {
  const parsed = parseTextMode(text, commands[0] ?? "");
  const replies = new Map<string, Reply>();
  for (const [command, body] of parsed) replies.set(command, toReply(body));
  const joinRefused = commands.length > 1 && !text.includes("CMD=");
  if (joinRefused) replies.clear();
  return { replies, repairs: NO_REPAIRS, joinRefused };
}

/** A web server, a page, or a login banner on the port; an API whose backend is down says so in plain words. */
function notJson(text: string) {
  if (/^Socket connect failed|^(?:failed|error)\b/i.test(text)) return DeviceErrors.BAD_ANSWER(excerpt(text));
  const hint = text.startsWith("HTTP/") ? "it speaks HTTP, as ePIC's firmware does here: " : "";
  return DeviceErrors.NOT_A_MINER(`${hint}${excerpt(text)}`);
}

const EXCERPT_LENGTH = 80;
/** The beginning of an answer in printable characters, for a message. */
export function excerpt(text: string): string {
  const printable = text.slice(0, EXCERPT_LENGTH).replace(/[^\x20-\x7e]+/g, "·");
  return text.length > EXCERPT_LENGTH ? `${printable}…` : printable;
}

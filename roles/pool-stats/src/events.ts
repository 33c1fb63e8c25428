import type { WorkerName } from "./flush/target.ts";
import { leadingInteger } from "./http/arguments.ts";

/** What a message of COMMON_EVENTS means: a name to write, nothing, or why it can't be read (the original's words). */
export type EventResult = { is: "name"; name: WorkerName } | { is: "ignored" } | { is: "refused"; because: string };

/** Single-user mode: only this user's events count, each for its sub-account; null when off. */
export type EventRules = { singleUserPuid: number | null };

/** No event is longer; a message of megabytes isn't parsed. */
const LONGEST_EVENT = 64 * 1024;

const refused = (because: string): EventResult => ({ is: "refused", because });
const UNREADABLE = refused("decode common event failure");
const LACKING = refused("common event missing some fields");
const LACKING_UPDATE = refused("common event `worker_update` missing some fields");

/** Reads one message. Only `worker_update` tells a name; a disconnect of the later generation does so too. */
export function readEvent(bytes: Uint8Array, rules: EventRules): EventResult {
  if (bytes.length > LONGEST_EVENT) return UNREADABLE;
  const json = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
  const event = parse(json);
  // The original takes a bare word for a value without members.
  if (event === undefined) return /^\s*[{[]/.test(json) ? UNREADABLE : LACKING;
  const type = member(event, "type");
  const content = member(event, "content");
  if (!(type instanceof Raw) || type.kind !== "text" || !isObject(content)) return LACKING;
  if (type.source !== '"worker_update"') return { is: "ignored" };
  const userId = integer(member(content, "user_id"));
  const workerId = integer(member(content, "worker_id"));
  const name = text(member(content, "worker_name"));
  const agent = text(member(content, "miner_agent"));
  if (userId === null || workerId === null || name === null || agent === null) return LACKING_UPDATE;
  const user = Number(BigInt.asIntN(32, userId));
  const update = { userId: user, workerId: String(workerId), name: strip(name), agent: strip(agent) };
  return rules.singleUserPuid === null
    ? { is: "name", name: update }
    : forSubAccount(update, content, rules.singleUserPuid);
}

/** In single-user mode the worker's name begins with its user's, and the sub-account is what counts. */
function forSubAccount(update: WorkerName, content: object, puid: number): EventResult {
  const subAccount = integer(member(content, "ext_user_id"));
  if (subAccount === null) return LACKING_UPDATE;
  if (update.userId !== puid) return { is: "ignored" };
  const name = update.name.slice(update.name.indexOf(".") + 1);
  return { is: "name", name: { ...update, name, userId: Number(BigInt.asIntN(32, subAccount)) } };
}

/** A text or number of the message as it is written there: the original decodes no escapes, and ids have 64 bits. */
class Raw {
  readonly kind: "text" | "number";
  readonly source: string;
  constructor(kind: "text" | "number", source: string) {
    this.kind = kind;
    this.source = source;
  }
}

type Reviver = (key: string, value: unknown, context?: { source?: string }) => unknown;
const keepSource: Reviver = (_key, value, context) => {
  if (typeof value === "string") return new Raw("text", context?.source ?? "");
  return typeof value === "number" ? new Raw("number", context?.source ?? "") : value;
};

function parse(json: string): unknown {
  try {
    return JSON.parse(json, keepSource);
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Raw);

const member = (value: unknown, key: string): unknown => (isObject(value) ? Reflect.get(value, key) : undefined);

const integer = (value: unknown): bigint | null =>
  value instanceof Raw && value.kind === "number" && /^-?\d+$/.test(value.source) ? leadingInteger(value.source) : null;

const text = (value: unknown): string | null =>
  value instanceof Raw && value.kind === "text" ? value.source.slice(1, -1) : null;

/** What names and agents may hold: nothing that SQL or HTML would have to escape. */
const strip = (raw: string) => raw.replace(/[^A-Za-z0-9\-._:|^/]/g, "");

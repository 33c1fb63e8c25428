import { messageOf } from "@banksman/kit";
import type { Credentials } from "@banksman/kit/http-auth";
import { Answers } from "./answers.ts";
import { complete } from "./complete.ts";
import { type CommandTiming, Conversation } from "./conversation.ts";
import { type CredentialBook, credentialsFor } from "./credentials.ts";
import { DeviceErrors, reasonOf } from "./errors.ts";
import { families as builtIn } from "./families/index.ts";
import { type DeviceReading, type Family, READ_FIELDS } from "./family.ts";
import { forget, type MinerMemory } from "./memory.ts";
import { Notes } from "./notes.ts";
import { poll } from "./poll.ts";
import { pollV3 } from "./poll-v3.ts";
import { pollWeb } from "./poll-web.ts";
import type { Line } from "./transports/exchange.ts";
import type { WebOptions } from "./web-talk.ts";

/** Settings of one device that a configuration may give; ports of its other doors than 4028. */
export type DriverOptions = { v3_port?: number; http_port?: number };

/** Whom to read. `port` is 4028 unless given; `type` is what the configuration claims, and only warned of. */
export type Target = {
  host: string;
  port?: number;
  type?: string;
  options?: DriverOptions;
  /** This device's own name and password, before those of its family. */
  credentials?: Credentials;
};

export type ReadOptions = CredentialBook & {
  connectTimeoutMs: number;
  totalTimeoutMs: number;
  /** Keep the raw answers, by request. */
  keepRaw?: boolean;
  /** Ask no more than tells who it is; the rest of the reading is then missing. */
  identifyOnly?: boolean;
  signal?: AbortSignal;
  /** Other drivers than the built-in ones. */
  families?: readonly Family[];
};

/** `commands` tells each request's cost; `raw` the answers, when they were asked to be kept. */
export type ReadResult = { reading: DeviceReading; commands: CommandTiming[]; raw?: Record<string, string> };

export const CGMINER_PORT = 4028;
export const V3_PORT = 4433;

/** A reading with nothing in it. */
const NOTHING_READ = Object.fromEntries(READ_FIELDS.map((field) => [field, null]));

/**
 * Reads one miner: identifies it by what it says, asks what its family needs and normalises it. Never rejects for what
 * a device or the network does: then `online` is false with an `offline_reason`. Requests go one after the other.
 * `memory` is brought up to date. `latency_ms` is the time the whole reading took.
 */
export async function readMiner(target: Target, memory: MinerMemory, options: ReadOptions): Promise<ReadResult> {
  const start = performance.now();
  const notes = new Notes();
  const line: Line = {
    host: target.host,
    port: target.port ?? CGMINER_PORT,
    connectTimeoutMs: options.connectTimeoutMs,
    deadline: start + options.totalTimeoutMs,
    ...(options.signal ? { signal: options.signal } : {}),
  };
  const families = options.families ?? builtIn;
  const talk = new Conversation(line, notes, options.keepRaw ?? false, webOptions(target, families, options));
  const reading: DeviceReading = { ...NOTHING_READ, ip_address: target.host, online: false };
  try {
    const family = await converse({
      talk,
      line,
      target,
      memory,
      families,
      notes,
      identifyOnly: options.identifyOnly ?? false,
    });
    if (family) take(reading, family, talk, memory, notes);
    else setOffline(reading, talk, memory, notes);
    if (family && target.type) warnOfType(family, reading, target.type, notes);
  } catch (error) {
    // A mistake of ours must cost one reading, not a sweep.
    Object.assign(reading, NOTHING_READ, { online: false, offline_reason: "bad_answer" });
    notes.warn("internal", messageOf(error));
    forget(memory);
  } finally {
    talk.close();
  }
  reading.latency_ms = Math.round((performance.now() - start) * 10) / 10;
  reading.warnings = notes.list;
  return { reading, commands: talk.commands, ...(options.keepRaw ? { raw: talk.raw } : {}) };
}

function webOptions(target: Target, families: readonly Family[], book: CredentialBook): WebOptions {
  const port = target.options?.http_port;
  return {
    ...(port === undefined ? {} : { port }),
    credentialsFor: (web) => {
      const family = families.find((one) => one.web === web);
      return target.credentials ?? (family && credentialsFor(family, book));
    },
  };
}

/** One reading's parts. */
type Contact = {
  talk: Conversation;
  line: Line;
  target: Target;
  memory: MinerMemory;
  families: readonly Family[];
  notes: Notes;
  identifyOnly: boolean;
};

/** Talks over the door the miner is known by; one that isn't known, or has none on 4028, is tried at the others. */
async function converse(contact: Contact): Promise<Family | null> {
  const { talk, target, memory, families, notes, identifyOnly } = contact;
  const known = families.find((family) => family.id === memory.family);
  if (known && (known.transport === "v3" || memory.webOnly)) {
    const family = await (known.transport === "v3" ? overV3(contact) : overWeb(contact, [known]));
    if (!family) forget(memory);
    return family;
  }
  const claimed = families.filter((family) => family.transport === "http" && isType(family, target.type));
  if (!known && claimed.length > 0) {
    const family = await overWeb(contact, claimed);
    if (family) return family;
  }
  const family = await poll(talk, memory, families, notes, identifyOnly);
  if (family && talk.answers.anyOk) return family;
  return throughOtherDoors(contact);
}

/** What the configuration claims the device to be goes first, where that spares a try at a closed port. */
const isType = (family: Family, type: string | undefined): boolean =>
  type !== undefined && family.types.includes(type.trim().toLowerCase());

/** A machine with 4028 closed may be a WhatsMiner that only speaks v3, or have only a web server. */
async function throughOtherDoors(contact: Contact): Promise<Family | null> {
  const { talk, memory, families } = contact;
  const { problem } = talk;
  const closed = problem !== null && CLOSED.has(problem.code);
  const maySpeakV3 = memory.family === null || memory.family === "whatsminer";
  const worthTrying = problem === null ? talk.answers.replies.size > 0 : closed;
  const doors: (() => Promise<Family | null>)[] = [];
  if (maySpeakV3 && worthTrying) doors.push(() => overV3(contact));
  const onApiPort = families.filter((family) => family.web?.port === "api");
  const onWebPort = families.filter((family) => family.web !== undefined && family.web.port === undefined);
  if (problem !== null && SPEAKS_ELSE.has(problem.code)) doors.push(() => overWeb(contact, onApiPort));
  if (closed && maySpeakV3) doors.push(() => overWeb(contact, onWebPort));
  for (const door of doors) {
    if (talk.left < LEAST_MS) break;
    const family = await door();
    if (family) return family;
    if (talk.problem?.code === "DEVICE_ACCESS_DENIED") return null;
  }
  talk.problem = problem;
  return null;
}

/** With less time left no other door is tried. */
const LEAST_MS = 50;
/** What answers on 4028 without being a cgminer API: ePIC's firmware speaks HTTP there. */
const SPEAKS_ELSE = new Set(["DEVICE_NOT_A_MINER", "DEVICE_UNSUPPORTED"]);

async function overV3({ talk, line, target, memory, families, identifyOnly }: Contact): Promise<Family | null> {
  const v3 = families.find((family) => family.transport === "v3");
  const port = target.options?.v3_port ?? V3_PORT;
  if (!v3 || !(await pollV3(talk, { ...line, port }, v3, identifyOnly))) return null;
  memory.family = v3.id;
  return v3;
}

async function overWeb(
  { talk, memory, notes, identifyOnly }: Contact,
  families: readonly Family[],
): Promise<Family | null> {
  if (families.length === 0) return null;
  const refused = talk.answers;
  talk.answers = new Answers();
  const family = await pollWeb(talk, memory, families, notes, identifyOnly);
  if (!family) talk.answers = refused;
  return family;
}

/** How a device without the API on 4028 shows. */
const CLOSED = new Set(["DEVICE_REFUSED", "DEVICE_ACCESS_DENIED"]);

/** Fields that stay as they were while the commands that tell them are not asked. */
const IDENTITY = ["model", "firmware", "mac", "serial"] as const satisfies readonly (keyof DeviceReading)[];

function take(reading: DeviceReading, family: Family, talk: Conversation, memory: MinerMemory, notes: Notes): void {
  Object.assign(reading, family.read(talk.answers, notes));
  reading.online = true;
  reading.driver = family.id;
  if (changedIdentity(reading, memory.kept)) forget(memory);
  else restoreKept(reading, family, memory, talk);
  keep(reading, family, memory);
  complete(reading, notes);
  for (const [command, error] of talk.answers.failures) notes.warn("command_failed", `${command}: ${messageOf(error)}`);
  memory.family = family.id;
  // A web server's page names its maker from the first moment.
  if (!memory.webOnly && !isSettled(reading)) Object.assign(memory, { family: null, identified: [] });
}

/** Right after a start a device may name itself wrongly: it is identified again until it has run for a while. */
const SETTLED_SECONDS = 300;
const isSettled = (reading: DeviceReading) =>
  reading.uptime_seconds == null || reading.uptime_seconds >= SETTLED_SECONDS || reading.status === "sleeping";

/** Another firmware, or another machine on the address: what was remembered is of no use. */
const changedIdentity = (reading: DeviceReading, kept: Partial<DeviceReading>): boolean =>
  IDENTITY.some((field) => reading[field] != null && kept[field] != null && reading[field] !== kept[field]);

function restoreKept(reading: DeviceReading, family: Family, memory: MinerMemory, talk: Conversation): void {
  for (const field of IDENTITY) reading[field] ??= memory.kept[field] ?? null;
  const slow = family.slow;
  if (slow && !slow.asks.some((ask) => talk.answers.has(ask.command))) {
    const kept = slow.fields.filter((field) => reading[field] == null && memory.kept[field] != null);
    for (const field of kept) Object.assign(reading, { [field]: memory.kept[field] });
  }
}

function keep(reading: DeviceReading, family: Family, memory: MinerMemory): void {
  const kept: Partial<DeviceReading> = {};
  for (const field of [...IDENTITY, ...(family.slow?.fields ?? [])]) {
    if (reading[field] != null) Object.assign(kept, { [field]: reading[field] });
  }
  memory.kept = kept;
}

function setOffline(reading: DeviceReading, talk: Conversation, memory: MinerMemory, notes: Notes): void {
  const error = talk.problem ?? refusal(talk);
  reading.offline_reason = reasonOf(error);
  notes.warn("offline", messageOf(error));
  // A device that is only off keeps what is known of it; one that answers otherwise than before is met anew.
  if (reading.offline_reason === "bad_answer" || reading.offline_reason === "not_a_miner") forget(memory);
}

/** Every command was answered, but with an error. */
function refusal(talk: Conversation) {
  const replies = [...talk.answers.replies.values()];
  const said = replies.find((reply) => reply.message !== null)?.message ?? "no reason given";
  const who = replies.find((reply) => reply.description !== null)?.description ?? "the API";
  const text = `${who} refuses every command: ${said}`;
  return replies.some((reply) => reply.code === 45) ? DeviceErrors.ACCESS_DENIED(text) : DeviceErrors.BAD_ANSWER(text);
}

/** Types that claim nothing. */
const ANY_TYPE = new Set(["", "auto", "any", "cgminer", "generic", "unknown"]);

function warnOfType(family: Family, reading: DeviceReading, type: string, notes: Notes): void {
  const claimed = type.trim().toLowerCase();
  if (ANY_TYPE.has(claimed) || family.types.includes(claimed) || reading.make?.toLowerCase() === claimed) return;
  // The general driver on a machine that doesn't name itself knows no better than the configuration.
  if (reading.make == null && reading.model == null) return;
  const found = reading.model ?? family.title;
  notes.warn("type_mismatch", `configured as ${type}, but the device says it is ${found}`);
}

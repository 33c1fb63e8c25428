import { CodedError } from "@banksman/kit";
import { type DefectShare, parseDefect } from "./defects.ts";
import { FORMATS, type Format } from "./encode.ts";

/** The flags of `banksman sim shares`, as text. */
export type ShareFlags = {
  brokers?: string | undefined;
  topic?: string | undefined;
  eventsTopic?: string | undefined;
  workers?: string | undefined;
  users?: string | undefined;
  rate?: string | undefined;
  partitions?: string | undefined;
  format?: string | undefined;
  rejects?: string | undefined;
  defects?: string[] | undefined;
  keyed?: boolean | undefined;
  noEvents?: boolean | undefined;
  seed?: string | undefined;
  back?: string | undefined;
  for?: string | undefined;
  count?: string | undefined;
};

export type SharesOptions = {
  brokers: string[];
  topic: string;
  eventsTopic: string;
  workers: number;
  users: number;
  /** Shares a second. */
  rate: number;
  partitions: number | undefined;
  format: Format | "mixed";
  rejects: number;
  defects: DefectShare[];
  keyed: boolean;
  events: boolean;
  seed: number;
  /** Minutes of log to write at once, dated back, before going on by the clock. */
  backMinutes: number;
  /** Either may be Infinity. */
  forSeconds: number;
  count: number;
};

const usage = (text: string) => new CodedError("USAGE_FLAGS", `banksman sim shares: ${text}`, false);

/** Reads the flags; throws USAGE_FLAGS with the flag and the fix. */
export function sharesOptionsOf(flags: ShareFlags): SharesOptions {
  if (!flags.brokers) throw usage("--brokers HOST:PORT[,HOST:PORT] is needed");
  const workers = whole("--workers", flags.workers ?? "1000", 1, 2_000_000);
  return {
    brokers: flags.brokers.split(",").map((broker) => broker.trim()),
    topic: flags.topic ?? "ShareLog",
    eventsTopic: flags.eventsTopic ?? "CommonEvents",
    workers,
    users: Math.min(workers, whole("--users", flags.users ?? String(Math.ceil(workers / 100)), 1, 1_000_000)),
    rate: whole("--rate", (flags.rate ?? "1000/s").replace(/\/s$/, ""), 1, 10_000_000),
    partitions: flags.partitions === undefined ? undefined : whole("--partitions", flags.partitions, 1, 10_000),
    format: readFormat(flags.format ?? "v1"),
    rejects: readPart("--rejects", flags.rejects ?? "1%"),
    defects: (flags.defects ?? []).flatMap((text) => text.split(",")).map(readDefect),
    keyed: flags.keyed ?? false,
    events: !flags.noEvents,
    seed: whole("--seed", flags.seed ?? "1", 0, 2 ** 31 - 2),
    backMinutes: whole("--back", flags.back ?? "0", 0, 1_440),
    forSeconds:
      flags.for === undefined ? Number.POSITIVE_INFINITY : whole("--for", flags.for.replace(/s$/, ""), 1, 1e9),
    count: flags.count === undefined ? Number.POSITIVE_INFINITY : whole("--count", flags.count, 1, 1e12),
  };
}

function whole(flag: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max)
    throw usage(`${flag} ${text}: must be a whole number from ${min} to ${max}`);
  return value;
}

function readFormat(text: string): Format | "mixed" {
  const format = text === "mixed" ? text : FORMATS.find((known) => known === text);
  if (!format) throw usage(`--format ${text}: must be ${FORMATS.join(", ")} or mixed`);
  return format;
}

function readPart(flag: string, text: string): number {
  const part = text.endsWith("%") ? Number(text.slice(0, -1)) / 100 : Number(text);
  if (text === "" || !(part >= 0 && part <= 1)) throw usage(`${flag} ${text}: must be a part such as 0.01 or 1%`);
  return part;
}

function readDefect(text: string): DefectShare {
  const defect = parseDefect(text);
  if (typeof defect === "string") throw usage(`--defects: ${defect}`);
  return defect;
}

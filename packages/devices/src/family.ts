import type { Credentials } from "@banksman/kit/http-auth";
import type { Reading } from "@banksman/wire/model";
import type { Answers } from "./answers.ts";
import type { Fields } from "./decode/reply.ts";
import type { Notes } from "./notes.ts";
import type { Commands } from "./orders/command.ts";
import type { Login } from "./transports/http-session.ts";

/** A reading as a driver gives it: all but the id, which only the configuration knows. */
export type DeviceReading = Omit<Reading, "miner_id">;

/** The members of a reading that a driver reads; the rest is set by the poller. */
export const READ_FIELDS = [
  "hashrate_ghs",
  "hashrate_5s_ghs",
  "expected_hashrate_ghs",
  "temperature_avg",
  "temperature_max",
  "temperature_chips",
  "fan_speeds",
  "frequency_avg",
  "accepted_shares",
  "rejected_shares",
  "hardware_errors",
  "uptime_seconds",
  "pool_url",
  "worker_name",
  "power_consumption",
  "power_source",
  "status",
  "faults",
  "boards",
  "pools",
  "make",
  "model",
  "firmware",
  "mac",
  "serial",
] as const satisfies readonly (keyof DeviceReading)[];
export type ReadField = (typeof READ_FIELDS)[number];

/** One command a family asks, and when. */
export type Ask = {
  /**
   * As the device knows it; `~new_api` behind it asks in the way of newer Antminers, `~x` with the parameter x. What
   * begins with `/` is a path of its web server, asked by GET.
   */
  command: string;
  /** For a path: sent to it as JSON by POST. */
  body?: Readonly<Record<string, unknown>>;
  /** The device refuses it inside a join. */
  alone?: true;
  /** Asked only where credentials are given (`login`), or where the device has nothing but its web server (`web`). */
  only?: "login" | "web";
  /** Asked only when what was answered so far calls for it. */
  when?: (answers: Answers) => boolean;
  /** With `when`: whether its answer was of use. One that wasn't isn't asked again until the firmware changes. */
  helps?: (answers: Answers) => boolean;
  /** Once the device has refused it, it isn't asked again until its firmware changes. */
  optional?: true;
};

/** What tells families apart, gathered once from the first answers. */
export type Seen = {
  /** What the device says of itself in version, stats and status, in upper case. */
  text: string;
  /** The beginning of its web page and the realm of its login, in upper case; empty where that wasn't asked. */
  page: string;
  answers: Answers;
};

/** A family's web server. */
export type Web = {
  /** Its port unless the configuration names one: 80. `api` is the port that 4028 stands for. */
  port?: number | "api";
  /** What the factory sets; tried only where the configuration allows it. */
  factory?: Credentials;
  /** How a session is opened; without it the device asks for none, or for HTTP's own digest. */
  login?: Login;
};

/** What a family's API wants of somebody who orders. */
export type Api = {
  /** What the factory sets; tried only where the configuration allows it. */
  factory?: Credentials;
  /** Commands that open and close a session, and where its id stands in the answer to the first. */
  session?: { open: string; id: (body: Fields) => string | null; close: string };
};

/**
 * A driver: a firmware's language as data. `view` turns the answers into a form that the fields pick from; it must not
 * throw for a missing answer. A field that throws costs only itself.
 */
export type FamilySpec<View> = {
  /** File name, `driver` of a reading, row of the support table. */
  id: string;
  title: string;
  /** The brand on the box. */
  make: string | ((view: View) => string | null);
  /** What `type` in a configuration may say for these devices. */
  types: readonly string[];
  transport: "cgminer" | "v3" | "http";
  web?: Web;
  api?: Api;
  /** Asked in every reading, in one round trip where the firmware joins commands. */
  live: readonly Ask[];
  /** Asked at the first reading and again after a change of firmware. */
  identity: readonly Ask[];
  /** Asked every few minutes, and at once when `when` says so: its fields are kept in between. */
  slow?: { asks: readonly Ask[]; fields: readonly ReadField[] };
  claims: (seen: Seen) => boolean;
  /** Other firmwares say its name too: `version` alone doesn't tell them apart, `stats` does. */
  imitated?: true;
  view: (answers: Answers, notes: Notes) => View;
  fields: { [F in ReadField]?: (view: View, notes: Notes) => DeviceReading[F] };
  /** What it can be ordered and asked: orders/command.ts. */
  commands?: Commands;
};

/** A family with its view closed over, so that all families have one type. */
export type Family = Omit<FamilySpec<unknown>, "view" | "fields" | "make"> & {
  /** Everything the answers tell; never throws. */
  read: (answers: Answers, notes: Notes) => Partial<DeviceReading>;
  /** The fields this family knows how to read, for the support table. */
  fields: readonly ReadField[];
};

type Readers<View> = FamilySpec<View>["fields"];

/** Declares a family. Its fields are read one by one, so that a bad one is null with a warning and the rest is kept. */
export function defineFamily<View>(spec: FamilySpec<View>): Family {
  const { view, fields: readers, make, ...rest } = spec;
  const fields = READ_FIELDS.filter((field) => field === "make" || field in readers);
  const read = (answers: Answers, notes: Notes): Partial<DeviceReading> => {
    const reading: Partial<DeviceReading> = {};
    try {
      const seen = view(answers, notes);
      reading.make = typeof make === "string" ? make : make(seen);
      for (const field of fields) readField(reading, readers, field, seen, notes);
    } catch (error) {
      notes.failed("answer", error);
    }
    return reading;
  };
  return { ...rest, read, fields };
}

function readField<View, F extends ReadField>(
  reading: Partial<DeviceReading>,
  readers: Readers<View>,
  field: F,
  view: View,
  notes: Notes,
): void {
  try {
    const value = readers[field]?.(view, notes);
    if (value != null) reading[field] = value;
  } catch (error) {
    notes.failed(field, error);
  }
}

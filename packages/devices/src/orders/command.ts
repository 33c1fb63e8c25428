/**
 * Orders to devices, as data. A family's file says under `commands` what its firmware can be ordered; a command exists
 * exactly when its key exists, and nothing offers what a family doesn't declare. To add one:
 *
 * 1. Put its key under `commands` of the family. A question (`pools_get`, `mode_get`, `logs`) says what it asks and how
 *    the answer is read:
 *        mode_get: { ask: [web.get("/cgi-bin/get_miner_conf.cgi")], read: ([conf]) => modeOf(conf.reply.body) }
 *    An action says which messages order it, made of what is ordered and of what the device said before:
 *        reboot: { send: () => [web.post("/cgi-bin/reboot.cgi")] }
 *        locate: { send: (on) => [cgminer("ascset", `0,led,1-${on ? 1 : 0}`)] }
 *    `web`, `cgminer`, `whatsminer`, `v3` and `session` below make the messages, one for each door a device may have.
 * 2. Start from what the device has where an order rewrites more than it changes: name the questions under `first`, find
 *    their answers in `before.told`, and return no message when it is so already.
 * 3. Say under `objection` how the device says no, where STATUS E, a bad HTTP status or an API's error code isn't all.
 * 4. Say under `check` what shows that it was done, where the readings don't: reboot, restart_hashing, pools_set and
 *    mode_set are read back for every family (verify.ts).
 * 5. A factory's name and password go under `web.factory` (its web server) or `api.factory` (its API), a login of its
 *    own under `web.login` or `api.session`. They are tried only where the user allows it, and never shown.
 *
 * Each message of an action leaves at most once. The next one leaves when the one before was accepted; after a refusal
 * `instead` may name others, where the refusal proves that nothing was done.
 */

import type { Credentials } from "@banksman/kit/http-auth";
import type { Mode, ModeOrder, PoolSetting } from "@banksman/wire/model";
import type { Reply } from "../decode/reply.ts";
import type { DeviceReading } from "../family.ts";
import type { HttpRequest } from "../transports/http.ts";

/** One message to a device, by the door it goes through. */
export type Message =
  /** The plain API on 4028; `text` is what goes on the wire. */
  | { door: "cgminer"; command: string; text: string }
  /** The same, with the id of a session that `api.session` opens before and closes after. */
  | { door: "session"; command: string; argument: string }
  | { door: "web"; request: HttpRequest }
  /** WhatsMiner's API 2: with a token, encrypted, on 4028. */
  | { door: "whatsminer"; command: string; params: Readonly<Record<string, string>> }
  /** WhatsMiner's API 3 on 4433; `sealed` encrypts the parameter. Questions (`get.…`) go unsigned. */
  | { door: "v3"; command: string; param: unknown; sealed: boolean };

/** A cgminer command in JSON. */
export const cgminer = (command: string, parameter?: string): Message => ({
  door: "cgminer",
  command,
  text: JSON.stringify(parameter === undefined ? { command } : { command, parameter }),
});

export const session = (command: string, argument = ""): Message => ({ door: "session", command, argument });

export const whatsminer = (command: string, params: Readonly<Record<string, string>> = {}): Message => ({
  door: "whatsminer",
  command,
  params,
});

export const v3 = (command: string, param?: unknown, how: { sealed?: boolean } = {}): Message => ({
  door: "v3",
  command,
  param,
  sealed: how.sealed ?? false,
});

const request = (method: HttpRequest["method"], path: string, body?: unknown): Message => {
  if (body === undefined) return { door: "web", request: { method, path } };
  const headers = { "Content-Type": "application/json" };
  return { door: "web", request: { method, path, headers, body: JSON.stringify(body) } };
};

/** Messages to a web server; a body is sent as JSON. */
export const web = {
  get: (path: string) => request("GET", path),
  post: (path: string, body?: unknown) => request("POST", path, body),
  put: (path: string, body?: unknown) => request("PUT", path, body),
  patch: (path: string, body?: unknown) => request("PATCH", path, body),
};

/** What a device answered to a message: as it came, and read. */
export type Told = { text: string; reply: Reply };

/** What is known when an order's messages are made. */
export type Before = {
  reading: DeviceReading;
  /** The answers to `first`, in its order. */
  told: readonly Told[];
  /** For firmwares that want them inside the message; anything shown has them blotted out. */
  credentials: Credentials | undefined;
};

/** A question; nothing changes by asking, so that it may be repeated. */
export type Question<Value> = {
  ask: readonly Message[];
  /** Null when the device doesn't tell. */
  read: (told: readonly Told[], reading: DeviceReading) => Value | null;
};

/** An order that changes something. */
export type Action<Argument> = {
  first?: readonly Message[];
  /** Throws OrderErrors.NOT_POSSIBLE with a reason for what this machine can't do. No messages: it is so already. */
  send: (argument: Argument, before: Before) => readonly Message[];
  /** Null when the answer means yes, else the device's reason. */
  objection?: (told: Told) => string | null;
  /** Other messages, when the refusal proves that nothing was done. */
  instead?: (refused: Told, argument: Argument, before: Before) => readonly Message[];
  check?: { ask: readonly Message[]; shows: (told: readonly Told[], argument: Argument, before: Before) => boolean };
  /** How long it may take until it shows, in seconds; each order has a default. */
  withinSeconds?: number;
};

/** What a family can be ordered and asked. `power_target` is in W. */
export type Commands = {
  reboot?: Action<null>;
  locate?: Action<boolean>;
  pools_get?: Question<readonly PoolSetting[]>;
  pools_set?: Action<readonly PoolSetting[]>;
  mode_get?: Question<Mode>;
  mode_set?: Action<ModeOrder>;
  power_target?: Action<number>;
  restart_hashing?: Action<null>;
  logs?: Question<string>;
  raw?: Action<string>;
};

/** The pools as every reading has them: for families that tell no more elsewhere. */
export const poolsAsRead: Question<readonly PoolSetting[]> = {
  ask: [],
  read: (_told, { pools }) =>
    pools?.filter((pool) => !pool.dev_fee).map(({ url, worker }) => ({ url, worker: worker ?? "" })) ?? null,
};

/** Any command of the plain API, as `summary` or `ascset|0,led,1-1`, or JSON as it shall go on the wire. */
export const rawCgminer: Action<string> = {
  send: (typed) => {
    const [command = "", ...rest] = typed.split("|");
    if (typed.trimStart().startsWith("{")) return [{ door: "cgminer", command: "raw", text: typed }];
    return [cgminer(command, rest.length > 0 ? rest.join("|") : undefined)];
  },
};

import type { Mode, ModeOrder } from "@banksman/wire/model";
import type { DeviceReading } from "../family.ts";
import type { Action, Commands, Message } from "./command.ts";
import { web } from "./command.ts";
import { OrderErrors } from "./errors.ts";

const POOL_ADDRESS = /^(?:([a-z0-9+]+):\/\/)?([^/:\s]+):(\d{1,5})\/?$/i;

/** A pool's address in its parts. Throws ORDER_NOT_POSSIBLE for what has no host and port. */
export function addressOf(url: string): { scheme: string | null; host: string; port: number } {
  const [, scheme = null, host, port] = POOL_ADDRESS.exec(url.trim()) ?? [];
  if (host === undefined) throw OrderErrors.NOT_POSSIBLE(`${url} is no pool address such as stratum+tcp://host:3333`);
  return { scheme, host, port: Number(port) };
}

const isAsleep = ({ status }: DeviceReading): boolean => status === "sleeping";

/** Says that a machine has no such mode. */
export const noSuchMode = (mode: string) =>
  OrderErrors.NOT_POSSIBLE(`this machine knows no mode "${mode}"; it can sleep, wake and be normal`);

/** The modes of a firmware that can only sleep and wake: what is so already isn't ordered again. */
export function sleepAndWake(
  sleep: readonly Message[],
  wake: readonly Message[],
): Pick<Commands, "mode_get" | "mode_set"> {
  return {
    mode_get: { ask: [], read: (_told, reading): Mode | null => modeOf(reading) },
    mode_set: {
      send: (mode: ModeOrder, { reading }) => {
        if (mode === "low" || mode === "high") throw noSuchMode(mode);
        if (mode === "sleep") return isAsleep(reading) ? [] : sleep;
        return reading.status === "hashing" ? [] : wake;
      },
    },
  };
}

function modeOf(reading: DeviceReading): Mode | null {
  if (reading.status == null) return null;
  return isAsleep(reading) ? "sleep" : "normal";
}

const TYPED = /^(GET|POST|PUT|PATCH|DELETE)\s+(\/\S*)(?:\s+([\s\S]+))?$/;

/** Anything its web server knows, typed as `POST /api/system/restart` or `PATCH /api/system {"fanspeed":80}`. */
export const rawWeb: Action<string> = {
  send: (typed) => {
    const [, method, path, body] = TYPED.exec(typed.trim()) ?? [];
    if (path === undefined)
      throw OrderErrors.NOT_POSSIBLE(`write it as GET /path or POST /path {"json":"body"}, not ${typed}`);
    const headers = { "Content-Type": "application/json" };
    const request = { method: method as "GET", path };
    return [{ door: "web", request: body === undefined ? request : { ...request, headers, body } }];
  },
};

/** Nothing is sent but a path. */
export const post = (path: string): readonly Message[] => [web.post(path)];

import { type Before, type Commands, poolsAsRead, type Told, web } from "../orders/command.ts";
import { objectionOf } from "../orders/errand.ts";
import { OrderErrors } from "../orders/errors.ts";
import { rawWeb, sleepAndWake } from "../orders/usual.ts";
import { at } from "../read/pick.ts";
import { text } from "../read/text.ts";

/** Every write has the password inside; without one it would only be refused. */
function order(name: string, param: unknown, { credentials }: Pick<Before, "credentials">) {
  if (!credentials) throw OrderErrors.CREDENTIALS_NEEDED("ePIC PowerPlay");
  return [web.post(`/${name}`, { param, password: credentials.password })];
}

/** `{"result":false,"error":"…"}` comes with status 200. */
function objection(told: Told): string | null {
  if (!told.reply.ok) return objectionOf(told);
  return told.reply.body.result === true ? null : (text(told.reply.body.error, 500) ?? "the device says result false");
}

const SUMMARY = web.get("/summary");
const modes = sleepAndWake([], []);

/** Orders to ePIC's PowerPlay over HTTP on port 4028. */
export const epicCommands: Commands = {
  reboot: { send: (_, before) => order("reboot", "0", before), objection },
  locate: {
    send: (on, before) => order("identify", on, before),
    objection,
    check: {
      ask: [SUMMARY],
      shows: ([told], on) => at(told?.reply.body, "Misc")?.["Locate Miner State"] === on,
    },
  },
  pools_get: poolsAsRead,
  pools_set: {
    first: [SUMMARY],
    send: (pools, before) => {
      const coin = text(at(before.told[0]?.reply.body, "Mining")?.Coin) ?? "BTC";
      const configs = pools.map(({ url, worker, password }) => ({
        pool: url,
        login: worker,
        password: password ?? "x",
      }));
      return order("coin", { coin, stratum_configs: configs, unique_id: false }, before);
    },
    objection,
  },
  mode_get: modes.mode_get,
  mode_set: {
    send: (mode, before) => {
      // The same rules as for all that only sleep and wake; what is sent holds the password.
      const wanted = sleepAndWake(order("miner", "Stop", before), order("miner", "Autostart", before)).mode_set;
      return wanted?.send(mode, before) ?? [];
    },
    objection,
  },
  logs: { ask: [web.get("/log")], read: ([log]) => log?.text ?? null },
  raw: rawWeb,
};

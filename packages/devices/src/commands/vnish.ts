import { type Commands, poolsAsRead, rawCgminer, web } from "../orders/command.ts";
import { OrderErrors } from "../orders/errors.ts";
import { sleepAndWake } from "../orders/usual.ts";
import { amount } from "../read/number.ts";
import { at, listOf } from "../read/pick.ts";
import { text } from "../read/text.ts";

const path = (name: string) => `/api/v1/${name}`;
const SETTINGS = path("settings");

/** VNish stores an address without the scheme that all have. */
const bare = (url: string) => url.replace(/^stratum\+tcp:\/\//i, "");

/** Orders to VNish over REST, behind a password that opens it. */
export const vnishCommands: Commands = {
  reboot: { send: () => [web.post(path("system/reboot"))] },
  restart_hashing: { send: () => [web.post(path("mining/restart"))] },
  locate: {
    send: (on) => [web.post(path("find-miner"), { on })],
    check: { ask: [web.get(path("status"))], shows: ([status], on) => status?.reply.body.find_miner === on },
  },
  pools_get: poolsAsRead,
  pools_set: {
    send: (pools) => {
      const rows = pools.map(({ url, worker, password }, order) => ({
        url: bare(url),
        user: worker,
        pass: password ?? "x",
        order,
        id: order,
      }));
      return [web.post(SETTINGS, { miner: { pools: rows } })];
    },
  },
  ...sleepAndWake([web.post(path("mining/stop"))], [web.post(path("mining/start"))]),
  power_target: {
    first: [web.get(path("autotune/presets"))],
    send: (watts, { told }) => {
      const body = told[0]?.reply.body;
      const names = listOf(body?.list ?? body?.presets).map((preset) => text(preset.name));
      // A preset is named by its watts; tuned or not, it can be chosen.
      const fitting = names.map(amount).filter((value) => value !== null && value <= watts);
      const best = Math.max(...fitting.map((value) => value ?? 0), 0);
      if (best === 0)
        throw OrderErrors.NOT_POSSIBLE(`it has no preset of ${watts} W or less: ${names.join(", ") || "none"}`);
      return [web.post(SETTINGS, { miner: { overclock: { preset: String(best) } } })];
    },
    check: {
      ask: [web.get(SETTINGS)],
      shows: ([settings], watts) => {
        const preset = amount(at(settings?.reply.body, "miner", "overclock")?.preset);
        return preset !== null && preset <= watts;
      },
    },
  },
  logs: { ask: [web.get(path("logs/miner"))], read: ([log]) => log?.text ?? null },
  raw: rawCgminer,
};

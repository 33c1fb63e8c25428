import { type Commands, poolsAsRead, rawCgminer, web } from "../orders/command.ts";
import { sleepAndWake } from "../orders/usual.ts";
import { amount } from "../read/number.ts";
import { at } from "../read/pick.ts";

const path = (name: string) => `/api/v1/${name}`;
const MINER = web.get(path("configuration/miner"));
const LOCATE = path("actions/locate");

/**
 * Orders to Braiins OS from 25.07 on, over REST with a token. Earlier versions refuse the paths with 404, so that
 * nothing is done there.
 */
export const braiinsCommands: Commands = {
  reboot: { send: () => [web.put(path("actions/reboot"))] },
  restart_hashing: { send: () => [web.put(path("actions/restart"))] },
  locate: {
    send: (on) => [web.put(LOCATE, on)],
    check: { ask: [web.get(LOCATE)], shows: ([told], on) => told?.reply.body.value === on },
  },
  pools_get: poolsAsRead,
  pools_set: {
    send: (pools) => {
      const rows = pools.map(({ url, worker, password }) => ({ url, user: worker, password: password ?? "x" }));
      return [
        web.put(path("pools/batch"), [
          { name: "Banksman", pools: rows, load_balance_strategy: { quota: { value: 1 } } },
        ]),
      ];
    },
  },
  ...sleepAndWake([web.put(path("actions/pause"))], [web.put(path("actions/resume"))]),
  power_target: {
    send: (watt) => [web.put(path("performance/power-target"), { watt })],
    check: {
      ask: [MINER],
      shows: ([told], watts) => amount(at(told?.reply.body, "tuner", "power_target")?.watt) === watts,
    },
  },
  logs: { ask: [web.get(path("miner/log/bosminer"))], read: ([log]) => log?.text ?? null },
  raw: rawCgminer,
};

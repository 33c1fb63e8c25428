import { type Commands, poolsAsRead, web } from "../orders/command.ts";
import { OrderErrors } from "../orders/errors.ts";
import { rawWeb, sleepAndWake } from "../orders/usual.ts";
import { amount } from "../read/number.ts";
import { at } from "../read/pick.ts";
import { text } from "../read/text.ts";

const path = (name: string) => `/api/v1/${name}`;
const TARGET = path("mining/target");

/** Orders to a Proto Rig over REST, with a token. */
export const protoCommands: Commands = {
  reboot: { send: () => [web.post(path("system/reboot"))] },
  locate: {
    send: (on) => {
      if (!on) throw OrderErrors.NOT_POSSIBLE("its light goes out by itself and can't be switched off");
      return [web.post(path("system/locate"))];
    },
  },
  pools_get: poolsAsRead,
  pools_set: {
    send: (pools) => [
      web.post(
        path("pools"),
        pools.map(({ url, worker, password }, priority) => ({
          name: `Pool ${priority + 1}`,
          url,
          username: worker,
          password: password ?? "x",
          priority,
        })),
      ),
    ],
  },
  ...sleepAndWake([web.post(path("mining/stop"))], [web.post(path("mining/start"))]),
  power_target: {
    send: (watts) => [web.put(TARGET, { power_target_watts: watts })],
    check: { ask: [web.get(TARGET)], shows: ([told], watts) => amount(told?.reply.body.power_target_watts) === watts },
  },
  logs: {
    ask: [web.get(path("system/logs"))],
    read: ([log]) => {
      const content = at(log?.reply.body, "logs")?.content;
      return Array.isArray(content) ? content.map(String).join("\n") : text(content, 1_000_000);
    },
  },
  raw: rawWeb,
};

import { type Commands, poolsAsRead, rawCgminer, type Told, web } from "../orders/command.ts";
import { sleepAndWake } from "../orders/usual.ts";
import { amount, count } from "../read/number.ts";
import { listOf } from "../read/pick.ts";

const send = (command: string, parameters: Readonly<Record<string, unknown>> = {}) =>
  web.post(`/${command}`, { command, ...parameters });
const first = (told: Told | undefined, section: string) => listOf(told?.reply.body[section])[0];

/** What the light shows by number: 3 blinks for a person, 2 is its own state. */
const LED = { on: 3, off: 2 };

/** Orders to FluxOS over its web server on port 8080, with a token; each says its command inside as well. */
export const auradineCommands: Commands = {
  reboot: { send: () => [send("restart")] },
  locate: {
    send: (on) => [send("led", { code: on ? LED.on : LED.off })],
    check: { ask: [web.get("/led")], shows: ([led], on) => (count(first(led, "LED")?.Code) === LED.on) === on },
  },
  pools_get: poolsAsRead,
  pools_set: {
    send: (pools) => [
      send("updatepools", {
        pools: pools.map(({ url, worker, password }) => ({ url, user: worker, pass: password ?? "x" })),
      }),
    ],
  },
  ...sleepAndWake([send("mode", { sleep: "on" })], [send("mode", { sleep: "off" })]),
  power_target: {
    send: (power) => [send("mode", { mode: "custom", tune: "power", power })],
    check: { ask: [web.get("/mode")], shows: ([mode], watts) => amount(first(mode, "Mode")?.Power) === watts },
  },
  raw: rawCgminer,
};

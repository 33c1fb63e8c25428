import type { Mode } from "@banksman/wire/model";
import { type Commands, cgminer, type Message, poolsAsRead, rawCgminer, type Told, web } from "../orders/command.ts";
import { noSuchMode } from "../orders/usual.ts";
import { count } from "../read/number.ts";
import { text } from "../read/text.ts";

const page = (name: string) => `/cgi-bin/${name}.php`;
const INFO = web.get(page("get_system_info"));
const REBOOT = web.get(page("reboot"));

/** The names under which the device tells the numbers of its modes. */
const MODES: readonly (readonly [mode: Mode, member: string])[] = [
  ["low", "low_power"],
  ["normal", "normal"],
  ["high", "high_performance"],
];

function modeOf(info: Told | undefined): Mode | null {
  const body = info?.reply.body;
  const now = count(body?.miningMode);
  if (now === null) return null;
  return MODES.find(([, member]) => count(body?.[member]) === now)?.[0] ?? null;
}

/** It sleeps at once, and wakes by a new start of its mining process. */
const SLEEP: readonly Message[] = [cgminer("ascset", "0,suspend")];
const WAKE: readonly Message[] = [cgminer("restart")];

/** Orders to SealMiner: some on 4028, the others on its web server behind a form that asks for a password. */
export const sealminerCommands: Commands = {
  reboot: { send: () => [REBOOT] },
  restart_hashing: { send: () => WAKE, objection: restartObjection },
  locate: {
    send: (on) => [web.post(page("led_conf"), { key: "led", value: on ? "on" : "off" })],
    check: { ask: [INFO], shows: ([info], on) => text(info?.reply.body.led) === (on ? "on" : "off") },
  },
  pools_get: poolsAsRead,
  pools_set: {
    send: (pools) => {
      const rows = pools.map(({ url, worker, password }) => ({ url, user: worker, pass: password ?? "x" }));
      return [cgminer("updatepools", JSON.stringify({ pools: rows })), REBOOT];
    },
  },
  mode_get: { ask: [INFO], read: ([info], reading) => (reading.status === "sleeping" ? "sleep" : modeOf(info)) },
  mode_set: {
    first: [INFO],
    send: (mode, { reading, told }) => {
      if (mode === "sleep") return reading.status === "sleeping" ? [] : SLEEP;
      const wake = reading.status === "sleeping" ? WAKE : [];
      if (mode === "wake") return wake;
      const number = count(told[0]?.reply.body[MODES.find(([name]) => name === mode)?.[1] ?? ""]);
      if (number === null) throw noSuchMode(mode);
      return modeOf(told[0]) === mode ? wake : [web.post(page("set_mining_mode"), { miningMode: number }), ...wake];
    },
    objection: restartObjection,
  },
  power_target: {
    send: (watts) => [cgminer("ascset", `0,powerlimit,${JSON.stringify({ value: String(watts) })}`), REBOOT],
  },
  raw: rawCgminer,
};

/** `restart` answers `{"STATUS":"RESTART"}`, other commands with a list. */
function restartObjection({ reply }: Told): string | null {
  return reply.ok ? null : (reply.message ?? "refused");
}

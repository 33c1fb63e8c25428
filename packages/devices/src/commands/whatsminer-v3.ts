import type { Mode, ModeOrder } from "@banksman/wire/model";
import { type Fields, isRecord } from "../decode/reply.ts";
import { type Commands, type Message, poolsAsRead, type Told, v3 } from "../orders/command.ts";
import { OrderErrors } from "../orders/errors.ts";
import { amount } from "../read/number.ts";
import { isTrue, text } from "../read/text.ts";

const INFO = v3("get.device.info");
const SETTING = v3("get.miner.setting");

/**
 * Orders to MicroBT's API 3, each signed with the device's salt and time. From the vendor's description of the API; no
 * recorded order of a real machine stands behind them yet.
 */
export const whatsminerV3Commands: Commands = {
  reboot: { send: () => [v3("set.system.reboot")] },
  locate: {
    send: (on) => [v3("set.system.led", on ? [{ color: "red", period: 2_000, duration: 1_000, start: 0 }] : "auto")],
    check: { ask: [INFO], shows: ([info], on) => (text(inner(msg(info), "system")?.ledstatus) === "auto") !== on },
  },
  pools_get: poolsAsRead,
  pools_set: {
    send: (pools) => {
      const rows = pools.map(({ url, worker, password }) => ({ pool: url, worker, passwd: password ?? "x" }));
      return [v3("set.miner.pools", rows, { sealed: true })];
    },
  },
  mode_get: { ask: [INFO, SETTING], read: ([info, setting]) => modeOf(info, setting) },
  mode_set: {
    first: [INFO],
    send: (mode, { told: [info] }) => {
      const asleep = isStopped(info);
      if (mode === "wake" ? !asleep : mode === "sleep" && asleep) return [];
      return [MODE_ORDERS[mode]];
    },
  },
  power_target: {
    send: (watts) => [v3("set.miner.power_limit", watts)],
    check: { ask: [SETTING], shows: ([setting], watts) => amount(msg(setting)?.["power-limit"]) === watts },
    withinSeconds: 120,
  },
  restart_hashing: { send: () => [v3("set.miner.service", "restart")] },
  raw: { send: (typed) => [rawOf(typed)] },
};

const MODE_ORDERS: Readonly<Record<ModeOrder, Message>> = {
  sleep: v3("set.miner.service", "stop"),
  wake: v3("set.miner.service", "start"),
  low: v3("set.miner.power_mode", "low"),
  normal: v3("set.miner.power_mode", "normal"),
  high: v3("set.miner.power_mode", "high"),
};

const msg = (told: Told | undefined): Fields | undefined =>
  told?.reply.ok && isRecord(told.reply.body.msg) ? told.reply.body.msg : undefined;

const inner = (fields: Fields | undefined, name: string): Fields | undefined => {
  const value = fields?.[name];
  return isRecord(value) ? value : undefined;
};

/** Only a clear `false` says so: a device that doesn't tell isn't taken to be asleep. */
const isStopped = (info: Told | undefined): boolean => {
  const working = inner(msg(info), "miner")?.working;
  return working !== undefined && !isTrue(working);
};

const NUMBERED: readonly Mode[] = ["low", "normal", "high"];

function modeOf(info: Told | undefined, setting: Told | undefined): Mode | null {
  if (isStopped(info)) return "sleep";
  const told = text(msg(setting)?.["power-mode"] ?? inner(msg(info), "power")?.mode)?.toLowerCase();
  return NUMBERED.find((mode, number) => told === mode || told === String(number)) ?? null;
}

/** `get.miner.status summary`, `set.miner.power_limit 3300` or `set.system.led [{…}]`. */
function rawOf(typed: string): Message {
  const [, command = "", rest = ""] = /^\s*(\S+)\s*(.*)$/s.exec(typed) ?? [];
  if (!/^(get|set)\./.test(command)) throw OrderErrors.NOT_POSSIBLE("a command of API 3 begins with get. or set.");
  return rest.trim() === "" ? v3(command) : v3(command, paramOf(rest.trim()));
}

function paramOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

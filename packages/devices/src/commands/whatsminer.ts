import type { Mode, ModeOrder } from "@banksman/wire/model";
import { type Fields, isRecord } from "../decode/reply.ts";
import {
  type Commands,
  cgminer,
  type Message,
  poolsAsRead,
  rawCgminer,
  type Told,
  whatsminer,
} from "../orders/command.ts";
import { amount } from "../read/number.ts";
import { isTrue, text } from "../read/text.ts";

const STATUS = cgminer("status");
const SUMMARY = cgminer("summary");
const POOLS = [1, 2, 3] as const;

/**
 * Orders to MicroBT's API 2: with a token, encrypted, and only where the vendor's tool has switched them on and a
 * password other than the factory's is set. Otherwise the device says 45, and nothing here opens that door.
 */
export const whatsminerCommands: Commands = {
  reboot: { send: () => [whatsminer("reboot")] },
  locate: {
    // A cycle of 2 s of which the light is on for the first one.
    send: (on) => [
      on
        ? whatsminer("set_led", { color: "red", period: "2000", duration: "1000", start: "0" })
        : whatsminer("set_led", { param: "auto" }),
    ],
    check: {
      ask: [cgminer("get_miner_info")],
      shows: ([info], on) => (text(msg(info)?.ledstat) === "auto") !== on,
    },
  },
  pools_get: poolsAsRead,
  pools_set: {
    send: (pools) => {
      const params: Record<string, string> = {};
      for (const place of POOLS) {
        const pool = pools[place - 1];
        params[`pool${place}`] = pool?.url ?? "";
        params[`worker${place}`] = pool?.worker ?? "";
        params[`passwd${place}`] = pool ? (pool.password ?? "x") : "";
      }
      return [whatsminer("update_pools", params)];
    },
  },
  mode_get: { ask: [STATUS, SUMMARY], read: ([status, summary]) => modeOf(status, summary) },
  mode_set: {
    first: [STATUS],
    send: (mode, { told: [status] }) => {
      if (mode === "wake" ? !isAsleep(status) : mode === "sleep" && isAsleep(status)) return [];
      return [MODE_ORDERS[mode]];
    },
  },
  power_target: {
    send: (watts) => [whatsminer("adjust_power_limit", { power_limit: String(watts) })],
    check: {
      ask: [STATUS, SUMMARY],
      shows: ([status, summary], watts) =>
        amount(msg(status)?.power_limit_set ?? record(summary)?.["Power Limit"]) === watts,
    },
    withinSeconds: 120,
  },
  restart_hashing: { send: () => [whatsminer("restart_btminer")] },
  raw: rawCgminer,
};

/** `respbefore`: it answers before it stops, since the answer is lost otherwise. */
const MODE_ORDERS: Readonly<Record<ModeOrder, Message>> = {
  sleep: whatsminer("power_off", { respbefore: "true" }),
  wake: whatsminer("power_on"),
  low: whatsminer("set_low_power"),
  normal: whatsminer("set_normal_power"),
  high: whatsminer("set_high_power"),
};

const msg = (told: Told | undefined): Fields | undefined =>
  told?.reply.ok && isRecord(told.reply.body.Msg) ? told.reply.body.Msg : undefined;

function record(told: Told | undefined): Fields | undefined {
  const list = told?.reply.ok ? told.reply.body.SUMMARY : undefined;
  const first: unknown = Array.isArray(list) ? list[0] : undefined;
  return isRecord(first) ? first : undefined;
}

const isAsleep = (status: Told | undefined): boolean =>
  isTrue(msg(status)?.btmineroff) || isTrue(msg(status)?.mineroff);

function modeOf(status: Told | undefined, summary: Told | undefined): Mode | null {
  if (isAsleep(status)) return "sleep";
  const word = text(msg(status)?.power_mode ?? record(summary)?.["Power Mode"])?.toLowerCase();
  return word === "low" || word === "normal" || word === "high" ? word : null;
}

import type { Fields } from "../decode/reply.ts";
import { type Commands, cgminer, poolsAsRead, rawCgminer, session, type Told } from "../orders/command.ts";
import { OrderErrors } from "../orders/errors.ts";
import { sleepAndWake } from "../orders/usual.ts";
import { amount } from "../read/number.ts";
import { listOf } from "../read/pick.ts";
import { isTrue, text } from "../read/text.ts";

const CONFIG = cgminer("config");
const configOf = (told: Told | undefined): Fields | undefined => listOf(told?.reply.body.CONFIG)[0];

/** The most powerful profile that draws no more. Throws ORDER_NOT_POSSIBLE where there is none. */
function profileFor(watts: number, profiles: readonly Fields[]): string {
  const fitting = profiles
    .map((profile) => ({
      name: text(profile["Profile Name"]),
      watts: amount(profile.Watts) ?? Number.POSITIVE_INFINITY,
    }))
    .filter((profile) => profile.name !== null && profile.watts <= watts)
    .toSorted((a, b) => b.watts - a.watts);
  const name = fitting[0]?.name;
  if (!name) throw OrderErrors.NOT_POSSIBLE(`it has no profile of ${watts} W or less`);
  return name;
}

/**
 * Orders to LuxOS on 4028. What changes the machine wants a session, which one client at a time can hold; pools don't.
 * While its thermal manager (ATM) is on, it would take a profile back: it is switched off for the change.
 */
export const luxosCommands: Commands = {
  reboot: { send: () => [session("rebootdevice")] },
  restart_hashing: { send: () => [session("resetminer")] },
  locate: {
    send: (on) => [session("ledset", `red,${on ? "blink" : "auto"}`)],
    check: {
      ask: [CONFIG],
      shows: ([config], on) => (text(configOf(config)?.RedLed)?.toLowerCase() === "blink") === on,
    },
  },
  pools_get: poolsAsRead,
  pools_set: {
    send: (pools, { reading }) => {
      const old = reading.pools?.length ?? 0;
      const added = pools.map(({ url, worker, password }) => cgminer("addpool", `${url},${worker},${password ?? "x"}`));
      // The pool in use can't be removed, and numbers move up when one before them goes: from the last to the first.
      const removed = Array.from({ length: old }, (_, i) => cgminer("removepool", String(old - 1 - i)));
      return [...added, cgminer("switchpool", String(old)), ...removed];
    },
  },
  ...sleepAndWake([session("curtail", "sleep")], [session("curtail", "wakeup")]),
  power_target: {
    first: [cgminer("profiles"), CONFIG],
    send: (watts, { told }) => {
      const name = profileFor(watts, listOf(told[0]?.reply.body.PROFILES));
      const change = session("profileset", name);
      if (!isTrue(configOf(told[1])?.IsAtmEnabled)) return [change];
      return [session("atmset", "enabled=false"), change, session("atmset", "enabled=true")];
    },
    check: {
      ask: [CONFIG],
      shows: ([config], watts, { told }) =>
        text(configOf(config)?.Profile) === profileFor(watts, listOf(told[0]?.reply.body.PROFILES)),
    },
  },
  raw: rawCgminer,
};

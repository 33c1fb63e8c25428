import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "@banksman/kit";
import type { Mode } from "@banksman/wire/model";
import type { DeviceReading } from "../family.ts";
import { readMiner } from "../read-miner.ts";
import type { Action, Message, Told } from "./command.ts";
import { askAll, type Errand, openDoors, readOptions } from "./errand.ts";
import { isAnother } from "./machine.ts";
import { type Look, type Watch, watchFor } from "./verify.ts";

const POLL_MS = 2_000;
/** For what a device shows at once, such as its light. */
const CHECK_SECONDS = 30;

/**
 * Reads the device again and again until what was ordered shows, or its time is over. Null where nothing can show it.
 * `sentAt` in ms of `performance.now()`.
 */
export async function readBack<A>(
  errand: Errand,
  action: Action<A>,
  argument: A,
  sentAt: number,
): Promise<Look | null> {
  const { order, before, options } = errand;
  const watch = watchFor(order, before.reading);
  const check = checkFor(errand, action, argument);
  if (!watch && !check) return null;
  const seconds = action.withinSeconds ?? watch?.withinSeconds ?? CHECK_SECONDS;
  const withinMs = Math.min(seconds * 1_000, options.verifyWithinMs ?? Number.POSITIVE_INFINITY);
  let last: Look = { done: false, seen: "not read back" };
  for (;;) {
    const now = await look(errand, watch, check, sentAt);
    // A look that was broken off is no answer of the device's.
    const isBroken = options.signal?.aborted === true;
    if (now.done || !isBroken) last = now;
    if (last.done) return last;
    options.onSeen?.(last.seen);
    if (isBroken) return { done: false, seen: `${last.seen} after ${elapsed(sentAt)}, when it was broken off` };
    if (performance.now() - sentAt + (options.pollMs ?? POLL_MS) > withinMs)
      return { done: false, seen: `${last.seen} after ${elapsed(sentAt)}` };
    await sleep(options.pollMs ?? POLL_MS, undefined, options.signal ? { signal: options.signal } : {}).catch(() => {});
  }
}

const elapsed = (since: number): string => `${((performance.now() - since) / 1_000).toFixed(1)} s`;

type Check = { ask: readonly Message[]; shows: (told: readonly Told[], now: DeviceReading | null) => boolean };

/** The family's own check; for a mode the question for it. */
function checkFor<A>({ order, family, before }: Errand, { check }: Action<A>, argument: A): Check | null {
  if (check) return { ask: check.ask, shows: (told) => check.shows(told, argument, before) };
  const modes = family.commands?.mode_get;
  if (order.order !== "mode_set" || !modes) return null;
  const { mode } = order;
  const isReached = (found: Mode | null) => (mode === "wake" ? found !== "sleep" : found === mode);
  return { ask: modes.ask, shows: (told, now) => now !== null && isReached(modes.read(told, now)) };
}

async function look(errand: Errand, watch: Watch | null, check: Check | null, sentAt: number): Promise<Look> {
  let shown: Look = { done: true, seen: "done" };
  let now: DeviceReading | null = null;
  if (watch) {
    now = (await readMiner(errand.target, errand.memory, readOptions(errand.options))).reading;
    const { expected } = errand.options;
    if (expected && isAnother(expected, now)) return { done: false, seen: "another device answers at its address" };
    shown = watch.look(now, (performance.now() - sentAt) / 1_000);
  }
  return shown.done && check ? checked(errand, check, now) : shown;
}

/** Asks what the family's own check asks; a device that just restarts may not answer for a while. */
async function checked(errand: Errand, check: Check, now: DeviceReading | null): Promise<Look> {
  const doors = openDoors(errand);
  try {
    const done = check.shows(await askAll(doors, check.ask), now);
    return { done, seen: done ? "the device shows it" : "the device does not show it yet" };
  } catch (error) {
    return { done: false, seen: messageOf(error) };
  } finally {
    await doors.close();
  }
}

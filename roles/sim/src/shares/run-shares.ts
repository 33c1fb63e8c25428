import { type Clock, CodedError, messageOf, runRole, systemClock } from "@banksman/kit";
import { SimErrors } from "../errors.ts";
import { type Chance, chanceOf } from "./chance.ts";
import { type ShareWorker, shareRoster } from "./share-roster.ts";
import { openShareSink, type ShareSink } from "./share-sink.ts";
import { type ShareMessage, shareSource, type Tally, workerEvent } from "./share-source.ts";
import { type ShareFlags, type SharesOptions, sharesOptionsOf } from "./shares-options.ts";

/** Sends go out this often; a rate is kept over a second, not within it. */
const TICK_MS = 50;
/** At most this many messages a request. */
const CHUNK = 5_000;
/** What a slow cluster made us miss is caught up with, but no more than this. */
const MOST_BEHIND_S = 1;

/** Writes a share log until SIGTERM or until `--for` or `--count` is reached; prints what it sent as JSON on stdout. */
export function runSimShares(flags: ShareFlags): Promise<number> {
  return runRole(
    "sim",
    () => sharesOptionsOf(flags),
    async (options, { signal, log, onStop }) => {
      const sink = await openShareSink(options).catch((error: unknown) => {
        throw error instanceof CodedError ? error : SimErrors.NO_BROKERS(options.brokers.join(","), messageOf(error));
      });
      onStop("leave the brokers", sink.close);
      log.info(
        { workers: options.workers, partitions: sink.partitions, rate: options.rate },
        `${options.workers} workers, ${options.rate} shares/s into ${options.topic}, ${sink.partitions} partitions`,
      );
      const tally = await writeShares(options, sink, systemClock, signal);
      process.stdout.write(`${JSON.stringify(tally)}\n`);
    },
  );
}

/** The whole run against any sink; gives what was sent. */
export async function writeShares(
  options: SharesOptions,
  sink: ShareSink,
  clock: Clock,
  signal: AbortSignal,
): Promise<Tally & { events: number; seconds: number }> {
  const roster = shareRoster(options.workers, options.users, options.seed);
  const chance = chanceOf(options.seed + 1);
  const source = shareSource({ ...options, roster, partitions: sink.partitions }, chance);
  const secondsNow = () => Math.floor(clock.now() / 1_000);
  const announced = options.events ? await announce(roster, options, sink, secondsNow) : 0;
  if (options.backMinutes > 0) await writeBack(options, source, sink, secondsNow(), signal);
  const began = clock.monotonic();
  const elapsed = () => (clock.monotonic() - began) / 1_000;
  let made = 0;
  let reconnects = 0;
  while (!signal.aborted && made < options.count && elapsed() < options.forSeconds) {
    const due = Math.min(options.count, Math.floor((elapsed() + TICK_MS / 1_000) * options.rate));
    made = Math.max(made, due - Math.ceil(options.rate * MOST_BEHIND_S));
    for (let chunk = 0; made < due && !signal.aborted; made += chunk) {
      chunk = Math.min(CHUNK, due - made);
      const now = secondsNow();
      await sink.sendShares(Array.from({ length: chunk }, () => source.next(now)).flat());
    }
    if (options.events && elapsed() > reconnects)
      reconnects += await reconnect(roster, chance, options, sink, secondsNow);
    if (made < options.count) await clock.sleep(TICK_MS, signal).catch(() => undefined);
  }
  return { ...source.tally, events: announced + reconnects, seconds: Math.round(elapsed() * 10) / 10 };
}

/** What would be in the log already, had this run for a while. */
async function writeBack(
  { backMinutes, rate }: SharesOptions,
  source: ReturnType<typeof shareSource>,
  sink: ShareSink,
  now: number,
  signal: AbortSignal,
): Promise<void> {
  let messages: ShareMessage[] = [];
  for (let second = now - backMinutes * 60; second < now && !signal.aborted; second++) {
    const timestamp = String(second * 1_000);
    for (let i = 0; i < rate; i++) messages.push(...source.next(second).map((message) => ({ ...message, timestamp })));
    if (messages.length < CHUNK && second < now - 1) continue;
    for (let from = 0; from < messages.length; from += CHUNK) await sink.sendShares(messages.slice(from, from + CHUNK));
    messages = [];
  }
}

/** Every worker says its name once. */
async function announce(
  roster: readonly ShareWorker[],
  options: SharesOptions,
  sink: ShareSink,
  secondsNow: () => number,
): Promise<number> {
  for (let from = 0; from < roster.length; from += CHUNK) {
    const some = roster.slice(from, from + CHUNK);
    await sink.sendEvents(some.map((worker) => workerEvent(worker, options.format, secondsNow())));
  }
  return roster.length;
}

/** One worker a second comes back. */
async function reconnect(
  roster: readonly ShareWorker[],
  chance: Chance,
  options: SharesOptions,
  sink: ShareSink,
  secondsNow: () => number,
): Promise<number> {
  const worker = roster[chance.below(roster.length)];
  if (worker) await sink.sendEvents([workerEvent(worker, options.format, secondsNow())]);
  return 1;
}

import type { Clock, Log } from "@banksman/kit";
import type { MinerSpec } from "./miner-list.ts";
import type { Outbox } from "./outbox.ts";
import type { SweepResult, SweepWatch } from "./sweep.ts";

export type CollectOptions = {
  miners: () => readonly MinerSpec[];
  sweep: (miners: readonly MinerSpec[], watch: SweepWatch) => Promise<SweepResult>;
  intervalMs: (miners: number) => number;
  outbox: Pick<Outbox, "store">;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
  onSweep: (result: SweepResult, stored: boolean) => void;
  /** Sweeps whose moment passed while another one still ran. */
  onSkipped: (sweeps: number) => void;
  onReading?: SweepWatch["onReading"];
};

/**
 * Sweeps at a fixed rate until `signal` aborts: a sweep's moment is counted from the first one's, so that a slow sweep
 * doesn't shift those after it. One that overruns skips the moments it missed. Stores what was read, then rings the
 * uploader.
 */
export async function collect(options: CollectOptions): Promise<void> {
  const { clock, signal, log } = options;
  let due = clock.monotonic();
  while (!signal.aborted) {
    const miners = options.miners();
    const result = await options.sweep(miners, { signal, ...(options.onReading && { onReading: options.onReading }) });
    const stored = result.batches.length === 0 || options.outbox.store(result.batches);
    if (stored) log.debug({ batch_ids: result.batches.map((batch) => batch.batchId) }, "sweep stored");
    options.onSweep(result, stored);
    const intervalMs = options.intervalMs(miners.length);
    const missed = Math.floor((clock.monotonic() - due) / intervalMs);
    if (missed > 0 && !signal.aborted) options.onSkipped(missed);
    due += (missed + 1) * intervalMs;
    if (!signal.aborted) await clock.sleep(Math.max(0, due - clock.monotonic()), signal).catch(() => {});
  }
}

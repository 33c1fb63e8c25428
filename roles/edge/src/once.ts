import type { Reading } from "@banksman/wire/model";
import type { Outbox } from "./outbox.ts";
import { type Progress, sweepLine } from "./progress.ts";
import { type OtherSite, otherSiteLine } from "./spool-facts.ts";
import type { SweepResult, SweepWatch } from "./sweep.ts";
import { readingsTable } from "./table.ts";
import type { Uploader } from "./uploader.ts";

export type OnceOptions = {
  sweep: (watch: SweepWatch) => Promise<SweepResult>;
  /** Null with `--dry-run`: nothing is stored, nothing goes up. */
  delivery: {
    outbox: Outbox;
    uploader: Uploader;
    lastError: () => string | null;
    otherSites: () => OtherSite[];
  } | null;
  progress: Pick<Progress, "onReading" | "clear">;
  siteId: string;
  /** Whether the configuration names cooling units, which only an edge that holds their leases may ask. */
  hasCooling: boolean;
  json: boolean;
  signal: AbortSignal;
};

const COOLING_LINE = "cooling units are left to the edge that runs; banksman cooling test HOST reads one";

/**
 * `--once`: one sweep, its table, the upload. Returns 0 when all miners answered and everything went up, else 1. What
 * could not be uploaded stays in the spool.
 */
export async function sweepOnce(options: OnceOptions): Promise<number> {
  const { delivery, json, signal } = options;
  const readings: Reading[] = [];
  const onReading = (reading: Reading) => {
    readings.push(reading);
    options.progress.onReading(reading);
  };
  const result = await options.sweep({ signal, onReading });
  options.progress.clear();
  readings.sort((a, b) => a.miner_id.localeCompare(b.miner_id, "en", { numeric: true }));
  if (!json) process.stdout.write(`${readingsTable(readings)}\n\n`);
  const stored = delivery !== null && (result.batches.length === 0 || delivery.outbox.store(result.batches));
  const uploaded = delivery === null ? null : await delivery.uploader.drain(signal);
  const backlog = delivery?.outbox.backlog ?? 0;
  const error = uploaded === false ? (delivery?.lastError() ?? null) : null;
  const otherSites = delivery?.otherSites() ?? [];
  if (json) {
    const { batches: _batches, ...sweep } = result;
    const upload = { done: uploaded, backlog, error };
    const told = { site_id: options.siteId, sweep, readings, upload, other_sites: otherSites };
    process.stdout.write(`${JSON.stringify(told)}\n`);
  } else {
    process.stdout.write(`${sweepLine(result, { stored: stored || delivery === null, backlog })}\n`);
    process.stdout.write(`${[uploadLine(uploaded, error), ...otherSites.map(otherSiteLine)].join("\n")}\n`);
    if (options.hasCooling) process.stdout.write(`${COOLING_LINE}\n`);
  }
  return result.online === result.miners && uploaded !== false ? 0 : 1;
}

function uploadLine(uploaded: boolean | null, error: string | null): string {
  if (uploaded === null) return "dry run: nothing was stored or uploaded";
  return uploaded ? "uploaded" : `not uploaded, kept in the spool: ${error ?? "unknown reason"}`;
}

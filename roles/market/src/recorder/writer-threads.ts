import { hostname } from "node:os";
import type { CollectorConfig } from "../config.ts";
import { type LinkHandlers, WorkerLink } from "./worker-link.ts";
import type { JournalOrder, JournalSetup, TablesOrder, TablesSetup } from "./worker-messages.ts";

/** Bytes of unwritten files that the tables' thread may hold. */
export const TABLES_MEMORY = 192 * 1024 * 1024;

const script = (name: string) => new URL(name, import.meta.url);

/** The thread that writes the journal, or null where none is wanted. */
export function journalThread(
  config: CollectorConfig,
  runId: string,
  handlers: LinkHandlers,
): WorkerLink<JournalOrder> | null {
  if (!config.wal.enabled) return null;
  const setup: JournalSetup = { outputDir: config.output_dir, exchange: config.product.connector, runId };
  return new WorkerLink({ script: script("./journal-worker.ts"), setup, keeps: true }, handlers);
}

/** The thread that writes tables. An hour of rows kept twice would be too much memory: what dies with it is lost. */
export function tablesThread(config: CollectorConfig, runId: string, handlers: LinkHandlers): WorkerLink<TablesOrder> {
  const { output_dir: outputDir, layout, compression, rotate, product } = config;
  const exchange = product.connector;
  const setup: TablesSetup = {
    outputDir,
    layout,
    compression,
    labels: { exchange, runId, collectorId: `${hostname()}-${exchange}` },
    rotate: { rows: rotate.rows, bytes: rotate.mb * 2 ** 20, ms: rotate.minutes * 60_000 },
    maxBytes: TABLES_MEMORY,
  };
  return new WorkerLink({ script: script("./tables-worker.ts"), setup, keeps: false }, handlers);
}

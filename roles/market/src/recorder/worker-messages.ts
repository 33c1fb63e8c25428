import type { Table } from "./layout.ts";
import type { PartOptions } from "./part-writer.ts";
import type { PartLabels, PlainRow } from "./table-columns.ts";

/** What the journal's thread is started with. */
export type JournalSetup = { outputDir: string; exchange: string; runId: string };
export type JournalOrder =
  | { order: "records"; nowMs: number; bytes: Uint8Array }
  /** Everything before is to be safe on disk; answered by `synced` with the same number. */
  | { order: "sync"; number: number; isLast: boolean };

/** What the tables' thread is started with. */
export type TablesSetup = PartOptions & {
  labels: Omit<PartLabels, "pair">;
  rotate: { rows: number; bytes: number; ms: number };
  maxBytes: number;
};
export type TablesOrder =
  | { order: "ticks"; pair: string; hour: number; bytes: Uint8Array; rows: number }
  | { order: "rows"; table: Exclude<Table, "ticks">; pair: string; hour: number; rows: PlainRow[] }
  /** Writes everything that is held; answered by `flushed`. */
  | { order: "flush"; number: number };

export type WorkerReply =
  /** Bytes that were taken off the queue. */
  | { reply: "taken"; bytes: number }
  | { reply: "synced"; number: number; bytes: number }
  | { reply: "flushed"; number: number }
  | { reply: "part"; path: string; table: Table; pair: string; rows: number; bytes: number; seconds: number }
  /** Writing fails for now and is tried again each second; null: it works again. */
  | { reply: "trouble"; reason: string | null };

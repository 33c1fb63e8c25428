import { createHash } from "node:crypto";
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { ByteWriter, type ColumnSource, parquetWrite } from "hyparquet-writer";
import { type Layout, MANIFEST, partFolder, partName, type Table } from "./layout.ts";
import { columnsOf, compressors, type PartLabels, type PartSpan, schemaOf } from "./table-columns.ts";

export type PartOptions = { outputDir: string; layout: Layout; compression: "zstd" | "snappy" };

/** A line of the manifest: a file that is complete. Times in ms since 1970. */
export type ManifestLine = {
  kind: "part";
  path: string;
  table: Table;
  exchange: string;
  symbol: string;
  rows: number;
  bytes: number;
  min_ms: number;
  max_ms: number;
  first_id: number | null;
  last_id: number | null;
  sha256: string;
  run_id: string;
  complete: true;
};

const ROW_GROUP = 150_000;

/**
 * Writes one Parquet file under a temporary name, syncs it, gives it its name, syncs the folder and notes it in the
 * manifest. A crash at any point leaves a whole file or a .tmp that the next start removes.
 */
export function writePart(
  options: PartOptions,
  table: Table,
  labels: PartLabels,
  number: number,
  { columns, rows, span }: { columns: ColumnSource[]; rows: number; span: PartSpan },
): ManifestLine {
  const { outputDir, layout, compression } = options;
  const folder = join(outputDir, partFolder(layout, table, labels.exchange, labels.pair, span.minMs));
  mkdirSync(folder, { recursive: true });
  const name = partName(layout, table, folder, labels.runId, number);
  const path = join(folder, name);
  const bytes = encode(columns, schemaOf(columnsOf(table, layout)), compression, labels);
  writeWhole(`${path}.tmp`, path, bytes);
  const line: ManifestLine = {
    kind: "part",
    path: join(partFolder(layout, table, labels.exchange, labels.pair, span.minMs), name),
    table,
    exchange: labels.exchange,
    symbol: labels.pair,
    rows,
    bytes: bytes.length,
    min_ms: span.minMs,
    max_ms: span.maxMs,
    first_id: span.firstId,
    last_id: span.lastId,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    run_id: labels.runId,
    complete: true,
  };
  appendLine(join(outputDir, MANIFEST), line);
  return line;
}

function encode(
  columnData: ColumnSource[],
  schema: ReturnType<typeof schemaOf>,
  compression: PartOptions["compression"],
  labels: PartLabels,
): Uint8Array {
  const writer = new ByteWriter();
  // Synchronous, since the writer is memory.
  void parquetWrite({
    writer,
    columnData,
    schema,
    codec: compression === "zstd" ? "ZSTD" : "SNAPPY",
    compressors,
    rowGroupSize: ROW_GROUP,
    createdBy: "banksman",
    kvMetadata: [
      { key: "exchange", value: labels.exchange },
      { key: "symbol", value: labels.pair },
      { key: "run_id", value: labels.runId },
    ],
  });
  return writer.getBytes();
}

function writeWhole(temporary: string, path: string, bytes: Uint8Array): void {
  try {
    const file = openSync(temporary, "w");
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(dirname(path));
}

function syncFolder(folder: string): void {
  const file = openSync(folder, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Appends one JSON line and syncs it. */
export const appendLine = (path: string, line: object): void => appendLines(path, [line]);

/** Appends JSON lines with one write and one sync. */
export function appendLines(path: string, lines: readonly object[]): void {
  mkdirSync(dirname(path), { recursive: true });
  const file = openSync(path, "a");
  try {
    writeSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

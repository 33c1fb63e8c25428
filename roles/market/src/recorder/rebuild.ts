import { readFile } from "node:fs/promises";
import { setImmediate as breathe } from "node:timers/promises";
import type { Log } from "@banksman/kit";
import type { CollectorConfig } from "../config.ts";
import type { Snapshot } from "../exchange.ts";
import { CollectorFigures } from "../figures.ts";
import { Pipeline } from "../pipeline.ts";
import { RAW, type Sink } from "../sink.ts";
import { type Arrival, FLAGS } from "../symbol-book.ts";
import { guessPairs, type Market } from "../symbols.ts";
import { type JournalRecord, readRecords } from "./journal-format.ts";

export type RebuildOptions = {
  config: CollectorConfig;
  /** Journal files in the order of time. */
  files: readonly string[];
  markets?: readonly Market[];
  /** Where the rows go; gets nothing but rows, trades, quotes, marks and gaps. */
  sink: Sink;
  log: Log;
};

export type Rebuilt = { records: number; figures: CollectorFigures };

const BREATHE_EVERY = 2_000;
const nothing = () => undefined;

/**
 * Runs journals through the same pipeline as frames from a socket: the rows come out as they were written then, or
 * right where a fault of that time has been mended since.
 */
export async function rebuild({ config, files, markets, sink, log }: RebuildOptions): Promise<Rebuilt> {
  const { product, choice, max_buffer_events: maxBuffer, gap_warning_threshold: gapWarning } = config;
  const figures = new CollectorFigures(product.connector);
  const pipeline = new Pipeline(
    { product, choice, maxBuffer, gapWarning, startSeconds: 0 },
    figures,
    sink,
    {
      onBookFrame: nothing,
      onAck: nothing,
      onReject: nothing,
      onLeaving: nothing,
      onBadFrame: nothing,
      onNeedSnapshot: nothing,
      onRepairable: () => false,
      onSuspicious: nothing,
    },
    log,
  );
  for (const market of markets ?? guessPairs(config.trading_pairs, product)) pipeline.add(market);
  const frames = new Map<number, number>();
  let records = 0;
  for (const path of files) {
    for (const record of readRecords(await readFile(path), path)) {
      replayRecord(record, pipeline, sink, frames);
      if (++records % BREATHE_EVERY === 0) await breathe();
    }
  }
  return { records, figures };
}

function replayRecord(
  { kind, connection, receivedMs, data }: JournalRecord,
  pipeline: Pipeline,
  sink: Sink,
  frames: Map<number, number>,
): void {
  switch (kind) {
    case RAW.text:
    case RAW.binary: {
      const sequence = (frames.get(connection) ?? 0) + 1;
      frames.set(connection, sequence);
      pipeline.onTime(receivedMs);
      pipeline.onFrame(data, kind === RAW.binary, { receivedMs, connection, sequence });
      return;
    }
    case RAW.snapshot:
      pipeline.onFetched(snapshotOf(data), receivedMs);
      return;
    case RAW.checkpoint:
      replayCheckpoint(snapshotOf(data), receivedMs, pipeline, sink);
      return;
    case RAW.opened:
      frames.set(connection, 0);
      return;
    case RAW.sent:
    case RAW.rest:
    case RAW.closed:
      return;
    default:
      kind satisfies never;
  }
}

/** A checkpoint starts a book that isn't live yet, at the begin of a file; to a live one it only adds its rows. */
function replayCheckpoint(snapshot: Snapshot, receivedMs: number, pipeline: Pipeline, sink: Sink): void {
  const book = pipeline.books.get(snapshot.symbol);
  if (!book) return;
  const arrival: Arrival = { receivedMs, connection: 0, sequence: 0 };
  if (book.sequence === null) book.onSnapshot(snapshot, arrival, "rest");
  else sink.snapshot(book.market.pair, snapshot, FLAGS.snapshot, arrival);
}

/** The journal's own JSON of a snapshot, as the recorder wrote it. */
function snapshotOf(data: Buffer): Snapshot {
  const snapshot: Snapshot = JSON.parse(data.toString());
  return snapshot;
}

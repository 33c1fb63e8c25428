import { randomUUID } from "node:crypto";
import type { Clock, Log, Registry } from "@banksman/kit";
import { Counter, Histogram } from "@banksman/kit";
import type { RejectedReading, UploadFigures, UploadReply } from "@banksman/wire/ingest";
import type { Reading } from "@banksman/wire/model";
import { problem } from "../http/problem.ts";
import type { Stamped } from "./columns.ts";
import { type Numbered, type ParsedUpload, parseUpload } from "./parse-upload.ts";
import { type IngestStore, prepareRows } from "./store.ts";
import { createWriter } from "./writer.ts";

const MAX_AHEAD_MS = 10 * 60_000;
/** Older than anything a spool keeps: a clock that was never set. */
const MAX_AGE_MS = 400 * 86_400_000;

export type UploadRequest = {
  siteNo: number;
  siteId: string;
  body: string;
  batchId: string | undefined;
  /** Milliseconds since 1970, of the sweep; without it readings are dated at receipt. */
  collectedAt: number | undefined;
  /** How far the collector's clock is ahead, as far as it can be told. */
  clockSkewMs?: number | null;
};

/** Tells the rest of the server what was stored: readings of which site with their age when they came, in ms. */
export type OnStored = (stored: {
  siteNo: number;
  siteId: string;
  collectedAt: number;
  readings: readonly { reading: Reading; ageMs: number }[];
}) => void;

/** A difference of clocks below this may as well be the way the request took. */
const SKEW_COUNTS_MS = 10_000;

export type IngestService = ReturnType<typeof ingestService>;

/** Takes uploads: parse, number the miners, write, and only then answer. */
export const ingestService = (
  store: IngestStore,
  clock: Clock,
  log: Log,
  metrics: Registry,
  onStored: OnStored,
  process: (reading: Reading) => Reading | null = (reading) => reading,
) => {
  const writer = createWriter<UploadFigures>(store, log);
  const known = new Map<number, Map<string, number>>();
  const counters = createCounters(metrics);

  /** Numbers of the miners of a site; asks the store only for those not met before. */
  const numbersOf = async (siteNo: number, minerIds: readonly string[]) => {
    const numbers = known.get(siteNo) ?? new Map<string, number>();
    known.set(siteNo, numbers);
    const unknown = [...new Set(minerIds.filter((id) => !numbers.has(id)))].toSorted();
    if (unknown.length === 0) return { numbers, inserted: new Set<string>() };
    const found = await store.minerNumbers(siteNo, unknown);
    for (const [id, number] of found.numbers) numbers.set(id, number);
    return { numbers, inserted: found.inserted };
  };

  const take = async (
    upload: Omit<UploadRequest, "body">,
    { readings: sent, rejected, unknownFields }: ParsedUpload,
    started = clock.monotonic(),
  ): Promise<UploadReply> => {
    const receivedAt = clock.now();
    const readings = sent.flatMap(({ index, reading }) => {
      const processed = process(reading);
      return processed === null ? [] : [{ index, reading: processed }];
    });
    if (!writer.hasRoom(readings.length)) {
      throw problem(503, "STORE_BUSY", "the database is behind; nothing was stored. Try again.", {
        retryAfterSeconds: 5,
      });
    }
    const { dated, misdated } = dateReadings(readings, upload.collectedAt ?? receivedAt, receivedAt);
    const { numbers, inserted } = await numbersOf(
      upload.siteNo,
      dated.map(({ reading }) => reading.miner_id),
    );
    const rows: Stamped[] = dated.flatMap(({ reading, ts }) => {
      const minerNo = numbers.get(reading.miner_id);
      return minerNo === undefined ? [] : [{ reading, siteNo: upload.siteNo, minerNo, ts, receivedAt }];
    });
    const figures = () =>
      figuresOf(rows, inserted, [...rejected, ...misdated], unknownFields, clock.monotonic() - started);
    const { duplicate, figures: stored } = await writer.write({
      siteNo: upload.siteNo,
      batchId: upload.batchId ?? randomUUID(),
      rows: prepareRows(rows),
      figures,
    });
    const took = clock.monotonic() - started;
    counters.observe(duplicate, rows.length, rejected.length + misdated.length, took / 1_000);
    if (upload.collectedAt !== undefined && !duplicate)
      counters.delay.observe(Math.max(0, clock.now() - upload.collectedAt) / 1_000);
    if (!duplicate && rows.length > 0) {
      const at = clock.now();
      const skew = Math.abs(upload.clockSkewMs ?? 0) < SKEW_COUNTS_MS ? 0 : (upload.clockSkewMs ?? 0);
      onStored({
        siteNo: upload.siteNo,
        siteId: upload.siteId,
        collectedAt: upload.collectedAt ?? receivedAt,
        readings: rows.map(({ reading, ts }) => ({ reading, ageMs: at - (ts - skew) })),
      });
    }
    const data = { ...stored, duplicate, processing_time_ms: Math.round(took) };
    return { success: true, inserted: data.inserted, updated: data.updated, data };
  };

  return {
    accept: async (upload: UploadRequest): Promise<UploadReply> => {
      const started = clock.monotonic();
      return take(upload, parseUpload(upload.body), started);
    },
    /** Takes readings that came another way than by an upload of their own, as one batch. */
    takeReadings: (batch: Omit<UploadRequest, "body">, readings: readonly Reading[]): Promise<UploadReply> =>
      take(batch, {
        readings: readings.map((reading, index) => ({ index, reading })),
        rejected: [],
        unknownFields: {},
      }),
    drained: () => writer.drained(),
  };
};

function dateReadings(readings: readonly Numbered[], batchAt: number, receivedAt: number) {
  if (batchAt > receivedAt + MAX_AHEAD_MS) {
    throw problem(
      400,
      "CLOCK_AHEAD",
      `X-Collected-At is ${new Date(batchAt).toISOString()}, more than 10 minutes ahead of this server; set the collector's clock`,
      { path: "X-Collected-At" },
    );
  }
  const dated: { reading: Reading; ts: number }[] = [];
  const misdated: RejectedReading[] = [];
  for (const { index, reading } of readings) {
    const ts = reading.collected_at == null ? batchAt : Date.parse(reading.collected_at);
    const wrong =
      ts > receivedAt + MAX_AHEAD_MS
        ? "more than 10 minutes ahead"
        : ts < receivedAt - MAX_AGE_MS
          ? "older than 400 days"
          : null;
    if (wrong === null) dated.push({ reading, ts });
    else
      misdated.push({
        index,
        miner_id: reading.miner_id,
        path: "collected_at",
        message: `${new Date(ts).toISOString()} is ${wrong}; set the collector's clock`,
      });
  }
  return { dated, misdated };
}

function figuresOf(
  rows: readonly Stamped[],
  inserted: ReadonlySet<string>,
  rejected: RejectedReading[],
  unknownFields: Record<string, number>,
  tookMs: number,
): UploadFigures {
  const miners = new Set(rows.map(({ reading }) => reading.miner_id));
  const online = rows.reduce((count, { reading }) => count + (reading.online ? 1 : 0), 0);
  const fresh = [...miners].filter((id) => inserted.has(id)).length;
  return {
    processed: rows.length,
    inserted: fresh,
    updated: rows.length - fresh,
    online,
    offline: rows.length - online,
    processing_time_ms: Math.round(tookMs),
    duplicate: false,
    rejected,
    unknown_fields: unknownFields,
  };
}

function createCounters(metrics: Registry) {
  const registers = [metrics];
  const readings = new Counter({ name: "banksman_ingest_readings_total", help: "Readings stored", registers });
  const rejectedCount = new Counter({
    name: "banksman_ingest_rejected_total",
    help: "Readings refused with a reason",
    registers,
  });
  const duplicates = new Counter({
    name: "banksman_ingest_duplicate_batches_total",
    help: "Batches sent again",
    registers,
  });
  const seconds = new Histogram({
    name: "banksman_ingest_seconds",
    help: "From a whole body to the reply",
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers,
  });
  const delay = new Histogram({
    name: "banksman_ingest_delay_seconds",
    help: "From the start of a sweep to its readings on disk; a backlog that fills in shows as hours",
    buckets: [1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3_600, 21_600],
    registers,
  });
  return {
    delay,
    observe: (duplicate: boolean, stored: number, refused: number, tookSeconds: number) => {
      if (duplicate) duplicates.inc();
      else readings.inc(stored);
      rejectedCount.inc(refused);
      seconds.observe(tookSeconds);
    },
  };
}

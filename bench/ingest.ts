/**
 * How fast readings are stored, beside psql's own \copy of the same rows into the same table, in the same run.
 *   node bench/ingest.ts [--batches 20] [--miners 6000]
 */
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { createLog } from "@banksman/kit";
import { openDatabase } from "../roles/server/src/db/connect.ts";
import { copyIn, encodeRows } from "../roles/server/src/db/copy-binary.ts";
import { migrate } from "../roles/server/src/db/migrations.ts";
import { nativeFlavour } from "../roles/server/src/db/partitions.ts";
import { cellsOf, type Stamped, TELEMETRY_COLUMNS } from "../roles/server/src/ingest/columns.ts";
import { ingestStore, prepareRows } from "../roles/server/src/ingest/store.ts";
import { createWriter } from "../roles/server/src/ingest/writer.ts";
import { siteWithKey, startTestServer } from "../roles/server/src/test/test-server.ts";
import { makeSweep } from "./readings.ts";

const { values } = parseArgs({
  options: { batches: { type: "string", default: "20" }, miners: { type: "string", default: "6000" } },
});
const [batches, miners] = [Number(values.batches), Number(values.miners)];
const PSQL = "/usr/lib/postgresql/15/bin/psql";
const start = Math.floor(Date.now() / 1_000) * 1_000 - 3_600_000;
const columns = TELEMETRY_COLUMNS.map(({ name }) => name);
const types = TELEMETRY_COLUMNS.map(({ type }) => type);
const median = (list: number[]) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0;
const rowsPerSecond = (ms: number) => Math.round((miners / ms) * 1_000);

const stamp = (sweep: number, whole: boolean): Stamped[] =>
  makeSweep(miners, sweep, whole).map((reading, index) => ({
    reading,
    siteNo: 1,
    minerNo: index + 1,
    ts: start + sweep * 30_000,
    receivedAt: start + sweep * 30_000,
  }));

/** Milliseconds a batch with two always under way, as when several edges upload. */
async function sustained(run: (index: number) => Promise<void>): Promise<number> {
  await run(0);
  const began = performance.now();
  let next = 1;
  const lane = async () => {
    while (next <= batches) await run(next++);
  };
  await Promise.all([lane(), lane()]);
  return (performance.now() - began) / batches;
}

async function timed(run: (index: number) => Promise<void> | void): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index <= batches; index++) {
    const began = performance.now();
    await run(index);
    // The first is the warm-up.
    if (index > 0) times.push(performance.now() - began);
  }
  return times;
}

async function writePath() {
  const folder = await mkdtemp(join(tmpdir(), "banksman-bench-"));
  const log = createLog("bench", "warn");
  const database = await openDatabase(undefined, folder, log);
  await migrate(database.pool, log);
  const flavour = nativeFlavour(database.pool);
  await flavour.ensure([new Date(start), new Date(start + 86_400_000)]);
  const socket = join(folder, "run");
  const psql = (sql: string, input?: Buffer) =>
    execFileSync(PSQL, ["-h", socket, "-U", "banksman", "-d", "banksman", "-v", "ON_ERROR_STOP=1", "-qc", sql], {
      ...(input ? { input } : {}),
      maxBuffer: 1 << 28,
    });
  const list = columns.join(", ");
  const psqlStart = median(await timed(() => void psql("select 1")));
  const clear = () => database.pool.query("truncate telemetry");

  const text = await timed((index) => {
    const rows = stamp(index, false).map((row) =>
      cellsOf(TELEMETRY_COLUMNS, row)
        .map((cell, n) =>
          cell === null ? "\\N" : types[n] === "timestamptz" ? new Date(Number(cell)).toISOString() : String(cell),
        )
        .join("\t"),
    );
    inputs.push(Buffer.from(`${rows.join("\n")}\n`));
  }).then(() => timed((index) => void psql(`copy telemetry (${list}) from stdin`, inputs[index])));
  await clear();
  const encodedAll = Array.from({ length: batches + 1 }, (_, index) =>
    encodeRows(
      types,
      stamp(index, false).map((row) => cellsOf(TELEMETRY_COLUMNS, row)),
    ),
  );
  const binary = await timed(
    (index) => void psql(`copy telemetry (${list}) from stdin with (format binary)`, encodedAll[index]),
  );
  await clear();
  const sweeps = Array.from({ length: batches + 1 }, (_, index) => stamp(index, false));
  const client = await database.pool.connect();
  const insert = await timed(async (index) => {
    const encoded = encodeRows(
      types,
      (sweeps[index] ?? []).map((row) => cellsOf(TELEMETRY_COLUMNS, row)),
    );
    await client.query("begin");
    await copyIn(client, "telemetry", columns, encoded);
    await client.query("commit");
  });
  client.release();
  await clear();
  const durable = async (whole: boolean) => {
    const store = ingestStore(database.pool, flavour);
    const prepared = Array.from({ length: batches + 1 }, (_, index) => stamp(index, whole));
    const writer = createWriter<object>(store, log);
    const write = async (index: number) => {
      const rows = prepareRows(prepared[index] ?? []);
      await writer.write({ siteNo: 1, batchId: randomUUID(), rows, figures: () => ({}) });
    };
    const clearAll = () => database.pool.query("truncate telemetry, latest, latest_detail");
    const times = await timed(write);
    await clearAll();
    const together = await sustained(write);
    await clearAll();
    return { times, together };
  };
  const plain = await durable(false);
  const whole = await durable(true);
  await database.close();
  await rm(folder, { recursive: true, force: true });
  return { psqlStart, text, binary, insert, plain, whole };
}
const inputs: Buffer[] = [];

async function throughHttp(whole: boolean) {
  await using server = await startTestServer();
  const { key } = await siteWithKey(server, "1");
  const bodies = Array.from({ length: batches + 1 }, (_, index) =>
    gzipSync(JSON.stringify(makeSweep(miners, index, whole)), { level: 1 }),
  );
  const send = async (offset: number, index: number) => {
    const response = await fetch(`${server.url}/api/collector/upload`, {
      method: "POST",
      headers: {
        "x-collector-key": key,
        "content-type": "application/json",
        "content-encoding": "gzip",
        "x-batch-id": randomUUID(),
        "x-collected-at": new Date(start + (offset + index) * 30_000).toISOString(),
      },
      body: new Uint8Array(bodies[index] ?? []),
    });
    const reply = await response.json();
    if (reply.data?.processed !== miners) throw new Error(JSON.stringify(reply).slice(0, 500));
  };
  const times = await timed((index) => send(0, index));
  const together = await sustained((index) => send(batches + 1, index));
  return { times, together, bodyBytes: bodies[1]?.length ?? 0 };
}

const write = await writePath();
const http = { plain: await throughHttp(false), whole: await throughHttp(true) };
// psql's own start is no part of the copying.
const text = median(write.text) - write.psqlStart;
const binary = median(write.binary) - write.psqlStart;
const row = (name: string, ms: number) => ({
  name,
  "ms a batch": Math.round(ms),
  "rows/s": rowsPerSecond(ms),
  "of text \\copy": (text / ms).toFixed(2),
  "of binary \\copy": (binary / ms).toFixed(2),
});
console.table([
  row("psql \\copy, text", text),
  row("psql \\copy, binary", binary),
  row("insert alone, binary COPY from Node", median(write.insert)),
  row("durable path, original fields", median(write.plain.times)),
  row("durable path, original fields, two at once", write.plain.together),
  row("durable path, whole readings", median(write.whole.times)),
  row("durable path, whole readings, two at once", write.whole.together),
  row(`HTTP gzip, original fields (${Math.round(http.plain.bodyBytes / 1024)} KiB)`, median(http.plain.times)),
  row("HTTP gzip, original fields, two at once", http.plain.together),
  row(`HTTP gzip, whole readings (${Math.round(http.whole.bodyBytes / 1024)} KiB)`, median(http.whole.times)),
  row("HTTP gzip, whole readings, two at once", http.whole.together),
]);

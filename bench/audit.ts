import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { join } from "node:path";
import { createLog, systemClock } from "@banksman/kit";
import { runToEnd, startPostgres, tempFolder } from "@banksman/testkit";
import type pg from "pg";
import { EMPTY_TAIL, link } from "../roles/server/src/audit/chain.ts";
import { rowsAfter } from "../roles/server/src/audit/proof/reader.ts";
import { createAudit } from "../roles/server/src/audit/recorder.ts";
import { openDatabase } from "../roles/server/src/db/connect.ts";
import { migrate } from "../roles/server/src/db/migrations.ts";

/**
 * The audit trail: how fast rows are appended beside raw INSERTs of the same text in the same commits, and how fast a
 * trail of 1,000,000 rows is verified beside SHA-256 alone over the same bytes. `node bench/audit.ts [rows]`.
 */
const ROWS = Number(process.argv[2] ?? 1_000_000);
const SINGLE = 10_000;
const CALLERS = 50;
const BATCH = 1_000;

const seconds = (since: number) => (performance.now() - since) / 1_000;
const rate = (count: number, s: number) => `${Math.round(count / s).toLocaleString("en-US")}/s`;
const say = (line: string) => process.stdout.write(`${line}\n`);

const input = (n: number) => ({
  actor: { kind: "person" as const, name: `operator-${n % 50}` },
  from: { address: "10.0.0.7", session: "3f62eb39feb0", client: "Mozilla/5.0" },
  action: "commands.give",
  site: String(n % 20),
  target: `S21_${n % 6_000}`,
  before: null,
  after: { order: "reboot", miners: [`S21_${n % 6_000}`] },
  reason: "no hashrate for 15 min",
});

/** The same texts into a table without chain or indexes, `together` rows a commit. */
async function rawInserts(pool: pg.Pool, texts: readonly string[], together: number): Promise<number> {
  await pool.query(
    "create table if not exists raw_rows (seq int8 primary key, entry json not null, hash bytea not null)",
  );
  await pool.query("truncate raw_rows");
  const since = performance.now();
  for (let from = 0; from < texts.length; from += together) {
    const part = texts.slice(from, from + together);
    await pool.query(
      "insert into raw_rows select seq, entry, decode(repeat('00', 32), 'hex') from unnest($1::int8[], $2::json[]) as r (seq, entry)",
      [part.map((_, i) => from + i), part],
    );
  }
  return seconds(since);
}

await using postgres = await startPostgres({ shared_buffers: "256MB", max_wal_size: "2GB" });
await using folder = await tempFolder();
const log = createLog("bench", "silent");
const database = await openDatabase(postgres.url, folder.path, log);
await migrate(database.pool, log);
const { pool } = database;
const audit = createAudit({ pool, clock: systemClock });

// Callers that each wait for their own row, as requests do.
let next = 0;
const alone = performance.now();
await Promise.all(
  Array.from({ length: CALLERS }, async () => {
    while (next < SINGLE) await audit.record(input(next++));
  }),
);
const aloneS = seconds(alone);
const texts = link(
  EMPTY_TAIL,
  Array.from({ length: 100_000 }, (_, n) => ({
    event: { ...input(n), result: "done" as const, code: null, times: 1 },
    atMs: Date.now(),
  })),
).map(({ text }) => text);
const rawOne = await rawInserts(pool, texts.slice(0, 2_000), 1);
const rawCallers = await rawInserts(pool, texts.slice(0, SINGLE), CALLERS);
const rawMany = await rawInserts(pool, texts, BATCH);

const bulk = performance.now();
for (let n = next; n < ROWS; n += BATCH)
  await audit.record(Array.from({ length: Math.min(BATCH, ROWS - n) }, (_, i) => input(n + i)));
const bulkS = seconds(bulk);
const bulkRows = ROWS - next;

say("| append | rows/s | raw INSERT of the same text | share |");
say("| --- | --- | --- | --- |");
const line = (what: string, s: number, count: number, rawS: number, rawCount: number) =>
  say(`| ${what} | ${rate(count, s)} | ${rate(rawCount, rawS)} | ${(count / s / (rawCount / rawS)).toFixed(2)} |`);
line(`${CALLERS} callers, a row each`, aloneS, SINGLE, rawCallers, SINGLE);
line(`${BATCH} rows at once`, bulkS, bulkRows, rawMany, texts.length);
say(`A raw INSERT and commit of one row at a time: ${rate(2_000, rawOne)}.`);

// The limit: SHA-256 over the same bytes and nothing else, read from memory.
const sample = await rowsAfter(pool, 0, 100_000);
const sha = performance.now();
for (const { text } of sample) createHash("sha256").update(text).digest();
const shaS = seconds(sha);
const bytes = sample.reduce((sum, { text }) => sum + text.length, 0) / sample.length;
await database.close();

const main = join(import.meta.dirname, "..", "cli", "src", "main.ts");
const env = { ...process.env, DATABASE_URL: postgres.url, DATA_DIR: folder.path };
const command = async (...args: string[]) => {
  const since = performance.now();
  const { code, stdout, stderr } = await runToEnd(
    "/usr/bin/time",
    ["-f", "%M %U %S", process.execPath, main, "audit", ...args],
    { env, cwd: folder.path },
  );
  if (code !== 0) throw new Error(`${args.join(" ")}: ${stdout}${stderr}`);
  const [kb = 0, userS = 0, systemS = 0] = (stderr.trim().split("\n").at(-1) ?? "").split(" ").map(Number);
  return {
    s: seconds(since),
    cpuS: userS + systemS,
    peakMb: Math.round(kb / 1_024),
    last: stdout.trim().split("\n").at(-1),
    bar: stderr.trim().split("\n").at(-2),
  };
};
const bundle = join(folder.path, "trail.jsonl");
const exported = await command("export", "--out", bundle);
say(
  `\n${ROWS.toLocaleString("en-US")} rows of ${Math.round(bytes)} bytes; the bundle has ${Math.round(statSync(bundle).size / 1e6)} MB.\n`,
);
say("| whole command | time | of it processor | rows/s | SHA-256 alone | share | peak memory |");
say("| --- | --- | --- | --- | --- | --- | --- |");
const limit = sample.length / shaS;
const row = (what: string, { s, cpuS, peakMb }: { s: number; cpuS: number; peakMb: number }) =>
  say(
    `| ${what} | ${s.toFixed(1)} s | ${cpuS.toFixed(1)} s | ${rate(ROWS, s)} | ${rate(sample.length, shaS)} | ${(ROWS / s / limit).toFixed(2)} | ${peakMb} MB |`,
  );
row("audit export (signs all, writes the bundle)", exported);
const offline = await command("verify", "--bundle", bundle);
row("audit verify --bundle", offline);
row("audit verify (database)", await command("verify"));
say(`\n${offline.bar}\n${offline.last}`);

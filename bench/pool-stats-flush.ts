import { join } from "node:path";
import { createLog } from "@banksman/kit";
import { type PrivateMariaDb, startMariaDb, tempFolder } from "@banksman/testkit";
import { MysqlTarget } from "../roles/pool-stats/src/flush/mysql-target.ts";
import { Share } from "../roles/pool-stats/src/share/share.ts";
import { Statistics } from "../roles/pool-stats/src/statistics.ts";
import { Load, seconds } from "./pool-stats-load.ts";

const T0 = 1_700_000_000;
const ROUNDS = 4;

/** Whole flushes: figures read, rows made, written and merged; the median of all but the first, which fills the table. */
export async function benchFlush(isQuick: boolean) {
  const cases = isQuick
    ? [{ mode: "direct" as const, workers: 10_000, share: 1 }]
    : [
        { mode: "tmp" as const, workers: 100_000, share: 1 },
        { mode: "direct" as const, workers: 100_000, share: 1 },
        { mode: "direct" as const, workers: 1_000_000, share: 0.1 },
      ];
  const rows = [];
  for (const { mode, workers, share } of cases) {
    await using database = await startMariaDb({
      innodb_buffer_pool_size: "512M",
      innodb_log_file_size: "512M",
      secure_file_priv: "",
    });
    const flushed = await flushes(database, mode, new Load(workers), share);
    const loaded = await loadData(database, flushed.rows);
    rows.push({
      mode,
      workers,
      "rows changed": flushed.rows,
      flush: seconds(flushed.ms),
      "own CPU": seconds(flushed.cpu),
      "LOAD DATA": seconds(loaded),
      times: (flushed.ms / loaded).toFixed(2),
      original: workers === 100_000 ? "2.7–2.9 s" : "",
    });
  }
  return rows;
}

async function flushes(database: PrivateMariaDb, mode: "tmp" | "direct", load: Load, part: number) {
  const { host, port, user: username, password, database: dbname } = database;
  const target = new MysqlTarget({
    config: { type: "mysql", host, port, username, password, dbname },
    compat: "g2",
    mode,
    chunkRows: 2_000,
    log: createLog("bench", "silent"),
  });
  const statistics = new Statistics({ compat: "g2" });
  const share = new Share();
  const taken: { ms: number; cpu: number; rows: number }[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    // Half a minute on, beyond the first shares' minute: only those that share again change.
    const now = T0 + round * 4_000;
    const busy = round === 0 ? load.workers : load.workers * part;
    for (let worker = 0; worker < busy; worker++) statistics.add(load.fill(share, worker, now), now);
    const at = round === 0 ? now : now + 1;
    const began = performance.now();
    const cpu = process.cpuUsage();
    const { rows } = await target.write(() => figuresOf(statistics, mode, at), at);
    const { user, system } = process.cpuUsage(cpu);
    taken.push({ ms: performance.now() - began, cpu: (user + system) / 1_000, rows });
    // What is idle from the round before leaves its windows: it is written before the next one is timed.
    if (mode === "direct" && round < ROUNDS)
      await target.write(() => figuresOf(statistics, mode, at + 3_998), at + 3_998);
  }
  await target.close();
  return taken.slice(1).toSorted((a, b) => a.ms - b.ms)[ROUNDS >> 1] ?? { ms: 0, cpu: 0, rows: 0 };
}

function* figuresOf(statistics: Statistics, mode: "tmp" | "direct", now: number) {
  for (const handle of mode === "tmp" ? statistics.takeAll() : statistics.takeChanged(now))
    yield statistics.read(handle, now);
}

/** As many of the rows into an empty table of the same kind. */
async function loadData(database: PrivateMariaDb, rows: number): Promise<number> {
  await using folder = await tempFolder();
  const file = join(folder.path, "rows");
  database.sql("CREATE TABLE peer LIKE mining_workers");
  database.sql(`SELECT * INTO OUTFILE '${file}' FROM mining_workers LIMIT ${rows}`);
  const times = [1, 2, 3].map(() => {
    database.sql("TRUNCATE peer");
    const began = performance.now();
    database.sql(`LOAD DATA INFILE '${file}' INTO TABLE peer`);
    return performance.now() - began;
  });
  return times.toSorted((a, b) => a - b)[1] ?? 0;
}

import type pg from "pg";
import { UNREACHABLE } from "../db/codes.ts";
import { copyIn, encodeRows } from "../db/copy-binary.ts";
import { inTransaction } from "../db/in-transaction.ts";
import type { Flavour } from "../db/partitions.ts";
import {
  cellsOf,
  DETAIL_COLUMNS,
  INCOMING_COLUMNS,
  LATEST_ONLY_COLUMNS,
  type Stamped,
  TELEMETRY_COLUMNS,
} from "./columns.ts";

/** Rows as they go to the database, with what the write must know of them. */
export type PreparedRows = {
  count: number;
  /** How many have boards, pools, chips or faults. */
  withParts: number;
  encoded: Buffer;
  minerNos: number[];
  dirty: Dirty[];
};
type Dirty = { siteNo: number; grain: "minute" | "hour"; bucket: number };

/** One upload, ready to be written. `figures` is what its reply says; a resend repeats it. */
export type Batch<F> = { siteNo: number; batchId: string; rows: PreparedRows; figures: () => F };
export type Written<F> = { duplicate: boolean; figures: F };

const names = (columns: readonly { name: string }[]) => columns.map((column) => column.name).join(", ");
const TELEMETRY = names(TELEMETRY_COLUMNS);
const LATEST = names([...TELEMETRY_COLUMNS, ...LATEST_ONLY_COLUMNS]);
const INCOMING_TYPES = INCOMING_COLUMNS.map((column) => column.type);
const INCOMING_DDL = INCOMING_COLUMNS.map(({ name, type }) => `${name} ${type}`).join(", ");
/** An unreachable miner says nothing of itself: its pool and its nameplate stay as last known until it is back. */
const KEPT_WHILE_AWAY = new Set(["expected_hashrate_ghs", "pool_url", "worker_name"]);
/** What a miner is and where it stands does not go away because one answer left it out. */
const KEPT = new Set(
  LATEST_ONLY_COLUMNS.flatMap(({ name, type }) => (type === "text" && !KEPT_WHILE_AWAY.has(name) ? [name] : [])),
);
const setColumn = (name: string): string => {
  if (KEPT.has(name)) return `${name} = coalesce(i.${name}, l.${name})`;
  if (!KEPT_WHILE_AWAY.has(name)) return `${name} = i.${name}`;
  return `${name} = case when i.health = ${UNREACHABLE} then coalesce(i.${name}, l.${name}) else i.${name} end`;
};
const LATEST_SET = [...TELEMETRY_COLUMNS, ...LATEST_ONLY_COLUMNS]
  .filter(({ name }) => name !== "site_no" && name !== "miner_no")
  .map(({ name }) => setColumn(name))
  .join(", ");

/** What is kept on change, and how it reads before and after; compared between the latest row and the incoming one. */
const CHANGES = [
  ["pool", "pool_url"],
  ["worker", "worker_name"],
  ["model", "model"],
  ["firmware", "firmware"],
  ["ip", "ip_address"],
  ["health", "health"],
] as const;
const CHANGE_ROWS = CHANGES.map(([kind, column]) => `('${kind}', l.${column}::text, i.${column}::text)`).join(", ");
const CHANGE_TEST = CHANGES.map(([, column]) => `l.${column} is distinct from i.${column}`).join(" or ");

/** The newest row of each miner among the incoming ones. */
const NEWEST = "select distinct on (site_no, miner_no) * from incoming order by site_no, miner_no, ts desc";

export type IngestStore = ReturnType<typeof ingestStore>;

/** The write path of readings: everything of a batch in one transaction, or nothing. */
export const ingestStore = (pool: pg.Pool, flavour: Flavour) => ({
  /**
   * Writes batches in one transaction. A batch whose id is known already changes nothing and repeats its first figures.
   * Resolves only when the transaction is on disk.
   */
  write: async <F>(batches: readonly Batch<F>[]): Promise<Written<F>[]> => {
    const hours = batches.flatMap(({ rows }) => rows.dirty.filter(({ grain }) => grain === "hour"));
    await flavour.ensure(hours.map(({ bucket }) => new Date(bucket)));
    return inTransaction(pool, async (client) => {
      const results: Written<F>[] = [];
      const fresh: PreparedRows[] = [];
      for (const batch of batches) {
        const written = await enterLedger(client, batch);
        results.push(written);
        if (!written.duplicate && batch.rows.count > 0) fresh.push(batch.rows);
      }
      if (fresh.length > 0) await storeRows(client, fresh);
      return results;
    });
  },

  /** Numbers of miners by id; those never seen are entered. `inserted` are the new ones. */
  minerNumbers: async (
    siteNo: number,
    minerIds: readonly string[],
  ): Promise<{ numbers: Map<string, number>; inserted: Set<string> }> => {
    const added = await pool.query<{ miner_id: string }>(
      "insert into miners (site_no, miner_id) select $1, unnest($2::text[]) on conflict do nothing returning miner_id",
      [siteNo, minerIds],
    );
    const all = await pool.query<{ miner_id: string; miner_no: number }>(
      "select miner_id, miner_no from miners where site_no = $1 and miner_id = any($2)",
      [siteNo, minerIds],
    );
    return {
      numbers: new Map(all.rows.map((row) => [row.miner_id, row.miner_no])),
      inserted: new Set(added.rows.map((row) => row.miner_id)),
    };
  },
});

async function enterLedger<F>(client: pg.ClientBase, batch: Batch<F>): Promise<Written<F>> {
  const figures = batch.figures();
  const entered = await client.query(
    "insert into ingest_batch (site_no, batch_id, reply) values ($1, $2, $3) on conflict do nothing",
    [batch.siteNo, batch.batchId, JSON.stringify(figures)],
  );
  if (entered.rowCount === 1) return { duplicate: false, figures };
  const { rows } = await client.query<{ reply: F }>(
    "select reply from ingest_batch where site_no = $1 and batch_id = $2",
    [batch.siteNo, batch.batchId],
  );
  return { duplicate: true, figures: rows[0]?.reply ?? figures };
}

/**
 * Encodes rows for the database. Done before a batch waits for its turn, so that this process encodes one batch while
 * the database writes another.
 */
export function prepareRows(rows: readonly Stamped[]): PreparedRows {
  const dirty = new Map<string, Dirty>();
  for (const { siteNo, ts } of rows) {
    for (const [grain, width] of GRAINS) {
      const bucket = ts - (ts % width);
      const key = `${siteNo} ${grain} ${bucket}`;
      if (!dirty.has(key)) dirty.set(key, { siteNo, grain, bucket });
    }
  }
  const cells = rows.map((row) => cellsOf(INCOMING_COLUMNS, row));
  return {
    count: rows.length,
    withParts: cells.filter((row) => row.slice(-DETAIL_COLUMNS.length).some((cell) => cell !== null)).length,
    encoded: encodeRows(INCOMING_TYPES, cells),
    minerNos: rows.map((row) => row.minerNo),
    dirty: [...dirty.values()],
  };
}

const GRAINS = [
  ["minute", 60_000],
  ["hour", 3_600_000],
] as const;
const INCOMING_NAMES = INCOMING_COLUMNS.map(({ name }) => name);

async function storeRows(client: pg.ClientBase, rows: readonly PreparedRows[]): Promise<void> {
  await client.query(`create temp table incoming (${INCOMING_DDL}) on commit drop`);
  for (const { encoded } of rows) await copyIn(client, "incoming", INCOMING_NAMES, encoded);
  await client.query(
    `insert into telemetry (${TELEMETRY}) select ${TELEMETRY} from incoming order by site_no, miner_no, ts on conflict do nothing`,
  );
  const newest = hasEachMinerOnce(rows) ? "incoming" : `(${NEWEST})`;
  const count = sum(rows.map((row) => row.count));
  await storeEvents(client, newest);
  await storeLatest(client, newest, count);
  await storeParts(client, newest, count, sum(rows.map((row) => row.withParts)));
  await markDirty(client, rows);
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

/** Chips, boards, pools and faults of the newest readings; `withParts` of the `count` rows have any. */
async function storeParts(client: pg.ClientBase, newest: string, count: number, withParts: number): Promise<void> {
  if (withParts > 0) {
    await client.query(
      `insert into latest_detail (site_no, miner_no, chips, detail)
       select i.site_no, i.miner_no, i.chips, i.detail from ${newest} i join latest l using (site_no, miner_no)
       where (i.detail is not null or i.chips is not null) and l.ts = i.ts
       on conflict (site_no, miner_no) do update set chips = excluded.chips, detail = excluded.detail`,
    );
  }
  if (withParts === count) return;
  // A newer reading without chips must not stand beside the chips of an older one; parts of an unreachable miner stay.
  // The `exists` is evaluated once and spares the join where no collector sends parts at all.
  await client.query(
    `update latest_detail d set chips = null, detail = case when i.health = ${UNREACHABLE} then d.detail end
     from ${newest} i join latest l using (site_no, miner_no)
     where exists (select 1 from latest_detail) and d.site_no = i.site_no and d.miner_no = i.miner_no and l.ts = i.ts
       and i.detail is null and i.chips is null`,
  );
}

/** One sweep has each miner once, and then nothing need be sorted to find the newest. */
function hasEachMinerOnce(rows: readonly PreparedRows[]): boolean {
  const seen = new Set<number>();
  for (const { minerNos } of rows) for (const minerNo of minerNos) seen.add(minerNo);
  return seen.size === sum(rows.map(({ count }) => count));
}

/** An update for the many that are known, an insert for the few that are not: half the work of an upsert. */
async function storeLatest(client: pg.ClientBase, newest: string, rows: number): Promise<void> {
  const updated = await client.query(
    `update latest l set ${LATEST_SET} from ${newest} i where l.site_no = i.site_no and l.miner_no = i.miner_no and i.ts > l.ts`,
  );
  if (updated.rowCount === rows) return;
  await client.query(
    `insert into latest (${LATEST}) select ${LATEST} from ${newest} i
     where not exists (select 1 from latest l where l.site_no = i.site_no and l.miner_no = i.miner_no)
     on conflict do nothing`,
  );
}

/** Marks the minutes and hours whose sums these rows change. */
async function markDirty(client: pg.ClientBase, rows: readonly PreparedRows[]): Promise<void> {
  const marks = rows.flatMap(({ dirty }) => dirty);
  await client.query(
    "insert into rollup_dirty (site_no, grain, bucket) select * from unnest($1::int[], $2::text[], $3::timestamptz[]) on conflict do nothing",
    [marks.map(({ siteNo }) => siteNo), marks.map(({ grain }) => grain), marks.map(({ bucket }) => new Date(bucket))],
  );
}

/** Keeps what changed on a miner; a reboot is an uptime that went back by more than the clock can explain. */
async function storeEvents(client: pg.ClientBase, newest: string): Promise<void> {
  await client.query(
    `insert into miner_events (site_no, miner_no, at, kind, before, after)
     select i.site_no, i.miner_no, i.ts, c.kind, c.before, c.after
     from ${newest} i join latest l using (site_no, miner_no),
     lateral (values ${CHANGE_ROWS}, ('reboot', l.uptime_seconds::text, i.uptime_seconds::text)) c (kind, before, after)
     where i.ts > l.ts and (${CHANGE_TEST} or i.uptime_seconds < l.uptime_seconds - 60)
       and case c.kind
         when 'reboot' then i.uptime_seconds < l.uptime_seconds - 60
         when 'health' then c.before is distinct from c.after
         else c.after is not null and c.before is distinct from c.after
       end
     on conflict do nothing`,
  );
}

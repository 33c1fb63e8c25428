import type { CoolingFailure, CoolingReading, CoolingRound } from "@banksman/wire/ingest";
import type { CoolingDerived } from "@banksman/wire/model";
import type pg from "pg";
import { inTransaction } from "../db/in-transaction.ts";
import { COOLING_TABLES, type Flavour } from "../db/partitions.ts";
import { findingsOf, openAndClose } from "./fault-store.ts";
import { figuresOf, toArray } from "./figures.ts";
import { extendFields, registerOwn, type UnitRow, unitsByKey } from "./unit-store.ts";

export type StoredReading = { unit: UnitRow; reading: CoolingReading; derived: CoolingDerived };
export type StoredFailure = { unit: UnitRow; failure: CoolingFailure };
export type ToStore = {
  siteNo: number;
  collectorId: string;
  rounds: readonly CoolingRound[];
  readings: readonly StoredReading[];
  failures: readonly StoredFailure[];
};
/** `stored` counts readings that were new; `newer` are the units whose newest record, or failure, changed. */
export type Stored = {
  stored: number;
  newer: ReadonlySet<number>;
  failed: ReadonlySet<number>;
  /** Codes of what stands by the measurements of the newer ones. */
  findings: ReadonlyMap<number, string[]>;
};

export type CoolingUploadStore = ReturnType<typeof coolingUploadStore>;

const keyOf = ({ unit, reading }: StoredReading) => `${unit.unit_no} ${reading.round_at}`;
const atOf = ({ reading }: StoredReading) => Date.parse(reading.record.at);

/** Of readings with the same key, the one whose record is the newest. */
function newestBy(readings: readonly StoredReading[], key: (one: StoredReading) => string | number): StoredReading[] {
  const newest = new Map<string | number, StoredReading>();
  for (const one of readings) {
    const other = newest.get(key(one));
    if (!other || atOf(one) > atOf(other)) newest.set(key(one), one);
  }
  return [...newest.values()].toSorted((a, b) => a.unit.unit_no - b.unit.unit_no);
}

/** The write path of cooling units: everything of an upload in one transaction, or nothing. */
export const coolingUploadStore = (pool: pg.Pool, flavour: Flavour) => ({
  unitsByKey: (keys: Parameters<typeof unitsByKey>[1]) => unitsByKey(pool, keys),
  registerOwn: (siteNo: number, units: Parameters<typeof registerOwn>[2]) => registerOwn(pool, siteNo, units),

  write: async ({ siteNo, collectorId, rounds, readings, failures }: ToStore): Promise<Stored> => {
    await flavour.ensure(
      readings.map(({ reading }) => new Date(reading.round_at)),
      COOLING_TABLES,
    );
    return inTransaction(pool, async (client) => {
      const stored = await storeSnapshots(client, newestBy(readings, keyOf));
      const newest = newestBy(readings, ({ unit }) => unit.unit_no);
      const newer = await storeLatest(client, newest, collectorId);
      const failed = await storeFailures(client, failures);
      await openAndClose(
        client,
        newest
          .filter(({ unit, reading }) => newer.has(unit.unit_no) && reading.record.connected)
          .map(({ unit, reading }) => ({ unit, at: reading.record.at, faults: reading.record.faults })),
        false,
      );
      await storeRounds(client, siteNo, collectorId, rounds);
      return { stored, newer, failed, findings: await findingsOf(client, newer) };
    });
  },
});

async function storeSnapshots(client: pg.ClientBase, readings: readonly StoredReading[]): Promise<number> {
  if (readings.length === 0) return 0;
  const fieldsOf = new Map<number, string[]>();
  const rows: { unit: UnitRow; reading: CoolingReading; figures: string }[] = [];
  for (const { unit, reading, derived } of readings) {
    const figures = figuresOf(reading.record, derived);
    let fields = fieldsOf.get(unit.unit_no) ?? unit.fields;
    const missing = [...figures.keys()].filter((name) => !fields.includes(name));
    if (missing.length > 0) fields = await extendFields(client, unit, missing);
    fieldsOf.set(unit.unit_no, fields);
    rows.push({ unit, reading, figures: toArray(fields, figures) });
  }
  const { rowCount } = await client.query(
    `insert into cooling_snapshots as s (site_no, unit_no, round_at, record_at, figures)
     select site_no, unit_no, round_at, record_at, figures::real[]
     from unnest($1::int[], $2::int[], $3::timestamptz[], $4::timestamptz[], $5::text[])
       r (site_no, unit_no, round_at, record_at, figures) order by 1, 2, 3
     on conflict (site_no, unit_no, round_at) do update set record_at = excluded.record_at, figures = excluded.figures
       where excluded.record_at > s.record_at`,
    [
      rows.map(({ unit }) => unit.site_no),
      rows.map(({ unit }) => unit.unit_no),
      rows.map(({ reading }) => reading.round_at),
      rows.map(({ reading }) => reading.record.at),
      rows.map(({ figures }) => figures),
    ],
  );
  await client.query(
    `insert into cooling_dirty select distinct site_no, '5min', date_bin('5 minutes', round_at, timestamptz 'epoch')
     from unnest($1::int[], $2::timestamptz[]) r (site_no, round_at) order by 1, 3 on conflict do nothing`,
    [rows.map(({ unit }) => unit.site_no), rows.map(({ reading }) => reading.round_at)],
  );
  return rowCount ?? 0;
}

/** Hashrate of the miners that a container tells of; null where it lists none. */
function hashrateOf({ reading }: StoredReading): number | null {
  const told = (reading.record.miners?.list ?? []).flatMap(({ hashrate_ghs }) => hashrate_ghs ?? []);
  return told.length === 0 ? null : told.reduce((sum, hashrate) => sum + hashrate, 0);
}

async function storeLatest(
  client: pg.ClientBase,
  readings: readonly StoredReading[],
  collectorId: string,
): Promise<Set<number>> {
  if (readings.length === 0) return new Set();
  const { rows } = await client.query<{ unit_no: number }>(
    `insert into cooling_latest as l
       (site_no, unit_no, round_at, at, received_at, lane, collector_id, record, derived, miners, hashrate_ghs,
        miner_count, counted_at, listed_at)
     select site_no, unit_no, round_at, at, now(), lane, $1, record::json, derived::json, miners::json, hashrate_ghs,
       miner_count, case when miner_count is not null then now() end, case when miners is not null then now() end
     from unnest($2::int[], $3::int[], $4::timestamptz[], $5::timestamptz[], $6::text[], $7::text[], $8::text[], $9::text[], $10::float8[], $11::int[])
       r (site_no, unit_no, round_at, at, lane, record, derived, miners, hashrate_ghs, miner_count)
     on conflict (site_no, unit_no) do update set round_at = excluded.round_at, at = excluded.at,
       received_at = excluded.received_at, lane = excluded.lane, collector_id = excluded.collector_id,
       record = excluded.record, derived = excluded.derived, miners = coalesce(excluded.miners, l.miners),
       hashrate_ghs = case when excluded.miners is not null then excluded.hashrate_ghs else l.hashrate_ghs end,
       miner_count = coalesce(excluded.miner_count, l.miner_count),
       counted_at = coalesce(excluded.counted_at, l.counted_at), listed_at = coalesce(excluded.listed_at, l.listed_at),
       failed_at = case when l.failed_at > excluded.round_at then l.failed_at end,
       failure = case when l.failed_at > excluded.round_at then l.failure end,
       failed_rounds = case when l.failed_at > excluded.round_at then l.failed_rounds else 0 end
     where l.at is null or excluded.at > l.at
     returning unit_no`,
    [
      collectorId,
      readings.map(({ unit }) => unit.site_no),
      readings.map(({ unit }) => unit.unit_no),
      readings.map(({ reading }) => reading.round_at),
      readings.map(({ reading }) => reading.record.at),
      readings.map(({ reading }) => reading.lane),
      readings.map(({ reading: { record } }) =>
        JSON.stringify({ ...record, miners: record.miners && { ...record.miners, list: [] } }),
      ),
      readings.map(({ derived }) => JSON.stringify(derived)),
      readings.map(({ reading: { record } }) =>
        record.miners?.list.length ? JSON.stringify(record.miners.list) : null,
      ),
      readings.map(hashrateOf),
      readings.map(({ reading }) => reading.record.miners?.count ?? null),
    ],
  );
  return new Set(rows.map(({ unit_no }) => unit_no));
}

/** A round that failed counts once, and not when the unit was read in it after all. */
async function storeFailures(client: pg.ClientBase, failures: readonly StoredFailure[]): Promise<Set<number>> {
  const failed = new Set<number>();
  const ordered = failures.toSorted((a, b) => Date.parse(a.failure.round_at) - Date.parse(b.failure.round_at));
  // One round after another: each counts on from the one before.
  for (const round of new Set(ordered.map(({ failure }) => failure.round_at))) {
    const own = new Map(
      ordered.filter(({ failure }) => failure.round_at === round).map((one) => [one.unit.unit_no, one]),
    );
    const rows = [...own.values()].toSorted((a, b) => a.unit.unit_no - b.unit.unit_no);
    const told = await client.query<{ unit_no: number }>(
      `insert into cooling_latest as l (site_no, unit_no, failed_at, failure, failed_rounds)
       select site_no, unit_no, $1, failure::json, 1 from unnest($2::int[], $3::int[], $4::text[]) r (site_no, unit_no, failure)
       on conflict (site_no, unit_no) do update set failed_at = excluded.failed_at, failure = excluded.failure,
         failed_rounds = l.failed_rounds + 1
       where (l.failed_at is null or excluded.failed_at > l.failed_at) and (l.round_at is null or excluded.failed_at > l.round_at)
       returning unit_no`,
      [
        round,
        rows.map(({ unit }) => unit.site_no),
        rows.map(({ unit }) => unit.unit_no),
        rows.map(({ failure: { code, reason, breaker } }) => JSON.stringify({ code, reason, breaker })),
      ],
    );
    for (const { unit_no } of told.rows) failed.add(unit_no);
  }
  return failed;
}

async function storeRounds(
  client: pg.ClientBase,
  siteNo: number,
  collectorId: string,
  rounds: readonly CoolingRound[],
): Promise<void> {
  if (rounds.length === 0) return;
  await client.query(
    `insert into cooling_rounds (site_no, collector_id, round_at, duration_ms, done, deferred, failed)
     select $1, $2, * from unnest($3::timestamptz[], $4::real[], $5::int[], $6::int[], $7::int[]) on conflict do nothing`,
    [
      siteNo,
      collectorId,
      rounds.map(({ round_at }) => round_at),
      rounds.map(({ duration_ms }) => duration_ms),
      rounds.map(({ done }) => done),
      rounds.map(({ deferred }) => deferred),
      rounds.map(({ failed }) => failed),
    ],
  );
}

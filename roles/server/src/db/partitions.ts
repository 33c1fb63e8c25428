import type pg from "pg";
import { inTransaction } from "./in-transaction.ts";

const DAY_MS = 86_400_000;

/**
 * The statements that differ between native partitions and extensions that partition by themselves. Tables, columns,
 * writes and queries stay the same whichever is used.
 */
export type Flavour = {
  name: string;
  /** Makes the partitions that hold rows of these moments, if they are missing: those of miners' readings unless others are named. */
  ensure: (moments: readonly Date[], tables?: readonly PartitionedTable[]) => Promise<void>;
  /** Drops whole partitions of `table` that end at or before `before`; gives the names dropped. */
  dropOlder: (table: PartitionedTable, before: Date) => Promise<string[]>;
  /** The days of raw readings that are stored, oldest first; miners' unless another table is named. */
  rawDays: (table?: PartitionedTable) => Promise<Date[]>;
  /** Packs what nobody changes any more, where that can be done; gives how many parts it packed. */
  compressOlder: (before: Date) => Promise<number>;
};

export type PartitionedTable =
  | "telemetry"
  | "telemetry_1h"
  | "telemetry_1d"
  | "cooling_snapshots"
  | "cooling_5min"
  | "cooling_1h";
export const MINER_TABLES = ["telemetry", "telemetry_1h", "telemetry_1d"] as const;
export const COOLING_TABLES = ["cooling_snapshots", "cooling_5min", "cooling_1h"] as const;

type Span = { name: string; from: Date; to: Date };

const SPANS: Record<PartitionedTable, (moment: Date) => Span> = {
  telemetry: (moment) => span("telemetry", startOf(moment, "day"), "day"),
  telemetry_1h: (moment) => span("telemetry_1h", startOf(moment, "month"), "month"),
  telemetry_1d: (moment) => span("telemetry_1d", startOf(moment, "year"), "year"),
  cooling_snapshots: (moment) => span("cooling_snapshots", startOf(moment, "day"), "day"),
  cooling_5min: (moment) => span("cooling_5min", startOf(moment, "month"), "month"),
  cooling_1h: (moment) => span("cooling_1h", startOf(moment, "year"), "year"),
};

function startOf(moment: Date, unit: "day" | "month" | "year"): Date {
  const [year, month, day] = [moment.getUTCFullYear(), moment.getUTCMonth(), moment.getUTCDate()];
  return new Date(Date.UTC(year, unit === "year" ? 0 : month, unit === "day" ? day : 1));
}

function span(table: string, from: Date, unit: "day" | "month" | "year"): Span {
  const to = new Date(from);
  if (unit === "day") to.setUTCDate(to.getUTCDate() + 1);
  if (unit === "month") to.setUTCMonth(to.getUTCMonth() + 1);
  if (unit === "year") to.setUTCFullYear(to.getUTCFullYear() + 1);
  const digits = { day: 10, month: 7, year: 4 }[unit];
  return { name: `${table}_${from.toISOString().slice(0, digits).replaceAll("-", "")}`, from, to };
}

/** Native PostgreSQL partitions: raw readings a day each, hours a month each, days a year each. All times UTC. */
export function nativeFlavour(pool: pg.Pool): Flavour {
  const known = new Set<string>();
  const ensureOne = async (table: PartitionedTable, { name, from, to }: Span) => {
    if (known.has(name)) return;
    const bounds = `from ('${from.toISOString()}') to ('${to.toISOString()}')`;
    // Two servers may make the same partition at once: the loser finds it made.
    await pool
      .query(`create table if not exists ${name} partition of ${table} for values ${bounds}`)
      .catch((error: unknown) => {
        const code = typeof error === "object" && error !== null && "code" in error ? error.code : null;
        if (code !== "42P07" && code !== "23505") throw error;
      });
    known.add(name);
  };
  return {
    name: "native",
    ensure: async (moments, tables = MINER_TABLES) => {
      for (const moment of moments) {
        for (const table of tables) {
          await ensureOne(table, SPANS[table](moment));
        }
      }
    },
    dropOlder: async (table, before) => {
      const old = (await partitionsOf(pool, table)).filter(({ to }) => to <= before);
      for (const { name } of old) {
        await dropPartition(pool, table, name);
        known.delete(name);
      }
      return old.map(({ name }) => name);
    },
    compressOlder: async () => 0,
    rawDays: async (table = "telemetry") => (await partitionsOf(pool, table)).map(({ from }) => from),
  };
}

async function partitionsOf(pool: pg.Pool, table: PartitionedTable): Promise<Span[]> {
  const { rows } = await pool.query<{ name: string }>(
    "select inhrelid::regclass::text as name from pg_inherits where inhparent = $1::regclass order by 1",
    [table],
  );
  return rows.flatMap(({ name }) => {
    const digits = new RegExp(`^${table}_(\\d{4,8})$`).exec(name)?.[1];
    if (digits === undefined) return [];
    const moment = new Date(
      Date.UTC(Number(digits.slice(0, 4)), Number(digits.slice(4, 6) || 1) - 1, Number(digits.slice(6, 8) || 1)),
    );
    return [SPANS[table](moment)];
  });
}

/** Dropping needs a lock on the whole table: give way to readers after two seconds and leave it to the next run. */
const dropPartition = (pool: pg.Pool, table: string, name: string): Promise<void> =>
  inTransaction(pool, async (client) => {
    await client.query("set local lock_timeout = '2s'");
    await client.query(`alter table ${table} detach partition ${name}`);
    await client.query(`drop table ${name}`);
  });

/** Yesterday, today and the next three days: what must exist before readings come. */
export const usualDays = (nowMs: number): Date[] => [-1, 0, 1, 2, 3].map((day) => new Date(nowMs + day * DAY_MS));

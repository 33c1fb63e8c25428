import type { Log } from "@banksman/kit";
import type pg from "pg";
import type { Flavour, PartitionedTable } from "./partitions.ts";

/** The one table that is worth it: millions of rows that nobody changes after a week. */
const TABLE: PartitionedTable = "cooling_snapshots";

const SET_UP = `
drop table ${TABLE};
create table ${TABLE} (
  site_no int not null,
  unit_no int not null,
  round_at timestamptz not null,
  record_at timestamptz not null,
  figures real[] not null,
  primary key (site_no, unit_no, round_at)
);
select create_hypertable('${TABLE}', by_range('round_at', interval '1 day'));
alter table ${TABLE} set (timescaledb.compress, timescaledb.compress_segmentby = 'site_no, unit_no',
  timescaledb.compress_orderby = 'round_at');
`;

/**
 * Where the database has TimescaleDB, cooling snapshots are a hypertable with chunks of a day that are compressed after a week;
 * all else stays as `native` does it. Jobs of the server compress and drop, so no background worker is needed. Snapshots that
 * lie in native partitions already stay there.
 */
export async function chooseFlavour(pool: pg.Pool, native: Flavour, log: Log): Promise<Flavour> {
  const { rows: found } = await pool.query("select 1 from pg_extension where extname = 'timescaledb'");
  if (found.length === 0) return native;
  const { rows } = await pool.query<{ kind: string }>("select relkind as kind from pg_class where oid = $1::regclass", [
    TABLE,
  ]);
  if (rows[0]?.kind === "p") {
    const { rows: stored } = await pool.query(`select 1 from ${TABLE} limit 1`);
    if (stored.length > 0) {
      log.warn("TimescaleDB is there, and cooling snapshots stay in the native partitions that hold some already");
      return native;
    }
    await pool.query(SET_UP);
  }
  return timescaleFlavour(pool, native);
}

function timescaleFlavour(pool: pg.Pool, native: Flavour): Flavour {
  return {
    ...native,
    name: "timescale",
    ensure: (moments, tables) =>
      tables === undefined
        ? native.ensure(moments)
        : native.ensure(
            moments,
            tables.filter((table) => table !== TABLE),
          ),
    dropOlder: async (table, before) => {
      if (table !== TABLE) return native.dropOlder(table, before);
      const { rows } = await pool.query<{ chunk: string }>(
        "select drop_chunks($1, older_than => $2::timestamptz) as chunk",
        [TABLE, before],
      );
      return rows.map(({ chunk }) => chunk);
    },
    rawDays: async (table) => {
      if (table !== TABLE) return native.rawDays(table);
      const { rows } = await pool.query<{ day: Date }>(
        "select range_start as day from timescaledb_information.chunks where hypertable_name = $1 order by 1",
        [TABLE],
      );
      return rows.map(({ day }) => day);
    },
    compressOlder: async (before) => {
      const { rows } = await pool.query(
        `select compress_chunk(format('%I.%I', chunk_schema, chunk_name)::regclass) from timescaledb_information.chunks
         where hypertable_name = $1 and range_end <= $2 and not is_compressed`,
        [TABLE, before],
      );
      return rows.length;
    },
  };
}

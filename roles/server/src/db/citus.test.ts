import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createLog } from "@banksman/kit";
import { type PrivatePostgres, startPostgres } from "@banksman/testkit";
import pg from "pg";
import { createPlacement, distribute } from "./citus.ts";
import { migrate } from "./migrations.ts";
import { COOLING_TABLES, MINER_TABLES } from "./partitions.ts";

/**
 * Citus is in no package that tests could install. A real PostgreSQL has functions of the same names here, which note how
 * they were called: it shows what is sent, not that Citus takes it.
 */
const STAND_IN = `
create function citus_version() returns text language sql as $$ select 'none' $$;
create table pg_dist_partition (logicalrelid regclass);
create table calls (n int generated always as identity, call text);
create table citus_shards (shardid bigint, nodename text, nodeport int);
create table shard_of (site_no int, shardid bigint);
create function create_distributed_table(t regclass, by text, colocate_with text) returns void language sql as $$
  insert into pg_dist_partition values (t); insert into calls (call) values (format('distribute %s by %s with %s', t, by, colocate_with)) $$;
create function truncate_local_data_after_distributing_table(t regclass) returns void language sql as $$
  insert into calls (call) values (format('truncate %s', t)) $$;
create function get_shard_id_for_distribution_column(t regclass, site int) returns bigint language sql as $$
  select shardid from shard_of where site_no = site $$;
create function isolate_tenant_to_new_shard(t regclass, site int, how text) returns bigint language sql as $$
  insert into calls (call) values (format('isolate %s of %s %s', site, t, how));
  update shard_of set shardid = 900 + site where site_no = site;
  insert into citus_shards select 900 + site, nodename, nodeport from citus_shards limit 1;
  select (900 + site)::bigint $$;
create function citus_move_shard_placement(shard bigint, a text, b int, c text, d int) returns void language plpgsql as $$ begin
  if c = 'gone' then raise 'connection to the remote node gone:% failed', d; end if;
  insert into calls (call) values (format('move %s from %s:%s to %s:%s', shard, a, b, c, d));
  update citus_shards set nodename = c, nodeport = d where shardid = shard; end $$;
`;

const log = createLog("test", "silent");
let postgres: PrivatePostgres;
let pool: pg.Pool;

before(async () => {
  postgres = await startPostgres();
  pool = new pg.Pool({ connectionString: postgres.url });
  await migrate(pool, log);
});
after(async () => {
  await pool.end();
  await postgres[Symbol.asyncDispose]();
});

const calls = async () => {
  const { rows } = await pool.query<{ call: string }>("select call from calls order by n");
  await pool.query("delete from calls");
  return rows.map(({ call }) => call);
};

test("every key of what is distributed begins with the site", async () => {
  const { rows } = await pool.query<{ name: string; first: string }>(
    `select c.relname as name, a.attname as first from pg_index i join pg_class c on c.oid = i.indrelid
       join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
     where i.indisunique and c.relname = any($1)`,
    [[...MINER_TABLES, ...COOLING_TABLES]],
  );
  assert.equal(rows.length, 6);
  for (const { name, first } of rows) assert.equal(first, "site_no", name);
});

test("without Citus nothing is distributed; with it every table of readings is, once, and side by side", async () => {
  assert.equal(await distribute(pool), false);
  await pool.query(STAND_IN);
  assert.equal(await distribute(pool), true);
  const told = await calls();
  assert.deepEqual(told.slice(0, 4), [
    "distribute telemetry by site_no with none",
    "truncate telemetry",
    "distribute telemetry_1h by site_no with telemetry",
    "truncate telemetry_1h",
  ]);
  assert.equal(told.length, 12);
  assert.equal(await distribute(pool), true);
  assert.deepEqual(await calls(), []);
});

test("a site goes to its region's node, out of a shard that it shares; one that can't be moved holds nobody up", async () => {
  await pool.query(`insert into sites (site_id, name, region) values
    ('a', 'A', 'north'), ('b', 'B', 'north'), ('c', 'C', 'south'), ('d', 'D', null), ('e', 'E', 'lost')`);
  await pool.query(
    "insert into shard_of select site_no, case site_id when 'a' then 1 when 'b' then 1 else site_no + 1 end from sites",
  );
  await pool.query(
    "insert into citus_shards values (1, 'w1', 5432), (4, 'w2', 5432), (5, 'w1', 5432), (6, 'w1', 5432)",
  );
  const place = createPlacement(pool, { north: "w2:5432", south: "w2:5432", lost: "gone:5432" }, log);
  assert.deepEqual(await place(), { moved: ["a", "b"] });
  assert.deepEqual(await calls(), [
    "isolate 1 of telemetry CASCADE",
    "move 901 from w1:5432 to w2:5432",
    "isolate 2 of telemetry CASCADE",
    "move 902 from w1:5432 to w2:5432",
  ]);
  assert.deepEqual(await place(), { moved: [] });
  assert.deepEqual(await calls(), []);
});

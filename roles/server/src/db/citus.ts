import { type Log, messageOf } from "@banksman/kit";
import type pg from "pg";
import { inTransaction } from "./in-transaction.ts";
import { COOLING_TABLES, MINER_TABLES } from "./partitions.ts";

/** What grows with every sweep. All else is small, and stays at the node that the server connects to. */
const DISTRIBUTED = [...MINER_TABLES, ...COOLING_TABLES];
const [FIRST] = DISTRIBUTED;

/**
 * Where the database has Citus, readings and their roll-ups are distributed by site, all of a site's at one node; the
 * partitions by time stay below. Tells whether it has. Written after the documentation of Citus 12, not exercised on a real
 * cluster.
 */
export async function distribute(pool: pg.Pool): Promise<boolean> {
  const { rows } = await pool.query<{ there: boolean }>("select to_regproc('citus_version') is not null as there");
  if (rows[0]?.there !== true) return false;
  await inTransaction(pool, async (client) => {
    // Of two servers that start at once, the second finds it done.
    await client.query("select pg_advisory_xact_lock(hashtext('banksman citus'))");
    for (const table of DISTRIBUTED) {
      const { rowCount } = await client.query("select 1 from pg_dist_partition where logicalrelid = $1::regclass", [
        table,
      ]);
      if (rowCount !== 0) continue;
      await client.query("select create_distributed_table($1::regclass, 'site_no', colocate_with => $2)", [
        table,
        table === FIRST ? "none" : FIRST,
      ]);
      // What the table held before was copied to the nodes, and would lie here a second time.
      await client.query("select truncate_local_data_after_distributing_table($1::regclass)", [table]);
    }
  });
  return true;
}

type Shard = {
  site_no: number;
  site_id: string;
  region: string;
  shard: string;
  /** `host:port`. */
  node: string;
  is_shared: boolean;
};

/**
 * Moves each site's readings to the node of its region, one site after the other; `nodes` names a node as `host:port` by
 * region. A site of another region, or of none, stays where Citus put it. Gives the ids of the sites that were moved.
 */
export const createPlacement =
  (pool: pg.Pool, nodes: Readonly<Record<string, string>>, log: Log) => async (): Promise<{ moved: string[] }> => {
    const moved: string[] = [];
    for (const shard of await shardsOf(pool)) {
      const to = nodes[shard.region];
      if (to === undefined || to === shard.node) continue;
      try {
        await move(pool, shard, to);
        moved.push(shard.site_id);
        log.info({ site_id: shard.site_id, node: to }, "a site's readings moved to its region");
      } catch (error) {
        // The others have nothing to do with it, and the next run tries again.
        log.error({ site_id: shard.site_id, node: to, reason: messageOf(error) }, "a site's readings were not moved");
      }
    }
    return { moved };
  };

async function shardsOf(pool: pg.Pool): Promise<Shard[]> {
  const { rows } = await pool.query<Shard>(
    `with placed as (
       select s.site_no, s.site_id, s.region, get_shard_id_for_distribution_column($1::regclass, s.site_no) as shard
       from sites s)
     select p.site_no, p.site_id, p.region, p.shard, n.nodename || ':' || n.nodeport as node,
       (select count(*) from placed other where other.shard = p.shard) > 1 as is_shared
     from placed p join citus_shards n on n.shardid = p.shard
     where p.region is not null order by p.site_no`,
    [FIRST],
  );
  return rows;
}

/** A shard that other sites share is parted first. Tables that are distributed alike go along. */
async function move(pool: pg.Pool, { site_no, shard, node, is_shared }: Shard, to: string): Promise<void> {
  let own = shard;
  if (is_shared) {
    const { rows } = await pool.query<{ shard: string }>(
      "select isolate_tenant_to_new_shard($1::regclass, $2::int, 'CASCADE') as shard",
      [FIRST, site_no],
    );
    own = rows[0]?.shard ?? shard;
  }
  await pool.query("select citus_move_shard_placement($1::bigint, $2, $3::int, $4, $5::int)", [
    own,
    ...addressOf(node),
    ...addressOf(to),
  ]);
}

function addressOf(node: string): [host: string, port: number] {
  const at = node.lastIndexOf(":");
  return [node.slice(0, at), Number(node.slice(at + 1))];
}

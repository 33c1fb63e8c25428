import { type Log, messageOf } from "@banksman/kit";
import type pg from "pg";

/** "aler" in ASCII: who holds it evaluates for all servers of this database. */
export const LEASE_KEY = 0x616c6572;

/**
 * One server of several evaluates. The lease is the connection's: it is gone the moment the process or its connection
 * is, and all that the leader writes goes over that same connection, so that one that lost it can't write.
 */
export function createLease(pool: pg.Pool, log: Log) {
  let client: pg.PoolClient | null = null;
  const lose = (error?: unknown) => {
    if (!client) return;
    if (error !== undefined) log.warn({ err: error }, `another server may evaluate now: ${messageOf(error)}`);
    client.removeAllListeners("error");
    client.release(true);
    client = null;
  };
  return {
    holder: (): pg.PoolClient | null => client,
    /** Takes the lease if nobody has it; true when it was just taken. */
    take: async (): Promise<boolean> => {
      if (client) return false;
      const candidate = await pool.connect();
      if (!(await took(candidate))) return false;
      candidate.on("error", lose);
      client = candidate;
      return true;
    },
    lose,
    /** Hands the lease on at once. */
    release: async (): Promise<void> => {
      if (!client) return;
      await client.query("select pg_advisory_unlock($1)", [LEASE_KEY]).catch(() => undefined);
      lose();
    },
  };
}

/** Whether the connection holds the lease now; one that doesn't goes back to the pool, broken or not. */
async function took(candidate: pg.PoolClient): Promise<boolean> {
  try {
    const { rows } = await candidate.query<{ taken: boolean }>("select pg_try_advisory_lock($1) as taken", [LEASE_KEY]);
    if (rows[0]?.taken === true) return true;
  } catch (error) {
    candidate.release(true);
    throw error;
  }
  candidate.release();
  return false;
}

export type Lease = ReturnType<typeof createLease>;

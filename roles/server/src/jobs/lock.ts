import type pg from "pg";
import { liftBound, patient } from "../db/patient.ts";

/** "jobs" in ASCII: keeps these locks apart from others of the database. */
const LOCKS = 0x6a6f6273;

/** Does `work` when no other server is at the same, and waits for that as long as it takes. */
export async function whenFree<T>(pool: pg.Pool, key: string, work: () => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await liftBound(client);
    await client.query(patient("select pg_advisory_lock($1, hashtext($2))", [LOCKS, key]));
    return await work();
  } finally {
    // The lock is the connection's, and goes with it, as does its long patience.
    client.release(true);
  }
}

/**
 * Does `work` unless another server is at the same; null then. The lock is the connection's: it is gone the moment that the
 * process is, and not before, so a run that was given up for lost and still goes on keeps the next one waiting. `lost`
 * aborts when the connection breaks in the middle.
 */
export async function withLock<T>(
  pool: pg.Pool,
  key: string,
  work: (lost: AbortSignal) => Promise<T>,
): Promise<{ done: T } | null> {
  const client = await pool.connect();
  const broken = new AbortController();
  const onError = (error: Error) => broken.abort(error);
  client.on("error", onError);
  let isFree = false;
  try {
    const { rows } = await client.query<{ held: boolean }>("select pg_try_advisory_lock($1, hashtext($2)) as held", [
      LOCKS,
      key,
    ]);
    if (rows[0]?.held !== true) {
      isFree = true;
      return null;
    }
    try {
      return { done: await work(broken.signal) };
    } finally {
      if (!broken.signal.aborted) isFree = await unlock(client, key);
    }
  } finally {
    client.off("error", onError);
    // One that may still hold the lock is destroyed: given back, it would keep everybody from this work for good.
    client.release(!isFree);
  }
}

const unlock = (client: pg.PoolClient, key: string): Promise<boolean> =>
  client.query("select pg_advisory_unlock($1, hashtext($2))", [LOCKS, key]).then(
    () => true,
    () => false,
  );

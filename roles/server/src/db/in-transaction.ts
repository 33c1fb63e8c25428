import type pg from "pg";

/** Commits what `work` did, or undoes all of it and throws what it threw. */
export async function inTransaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let isOver = false;
  try {
    await client.query("begin");
    const result = await work(client);
    await client.query("commit");
    isOver = true;
    return result;
  } catch (error) {
    // What went wrong is what the caller must hear of, also where the connection is gone and can't undo anything.
    isOver = await client.query("rollback").then(
      () => true,
      () => false,
    );
    throw error;
  } finally {
    // Whoever had it next would be inside this transaction, and commit into it; destroyed, it undoes what it holds.
    client.release(!isOver);
  }
}

import type pg from "pg";

/** The pool's own bounds are for what somebody waits for. */
const PATIENCE_MS = 86_400_000;

/** Lifts the database's bound on the queries of one connection; each is sent as `patient` too, for the bound at our end. */
export const liftBound = async (client: pg.ClientBase): Promise<void> => {
  await client.query("set statement_timeout = 0");
};

/** A query that is waited for as long as a migration of a large database may take, here or at another server. */
export const patient = (text: string, values: unknown[] = []) => ({ text, values, query_timeout: PATIENCE_MS });

import type { AuditEvent } from "@banksman/wire/api";
import { CompiledQuery, type Transaction } from "kysely";
import type pg from "pg";
import type { Schema } from "../db/schema.ts";
import { EMPTY_TAIL, link, type Tail, type TimedEvent } from "./chain.ts";

/** "audi" in ASCII: whoever holds it may add rows; a chain has one end. */
const APPEND_KEY = 0x61756469;

/** A transaction that rows become a part of, of either kind that slices have. */
export type Tx = Transaction<Schema> | pg.PoolClient;
type Query = <R>(text: string, values: unknown[]) => Promise<R[]>;

const queryOf = (tx: Tx): Query =>
  "executeQuery" in tx
    ? async <R>(text: string, values: unknown[]) => (await tx.executeQuery<R>(CompiledQuery.raw(text, values))).rows
    : // The caller names the columns it selects; pg can't know them.
      async <R>(text: string, values: unknown[]) => (await tx.query(text, values)).rows as R[];

/**
 * Adds rows to the chain as part of the caller's transaction, and forgets what was noted as begun. Waits for whoever else
 * is adding, and makes others wait until the transaction ends: call it last, at READ COMMITTED.
 */
export async function append(tx: Tx, events: readonly TimedEvent[], begun: readonly string[]): Promise<void> {
  const query = queryOf(tx);
  await query("select pg_advisory_xact_lock($1)", [APPEND_KEY]);
  // A statement of its own: its snapshot must be younger than the lock.
  const [last] = await query<Tail>("select seq, encode(hash, 'hex') as hash from audit order by seq desc limit 1", []);
  const rows = link(last ?? EMPTY_TAIL, events);
  await query(
    `with done as (delete from audit_begun where begun_id = any($4::uuid[]))
     insert into audit (seq, entry, hash)
     select seq, entry, decode(hash, 'hex') from unnest($1::int8[], $2::json[], $3::text[]) as row (seq, entry, hash)`,
    [rows.map(({ seq }) => seq), rows.map(({ text }) => text), rows.map(({ hash }) => hash), begun],
  );
}

/** Notes, as a part of the caller's transaction, that what was begun is done. */
export async function noteDone(tx: Tx, id: string, event: AuditEvent): Promise<void> {
  await queryOf(tx)("update audit_begun set event = $2::json, done = true where begun_id = $1", [
    id,
    JSON.stringify(event),
  ]);
}

/** Notes what is begun, so that it is recorded even if this process ends in the middle of it. */
export async function noteBegun(pool: pg.Pool, begun: readonly { id: string; event: AuditEvent }[]): Promise<void> {
  await pool.query("insert into audit_begun (begun_id, event) select * from unnest($1::uuid[], $2::json[])", [
    begun.map(({ id }) => id),
    begun.map(({ event }) => JSON.stringify(event)),
  ]);
}

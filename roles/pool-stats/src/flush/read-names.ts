import type { Log } from "@banksman/kit";
import { messageOf } from "@banksman/kit";
import type { NamesOf } from "../api/json-api.ts";

type Session = { query: (sql: string) => Promise<Record<string, unknown>[]>; close: () => Promise<void> };

/** A page is shown without names rather than late. */
const PATIENCE_MS = 2_000;

/** Names of workers as S3's table has them; none where the database is away or slow. */
export function readNames(session: Session, log: Log): NamesOf {
  return async (userId, workerIds) => {
    if (workerIds.length === 0) return new Map();
    const sql =
      "SELECT worker_id, worker_name, miner_agent FROM mining_workers " +
      `WHERE puid = ${userId} AND worker_id IN (${workerIds.join(",")})`;
    try {
      const rows = await inTime(session.query(sql));
      const text = (value: unknown) => (typeof value === "string" ? value : null);
      return new Map(
        rows.map((row) => [String(row.worker_id), { name: text(row.worker_name), agent: text(row.miner_agent) }]),
      );
    } catch (error) {
      log.debug(`names of workers: ${messageOf(error)}`);
      return new Map();
    }
  };
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error("the database takes too long")), PATIENCE_MS);
  // Whoever loses the race must not end the process.
  work.catch(() => undefined);
  return await Promise.race([work, late.promise]).finally(() => clearTimeout(timer));
}

import type { Message } from "@banksman/notify";
import { Delivery, type ListDeliveries, type QueryOf } from "@banksman/wire/api";
import { AlertLevel } from "@banksman/wire/model";
import { sql, type Transaction } from "kysely";
import type pg from "pg";
import { z } from "zod";
import type { Db } from "../db/connect.ts";
import type { Schema } from "../db/schema.ts";

export type Waiting = { delivery_id: number; channel: string; message: Message; tries: number };
export type Outcome = { state: "sent" | "waiting" | "failed"; error: string | null; waitS: number };
/** A message on its way to one channel. The same `dedup` twice at a channel is one message. */
export type Parcel = { channel: string; message: Message; dedup: string; alertIds: readonly number[] };

const PRIORITY: Record<AlertLevel, number> = { urgent: 0, severe: 1, warning: 2, info: 3 };
/** The same webhook within this time was posted again because its answer was lost. */
const REMINDER_AFTER = "30 minutes";
const StoredMessage = z.object({
  title: z.string(),
  text: z.string(),
  level: AlertLevel,
  link: z.string().optional(),
  key: z.string().optional(),
});
const iso = (at: Date | null) => at?.toISOString() ?? null;

export type Outbox = ReturnType<typeof createOutbox>;

/** The only SQL on messages that are to leave. */
export const createOutbox = (db: Db, pool: pg.Pool) => ({
  /** Keeps parcels as part of the caller's transaction; gives how many were new. */
  put: async (tx: Transaction<Schema>, parcels: readonly Parcel[]): Promise<number> => {
    let fresh = 0;
    for (const { channel, message, dedup, alertIds } of parcels) {
      const { numAffectedRows } = await sql`
        insert into deliveries (channel, dedup, level, priority, message, alert_ids)
        values (${channel}, ${dedup}, ${message.level}, ${PRIORITY[message.level]}, ${JSON.stringify(message)}, ${[...alertIds]})
        on conflict (channel, dedup) do nothing`.execute(tx);
      fresh += Number(numAffectedRows ?? 0);
    }
    return fresh;
  },

  /** Lets what left a while ago be told anew: a reminder. What still waits is reminder enough. */
  makeRoom: async (tx: Transaction<Schema>, dedup: string): Promise<void> => {
    await sql`update deliveries set dedup = dedup || ' ' || delivery_id
      where dedup = ${dedup} and state <> 'waiting' and created_at < now() - ${REMINDER_AFTER}::interval`.execute(tx);
  },

  list: async (query: QueryOf<typeof ListDeliveries>): Promise<{ deliveries: Delivery[]; total: number }> => {
    const { channel = null, state = null, alert_id = null, page, per_page } = query;
    const { rows } = await sql<Record<string, unknown> & { total: number; message: unknown } & Dates>`
      select *, (count(*) over ())::int as total from deliveries
      where (${channel}::text is null or channel = ${channel}) and (${state}::text is null or state = ${state})
        and (${alert_id}::int is null or alert_ids @> array[${alert_id}::int])
      order by delivery_id desc limit ${per_page} offset ${(page - 1) * per_page}`.execute(db);
    const deliveries = rows.map((row) => {
      const { title, text } = StoredMessage.parse(row.message);
      const next_at = row.state === "waiting" ? iso(row.next_at) : null;
      return Delivery.parse({
        ...row,
        title,
        text,
        next_at,
        created_at: iso(row.created_at),
        sent_at: iso(row.sent_at),
      });
    });
    return { deliveries, total: rows[0]?.total ?? 0 };
  },

  /**
   * Takes the most urgent message that is due and has `send` send it, its row locked meanwhile: another server passes it
   * by. Resolves to false when none is due. A process killed between sending and noting it sends it again.
   */
  sendNext: async (send: (waiting: Waiting) => Promise<Outcome>): Promise<boolean> => {
    const client = await pool.connect();
    try {
      await client.query("begin");
      const { rows } = await client.query<{ delivery_id: number; channel: string; message: unknown; tries: number }>(
        `select delivery_id, channel, message, tries from deliveries where state = 'waiting' and next_at <= now()
         order by priority, delivery_id limit 1 for update skip locked`,
      );
      const [row] = rows;
      if (!row) return false;
      const outcome = await send({ ...row, message: StoredMessage.parse(row.message) });
      await client.query(
        `update deliveries set state = $2, tries = tries + 1, error = $3, next_at = now() + $4 * interval '1 second',
           sent_at = case when $2 = 'sent' then now() end where delivery_id = $1`,
        [row.delivery_id, outcome.state, outcome.error, outcome.waitS],
      );
      return true;
    } finally {
      await client.query("commit").catch(() => undefined);
      client.release();
    }
  },

  forget: async (before: Date): Promise<void> => {
    await sql`delete from deliveries where created_at < ${before} and state <> 'waiting'`.execute(db);
  },
});

type Dates = { created_at: Date; next_at: Date; sent_at: Date | null };

import type { Message } from "@banksman/notify";
import { Alert, type AlertLevel, Delivery } from "@banksman/wire/api";
import { sql } from "kysely";
import type pg from "pg";
import { z } from "zod";
import type { Db } from "../db/connect.ts";

export type NewAlert = Pick<Alert, "rule" | "level" | "state" | "title" | "text" | "labels"> & {
  fingerprint: string;
  since: string;
  resolved_at: string | null;
};
export type Waiting = { delivery_id: number; channel: string; message: Message; tries: number };

const PRIORITY: Record<AlertLevel, number> = { urgent: 0, severe: 1, warning: 2, info: 3 };
/** The same webhook within this time was posted again because its answer was lost. */
const REMINDER_AFTER = "30 minutes";
const StoredMessage = z.object({
  title: z.string(),
  text: z.string(),
  level: z.enum(["urgent", "severe", "warning", "info"]),
  link: z.string().optional(),
  key: z.string().optional(),
});
const iso = (at: Date | null) => at?.toISOString() ?? null;

export type AlertStore = ReturnType<typeof alertStore>;

/** The only SQL on alerts and on messages that are to leave. */
export const alertStore = (db: Db, pool: pg.Pool) => ({
  /** Keeps alerts and the messages about them, all or nothing; tells whether the messages were new. */
  take: async (
    alerts: readonly NewAlert[],
    channels: readonly string[],
    message: Message,
    dedup: string,
  ): Promise<boolean> =>
    await db.transaction().execute(async (tx) => {
      for (const one of alerts)
        await sql`insert into alerts (source, fingerprint, rule, level, state, title, text, labels, since, resolved_at)
          values ('alertmanager', ${one.fingerprint}, ${one.rule}, ${one.level}, ${one.state}, ${one.title}, ${one.text},
            ${JSON.stringify(one.labels)}, ${one.since}, ${one.resolved_at})
          on conflict (source, fingerprint, since) do update set state = excluded.state, resolved_at = excluded.resolved_at,
            level = excluded.level, title = excluded.title, text = excluded.text
          where alerts.state = 'firing' or excluded.state = 'resolved'`.execute(tx);
      // What left a while ago makes room: the same told anew by then is a reminder. What still waits is reminder enough.
      await sql`update deliveries set dedup = dedup || ' ' || delivery_id
        where channel = any(${[...channels]}::text[]) and dedup = ${dedup} and state <> 'waiting'
          and created_at < now() - ${REMINDER_AFTER}::interval`.execute(tx);
      const { numAffectedRows } = await sql`insert into deliveries (channel, dedup, level, priority, message)
        select unnest(${[...channels]}::text[]), ${dedup}, ${message.level}, ${PRIORITY[message.level]}, ${JSON.stringify(message)}
        on conflict (channel, dedup) do nothing`.execute(tx);
      return Number(numAffectedRows ?? 0) > 0;
    }),

  list: async (query: { state: "firing" | "all"; level?: AlertLevel | undefined; page: number; per_page: number }) => {
    const where = sql`where (${query.state} = 'all' or state = 'firing') and (${query.level ?? null}::text is null or level = ${query.level ?? null})`;
    const { rows } = await sql<{ total: number } & Record<string, unknown> & { since: Date; resolved_at: Date | null }>`
      select *, (count(*) over ())::int as total from alerts ${where} order by since desc, alert_id desc
      limit ${query.per_page} offset ${(query.page - 1) * query.per_page}`.execute(db);
    const alerts = rows.map((row) => Alert.parse({ ...row, since: iso(row.since), resolved_at: iso(row.resolved_at) }));
    return { alerts, total: rows[0]?.total ?? 0 };
  },

  deliveries: async (limit: number): Promise<Delivery[]> => {
    const { rows } = await sql<Record<string, unknown> & { created_at: Date; sent_at: Date | null; message: unknown }>`
      select * from deliveries order by delivery_id desc limit ${limit}`.execute(db);
    return rows.map((row) =>
      Delivery.parse({
        ...row,
        title: StoredMessage.parse(row.message).title,
        created_at: iso(row.created_at),
        sent_at: iso(row.sent_at),
      }),
    );
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
    await sql`delete from alerts where coalesce(resolved_at, since) < ${before} and state = 'resolved'`.execute(db);
  },
});

export type Outcome = { state: "sent" | "waiting" | "failed"; error: string | null; waitS: number };

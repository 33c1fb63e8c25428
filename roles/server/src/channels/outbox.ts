import type { Message } from "@banksman/notify";
import { Delivery, type ListDeliveries, type QueryOf } from "@banksman/wire/api";
import { AlertLevel } from "@banksman/wire/model";
import { sql, type Transaction } from "kysely";
import type pg from "pg";
import { z } from "zod";
import type { Db } from "../db/connect.ts";
import { inTransaction } from "../db/in-transaction.ts";
import type { Schema } from "../db/schema.ts";
import type { Sites } from "../http/caller.ts";

export type Waiting = { delivery_id: number; channel: string; message: KeptMessage; tries: number };
/** `isTry` is false where the message was held back by the channel's own limit. */
export type Outcome = { state: "sent" | "waiting" | "failed"; error: string | null; waitS: number; isTry: boolean };
/** A message on its way to one channel. The same `dedup` twice at a channel is one message. */
export type Parcel = { channel: string; message: KeptMessage; dedup: string; alertIds: readonly number[] };

const PRIORITY: Record<AlertLevel, number> = { urgent: 0, severe: 1, warning: 2, info: 3 };
/** The same webhook within this time was posted again because its answer was lost. */
const REMINDER_AFTER = "30 minutes";
const StoredMessage = z.object({
  title: z.string(),
  text: z.string(),
  level: AlertLevel,
  link: z.string().optional(),
  key: z.string().optional(),
  /** The report that it is about: its files are fetched when it leaves. */
  report_id: z.uuid().optional(),
});
export type KeptMessage = z.infer<typeof StoredMessage>;
/** From this many on, messages that wait for one channel leave as one; what is urgent never does. */
const DIGEST_FROM = 4;
const MOST_IN_DIGEST = 200;
const LISTED = 30;

type Row = { delivery_id: number; channel: string; message: unknown; tries: number; priority: number };

/** Several messages as one: the worst first, a line each. */
export function digestOf(messages: readonly Message[]): Message {
  const [first] = messages;
  const lines = messages.slice(0, LISTED).map(({ title }) => `• ${title}`);
  const more = messages.length - LISTED;
  return {
    title: `${first?.title ?? ""} (+${messages.length - 1})`,
    text: [...lines, ...(more > 0 ? [`… +${more}`] : [])].join("\n"),
    level: first?.level ?? "info",
    ...(first?.link === undefined ? {} : { link: first.link }),
  };
}

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

  /** One message may tell of alerts of several sites: it is for those who see all of them. */
  list: async (
    query: QueryOf<typeof ListDeliveries>,
    sites: Sites,
  ): Promise<{ deliveries: Delivery[]; total: number }> => {
    const { channel = null, state = null, alert_id = null, page, per_page } = query;
    const { rows } = await sql<Record<string, unknown> & { total: number; message: unknown } & Dates>`
      select *, (count(*) over ())::int as total from deliveries
      where (${channel}::text is null or channel = ${channel}) and (${state}::text is null or state = ${state})
        and (${alert_id}::int is null or alert_ids @> array[${alert_id}::int]) and ${toldOf(sites)}
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

  /** What is due, the most urgent first. */
  due: async (limit: number): Promise<{ delivery_id: number; priority: number }[]> => {
    const { rows } = await sql<{ delivery_id: number; priority: number }>`select delivery_id, priority from deliveries
      where state = 'waiting' and next_at <= now() order by priority, delivery_id limit ${limit}`.execute(db);
    return rows;
  },

  /**
   * Takes the message, or else the most urgent one that is due, and has `send` send it, its row locked meanwhile: another
   * server passes it by. Resolves to false when none is due. A process killed between sending and noting it sends it again.
   */
  sendNext: async (send: (waiting: Waiting) => Promise<Outcome>, deliveryId: number | null = null): Promise<boolean> =>
    inTransaction(pool, async (client) => {
      const { rows } = await client.query<Row>(
        `select delivery_id, channel, message, tries, priority from deliveries where state = 'waiting' and next_at <= now()
           and ($1::int is null or delivery_id = $1) order by priority, delivery_id limit 1 for update skip locked`,
        [deliveryId],
      );
      const [row] = rows;
      if (!row) return false;
      const message = await gathered(client, row);
      const outcome = await send({ ...row, message });
      await client.query(
        `update deliveries set state = $2, tries = tries + $5, error = $3, next_at = now() + $4 * interval '1 second',
           sent_at = case when $2 = 'sent' then now() end where delivery_id = $1`,
        [row.delivery_id, outcome.state, outcome.error, outcome.waitS, outcome.isTry ? 1 : 0],
      );
      return true;
    }),

  forget: async (before: Date): Promise<void> => {
    await sql`delete from deliveries where created_at < ${before} and state <> 'waiting'`.execute(db);
  },
});

const toldOf = (sites: Sites) =>
  sites === "all"
    ? sql`true`
    : sql`alert_ids <> '{}' and not exists (select from unnest(alert_ids) as id left join alerts a on a.alert_id = id
        where a.site_id is null or a.site_id <> all(${[...sites]}::text[]))`;

/** The message of a row; with others of its channel that wait as well, all of them in one. */
async function gathered(client: pg.PoolClient, row: Row): Promise<KeptMessage> {
  const own = StoredMessage.parse(row.message);
  if (row.priority === PRIORITY.urgent) return own;
  const { rows } = await client.query<Row>(
    `select delivery_id, channel, message, tries, priority from deliveries where state = 'waiting' and next_at <= now()
       and channel = $1 and delivery_id <> $2 and priority > 0 order by priority, delivery_id limit $3 for update skip locked`,
    [row.channel, row.delivery_id, MOST_IN_DIGEST],
  );
  if (rows.length + 1 < DIGEST_FROM) return own;
  const digest = digestOf([own, ...rows.map(({ message }) => StoredMessage.parse(message))]);
  const merged = rows.map(({ delivery_id }) => delivery_id);
  await client.query(
    `update deliveries set message = $2, alert_ids = (select coalesce(array_agg(distinct id), '{}') from deliveries d, unnest(d.alert_ids) id
       where d.delivery_id = $1 or d.delivery_id = any($3::int[])) where delivery_id = $1`,
    [row.delivery_id, JSON.stringify(digest), merged],
  );
  await client.query("update deliveries set state = 'merged' where delivery_id = any($1::int[])", [merged]);
  return digest;
}

type Dates = { created_at: Date; next_at: Date; sent_at: Date | null };

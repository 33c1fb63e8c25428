import {
  type ListWebhookDeliveries,
  type QueryOf,
  Webhook,
  WebhookBody,
  WebhookDelivery,
  type WebhookEvent,
} from "@banksman/wire/api";
import { sql, type Transaction } from "kysely";
import type { Db } from "../db/connect.ts";
import type { Schema } from "../db/schema.ts";

/** An endpoint as it is kept: secrets are sealed. */
export type StoredWebhook = {
  webhook_id: number;
  url: string;
  events: WebhookEvent[];
  site_id: string | null;
  description: string;
  enabled: boolean;
  secret: Buffer;
  old_secret: Buffer | null;
  old_until: Date | null;
  created_at: Date;
  created_by: string;
};
export type Due = { delivery_id: number; message_id: string; body: string; tries: number };
export type Happened = { type: WebhookEvent; siteId: string | null; messageId: string; body: WebhookBody };
export type AlertStep = { alert_id: number; site_id: string | null; kind: string; at: Date; by: string | null };

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;
/** A delivery that was taken and not settled, because its server ended, is taken again after this. */
const CLAIM = "60 seconds";

export type WebhookStore = ReturnType<typeof webhookStore>;

/** The only SQL on webhooks. */
export const webhookStore = (db: Db) => ({
  list: async (): Promise<Webhook[]> => {
    const { rows } = await sql<StoredWebhook & { waiting: number; last_sent_at: Date | null; trouble: string | null }>`
      select w.*, (select count(*)::int from webhook_deliveries d where d.webhook_id = w.webhook_id and state = 'waiting') as waiting,
        (select max(sent_at) from webhook_deliveries d where d.webhook_id = w.webhook_id) as last_sent_at,
        (select error from webhook_deliveries d where d.webhook_id = w.webhook_id and (tries > 0 or state <> 'waiting')
          order by delivery_id desc limit 1) as trouble
      from webhooks w order by webhook_id`.execute(db);
    return rows.map((row) =>
      Webhook.parse({ ...row, created_at: iso(row.created_at), last_sent_at: iso(row.last_sent_at) }),
    );
  },

  find: async (webhookId: number): Promise<StoredWebhook | undefined> =>
    (await sql<StoredWebhook>`select * from webhooks where webhook_id = ${webhookId}`.execute(db)).rows[0],

  add: async (row: Omit<StoredWebhook, "webhook_id" | "created_at" | "old_secret" | "old_until">): Promise<number> => {
    const { url, events, site_id, description, enabled, secret, created_by } = row;
    const { rows } = await sql<{ webhook_id: number }>`
      insert into webhooks (url, events, site_id, description, enabled, secret, created_by)
      values (${url}, ${events}, ${site_id}, ${description}, ${enabled}, ${secret}, ${created_by}) returning webhook_id`.execute(
      db,
    );
    return rows[0]?.webhook_id ?? 0;
  },

  save: async ({ webhook_id, url, events, site_id, description, enabled }: StoredWebhook): Promise<void> => {
    await sql`update webhooks set url = ${url}, events = ${events}, site_id = ${site_id},
      description = ${description}, enabled = ${enabled} where webhook_id = ${webhook_id}`.execute(db);
  },

  renew: async (webhookId: number, secret: Buffer, oldUntil: Date): Promise<void> => {
    await sql`update webhooks set old_secret = secret, old_until = ${oldUntil}, secret = ${secret}
      where webhook_id = ${webhookId}`.execute(db);
  },

  disable: async (webhookId: number): Promise<void> => {
    await sql`update webhooks set enabled = false where webhook_id = ${webhookId}`.execute(db);
  },

  remove: async (webhookId: number): Promise<void> => {
    await sql`delete from webhooks where webhook_id = ${webhookId}`.execute(db);
  },

  /** Keeps events, in their order, for each endpoint that wants them. */
  put: async (happened: readonly Happened[], tx: Db = db): Promise<void> => {
    await sql`insert into webhook_deliveries (webhook_id, message_id, type, body)
      select w.webhook_id, e.message_id, e.type, e.body
      from unnest(${happened.map(({ type }) => type)}::text[], ${happened.map(({ siteId }) => siteId)}::text[],
          ${happened.map(({ messageId }) => messageId)}::text[], ${happened.map(({ body }) => JSON.stringify(body))}::text[])
        with ordinality as e (type, site_id, message_id, body, nr)
      join webhooks w on w.enabled and e.type = any(w.events) and (w.site_id is null or w.site_id = e.site_id)
      order by e.nr`.execute(tx);
  },

  /** Alerts' steps that no webhook was told of yet, taken for good together with what `tell` keeps of them. */
  takeAlertSteps: async (
    kinds: readonly string[],
    limit: number,
    tell: (steps: AlertStep[], tx: Transaction<Schema>) => Promise<unknown>,
  ): Promise<number> =>
    await db.transaction().execute(async (tx) => {
      const { rows } = await sql<
        AlertStep & { event_id: number }
      >`update alert_events set hooked = true where event_id in
        (select event_id from alert_events where not hooked order by event_id limit ${limit} for update skip locked)
        returning event_id, alert_id, kind, at, by,
          (select site_id from alerts a where a.alert_id = alert_events.alert_id)`.execute(tx);
      const steps = rows.filter(({ kind }) => kinds.includes(kind)).toSorted((a, b) => a.event_id - b.event_id);
      if (steps.length > 0) await tell(steps, tx);
      return rows.length;
    }),

  /** Endpoints for which something is due. */
  due: async (): Promise<StoredWebhook[]> => {
    const { rows } = await sql<StoredWebhook>`select * from webhooks w where enabled and exists
      (select 1 from webhook_deliveries d where d.webhook_id = w.webhook_id and state = 'waiting' and next_at <= now())`.execute(
      db,
    );
    return rows;
  },

  /** Takes the oldest event that is due for an endpoint; another server passes it by for a minute. */
  claim: async (webhookId: number): Promise<Due | undefined> => {
    const { rows } =
      await sql<Due>`update webhook_deliveries set next_at = now() + ${CLAIM}::interval where delivery_id =
      (select delivery_id from webhook_deliveries where webhook_id = ${webhookId} and state = 'waiting' and next_at <= now()
       order by delivery_id limit 1 for update skip locked) returning delivery_id, message_id, body, tries`.execute(db);
    return rows[0];
  },

  settle: async (
    deliveryId: number,
    outcome: { state: "sent" | "waiting" | "failed"; status: number | null; error: string | null; waitMs: number },
  ): Promise<void> => {
    const { state, status, error, waitMs } = outcome;
    await sql`update webhook_deliveries set state = ${state}, tries = tries + 1, status = ${status}, error = ${error},
      next_at = now() + ${waitMs} * interval '1 millisecond', sent_at = case when ${state} = 'sent' then now() end
      where delivery_id = ${deliveryId}`.execute(db);
  },

  deliveries: async (
    webhookId: number,
    { state, page, per_page }: QueryOf<typeof ListWebhookDeliveries>,
  ): Promise<{ deliveries: WebhookDelivery[]; total: number }> => {
    type Row = { state: string; body: string; created_at: Date; sent_at: Date | null; next_at: Date; total: number };
    const { rows } = await sql<Row>`select *, (count(*) over ())::int as total from webhook_deliveries
      where webhook_id = ${webhookId} and (${state ?? null}::text is null or state = ${state ?? null})
      order by delivery_id desc limit ${per_page} offset ${(page - 1) * per_page}`.execute(db);
    const deliveries = rows.map((row) =>
      WebhookDelivery.parse({
        ...row,
        body: WebhookBody.parse(JSON.parse(row.body)),
        created_at: iso(row.created_at),
        sent_at: iso(row.sent_at),
        next_at: row.state === "waiting" ? iso(row.next_at) : null,
      }),
    );
    return { deliveries, total: rows[0]?.total ?? 0 };
  },

  forget: async (before: Date): Promise<void> => {
    await sql`delete from webhook_deliveries where created_at < ${before} and state <> 'waiting'`.execute(db);
  },
});

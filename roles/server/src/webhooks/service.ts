import { randomBytes, randomUUID } from "node:crypto";
import type { Clock } from "@banksman/kit";
import type { Egress } from "@banksman/kit/egress";
import type {
  BodyOf,
  CreateWebhook,
  ReplyOf,
  TestWebhook,
  UpdateWebhook,
  Webhook,
  WebhookBody,
  WebhookEvent,
} from "@banksman/wire/api";
import type { JobFigures } from "@banksman/wire/model";
import type { Transaction } from "kysely";
import type { Schema } from "../db/schema.ts";
import { problem } from "../http/problem.ts";
import type { Vault } from "../secrets.ts";
import { post } from "./post.ts";
import type { StoredWebhook, WebhookStore } from "./store.ts";

const DAY_MS = 86_400_000;
const KEPT_DAYS = 30;
/** Miners that one event names; `miners` counts them all. */
const MOST_NAMED = 1_000;

/** Something that third parties may want to hear of. */
export type Event = {
  type: WebhookEvent;
  /** The site it happened at; null where it belongs to none. */
  siteId: string | null;
  data: Record<string, unknown>;
  atMs?: number;
};

type Parts = {
  store: WebhookStore;
  vault: Vault;
  egress: Egress;
  sites: { find: (siteId: string) => Promise<unknown> };
  clock: Clock;
};

export type WebhookService = ReturnType<typeof webhookService>;

/** 192 random bits as the standard writes them. */
const newSecret = () => `whsec_${randomBytes(24).toString("base64")}`;

/** Endpoints of third parties, and what they are told. */
export const webhookService = ({ store, vault, egress, sites, clock }: Parts) => {
  const find = async (webhookId: number): Promise<StoredWebhook> => {
    const webhook = await store.find(webhookId);
    if (!webhook) throw problem(404, "NO_SUCH_WEBHOOK", `there is no webhook ${webhookId}`, { path: "webhook_id" });
    return webhook;
  };
  const shown = async (webhookId: number): Promise<Webhook> => {
    const webhook = (await store.list()).find((one) => one.webhook_id === webhookId);
    if (!webhook) throw problem(404, "NO_SUCH_WEBHOOK", `there is no webhook ${webhookId}`, { path: "webhook_id" });
    return webhook;
  };
  const secretsOf = ({ secret, old_secret, old_until }: StoredWebhook): string[] => {
    const isOldGood = old_secret !== null && old_until !== null && old_until.getTime() > clock.now();
    return [vault.open(secret), ...(isOldGood ? [vault.open(old_secret)] : [])];
  };
  const bodyOf = ({ type, data, atMs = clock.now() }: Omit<Event, "type" | "siteId"> & { type: WebhookBody["type"] }) =>
    ({ type, timestamp: new Date(atMs).toISOString(), data }) satisfies WebhookBody;

  const emit = async (events: Event | readonly Event[], tx?: Transaction<Schema>): Promise<void> => {
    const all = Array.isArray(events) ? events : [events];
    const happened = all.map((event) => ({
      type: event.type,
      siteId: event.siteId,
      messageId: `msg_${randomUUID()}`,
      body: bodyOf(event),
    }));
    await store.put(happened, tx);
  };

  return {
    list: store.list,
    shown,
    secretsOf,
    deliveries: store.deliveries,

    /** Has events told to each endpoint that wants them; with `tx` as part of what they tell of. */
    emit,
    /** Miners that nobody has heard of for longer than they may be silent. */
    emitLate: (siteId: string, minerIds: readonly string[]): Promise<void> => {
      const data = { site_id: siteId, miners: minerIds.length, miner_ids: minerIds.slice(0, MOST_NAMED) };
      return emit({ type: "reading.late", siteId, data });
    },

    create: async (body: BodyOf<typeof CreateWebhook>, by: string): Promise<Webhook & { secret: string }> => {
      if (body.site_id !== null) await sites.find(body.site_id);
      const secret = newSecret();
      const webhookId = await store.add({ ...body, secret: vault.seal(secret), created_by: by });
      return { ...(await shown(webhookId)), secret };
    },

    update: async (webhookId: number, change: BodyOf<typeof UpdateWebhook>): Promise<Webhook> => {
      const webhook = await find(webhookId);
      if (typeof change.site_id === "string") await sites.find(change.site_id);
      const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
      await store.save({ ...webhook, ...given });
      return shown(webhookId);
    },

    renewSecret: async (webhookId: number): Promise<Webhook & { secret: string }> => {
      await find(webhookId);
      const secret = newSecret();
      await store.renew(webhookId, vault.seal(secret), new Date(clock.now() + DAY_MS));
      return { ...(await shown(webhookId)), secret };
    },

    remove: async (webhookId: number): Promise<null> => {
      await find(webhookId);
      await store.remove(webhookId);
      return null;
    },

    test: async (webhookId: number): Promise<ReplyOf<typeof TestWebhook>["data"]> => {
      const webhook = await find(webhookId);
      const body = bodyOf({ type: "test", data: { text: "This is a test. 这是一条测试消息。" } });
      return post(egress, webhook.url, secretsOf(webhook), {
        id: `msg_${randomUUID()}`,
        body: JSON.stringify(body),
      });
    },

    upkeep: async (): Promise<JobFigures> => {
      await store.forget(new Date(clock.now() - KEPT_DAYS * DAY_MS));
      return {};
    },
  };
};

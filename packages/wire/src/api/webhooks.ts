import { z } from "zod";
import { defineRoute, reply } from "./route.ts";

/** What third parties can be told of. `test` is sent by hand alone. */
export const WebhookEvent = z.enum([
  "reading.late",
  "alert.fired",
  "alert.acknowledged",
  "alert.escalated",
  "alert.resolved",
  "command.result",
]);
export type WebhookEvent = z.infer<typeof WebhookEvent>;

/** What is posted: the type, when it happened, and what. */
export const WebhookBody = z.object({
  type: z.union([WebhookEvent, z.literal("test")]),
  timestamp: z.iso.datetime(),
  data: z.record(z.string(), z.unknown()),
});
export type WebhookBody = z.infer<typeof WebhookBody>;

export const Webhook = z.object({
  webhook_id: z.int(),
  url: z.string(),
  events: z.array(WebhookEvent),
  /** Events of this site alone; null for all. */
  site_id: z.string().nullable(),
  description: z.string(),
  enabled: z.boolean(),
  created_at: z.iso.datetime(),
  created_by: z.string(),
  waiting: z.int(),
  last_sent_at: z.iso.datetime().nullable(),
  /** Why the newest event has not left; null when it has. */
  trouble: z.string().nullable(),
});
export type Webhook = z.infer<typeof Webhook>;

const WebhookFields = z.object({
  /** Some services know who posts by the path alone: it is a secret, and the audit trail keeps the host. */
  url: z
    .url({ protocol: /^https?$/, error: "an address such as https://example.com/banksman" })
    .max(2_000)
    .meta({ "x-secret-path": true }),
  events: z.array(WebhookEvent).min(1, "at least one event"),
  site_id: z.string().min(1).max(64).nullable(),
  description: z.string().trim().max(200),
  enabled: z.boolean(),
});

const byId = z.object({ webhook_id: z.coerce.number().int() });
const WithSecret = Webhook.extend({ secret: z.string() });

export const ListWebhooks = defineRoute({
  method: "GET",
  path: "/webhooks",
  summary: "Every endpoint that is told of events, without its secret",
  needs: "webhook.manage",
  reply: reply(z.object({ webhooks: z.array(Webhook) })),
});

export const CreateWebhook = defineRoute({
  method: "POST",
  path: "/webhooks",
  summary: "Registers an endpoint; its secret is shown in this reply and never again",
  needs: "webhook.manage",
  body: WebhookFields.extend({
    site_id: WebhookFields.shape.site_id.default(null),
    description: WebhookFields.shape.description.default(""),
    enabled: WebhookFields.shape.enabled.default(true),
  }),
  reply: reply(WithSecret),
});

export const UpdateWebhook = defineRoute({
  method: "PATCH",
  path: "/webhooks/:webhook_id",
  summary: "Changes an endpoint; what is not sent stays",
  needs: "webhook.manage",
  params: byId,
  body: WebhookFields.partial(),
  reply: reply(Webhook),
});

export const RenewWebhookSecret = defineRoute({
  method: "POST",
  path: "/webhooks/:webhook_id/secret",
  summary: "Makes a new secret, shown in this reply; for a day events are signed with the old one too",
  needs: "webhook.manage",
  action: "webhooks.renew-secret",
  params: byId,
  reply: reply(WithSecret),
});

export const DeleteWebhook = defineRoute({
  method: "DELETE",
  path: "/webhooks/:webhook_id",
  summary: "Removes an endpoint and what waits for it",
  needs: "webhook.manage",
  params: byId,
  reply: reply(z.null()),
});

export const TestWebhook = defineRoute({
  method: "POST",
  path: "/webhooks/:webhook_id/test",
  summary: "Posts a test event now and tells how the endpoint answered",
  needs: "webhook.manage",
  action: "webhooks.test",
  params: byId,
  reply: reply(z.object({ status: z.int().nullable(), error: z.string().nullable() })),
});

export const WebhookDelivery = z.object({
  /** The webhook-id header: the same in every try. */
  message_id: z.string(),
  type: z.string(),
  state: z.enum(["waiting", "sent", "failed"]),
  tries: z.int(),
  /** HTTP status of the last answer; null when there was none. */
  status: z.int().nullable(),
  error: z.string().nullable(),
  created_at: z.iso.datetime(),
  sent_at: z.iso.datetime().nullable(),
  next_at: z.iso.datetime().nullable(),
  body: WebhookBody,
});
export type WebhookDelivery = z.infer<typeof WebhookDelivery>;

export const ListWebhookDeliveries = defineRoute({
  method: "GET",
  path: "/webhooks/:webhook_id/deliveries",
  summary: "What was posted to an endpoint or waits for it, newest first, kept for 30 days",
  needs: "webhook.manage",
  params: byId,
  query: z.object({
    state: z.enum(["waiting", "sent", "failed"]).optional(),
    page: z.coerce.number().int().min(1).max(10_000).default(1),
    per_page: z.coerce.number().int().min(1).max(100).default(50),
  }),
  reply: reply(z.object({ deliveries: z.array(WebhookDelivery), total: z.int() })),
});

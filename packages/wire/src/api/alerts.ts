import { z } from "zod";
import { AlertmanagerWebhook } from "../ingest/alertmanager.ts";
import { defineRoute, reply } from "./route.ts";

/** How much an alert matters: 紧急, 严重, 警告, 信息. */
export const AlertLevel = z.enum(["urgent", "severe", "warning", "info"]);
export type AlertLevel = z.infer<typeof AlertLevel>;

export const Alert = z.object({
  alert_id: z.int(),
  source: z.literal("alertmanager"),
  rule: z.string(),
  level: AlertLevel,
  state: z.enum(["firing", "resolved"]),
  title: z.string(),
  text: z.string(),
  labels: z.record(z.string(), z.string()),
  since: z.iso.datetime(),
  resolved_at: z.iso.datetime().nullable(),
});
export type Alert = z.infer<typeof Alert>;

export const ListAlerts = defineRoute({
  method: "GET",
  path: "/alerts",
  summary: "Alerts, the newest first: those that fire, or also those that are over",
  needs: "alert.read",
  query: z.object({
    state: z.enum(["firing", "all"]).default("firing"),
    level: AlertLevel.optional(),
    page: z.coerce.number().int().min(1).default(1),
    per_page: z.coerce.number().int().min(1).max(200).default(50),
  }),
  reply: reply(z.object({ alerts: z.array(Alert), total: z.int() })),
});

export const Delivery = z.object({
  delivery_id: z.int(),
  channel: z.string(),
  state: z.enum(["waiting", "sent", "failed"]),
  title: z.string(),
  level: AlertLevel,
  tries: z.int(),
  error: z.string().nullable(),
  created_at: z.iso.datetime(),
  sent_at: z.iso.datetime().nullable(),
});
export type Delivery = z.infer<typeof Delivery>;

export const ListDeliveries = defineRoute({
  method: "GET",
  path: "/alerts/deliveries",
  summary: "What was sent over which channel, what waits and why",
  needs: "alert.read",
  query: z.object({ per_page: z.coerce.number().int().min(1).max(200).default(50) }),
  reply: reply(
    z.object({ channels: z.array(z.object({ name: z.string(), type: z.string() })), deliveries: z.array(Delivery) }),
  ),
});

export const TestChannel = defineRoute({
  method: "POST",
  path: "/alerts/channels/:name/test",
  summary: "Sends a test message over a channel and tells what its service said",
  needs: "site.manage",
  params: z.object({ name: z.string() }),
  reply: reply(z.object({ sent: z.literal(true) })),
});

export const PostAlertmanager = defineRoute({
  method: "POST",
  path: "/alerts/alertmanager",
  summary: "Takes alerts from Prometheus' Alertmanager and sends them on over the channels",
  needs: "reading.upload",
  body: AlertmanagerWebhook,
  reply: reply(z.object({ alerts: z.int(), duplicate: z.boolean() })),
});

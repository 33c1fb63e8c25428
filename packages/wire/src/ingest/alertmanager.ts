import { z } from "zod";

const Labels = z.record(z.string(), z.string());

/** One alert as Prometheus' Alertmanager tells it; `endsAt` of one that goes on is the year 1. */
export const AlertmanagerAlert = z.object({
  status: z.enum(["firing", "resolved"]),
  labels: Labels,
  annotations: Labels.default({}),
  startsAt: z.iso.datetime({ offset: true }),
  endsAt: z.iso.datetime({ offset: true }).optional(),
  generatorURL: z.string().optional(),
  fingerprint: z.string().min(1).max(64),
});
export type AlertmanagerAlert = z.infer<typeof AlertmanagerAlert>;

/** What its webhook posts, version 4 (prometheus.io/docs/alerting/latest/configuration, webhook_config). */
export const AlertmanagerWebhook = z.object({
  version: z.literal("4"),
  groupKey: z.string().min(1),
  status: z.enum(["firing", "resolved"]),
  truncatedAlerts: z.number().optional(),
  alerts: z.array(AlertmanagerAlert).min(1).max(1_000),
});
export type AlertmanagerWebhook = z.infer<typeof AlertmanagerWebhook>;

import type { Clock, RoleContext } from "@banksman/kit";
import type { Egress } from "@banksman/kit/egress";
import type { Alert } from "@banksman/wire/api";
import type { Db } from "./db/connect.ts";
import type { Sites } from "./http/caller.ts";
import { runEvery } from "./jobs/every.ts";
import type { Vault } from "./secrets.ts";
import { createWebhookDelivery } from "./webhooks/delivery.ts";
import { type WebhookService, webhookService } from "./webhooks/service.ts";
import { webhookStore } from "./webhooks/store.ts";

const EVERY_MS = 1_000;

type Parts = {
  db: Db;
  vault: Vault;
  egress: Egress;
  sites: { find: (siteId: string) => Promise<unknown> };
  alerts: { find: (alertId: number, sites: Sites) => Promise<Alert | null> };
  clock: Clock;
};

/** Events for third parties, and what posts them. */
export function buildWebhooks(
  { db, vault, egress, sites, alerts, clock }: Parts,
  context: RoleContext,
): WebhookService {
  const store = webhookStore(db);
  const webhooks = webhookService({ store, vault, egress, sites, clock });
  const find = (alertId: number) => alerts.find(alertId, "all");
  const delivery = createWebhookDelivery({ store, webhooks, alerts: { find }, egress, clock, log: context.log });
  runEvery("telling webhooks of alerts", EVERY_MS, delivery.tell, context);
  runEvery("posting to webhooks", EVERY_MS, delivery.post, context);
  return webhooks;
}

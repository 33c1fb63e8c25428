import { backoffMs, type Clock, type Log } from "@banksman/kit";
import type { Egress } from "@banksman/kit/egress";
import { type Alert, WebhookEvent } from "@banksman/wire/api";
import { post } from "./post.ts";
import type { WebhookService } from "./service.ts";
import type { StoredWebhook, WebhookStore } from "./store.ts";

const AGAIN = { firstMs: 5_000, maxMs: 3_600_000 };
/** About two and a half days of trying. */
const MOST_TRIES = 65;
/** Endpoints that are posted to at once; each gets its own events one after the other. */
const LANES = 8;
const STEPS_AT_ONCE = 200;
/** A slow endpoint with much to come would keep a step from its end: others that became due wait for the next one. */
const STEP_MS = 10_000;
/** "I don't want these any more", says Standard Webhooks. */
const GONE = 410;

/** Steps of an alert that are told, by the word its timeline has for them. */
const STEPS: Record<string, WebhookEvent> = {
  fired: "alert.fired",
  acknowledged: "alert.acknowledged",
  escalated: "alert.escalated",
  resolved: "alert.resolved",
};

type Parts = {
  store: WebhookStore;
  webhooks: Pick<WebhookService, "emit" | "secretsOf">;
  alerts: { find: (alertId: number) => Promise<Alert | null> };
  egress: Egress;
  clock: Clock;
  log: Log;
};

/** Turns what happened into events for those who want them, and posts what is due. */
export function createWebhookDelivery({ store, webhooks, alerts, egress, clock, log }: Parts) {
  const tellAlerts = (): Promise<number> =>
    store.takeAlertSteps(Object.keys(STEPS), STEPS_AT_ONCE, async (steps, tx) => {
      for (const { alert_id, site_id: siteId, kind, at, by } of steps) {
        const alert = await alerts.find(alert_id);
        if (!alert) continue;
        const type = WebhookEvent.parse(STEPS[kind]);
        await webhooks.emit({ type, siteId, data: { alert, by }, atMs: at.getTime() }, tx);
      }
    });

  /** Posts what is due for one endpoint until nothing is, it fails, or the step's time is over; once at least. */
  const runLane = async (webhook: StoredWebhook, until: number, signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      const due = await store.claim(webhook.webhook_id);
      if (!due) return;
      const answer = await post(egress, webhook.url, webhooks.secretsOf(webhook), {
        id: due.message_id,
        body: due.body,
      });
      if (answer.error === null) {
        await store.settle(due.delivery_id, { state: "sent", ...answer, waitMs: 0 });
        if (clock.monotonic() >= until) return;
        continue;
      }
      const isOver = due.tries + 1 >= MOST_TRIES || answer.status === GONE;
      const waitMs = Math.round(backoffMs(AGAIN, due.tries + 1));
      await store.settle(due.delivery_id, { state: isOver ? "failed" : "waiting", ...answer, waitMs });
      log.warn(`webhook ${webhook.webhook_id} did not take ${due.message_id}: ${answer.error}`);
      if (answer.status === GONE) await store.disable(webhook.webhook_id);
      return;
    }
  };

  return {
    /** Keeps events of what alerts went through; apart from the posting, which waits for endpoints. */
    tell: async (signal: AbortSignal): Promise<void> => {
      while ((await tellAlerts()) === STEPS_AT_ONCE && !signal.aborted);
    },
    post: async (signal: AbortSignal): Promise<void> => {
      const until = clock.monotonic() + STEP_MS;
      const due = await store.due();
      const lane = async (): Promise<void> => {
        for (let webhook = due.shift(); webhook; webhook = due.shift()) await runLane(webhook, until, signal);
      };
      await Promise.all(Array.from({ length: LANES }, lane));
    },
  };
}

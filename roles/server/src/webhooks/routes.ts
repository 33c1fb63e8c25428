import {
  CreateWebhook,
  DeleteWebhook,
  ListWebhookDeliveries,
  ListWebhooks,
  RenewWebhookSecret,
  TestWebhook,
  UpdateWebhook,
} from "@banksman/wire/api";
import type { Api } from "../http/api.ts";
import { membersOf } from "../http/audit-call.ts";
import { nameOf } from "../http/caller.ts";
import type { WebhookService } from "./service.ts";

export function webhookRoutes(api: Api, webhooks: WebhookService): void {
  api.on(ListWebhooks, async () => ({ webhooks: await webhooks.list() }));
  api.on(CreateWebhook, async ({ body, caller, audit }) => {
    const webhook = await webhooks.create(body, nameOf(caller));
    audit.note({ target: String(webhook.webhook_id) });
    return webhook;
  });
  api.on(UpdateWebhook, async ({ params, body, audit }) => {
    audit.note({ before: membersOf(body, await webhooks.shown(params.webhook_id)) });
    return webhooks.update(params.webhook_id, body);
  });
  api.on(RenewWebhookSecret, ({ params }) => webhooks.renewSecret(params.webhook_id));
  api.on(DeleteWebhook, async ({ params, audit }) => {
    const { url, events, site_id } = await webhooks.shown(params.webhook_id);
    audit.note({ before: { host: new URL(url).host, events, site_id } });
    return webhooks.remove(params.webhook_id);
  });
  api.on(TestWebhook, async ({ params, audit }) => {
    const answer = await webhooks.test(params.webhook_id);
    audit.note({ after: answer });
    return answer;
  });
  api.on(ListWebhookDeliveries, async ({ params, query }) => {
    await webhooks.shown(params.webhook_id);
    return webhooks.deliveries(params.webhook_id, query);
  });
}

import { ListAlerts, ListDeliveries, PostAlertmanager, TestChannel } from "@banksman/wire/api";
import type { Api } from "../http/api.ts";
import type { AlertService } from "./service.ts";

export function alertRoutes(api: Api, alerts: AlertService): void {
  api.on(ListAlerts, ({ query }) => alerts.list(query));
  api.on(ListDeliveries, ({ query }) => alerts.deliveries(query.per_page));
  api.on(TestChannel, ({ params }) => alerts.test(params.name));
  api.on(PostAlertmanager, ({ body }) => alerts.takeAlertmanager(body));
}

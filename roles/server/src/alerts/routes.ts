import {
  AcknowledgeAlerts,
  AddAlertNote,
  GetAlert,
  GetAlertCounts,
  GetAlertStatistics,
  ListAlerts,
  PostAlertmanager,
} from "@banksman/wire/api";
import type { Api } from "../http/api.ts";
import { nameOf } from "../http/caller.ts";
import type { AlertService } from "./service.ts";

export function alertRoutes(api: Api, alerts: AlertService): void {
  api.on(ListAlerts, ({ query }) => alerts.list(query));
  api.on(GetAlertCounts, () => alerts.counts());
  api.on(GetAlertStatistics, ({ query }) => alerts.statistics(query));
  api.on(GetAlert, ({ params }) => alerts.get(params.alert_id));
  api.on(AcknowledgeAlerts, ({ body, caller }) => alerts.acknowledge(body, nameOf(caller)));
  api.on(AddAlertNote, ({ params, body, caller }) => alerts.addNote(params.alert_id, nameOf(caller), body.text));
  api.on(PostAlertmanager, ({ body }) => alerts.takeAlertmanager(body));
}

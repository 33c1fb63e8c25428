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
  api.on(ListAlerts, ({ query, sites }) => alerts.list(query, sites));
  api.on(GetAlertCounts, ({ sites }) => alerts.counts(sites));
  api.on(GetAlertStatistics, ({ query, sites }) => alerts.statistics(query, sites));
  api.on(GetAlert, ({ params, sites }) => alerts.get(params.alert_id, sites));
  api.on(AcknowledgeAlerts, ({ body, caller, sites }) => alerts.acknowledge(body, nameOf(caller), sites));
  api.on(AddAlertNote, ({ params, body, caller, sites }) =>
    alerts.addNote(params.alert_id, nameOf(caller), body.text, sites),
  );
  api.on(PostAlertmanager, ({ body, sites }) => alerts.takeAlertmanager(body, sites));
}

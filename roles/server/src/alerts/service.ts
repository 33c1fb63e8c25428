import type { Clock } from "@banksman/kit";
import type { Message } from "@banksman/notify";
import type {
  AcknowledgeAlerts,
  Alert,
  AlertQuery,
  BodyOf,
  GetAlert,
  GetAlertStatistics,
  ListAlerts,
  QueryOf,
  ReplyOf,
} from "@banksman/wire/api";
import type { AlertmanagerWebhook } from "@banksman/wire/ingest";
import type { AlertLevel, JobFigures, LocalText } from "@banksman/wire/model";
import type { Transaction } from "kysely";
import type { Schema } from "../db/schema.ts";
import { isWithin, type Sites } from "../http/caller.ts";
import { problem } from "../http/problem.ts";
import type { AlertsEvent } from "../live/hub.ts";
import { levelOf, messageOf, textsOf } from "./alertmanager.ts";
import type { statisticsStore } from "./statistics.ts";
import type { AlertStore } from "./store.ts";

type Parcel = { channel: string; message: Message; dedup: string; alertIds: readonly number[] };
type Outbox = {
  forget: (before: Date) => Promise<void>;
  put: (tx: Transaction<Schema>, parcels: readonly Parcel[]) => Promise<number>;
  makeRoom: (tx: Transaction<Schema>, dedup: string) => Promise<void>;
};
type Channels = { all: () => Promise<{ name: string; levels: AlertLevel[] }[]> };

const DAY_MS = 86_400_000;
const KEPT_DAYS = 400;
const DELIVERIES_KEPT_DAYS = 30;
const both = (text: string): LocalText => ({ zh: text, en: text });

export type AlertService = ReturnType<typeof alertService>;

type Parts = {
  store: AlertStore;
  statistics: ReturnType<typeof statisticsStore>;
  outbox: Outbox;
  channels: Channels;
  /** Told after alerts changed, so that messages leave and screens follow. */
  onChange: (event: AlertsEvent) => void;
  clock: Clock;
};

/** What people see and do of alerts, and alerts that come from Alertmanager. */
export const alertService = ({ store, statistics, outbox, channels, onChange, clock }: Parts) => {
  const find = async (alertId: number, sites: Sites): Promise<Alert> => {
    const alert = await store.find(alertId, sites);
    if (!alert) throw problem(404, "NO_SUCH_ALERT", `there is no alert ${alertId}`, { path: "alert_id" });
    return alert;
  };
  return {
    open: store.open,
    counts: store.counts,
    list: async (query: AlertQuery, sites: Sites): Promise<ReplyOf<typeof ListAlerts>["data"]> => {
      const [found, counts] = await Promise.all([store.list(query, sites), store.counts(sites)]);
      return { ...found, counts };
    },
    get: async (alertId: number, sites: Sites): Promise<ReplyOf<typeof GetAlert>["data"]> => {
      const alert = await find(alertId, sites);
      const [timeline, around] = await Promise.all([store.timeline(alertId), store.around(alert)]);
      return { alert, timeline, ...around };
    },
    acknowledge: async (
      { alert_ids, comment }: BodyOf<typeof AcknowledgeAlerts>,
      by: string,
      sites: Sites,
    ): Promise<ReplyOf<typeof AcknowledgeAlerts>["data"]> => {
      const acknowledged = await store.acknowledge(alert_ids, by, comment, sites);
      onChange({ fired: [] });
      return { acknowledged, left: alert_ids.filter((id) => !acknowledged.includes(id)) };
    },
    addNote: async (alertId: number, by: string, text: string, sites: Sites) => {
      await find(alertId, sites);
      return store.addNote(alertId, by, text);
    },
    statistics: ({ days, site_id, time_zone }: QueryOf<typeof GetAlertStatistics>, sites: Sites) =>
      statistics(new Date(clock.now() - days * DAY_MS), site_id ?? null, time_zone, sites),

    /** Forgets what is over for long. */
    upkeep: async (): Promise<JobFigures> => {
      await store.forget(new Date(clock.now() - KEPT_DAYS * DAY_MS));
      await outbox.forget(new Date(clock.now() - DELIVERIES_KEPT_DAYS * DAY_MS));
      return {};
    },

    openSince: (fingerprint: string): Promise<Date | null> => store.openSince(fingerprint),

    /**
     * Keeps what Alertmanager tells and sends one message about it over each channel; the same once more changes
     * nothing. A site that the key doesn't reach is left out: the alert then belongs to no site.
     */
    takeAlertmanager: async (
      webhook: AlertmanagerWebhook,
      sites: Sites,
    ): Promise<{ alerts: number; duplicate: boolean }> => {
      const { message, dedup } = messageOf(webhook);
      const alerts = webhook.alerts.map((alert) => {
        const { rule, title, text } = textsOf(alert);
        const over = alert.status === "resolved" ? (alert.endsAt ?? new Date(clock.now()).toISOString()) : null;
        return {
          fingerprint: alert.fingerprint,
          rule: both(rule),
          title: both(title),
          text: both(text),
          level: levelOf(alert),
          state: alert.status,
          labels: alert.labels,
          site_id: isWithin(sites, alert.labels.site_id ?? null) ? (alert.labels.site_id ?? null) : null,
          since: alert.startsAt,
          resolved_at: over,
        };
      });
      // That it is over goes to whoever heard of it.
      const worst = alerts.map(({ level }) => level);
      const to = (await channels.all()).filter(({ levels }) => worst.some((level) => levels.includes(level)));
      const { fresh, fired } = await store.transaction(async (tx) => {
        const taken = await store.take(tx, alerts);
        await outbox.makeRoom(tx, dedup);
        const put = await outbox.put(
          tx,
          to.map(({ name }) => ({ channel: name, message, dedup, alertIds: taken.alertIds })),
        );
        return { fresh: put, fired: taken.fired };
      });
      onChange({ fired });
      return { alerts: alerts.length, duplicate: fresh === 0 && to.length > 0 };
    },
  };
};

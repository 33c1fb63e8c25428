import { type Alert, type AlertCounts, AlertEvent, type AlertQuery } from "@banksman/wire/api";
import type { AlertLevel, LocalText } from "@banksman/wire/model";
import { sql, type Transaction } from "kysely";
import type { Db } from "../db/connect.ts";
import type { Schema } from "../db/schema.ts";
import type { Sites } from "../http/caller.ts";
import type { AlertsEvent } from "../live/hub.ts";
import { type AlertRow, filterOf, OPEN, ofSites, toAlert, WORST } from "./rows.ts";

/** What Alertmanager told, as it is kept. */
export type TakenAlert = {
  fingerprint: string;
  rule: LocalText;
  level: AlertLevel;
  state: "firing" | "resolved";
  title: LocalText;
  text: LocalText;
  labels: Record<string, string>;
  site_id: string | null;
  since: string;
  resolved_at: string | null;
};

const zero = (): Record<AlertLevel, number> => ({ urgent: 0, severe: 0, warning: 0, info: 0 });

export type AlertStore = ReturnType<typeof alertStore>;

/** The only SQL on what people see and do of alerts. */
export const alertStore = (db: Db) => {
  const addEvent = async (
    tx: Db | Transaction<Schema>,
    alertIds: readonly number[],
    event: { kind: AlertEvent["kind"]; by?: string | null; text?: string | null },
  ): Promise<void> => {
    await sql`insert into alert_events (alert_id, at, kind, by, text)
      select id, now(), ${event.kind}, ${event.by ?? null}, ${event.text ?? null} from unnest(${[...alertIds]}::int[]) id`.execute(
      tx,
    );
  };
  return {
    transaction: <T>(run: (tx: Transaction<Schema>) => Promise<T>): Promise<T> => db.transaction().execute(run),

    /** Keeps what Alertmanager told; gives the ids in the order of `alerts`. A late word reopens nothing. */
    take: async (
      tx: Transaction<Schema>,
      alerts: readonly TakenAlert[],
    ): Promise<{ alertIds: number[]; fired: AlertsEvent["fired"] }> => {
      const alertIds: number[] = [];
      const fired: AlertsEvent["fired"] = [];
      for (const one of alerts) {
        const { rows } = await sql<{ alert_id: number; was: string | null }>`
          with before as (select state from alerts where source = 'alertmanager' and fingerprint = ${one.fingerprint} and since = ${one.since})
          insert into alerts (source, fingerprint, rule, level, state, title, text, labels, site_id, since, fired_at, resolved_at)
          values ('alertmanager', ${one.fingerprint}, ${JSON.stringify(one.rule)}, ${one.level}, ${one.state}, ${JSON.stringify(one.title)},
            ${JSON.stringify(one.text)}, ${JSON.stringify(one.labels)}, ${one.site_id}, ${one.since}, ${one.since}, ${one.resolved_at})
          on conflict (source, fingerprint, since) do update set level = excluded.level, title = excluded.title, text = excluded.text,
            state = case when alerts.state = 'acknowledged' and excluded.state = 'firing' then alerts.state else excluded.state end,
            resolved_at = excluded.resolved_at
          where alerts.state <> 'resolved' or excluded.state = 'resolved'
          returning alert_id, (select state from before) as was`.execute(tx);
        const [row] = rows;
        if (!row) continue;
        const { alert_id } = row;
        alertIds.push(alert_id);
        if (row.was === null && one.state === "firing")
          fired.push({ alert_id, level: one.level, title: one.title, site_id: one.site_id });
        const isOver = one.state === "resolved";
        if (row.was === null) await addEvent(tx, [row.alert_id], { kind: "fired", by: "Alertmanager" });
        if (isOver && row.was !== "resolved")
          await addEvent(tx, [row.alert_id], { kind: "resolved", by: "Alertmanager" });
      }
      return { alertIds, fired };
    },

    /** Since when an alert from outside with this fingerprint is open; null when none is. */
    openSince: async (fingerprint: string): Promise<Date | null> => {
      const { rows } = await sql<{ since: Date }>`select since from alerts where source = 'alertmanager'
        and fingerprint = ${fingerprint} and state in ('firing', 'acknowledged') order by since desc limit 1`.execute(
        db,
      );
      return rows[0]?.since ?? null;
    },

    list: async (query: AlertQuery, sites: Sites): Promise<{ alerts: Alert[]; total: number }> => {
      const order = query.sort === "worst" ? sql`${WORST}, since desc` : sql`since desc`;
      const { rows } = await sql<AlertRow & { total: number }>`
        select *, (count(*) over ())::int as total from alerts where ${filterOf(query)} and ${ofSites(sites)}
        order by ${order}, alert_id desc limit ${query.per_page} offset ${(query.page - 1) * query.per_page}`.execute(
        db,
      );
      return { alerts: rows.map(toAlert), total: rows[0]?.total ?? 0 };
    },

    counts: async (sites: Sites): Promise<AlertCounts> => {
      const { rows } = await sql<{ level: AlertLevel; open: number; fresh: number; suppressed: number }>`
        select level, (count(*) filter (where suppressed is null))::int as open,
          (count(*) filter (where suppressed is null and state = 'firing'))::int as fresh,
          (count(*) filter (where suppressed is not null))::int as suppressed
        from alerts where ${OPEN} and ${ofSites(sites)} group by level`.execute(db);
      const counts: AlertCounts = { open: zero(), unacknowledged: zero(), suppressed: 0 };
      for (const row of rows) {
        counts.open[row.level] = row.open;
        counts.unacknowledged[row.level] = row.fresh;
        counts.suppressed += row.suppressed;
      }
      return counts;
    },

    open: async (): Promise<Alert[]> => {
      const { rows } = await sql<AlertRow>`select * from alerts where ${OPEN} order by alert_id`.execute(db);
      return rows.map(toAlert);
    },

    find: async (alertId: number, sites: Sites): Promise<Alert | null> => {
      const { rows } =
        await sql<AlertRow>`select * from alerts where alert_id = ${alertId} and ${ofSites(sites)}`.execute(db);
      return rows[0] ? toAlert(rows[0]) : null;
    },

    timeline: async (alertId: number): Promise<AlertEvent[]> => {
      const { rows } = await sql<{ at: Date; kind: string; by: string | null; text: string | null }>`
        select at, kind, by, text from alert_events where alert_id = ${alertId} order by at, event_id limit 1000`.execute(
        db,
      );
      return rows.map((row) => AlertEvent.parse({ ...row, at: row.at.toISOString() }));
    },

    /** Earlier alerts of the same thing, and how many open ones this one holds down. */
    around: async (alert: Alert) => {
      const { rows } = await sql<AlertRow>`select * from alerts
        where fingerprint = ${alert.fingerprint} and source = ${alert.source} and alert_id <> ${alert.alert_id}
        order by since desc limit 20`.execute(db);
      const held = await sql<{ n: number }>`select count(*)::int as n from alerts
        where ${OPEN} and suppressed->>'by' = 'inhibition' and (suppressed->>'ref')::int = ${alert.alert_id}`.execute(
        db,
      );
      const earlier = rows
        .map(toAlert)
        .map(({ alert_id, since, resolved_at, level }) => ({ alert_id, since, resolved_at, level }));
      return { earlier, inhibits: held.rows[0]?.n ?? 0 };
    },

    /** Acknowledges those of the alerts that fire; gives their ids. */
    acknowledge: async (
      alertIds: readonly number[],
      by: string,
      comment: string | null,
      sites: Sites,
    ): Promise<number[]> =>
      await db.transaction().execute(async (tx) => {
        const { rows } = await sql<{ alert_id: number }>`
          update alerts set state = 'acknowledged', acknowledged_at = now(), acknowledged_by = ${by}, comment = ${comment}
          where alert_id = any(${[...alertIds]}::int[]) and state = 'firing' and ${ofSites(sites)} returning alert_id`.execute(
          tx,
        );
        const done = rows.map(({ alert_id }) => alert_id);
        await addEvent(tx, done, { kind: "acknowledged", by, text: comment });
        return done;
      }),

    addNote: async (alertId: number, by: string, text: string): Promise<AlertEvent> => {
      await addEvent(db, [alertId], { kind: "note", by, text });
      return { at: new Date().toISOString(), kind: "note", by, text };
    },

    forget: async (before: Date): Promise<void> => {
      await sql`delete from alerts where coalesce(resolved_at, since) < ${before} and state = 'resolved'`.execute(db);
    },
  };
};

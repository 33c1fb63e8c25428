import { z } from "zod";
import { AlertmanagerWebhook } from "../ingest/alertmanager.ts";
import { AlertLevel, AlertTarget, isTimeZone, LocalText, TargetKind } from "../model/alert.ts";
import { defineRoute, reply } from "./route.ts";

/** pending (its time has not come) → firing → acknowledged → resolved; `acknowledged` may be left out. */
export const AlertState = z.enum(["pending", "firing", "acknowledged", "resolved"]);
export type AlertState = z.infer<typeof AlertState>;

/** Why nobody is told of an alert: a silence, a maintenance window, another alert above it, or that it flaps. */
export const Suppression = z.object({
  by: z.enum(["silence", "maintenance", "inhibition", "flapping"]),
  /** The silence's id, or that of the alert above. */
  ref: z.int().nullable(),
  reason: z.string(),
  until: z.iso.datetime().nullable(),
});
export type Suppression = z.infer<typeof Suppression>;

export const Alert = z.object({
  alert_id: z.int(),
  source: z.enum(["rule", "alertmanager"]),
  /** The same for the same thing each time it happens. */
  fingerprint: z.string(),
  /** Null for what Alertmanager told. */
  rule_id: z.string().nullable(),
  rule: LocalText,
  level: AlertLevel,
  state: AlertState,
  title: LocalText,
  text: LocalText,
  labels: z.record(z.string(), z.string()),
  target: AlertTarget.nullable(),
  /** Figures of the target that the condition names, when the alert was raised. */
  values: z.record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null()])),
  /** Whether it was raised because the condition could not be told. */
  no_data: z.boolean(),
  flapping: z.boolean(),
  suppressed: Suppression.nullable(),
  since: z.iso.datetime(),
  fired_at: z.iso.datetime().nullable(),
  acknowledged_at: z.iso.datetime().nullable(),
  acknowledged_by: z.string().nullable(),
  comment: z.string().nullable(),
  resolved_at: z.iso.datetime().nullable(),
  /** When people were first told. */
  notified_at: z.iso.datetime().nullable(),
});
export type Alert = z.infer<typeof Alert>;

/** Alerts that fire or are acknowledged, by level; what a badge shows. */
export const AlertCounts = z.object({
  open: z.record(AlertLevel, z.int()),
  unacknowledged: z.record(AlertLevel, z.int()),
  suppressed: z.int(),
});
export type AlertCounts = z.infer<typeof AlertCounts>;

const page = {
  page: z.coerce.number().int().min(1).default(1),
  per_page: z.coerce.number().int().min(1).max(200).default(50),
};
const flag = z.enum(["true", "false"]).transform((word) => word === "true");
/** `a,b` in an address is a list. */
const list = z.string().transform((text) => text.split(",").filter(Boolean));

export const AlertQuery = z.object({
  /** `open` is firing and acknowledged; else states, separated by commas. */
  state: z.union([z.literal("open"), z.literal("all"), list.pipe(z.array(AlertState))]).default("open"),
  level: list.pipe(z.array(AlertLevel)).optional(),
  site_id: z.string().optional(),
  rule_id: z.string().optional(),
  source: z.enum(["rule", "alertmanager"]).optional(),
  target: z.string().optional(),
  /** What is watched: miners, cooling units and so on. */
  kind: TargetKind.optional(),
  /** Part of a title, a target or a label. */
  q: z.string().max(200).optional(),
  suppressed: flag.optional(),
  flapping: flag.optional(),
  /** Alerts that began at or after, and before. */
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
  /** `newest` first, or the `worst` first and the newest of them. */
  sort: z.enum(["worst", "newest"]).default("worst"),
  ...page,
});
export type AlertQuery = z.infer<typeof AlertQuery>;

export const ListAlerts = defineRoute({
  method: "GET",
  path: "/alerts",
  summary: "Alerts by filters, with the counts of all that are open",
  needs: "alert.read",
  at: "anywhere",
  query: AlertQuery,
  reply: reply(z.object({ alerts: z.array(Alert), total: z.int(), counts: AlertCounts })),
});

export const GetAlertCounts = defineRoute({
  method: "GET",
  path: "/alerts/counts",
  summary: "How many alerts are open, by level",
  needs: "alert.read",
  at: "anywhere",
  reply: reply(AlertCounts),
});

/** One step in an alert's life. */
export const AlertEvent = z.object({
  at: z.iso.datetime(),
  kind: z.enum([
    "pending",
    "fired",
    "notified",
    "escalated",
    "acknowledged",
    "note",
    "suppressed",
    "unsuppressed",
    "flapping",
    "settled",
    "resolved",
  ]),
  by: z.string().nullable(),
  text: z.string().nullable(),
});
export type AlertEvent = z.infer<typeof AlertEvent>;

const alertParams = z.object({ alert_id: z.coerce.number().int().min(1).max(2_147_483_647) });

export const GetAlert = defineRoute({
  method: "GET",
  path: "/alerts/:alert_id",
  summary: "One alert with its timeline, and what it holds down",
  needs: "alert.read",
  at: "anywhere",
  params: alertParams,
  reply: reply(
    z.object({
      alert: Alert,
      timeline: z.array(AlertEvent),
      /** How many open alerts are suppressed by this one. */
      inhibits: z.int(),
      /** Earlier alerts of the same fingerprint, the newest first. */
      earlier: z.array(Alert.pick({ alert_id: true, since: true, resolved_at: true, level: true })),
    }),
  ),
});

const Comment = z.string().trim().max(2_000);

export const AcknowledgeAlerts = defineRoute({
  method: "POST",
  path: "/alerts/ack",
  summary: "Acknowledges firing alerts, one or many, with a comment; ends their escalation",
  needs: "alert.ack",
  action: "alerts.acknowledge",
  at: "anywhere",
  body: z.object({ alert_ids: z.array(z.int()).min(1).max(10_000), comment: Comment.nullable().default(null) }),
  reply: reply(z.object({ acknowledged: z.array(z.int()), left: z.array(z.int()) })),
});

export const AddAlertNote = defineRoute({
  method: "POST",
  path: "/alerts/:alert_id/notes",
  summary: "Adds a note to an alert's timeline",
  needs: "alert.ack",
  at: "anywhere",
  params: alertParams,
  body: z.object({ text: Comment.min(1) }),
  reply: reply(AlertEvent),
});

const counted = { fired: z.int(), open: z.int() };

export const GetAlertStatistics = defineRoute({
  method: "GET",
  path: "/alerts/statistics",
  summary: "Alerts of the last days by rule, site and day; time to acknowledge and to recover; flappers",
  needs: "alert.read",
  at: "anywhere",
  query: z.object({
    days: z.coerce.number().int().min(1).max(90).default(7),
    site_id: z.string().optional(),
    /** Whose days are counted. */
    time_zone: z.string().max(64).refine(isTimeZone, "not a time zone name such as Asia/Shanghai").default("UTC"),
  }),
  reply: reply(
    z.object({
      fired: z.int(),
      by_level: z.record(AlertLevel, z.int()),
      by_rule: z.array(
        z.object({
          rule_id: z.string().nullable(),
          rule: LocalText,
          ...counted,
          /** Median seconds from firing. */
          to_acknowledge_s: z.number().nullable(),
          to_resolve_s: z.number().nullable(),
        }),
      ),
      by_site: z.array(z.object({ site_id: z.string().nullable(), ...counted })),
      /** Each day from the first one with an alert on, those without any too. */
      by_day: z.array(z.object({ day: z.iso.date(), by_level: z.record(AlertLevel, z.int()) })),
      /** Seconds from firing to acknowledging, of those acknowledged. */
      to_acknowledge_s: z.object({ median: z.number().nullable(), p95: z.number().nullable() }),
      acknowledged: z.int(),
      /** What fired most often: the first to mend or to tune. */
      flappers: z.array(
        z.object({ fingerprint: z.string(), rule: LocalText, target: AlertTarget.nullable(), fired: z.int() }),
      ),
    }),
  ),
});

export const PostAlertmanager = defineRoute({
  method: "POST",
  path: "/alerts/alertmanager",
  summary: "Takes alerts from Prometheus' Alertmanager and sends them on over the channels",
  needs: "reading.upload",
  audited: false,
  at: "anywhere",
  body: AlertmanagerWebhook,
  reply: reply(z.object({ alerts: z.int(), duplicate: z.boolean() })),
});

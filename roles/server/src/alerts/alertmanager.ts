import { createHash } from "node:crypto";
import type { AlertmanagerAlert, AlertmanagerWebhook } from "@banksman/wire/ingest";
import type { AlertLevel } from "@banksman/wire/model";

/** Their words for how bad it is, in ours; an unknown one is a warning. */
const LEVELS: Record<string, AlertLevel> = {
  critical: "urgent",
  urgent: "urgent",
  page: "urgent",
  error: "severe",
  severe: "severe",
  warning: "warning",
  info: "info",
  none: "info",
};
const ORDER: readonly AlertLevel[] = ["urgent", "severe", "warning", "info"];
const LISTED = 20;

export const levelOf = ({ labels }: Pick<AlertmanagerAlert, "labels">): AlertLevel =>
  LEVELS[labels.severity?.toLowerCase() ?? ""] ?? "warning";

/** The one-line title of an alert, and what else it says. */
export function textsOf({ labels, annotations }: AlertmanagerAlert): { rule: string; title: string; text: string } {
  const rule = labels.alertname ?? "alert";
  const title = annotations.summary ?? annotations.title ?? rule;
  return { rule, title, text: annotations.description ?? annotations.message ?? "" };
}

/**
 * One message for what a webhook tells: the worst first. `dedup` is the same for the same alerts in the same states, so
 * that a webhook sent again after a lost answer can be known.
 */
export function messageOf(webhook: AlertmanagerWebhook) {
  const sorted = webhook.alerts.toSorted(
    (a, b) =>
      Number(a.status === "resolved") - Number(b.status === "resolved") ||
      ORDER.indexOf(levelOf(a)) - ORDER.indexOf(levelOf(b)),
  );
  const firing = sorted.filter(({ status }) => status === "firing");
  const lines = sorted.slice(0, LISTED).map((alert) => {
    const { title, text } = textsOf(alert);
    const mark = alert.status === "resolved" ? "✓" : "●";
    return [`${mark} ${title}`, text].filter(Boolean).join("\n  ");
  });
  const more = webhook.alerts.length - LISTED + (webhook.truncatedAlerts ?? 0);
  const [first] = sorted;
  const head = first ? textsOf(first).title : "";
  const rest = sorted.length > 1 ? ` (+${sorted.length - 1})` : "";
  const states = webhook.alerts
    .map(({ fingerprint, status, startsAt }) => `${fingerprint} ${status} ${startsAt}`)
    .toSorted();
  return {
    message: {
      title: `${firing.length === 0 ? "✓ " : ""}${head}${rest}`,
      text: [...lines, ...(more > 0 ? [`… +${more}`] : [])].join("\n"),
      level: first && firing.length > 0 ? levelOf(first) : ("info" as const),
      key: webhook.groupKey,
    },
    dedup: createHash("sha256")
      .update([webhook.groupKey, ...states].join("\n"))
      .digest("hex"),
  };
}

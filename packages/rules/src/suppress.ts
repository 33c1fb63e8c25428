import type { AlertMatcher, AlertTarget } from "@banksman/wire/model";
import { hasLabels, type Matchable, matches } from "./match.ts";
import type { EngineRule } from "./plan.ts";

export type Raised = Matchable & { alert_id: number; flapping: boolean };
export type Silencing = {
  silence_id: number;
  kind: "silence" | "maintenance";
  matcher: AlertMatcher;
  reason: string;
  ends_at: string | null;
};
/** An alert that holds others down: what its rule says of it. */
export type Inhibitor = { alert_id: number; rule: EngineRule; target: AlertTarget };
export type Suppressed = {
  by: "silence" | "maintenance" | "inhibition" | "flapping";
  ref: number | null;
  reason: string;
  until: string | null;
};

/** Whether a target is the other, or lies within it. */
export function liesWithin(inner: AlertTarget, outer: AlertTarget): boolean {
  if (outer.kind === "fleet") return true;
  if (inner.site_id !== outer.site_id) return false;
  switch (outer.kind) {
    case "site":
    case "collector":
      return true;
    case "rack":
      return inner.rack === outer.id;
    case "container":
      return inner.container === outer.id || (inner.kind === "container" && inner.id === outer.id);
    case "pool_account":
      return inner.id === outer.id || inner.id.startsWith(`${outer.id}/`);
    case "miner":
    case "worker":
    case "cooling":
      return inner.kind === outer.kind && inner.id === outer.id;
  }
}

function inhibits({ rule, target, alert_id }: Inhibitor, alert: Raised): boolean {
  if (rule.inhibits === null || alert.target === null || alert.alert_id === alert_id) return false;
  return (
    alert.rule_id !== rule.rule_id &&
    rule.inhibits.targets.includes(alert.target.kind) &&
    liesWithin(alert.target, target) &&
    hasLabels(alert.labels, rule.inhibits.labels)
  );
}

/** Why nobody is told of an alert, or null when they are: what people decided comes before what follows from others. */
export function suppressionOf(
  alert: Raised,
  silences: readonly Silencing[],
  inhibitors: readonly Inhibitor[],
): Suppressed | null {
  const silence = silences.find(({ matcher }) => matches(matcher, alert));
  if (silence) return { by: silence.kind, ref: silence.silence_id, reason: silence.reason, until: silence.ends_at };
  const above = inhibitors.find((one) => inhibits(one, alert));
  if (above) return { by: "inhibition", ref: above.alert_id, reason: above.rule.name.en, until: null };
  return null;
}

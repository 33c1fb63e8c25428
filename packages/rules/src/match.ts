import type { AlertLevel, AlertMatcher, AlertTarget } from "@banksman/wire/model";

/** What of an alert a silence can look at. */
export type Matchable = {
  rule_id: string | null;
  level: AlertLevel;
  labels: Readonly<Record<string, string>>;
  target: AlertTarget | null;
};

export const hasLabels = (
  labels: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): boolean => Object.entries(wanted).every(([name, value]) => labels[name] === value);

/** Whether a matcher means an alert: all it names must fit. */
export function matches(matcher: AlertMatcher, alert: Matchable): boolean {
  const { rule_id, site_id, target, target_id, level, labels = {} } = matcher;
  return (
    (rule_id === undefined || rule_id === alert.rule_id) &&
    (site_id === undefined || site_id === alert.target?.site_id || site_id === alert.labels.site_id) &&
    (target === undefined || target === alert.target?.kind) &&
    (target_id === undefined || target_id === alert.target?.id) &&
    (level === undefined || level === alert.level) &&
    hasLabels(alert.labels, labels)
  );
}

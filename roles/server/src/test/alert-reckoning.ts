import { AlertLevel, type ReportDocument } from "@banksman/wire/model";
import { HOUR, iso, known, MINUTE, median, sameFigures, sameRows, sum } from "./report-world.ts";

/** An alert that fired within a period, and what is to be told of it; `until` is the end of what is counted of it. */
export type ToldAlert = {
  level: AlertLevel;
  fired: number;
  seen: number | null;
  over: number | null;
  until: number;
  rule: string;
  title: string;
  site: string;
  target: string;
};

const LEVELS = { urgent: "Urgent", severe: "Severe", warning: "Warning", info: "Info" };

/** Holds an alerts report against a slow reckoning over the alerts that it is to tell of. */
export function checkAlerts(document: ReportDocument, told: readonly ToldAlert[]): void {
  const took = (list: readonly ToldAlert[], end: "seen" | "over") =>
    median(list.map((one) => (one[end] === null ? null : (one[end] - one.fired) / MINUTE)));
  sameFigures(document, {
    Alerts: told.length,
    Urgent: told.filter(({ level }) => level === "urgent").length,
    "To acknowledge, median": took(told, "seen"),
    "To recovery, median": took(told, "over"),
    Acknowledged: told.filter(({ seen }) => seen !== null).length,
  });
  sameRows(
    document,
    "By level",
    AlertLevel.options.map((level) => {
      const own = told.filter((one) => one.level === level);
      const open = own.filter(({ over }) => over === null).length;
      return { level: LEVELS[level], fired: own.length, open, ack: took(own, "seen"), over: took(own, "over") };
    }),
  );
  sameRows(
    document,
    "Top offenders",
    [...Map.groupBy(told, ({ rule, site, target }) => JSON.stringify([rule, site, target])).values()].map((own) => ({
      ...{ rule: own[0]?.rule ?? "", site: own[0]?.site ?? "", target: own[0]?.target ?? "", fired: own.length },
      hours: alarmed(own.map(({ fired, over, until }) => [fired, Math.min(over ?? until, until)])) / HOUR,
    })),
  );
  sameRows(
    document,
    "Alerts",
    told.map(({ fired, level, title, site, seen, over }) => ({
      ...{ fired_at: iso(fired), level: LEVELS[level], title, site },
      acknowledged_at: seen === null ? null : iso(seen),
      acknowledged_by: seen === null ? null : "ann",
      resolved_at: over === null ? null : iso(over),
    })),
  );
}

/** How long at least one of some spans lasted: between each two ends that follow each other, all or nothing. */
function alarmed(spans: readonly (readonly [number, number])[]): number {
  const ends = [...new Set(spans.flat())].toSorted((a, b) => a - b);
  return sum(
    known(
      ends.map((since, n) => {
        const until = ends[n + 1];
        const isAlarmed = until !== undefined && spans.some(([from, to]) => from <= since && to >= until);
        return isAlarmed ? until - since : null;
      }),
    ),
  );
}

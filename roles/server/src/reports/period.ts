import type { ReportWish } from "@banksman/wire/api";
import type { ReportPeriod } from "@banksman/wire/model";
import { problem } from "../http/problem.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** An hour's sums are made five minutes after it, for readings come late, and within the next minutes. */
const RECKONED_MS = 10 * 60_000;
const MOST_DAYS = 400;
/** A chart's points; steps are whole hours, so that they fall on hourly roll-ups. */
const MOST_STEPS = 400;
const STEPS_H = [1, 2, 3, 4, 6, 8, 12, 24];

/** Days since 1970 of `2026-11-29`, and back: a day of the calendar, not a length of time. */
const dayOf = (date: string): number => Date.parse(`${date}T00:00:00Z`) / DAY_MS;
const dateOf = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

const clocks = new Map<string, Intl.DateTimeFormat>();

/** What a zone's clock shows at a moment, as if it were UTC. */
export function wallOf(ms: number, zone: string): number {
  let clock = clocks.get(zone);
  if (!clock) {
    clock = new Intl.DateTimeFormat("en", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    clocks.set(zone, clock);
  }
  const parts = clock.formatToParts(ms);
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value);
  return Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
}

/**
 * When a day begins in a zone. Where the clock skips midnight, the first moment after it.
 */
export function midnight(date: string, zone: string): number {
  const wanted = dayOf(date) * DAY_MS;
  const offsetAt = (ms: number) => wallOf(ms, zone) - ms;
  const first = wanted - offsetAt(wanted);
  const second = wanted - offsetAt(first);
  // Around a change of the clock the two differ: the day begins at the earlier one whose clock shows that day.
  return Math.min(...[first, second].filter((ms) => wallOf(ms, zone) >= wanted));
}

/** The day that a moment falls on in a zone. */
export const dateIn = (ms: number, zone: string): string => dateOf(Math.floor(wallOf(ms, zone) / DAY_MS));

const firstOfMonth = (date: string, months: number): string => {
  const [year = 0, month = 1] = date.split("-").map(Number);
  return new Date(Date.UTC(year, month - 1 + months, 1)).toISOString().slice(0, 10);
};
const mondayOf = (date: string): string => dateOf(dayOf(date) - ((dayOf(date) + 3) % 7));

const refuse = (path: string, why: string) => problem(400, "INVALID_INPUT", `${path}: ${why}`, { path });

/**
 * The period that a wish means. Without `from` the last whole day, week or month; with it the one that it falls in. Throws a
 * 400 problem for one that is empty, longer than 400 days or not begun yet.
 */
export function periodOf(
  { span, from, to, time_zone }: Pick<ReportWish, "span" | "from" | "to" | "time_zone">,
  nowMs: number,
): ReportPeriod {
  const today = dateIn(nowMs, time_zone);
  const within = (): { from: string; to: string } => {
    switch (span) {
      case "day": {
        const day = from ?? dateOf(dayOf(today) - 1);
        return { from: day, to: dateOf(dayOf(day) + 1) };
      }
      case "week": {
        const monday = from === undefined ? dateOf(dayOf(mondayOf(today)) - 7) : mondayOf(from);
        return { from: monday, to: dateOf(dayOf(monday) + 7) };
      }
      case "month": {
        const first = from === undefined ? firstOfMonth(today, -1) : firstOfMonth(from, 0);
        return { from: first, to: firstOfMonth(first, 1) };
      }
      case "range":
        if (from === undefined || to === undefined)
          throw refuse("from", "a range has a first day and the day after its last");
        return { from, to };
    }
  };
  const days = within();
  const count = dayOf(days.to) - dayOf(days.from);
  if (count < 1) throw refuse("to", "must be after from");
  if (count > MOST_DAYS) throw refuse("to", `at most ${MOST_DAYS} days`);
  if (midnight(days.from, time_zone) >= nowMs) throw refuse("from", "this period has not begun");
  return { span, ...days, time_zone };
}

/** When the sums of all hours before a moment are made. Hours are those of UTC: a day of India ends within one. */
const reckonedAt = (ms: number): number => Math.ceil(ms / HOUR_MS) * HOUR_MS + RECKONED_MS;

/** From when on a period can be told whole. */
export const reckonedFrom = ({ to, time_zone }: Pick<ReportPeriod, "to" | "time_zone">): number =>
  reckonedAt(midnight(to, time_zone));

/** Throws a 400 problem for a period that is over, but whose last hour isn't reckoned yet: it would stay a gap. */
export function checkReckoned(period: ReportPeriod, nowMs: number): void {
  const from = reckonedFrom(period);
  if (nowMs < midnight(period.to, period.time_zone) || nowMs >= from) return;
  const minutes = Math.ceil((from - nowMs) / 60_000);
  const wait = minutes === 1 ? "a minute" : `${minutes} minutes`;
  throw refuse("to", `the last hour of this period is being reckoned: ask again in ${wait}`);
}

/** The period before, of the same kind and length. */
export function before({ span, from, to, time_zone }: ReportPeriod): ReportPeriod {
  if (span === "month") return { span, from: firstOfMonth(from, -1), to: from, time_zone };
  return { span, from: dateOf(2 * dayOf(from) - dayOf(to)), to: from, time_zone };
}

/**
 * A period as moments. It ends now where it is not over yet; what is told from hourly sums ends with the last hour whose
 * sums are made: an hour that isn't reckoned yet is no gap.
 */
export type Span = { from: Date; to: Date; reckonedTo: Date; stepSeconds: number };

/** The moments of a period and the width of a chart's steps. */
export function spanOf({ from, to, time_zone }: ReportPeriod, nowMs: number): Span {
  const [start, end] = [midnight(from, time_zone), Math.min(midnight(to, time_zone), nowMs)];
  const hours = (end - start) / HOUR_MS;
  const width = STEPS_H.find((step) => hours / step <= MOST_STEPS) ?? 24;
  const reckoned = nowMs >= reckonedAt(end) ? end : Math.floor((nowMs - RECKONED_MS) / HOUR_MS) * HOUR_MS;
  const reckonedTo = new Date(Math.max(start, reckoned));
  return { from: new Date(start), to: new Date(end), reckonedTo, stepSeconds: width * 3_600 };
}

/** A chart's steps over a period; those that are not among `told` are as `untold`. */
export function everyStep<T extends object>(
  { from, to, stepSeconds }: Pick<Span, "from" | "to" | "stepSeconds">,
  told: readonly (T & { step: number })[],
  untold: T,
): T[] {
  const count = Math.ceil((to.getTime() - from.getTime()) / 1_000 / stepSeconds);
  const byStep = new Map(told.map((row) => [row.step, row]));
  return Array.from({ length: Math.max(0, count) }, (_, step) => byStep.get(step) ?? untold);
}

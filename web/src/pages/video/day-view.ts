/** How much of a day its bar shows, in hours; 24 is the whole day, also one of 23 or 25. */
export const SPANS_H = [24, 6, 1] as const;
export type SpanHours = (typeof SPANS_H)[number];

export type Span = { fromMs: number; toMs: number };
/** A moment and where in the view it stands, from 0 to 1: there it stays when the view gets longer or shorter. */
export type Anchor = { atMs: number; share: number };

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Farther than a player comes between two of its own reports. */
const JUMP_MS = 5_000;
/** Of a view, what the next one doesn't show again. */
const PAGE_SHARE = 0.75;

/** What an address says; the whole day where it says nothing that there is. */
export const spanOf = (text: string | null): SpanHours => SPANS_H.find((hours) => String(hours) === text) ?? 24;

/** The next shorter span, or the next longer one; the same where there is none. */
export const nextSpan = (hours: SpanHours, by: 1 | -1): SpanHours => SPANS_H[SPANS_H.indexOf(hours) + by] ?? hours;

const clamp = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value));

/** What is shown of a day, never beyond its ends. */
export function viewOf(day: Span, hours: SpanHours, { atMs, share }: Anchor): Span {
  const dayMs = day.toMs - day.fromMs;
  const lengthMs = hours === 24 ? dayMs : Math.min(hours * HOUR_MS, dayMs);
  const fromMs = clamp(atMs - share * lengthMs, day.fromMs, day.toMs - lengthMs);
  return { fromMs, toMs: fromMs + lengthMs };
}

/** Where in a view a moment stands; beyond 0 and 1 where it lies outside. */
export const shareOf = ({ fromMs, toMs }: Span, atMs: number): number => (atMs - fromMs) / (toMs - fromMs);

export const isIn = (view: Span, atMs: number): boolean => view.fromMs <= atMs && atMs < view.toMs;

/** What the view keeps hold of when it gets longer or shorter: the chosen moment, in its middle; else what it shows now. */
export const holdOf = (view: Span, chosenMs: number): Anchor => ({
  atMs: isIn(view, chosenMs) ? chosenMs : (view.fromMs + view.toMs) / 2,
  share: 0.5,
});

/** The view before or after. */
export const pageOf = (view: Span, by: 1 | -1): Anchor => ({
  atMs: (view.fromMs + view.toMs) / 2 + by * PAGE_SHARE * (view.toMs - view.fromMs),
  share: 0.5,
});

/** Whether the view goes with a moment that left it: not where somebody moved it away from what plays on. */
export const mustFollow = (view: Span, beforeMs: number, nowMs: number): boolean =>
  !isIn(view, nowMs) && (isIn(view, beforeMs) || Math.abs(nowMs - beforeMs) > JUMP_MS);

/** How far a key goes: what a person can aim at in that view, or by the second. */
export const stepMs = (hours: SpanHours, isFine: boolean): number => {
  if (isFine) return 1_000;
  return hours === 24 ? 10 * MINUTE_MS : MINUTE_MS;
};

const MARK_MS: Record<SpanHours, number> = { 24: 3 * HOUR_MS, 6: HOUR_MS, 1: 10 * MINUTE_MS };

/** The moments that are written under the bar, counted from the day's beginning. */
export function marksOf(day: Span, view: Span, hours: SpanHours): number[] {
  const everyMs = MARK_MS[hours];
  const first = day.fromMs + Math.ceil((view.fromMs - day.fromMs) / everyMs) * everyMs;
  const count = Math.max(0, Math.ceil((view.toMs - first) / everyMs));
  return Array.from({ length: count }, (_, n) => first + n * everyMs);
}

/** Where a key leads on the bar; null for one that isn't its own. */
export function keyTarget(key: string, atMs: number, day: Span, view: Span, step: number): number | null {
  const to = {
    ArrowLeft: atMs - step,
    ArrowDown: atMs - step,
    ArrowRight: atMs + step,
    ArrowUp: atMs + step,
    PageDown: atMs - 10 * step,
    PageUp: atMs + 10 * step,
    Home: view.fromMs,
    End: view.toMs - 1_000,
  }[key];
  return to === undefined ? null : clamp(to, day.fromMs, day.toMs - 1_000);
}

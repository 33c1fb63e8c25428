import type { NoData } from "@banksman/wire/model";

/** One time that a rule's condition held of a target. Times are ms. */
export type Episode = { since: number; firedAt: number | null; resolvedAt: number | null; noData: boolean };

/**
 * How a rule stands with a target: nothing → pending → firing → nothing. `open` is what goes on, `closed` what was over
 * within the last hour. States are values: nothing in one ever changes.
 */
export type RuleState = {
  open: Episode | null;
  /** Since when a firing one looks as if it were over. */
  recoverSince: number | null;
  /** Whether nothing is known since then: its times stand still. */
  frozen: boolean;
  closed: readonly Episode[];
};

export type Timing = { forMs: number; recoverForMs: number; noData: NoData; hasRecovery: boolean };

/** Firing this often within the hour is flapping. */
const FLAPS = 4;
export const FLAP_WINDOW_MS = 3_600_000;

const NOTHING: RuleState = { open: null, recoverSince: null, frozen: false, closed: [] };

const isIdle = ({ open, closed }: RuleState): boolean => open === null && closed.length === 0;
const settled = (state: RuleState): RuleState | undefined => (isIdle(state) ? undefined : state);

/** When time alone changes the state next; Infinity when never. */
export function dueAt(state: RuleState, { forMs, recoverForMs }: Timing): number {
  if (state.frozen || state.open === null) return Number.POSITIVE_INFINITY;
  if (state.open.firedAt === null) return state.open.since + forMs;
  return state.recoverSince === null ? Number.POSITIVE_INFINITY : state.recoverSince + recoverForMs;
}

/** What time alone makes of a state before `until`. What was last told holds meanwhile. */
export function elapse(state: RuleState, timing: Timing, until: number): RuleState {
  const due = dueAt(state, timing);
  if (due >= until || state.open === null) return state;
  if (state.open.firedAt === null) return { ...state, open: { ...state.open, firedAt: due } };
  return closeAt(state, state.open, due);
}

function closeAt(state: RuleState, open: Episode, at: number): RuleState {
  const closed = [...state.closed, { ...open, resolvedAt: at }].filter(
    ({ resolvedAt }) => resolvedAt !== null && resolvedAt > at - FLAP_WINDOW_MS,
  );
  return { open: null, recoverSince: null, frozen: false, closed };
}

/**
 * What a reading at `at` makes of a state: `holds` and `over` are 1, 0 or NaN for unknown. Undefined is a rule that
 * never held lately, which is nearly every rule of nearly every target.
 */
export function step(
  before: RuleState | undefined,
  timing: Timing,
  at: number,
  holds: number,
  over: number,
): RuleState | undefined {
  const state = before === undefined ? NOTHING : elapse(before, timing, at);
  if (state.open === null) return settled(start(state, timing, at, holds));
  const isPending = state.open.firedAt === null;
  const isOverAnyway = timing.hasRecovery && over === 1 && !isPending;
  if (Number.isNaN(holds) && !isOverAnyway) return settled(unknown(state, state.open, timing, at));
  return settled(
    isPending ? wait(state, state.open, timing, at, holds) : fire(state, state.open, timing, at, holds, over),
  );
}

function start(state: RuleState, timing: Timing, at: number, holds: number): RuleState {
  const isUnknown = Number.isNaN(holds);
  const last = state.closed.at(-1)?.resolvedAt ?? Number.NEGATIVE_INFINITY;
  if (holds === 0 && last < at - FLAP_WINDOW_MS) return NOTHING;
  if (holds === 0 || (isUnknown && timing.noData !== "alert")) return state;
  const open = { since: at, firedAt: timing.forMs === 0 ? at : null, resolvedAt: null, noData: isUnknown };
  return { ...state, open, recoverSince: null, frozen: false };
}

function unknown(state: RuleState, open: Episode, timing: Timing, at: number): RuleState {
  switch (timing.noData) {
    case "keep":
      return open.noData ? state : { ...state, frozen: true };
    case "resolve":
      return open.firedAt === null ? { ...state, open: null, frozen: false } : closeAt(state, open, at);
    case "alert":
      // Nobody can say that it is over: it goes on.
      return { ...state, recoverSince: null, frozen: false, open: ripe(open, timing, at) };
  }
}

const ripe = (open: Episode, { forMs }: Timing, at: number): Episode =>
  open.firedAt === null && at - open.since >= forMs ? { ...open, firedAt: open.since + forMs } : open;

function wait(state: RuleState, open: Episode, timing: Timing, at: number, holds: number): RuleState {
  if (holds === 0) return { ...state, open: null, frozen: false };
  // It was unknown whether it held: from here on it does.
  const anew = open.noData || state.frozen ? { ...open, since: at, noData: false } : open;
  return { ...state, frozen: false, open: ripe(anew, timing, at) };
}

function fire(state: RuleState, open: Episode, timing: Timing, at: number, holds: number, over: number): RuleState {
  const looksOver = holds !== 1 && (timing.hasRecovery && !open.noData ? over === 1 : holds === 0);
  const isReal = holds === 1 && open.noData;
  if (!looksOver)
    return { ...state, frozen: false, recoverSince: null, open: isReal ? { ...open, noData: false } : open };
  const since = state.frozen || state.recoverSince === null ? at : state.recoverSince;
  if (at - since >= timing.recoverForMs) return closeAt(state, open, since + timing.recoverForMs);
  return { ...state, frozen: false, recoverSince: since };
}

/** Whether it fires and is over again and again. */
export function isFlapping({ open, closed }: RuleState, at: number): boolean {
  const fired = [...closed, ...(open ? [open] : [])].filter(
    ({ firedAt }) => firedAt !== null && firedAt > at - FLAP_WINDOW_MS && firedAt <= at,
  );
  return fired.length >= FLAPS;
}

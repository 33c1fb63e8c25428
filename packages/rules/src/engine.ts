import { createHash } from "node:crypto";
import type { AlertTarget, TargetKind } from "@banksman/wire/model";
import type { Context } from "./compile.ts";
import type { AlertFunction } from "./functions/alert-function.ts";
import { alertFunctions } from "./functions/index.ts";
import { createGroups } from "./group-keeper.ts";
import { slotOf } from "./groups.ts";
import { type EngineRule, type FigureSource, figuresOf, looksAtGroups, type Plan, planFor, rowOf } from "./plan.ts";
import { isWithin } from "./schedule.ts";
import { dueAt, type Episode, elapse, isFlapping, type RuleState, step } from "./state.ts";
import { keyOf, NO_STATES, newTarget, placeRow, type Row, type States, type Target } from "./target.ts";
import type { Figures } from "./template.ts";
import { Texts } from "./texts.ts";

/** What a target told at a moment; `holdsMs` says how long that is good for when nothing newer comes. */
export type Sample = { target: AlertTarget; at: number; holdsMs?: number; figures: FigureSource };

/**
 * What became of a rule at a target. `before` and `after` are the same time of holding; null before is a new one, null
 * after one that never was (late readings told better), or was over before its time had come.
 */
export type Change = {
  rule: EngineRule;
  target: AlertTarget;
  fingerprint: string;
  before: Episode | null;
  after: Episode | null;
  flapping: boolean;
  figures: Figures;
};

export type EngineOptions = {
  /** How much later than the newest reading of its target one may come and still count. */
  latenessMs?: number;
  /** How long a reading holds when it does not say so. */
  holdsMs?: number;
  /** What conditions may call; those of plugins too. */
  functions?: readonly AlertFunction[];
};

/** How a rule stands with a target, after the reading at `at`. */
export type Standing = { rule_id: string; target: AlertTarget; state: RuleState; at: number };

export const DEFAULTS = { latenessMs: 120_000, holdsMs: 180_000 };
const MINUTE_MS = 60_000;

export const fingerprintOf = (ruleId: string, target: AlertTarget): string =>
  createHash("sha256")
    .update(`${ruleId}\u0001${keyOf(target)}`)
    .digest("hex")
    .slice(0, 16);

export type Engine = ReturnType<typeof createEngine>;

/**
 * Evaluates rules over readings, by the times of the readings alone. Whatever order they come in, as long as none is
 * later than `latenessMs`, the alerts in the end are the same; what was said too early meanwhile is taken back.
 */
export function createEngine(rules: readonly EngineRule[], options: EngineOptions = {}) {
  const { latenessMs, holdsMs, functions } = { ...DEFAULTS, functions: alertFunctions, ...options };
  const texts = new Texts();
  const plans = new Map<TargetKind, Plan>();
  const planOf = (kind: TargetKind): Plan => {
    const known = plans.get(kind);
    if (known) return known;
    const made = planFor(kind, rules, texts, latenessMs, looksAtGroups(rules), functions);
    plans.set(kind, made);
    return made;
  };
  const targets = new Map<string, Target>();
  const context: Context = { at: 0, row: new Float64Array(), history: null };
  const hours = new Map<string, { minute: number; isIn: boolean }>();
  let changes: Change[] = [];
  let clock = Number.NEGATIVE_INFINITY;
  let evaluations = 0;

  const targetOf = (ref: AlertTarget): Target => {
    const key = keyOf(ref);
    let target = targets.get(key);
    if (!target) {
      const { columns, keepMs } = planOf(ref.kind).windows;
      target = newTarget(ref, key, { fields: columns.length, keepMs });
      targets.set(key, target);
    }
    return target;
  };

  const isInHours = ({ rule_id, schedule }: EngineRule, at: number): boolean => {
    if (schedule === null) return true;
    const minute = Math.floor(at / MINUTE_MS);
    const known = hours.get(rule_id);
    if (known?.minute === minute) return known.isIn;
    const isIn = isWithin(schedule, at);
    hours.set(rule_id, { minute, isIn });
    return isIn;
  };

  /** How the rules stand after a row, from how they stood before it. */
  const applyRow = (plan: Plan, target: Target, row: Row, before: States): States => {
    context.at = row.at;
    context.row = row.values;
    context.history = target.history;
    let after: Map<number, RuleState> | null = null;
    evaluations += plan.rules.length;
    for (let place = 0; place < plan.rules.length; place++) {
      const planned = plan.rules[place];
      if (!planned || (planned.sites && !planned.sites.has(target.ref.site_id ?? ""))) continue;
      const state = before.get(place);
      const holds = planned.rule.schedule === null || isInHours(planned.rule, row.at) ? planned.holds(context) : 0;
      if (holds === 0 && state === undefined) continue;
      const over = planned.over && state?.open ? planned.over(context) : Number.NaN;
      const next = step(state, planned.timing, row.at, holds, over);
      if (next !== state) after = changed(after, before, place, next);
    }
    return after ? sealed(after) : before;
  };

  /** How the rules stand when what was told no longer holds. */
  const applySilence = (plan: Plan, at: number, before: States): States => {
    let after: Map<number, RuleState> | null = null;
    plan.rules.forEach(({ timing }, place) => {
      const state = before.get(place);
      if (state === undefined && timing.noData !== "alert") return;
      const next = step(state, timing, at, Number.NaN, Number.NaN);
      if (next !== state) after = changed(after, before, place, next);
    });
    return after ? sealed(after) : before;
  };

  const silenceAfter = (row: Row): number => row.at + row.holdsMs;

  /** Evaluates a target's rows anew from one on. */
  const evaluate = (plan: Plan, target: Target, from: number): void => {
    for (let index = from; index < target.rows.length; index++) {
      const row = target.rows[index];
      if (!row) continue;
      const previous = target.rows[index - 1];
      let states = previous ? previous.after : target.base;
      if (previous && silenceAfter(previous) < row.at) states = applySilence(plan, silenceAfter(previous), states);
      row.after = applyRow(plan, target, row, states);
    }
  };

  /** Brings a target to the moment and notes what changed. */
  const settle = (plan: Plan, target: Target, at: number): void => {
    const newest = target.rows.at(-1);
    if (!newest) return;
    const moment = Math.max(at, newest.at);
    const silent = silenceAfter(newest);
    const states = moment > silent ? applySilence(plan, silent, newest.after) : newest.after;
    const now = elapsed(plan, states, moment + 1);
    if (now !== target.now) note(plan, target, now, moment);
    target.now = now;
    const watches = moment <= silent && (now.size > 0 || plan.watchesSilence);
    target.due = nextDue(plan, now, watches ? silent + 1 : Number.POSITIVE_INFINITY);
  };

  const note = (plan: Plan, target: Target, now: States, at: number): void => {
    for (const place of new Set([...target.now.keys(), ...now.keys()])) {
      const [before, after] = [target.now.get(place), now.get(place)];
      const rule = plan.rules[place]?.rule;
      if (before === after || !rule) continue;
      for (const [was, is] of pairs(before, after, at - latenessMs))
        changes.push({
          rule,
          target: target.ref,
          fingerprint: fingerprintOf(rule.rule_id, target.ref),
          before: was,
          after: is,
          flapping: after !== undefined && isFlapping(after, at),
          figures: figuresOf(plan, target.rows.at(-1)?.values ?? new Float64Array(), texts),
        });
    }
  };

  /** A reading that was counted before this engine took over: it is known again, and changes nothing. */
  const placeCounted = (plan: Plan, target: Target, row: Row): Target => {
    const newest = target.rows.at(-1);
    if (newest && newest.at > row.at) return target;
    target.rows = [{ ...row, after: target.now }];
    Object.assign(target, { base: target.now, floor: row.at });
    const watches = target.now.size > 0 || plan.watchesSilence;
    target.due = nextDue(plan, target.now, watches ? silenceAfter(row) + 1 : Number.POSITIVE_INFINITY);
    return target;
  };

  const put = (ref: AlertTarget, at: number, holds: number, figures: FigureSource): Target | null => {
    const plan = planOf(ref.kind);
    const target = targetOf(ref);
    target.ref = ref;
    const row = { at, holdsMs: holds, values: rowOf(plan, figures, texts), after: NO_STATES };
    fillWindows(plan, target, at, row.values);
    const index = placeRow(target, row, latenessMs);
    if (index < 0) return null;
    evaluate(plan, target, index);
    settle(plan, target, clock);
    return target;
  };

  const fillWindows = ({ windows }: Plan, target: Target, at: number, values: Float64Array): void => {
    target.history?.put(at, values, windows.columns);
  };

  const groups = createGroups({ planOf, put, texts, latenessMs, holdsMs, wants: looksAtGroups(rules) });

  return {
    /** Takes readings, in any order. */
    take: (samples: readonly Sample[]): void => {
      let slot = Number.NEGATIVE_INFINITY;
      for (const { target: ref, at, holdsMs: holds = holdsMs, figures } of inOrder(samples)) {
        // Sums are taken while the readings they are made of are still at hand.
        if (slotOf(at) !== slot) groups.flush();
        slot = slotOf(at);
        if (groups.takes(ref, at, figures)) continue;
        const target = put(ref, at, holds, figures);
        if (target && ref.kind === "miner") groups.note(target, at);
      }
      groups.flush();
    },

    /** Lets time pass up to `at`: what waits for its time fires, what is silent for too long is known to be. */
    advance: (at: number): void => {
      if (at <= clock) return;
      clock = at;
      for (const target of targets.values()) if (target.due <= at) settle(planOf(target.ref.kind), target, at);
    },

    /** What changed since it was last asked, in the order it happened. */
    changes: (): Change[] => {
      const told = changes;
      changes = [];
      return told;
    },

    /** Counts for figures of its own: conditions evaluated and targets watched. */
    figures: () => ({ evaluations, targets: targets.size }),

    /** For how many targets each rule holds, is unknown, and how many there are. */
    standing: (ruleId: string) => {
      const counts = { holds: 0, unknown: 0, total: 0 };
      for (const target of targets.values()) {
        const plan = planOf(target.ref.kind);
        const planned = plan.rules.find(({ rule }) => rule.rule_id === ruleId);
        const newest = target.rows.at(-1);
        if (!planned || !newest) continue;
        context.at = newest.at;
        context.row = newest.values;
        context.history = target.history;
        const holds = planned.holds(context);
        counts.total += 1;
        if (Number.isNaN(holds)) counts.unknown += 1;
        else counts.holds += holds;
      }
      return counts;
    },

    /** Some target that rules look at, one that the rule holds for rather than another. */
    exampleOf: (ruleId: string): { ref: AlertTarget; figures: Figures } | null => {
      const all = [...targets.values()].filter(({ ref }) =>
        planOf(ref.kind).rules.some(({ rule }) => rule.rule_id === ruleId),
      );
      const place = (target: Target) => planOf(target.ref.kind).rules.findIndex(({ rule }) => rule.rule_id === ruleId);
      const example = all.find((target) => target.now.get(place(target))?.open) ?? all[0];
      const row = example?.rows.at(-1);
      return example && row
        ? { ref: example.ref, figures: figuresOf(planOf(example.ref.kind), row.values, texts) }
        : null;
    },

    /** What a target last told, of the fields that rules and their texts name. */
    figuresOf: (ref: AlertTarget): Figures => {
      const row = targets.get(keyOf(ref))?.rows.at(-1);
      return row ? figuresOf(planOf(ref.kind), row.values, texts) : {};
    },

    /** A target as it was last told of: with where it stands. */
    refOf: (ref: AlertTarget): AlertTarget | undefined => targets.get(keyOf(ref))?.ref,

    /** How each rule that does not rest stands with each target, and until when that is counted. */
    standings: (): Standing[] =>
      [...targets.values()].flatMap((target) =>
        [...target.now].map(([place, state]) => ({
          rule_id: planOf(target.ref.kind).rules[place]?.rule.rule_id ?? "",
          target: target.ref,
          state,
          at: target.rows.at(-1)?.at ?? clock,
        })),
      ),

    /** Fills the windows of a target with what it told before, without evaluating it. */
    fill: (ref: AlertTarget, at: number, figures: FigureSource): void => {
      const plan = planOf(ref.kind);
      if (plan.windows.columns.length > 0) fillWindows(plan, targetOf(ref), at, rowOf(plan, figures, texts));
    },

    /** Takes up how the rules stood where another engine left off. */
    resume: (standings: readonly Standing[]): void => {
      for (const { rule_id, target: ref, state, at } of standings) {
        const plan = planOf(ref.kind);
        const place = plan.rules.findIndex(({ rule }) => rule.rule_id === rule_id);
        if (place < 0) continue;
        const target = targetOf(ref);
        target.now = new Map([...target.now, [place, state]]);
        placeCounted(plan, target, { at, holdsMs, values: rowOf(plan, {}, texts), after: target.now });
      }
    },

    /** Takes readings that the other engine evaluated: their figures and windows are known again, nothing is evaluated. */
    know: (samples: readonly Sample[]): void => {
      for (const { target: ref, at, holdsMs: holds = holdsMs, figures } of samples) {
        const plan = planOf(ref.kind);
        const target = targetOf(ref);
        target.ref = ref;
        const values = rowOf(plan, figures, texts);
        fillWindows(plan, target, at, values);
        placeCounted(plan, target, { at, holdsMs: holds, values, after: target.now });
        if (ref.kind === "miner") groups.note(target, null);
      }
    },
  };
}

function inOrder(samples: readonly Sample[]): readonly Sample[] {
  const isSorted = samples.every((sample, index) => index === 0 || sample.at >= (samples[index - 1]?.at ?? 0));
  return isSorted ? samples : samples.toSorted((a, b) => a.at - b.at);
}

function changed(
  after: Map<number, RuleState> | null,
  before: States,
  place: number,
  next: RuleState | undefined,
): Map<number, RuleState> {
  const map = after ?? new Map(before);
  if (next === undefined) map.delete(place);
  else map.set(place, next);
  return map;
}

const sealed = (states: Map<number, RuleState>): States => (states.size === 0 ? NO_STATES : states);

function elapsed(plan: Plan, states: States, until: number): States {
  let after: Map<number, RuleState> | null = null;
  for (const [place, state] of states) {
    const timing = plan.rules[place]?.timing;
    if (!timing) continue;
    const next = elapse(state, timing, until);
    if (next !== state) after = changed(after, states, place, next);
  }
  return after ?? states;
}

function nextDue(plan: Plan, states: States, silent: number): number {
  let due = silent;
  for (const [place, state] of states) {
    const timing = plan.rules[place]?.timing;
    if (timing) due = Math.min(due, dueAt(state, timing));
  }
  return due;
}

/**
 * Which episode of before is which of after. Late readings may have moved the one that goes on, or told of one nobody
 * knew; those over before `since` can't have changed and are only forgotten.
 */
function pairs(
  before: RuleState | undefined,
  after: RuleState | undefined,
  since: number,
): [Episode | null, Episode | null][] {
  const [was, is] = [episodes(before), episodes(after)];
  const found: [Episode | null, Episode | null][] = [];
  const rest = new Set(is);
  let moved: Episode | null = null;
  for (const old of was) {
    const same = is.find((episode) => episode.since === old.since);
    if (same) {
      rest.delete(same);
      if (!isSame(old, same)) found.push([old, same]);
    } else if (old.resolvedAt === null) moved = old;
    else if (old.resolvedAt > since) found.push([old, null]);
  }
  if (moved) {
    const heir = [...rest].find(({ resolvedAt }) => resolvedAt === null) ?? [...rest].at(-1);
    if (heir) rest.delete(heir);
    found.push([moved, heir ?? null]);
  }
  return [...found, ...[...rest].map((episode): [null, Episode] => [null, episode])];
}

const episodes = (state: RuleState | undefined): Episode[] =>
  state ? [...state.closed, ...(state.open ? [state.open] : [])] : [];

const isSame = (a: Episode, b: Episode): boolean =>
  a.firedAt === b.firedAt && a.resolvedAt === b.resolvedAt && a.noData === b.noData;

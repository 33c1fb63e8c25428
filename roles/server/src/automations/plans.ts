import { isWithin } from "@banksman/rules";
import type { Alert, CommandTarget, Curtailment, OnAlert, PoolFailover, WouldOrder } from "@banksman/wire/api";
import type { CommandOrder, LocalText } from "@banksman/wire/model";
import { type Held, type Load, nextStep, nextTry } from "./decide.ts";
import type { State } from "./store.ts";
import { words } from "./words.ts";

const MINUTE_MS = 60_000;

/** An order that an automation gives now, and what it remembers with it. */
export type Move = {
  order: CommandOrder;
  target: CommandTarget;
  reason: string;
  state: State;
  rolling: { canary: number; batch: number; max_failed_percent: number } | null;
  hold?: readonly Held[];
  tried?: readonly string[];
};

/** What one look at the site comes to. `state` is what changes without an order. */
export type Outcome = {
  status: LocalText;
  moves: Move[];
  state?: State;
  giveUp?: readonly Alert[];
  /** What keeps it from its aim. */
  problem?: string | null;
};

type At = { siteId: string; nowMs: number; state: State };

/** A miner's alert that is open, not silenced, and in nobody's hands. */
const isOurs = ({ state, suppressed, target }: Alert): boolean =>
  state === "firing" && suppressed === null && target?.kind === "miner";

export function planOnAlert(
  plan: OnAlert,
  alerts: readonly Alert[],
  tries: ReadonlyMap<string, number[]>,
  at: At,
): Outcome {
  const open = alerts.filter(isOurs);
  if (open.length === 0) return { status: words.quiet, moves: [] };
  const judged = open.map((alert) => {
    const minerId = alert.target?.id ?? "";
    return {
      alert,
      minerId,
      verdict: nextTry(plan, tries.get(minerId) ?? [], Date.parse(alert.fired_at ?? alert.since), at.nowMs),
    };
  });
  const of = (is: string) => judged.filter(({ verdict }) => verdict.is === is);
  const minerIds = [...new Set(of("order").map(({ minerId }) => minerId))];
  const { order } = plan;
  const move: Move = {
    order,
    target: { site_id: at.siteId, miner_ids: minerIds },
    reason: `alert of rule ${plan.rule_id}`,
    state: at.state,
    rolling: null,
    tried: minerIds,
  };
  const giveUp = of("stop").map(({ alert }) => alert);
  return {
    status: words.tries(minerIds.length, of("wait").length, giveUp.length),
    moves: minerIds.length > 0 ? [move] : [],
    giveUp,
  };
}

export type Signals = ReadonlyMap<string, { value: number; atMs: number }>;

/** The limit that holds now, in watts; null for none, `unknown` where its signal is silent. */
export function limitOf({ when, target_mw }: Curtailment, signals: Signals, nowMs: number): number | null | "unknown" {
  const watts = target_mw * 1e6;
  switch (when.is) {
    case "always":
      return watts;
    case "schedule":
      return isWithin(when.schedule, nowMs) ? watts : null;
    case "price": {
      const signal = signals.get(when.signal);
      if (!signal || nowMs - signal.atMs > when.max_age_minutes * MINUTE_MS) return "unknown";
      return signal.value > when.above ? watts : null;
    }
  }
}

export function planCurtailment(
  plan: Curtailment,
  loads: readonly Load[],
  held: readonly Held[],
  resting: ReadonlySet<string>,
  signals: Signals,
  at: At,
): Outcome {
  const limit = limitOf(plan, signals, at.nowMs);
  if (limit === "unknown")
    return { status: words.noSignal(plan.when.is === "price" ? plan.when.signal : ""), moves: [] };
  const { sleep, wake, watts } = nextStep(loads, held, limit, plan.step_miners, resting);
  const move = (miners: readonly Held[], doing: "sleep" | "wake", reason: string): Move => ({
    order: { order: "mode_set", mode: doing },
    target: { site_id: at.siteId, miner_ids: miners.map(({ miner_id }) => miner_id) },
    reason,
    state: { ...at.state, doing },
    rolling: null,
    ...(doing === "sleep" && { hold: miners }),
  });
  if (sleep.length > 0 && limit !== null)
    return {
      status: words.curtailing(watts, limit),
      moves: [move(sleep, "sleep", `curtailment to ${plan.target_mw} MW`)],
    };
  if (wake.length > 0)
    return { status: words.restoring(held.length), moves: [move(wake, "wake", "the curtailment is over")] };
  return { status: limit === null ? words.idle : words.curtailed(watts, limit), moves: [] };
}

/** After an order that moved nobody the next one waits so long. */
const FAILOVER_AGAIN_MS = 10 * MINUTE_MS;

export function planFailover(plan: PoolFailover, isOpen: boolean, at: At): Outcome {
  const outcome = towards(plan, isOpen, at);
  const { failed_at_ms } = at.state;
  if (failed_at_ms === null || outcome.moves.length === 0) return outcome;
  const problem = "the last order moved no miner: see what became of it; it is given again after ten minutes";
  return { ...outcome, moves: at.nowMs - failed_at_ms < FAILOVER_AGAIN_MS ? [] : outcome.moves, problem };
}

function towards(plan: PoolFailover, isOpen: boolean, at: At): Outcome {
  const { state } = at;
  const { model, rack } = plan;
  const move = (pools: PoolFailover["pools"], doing: "away" | "home", reason: string): Move => ({
    order: { order: "pools_set", pools: [...pools] },
    target: {
      site_id: at.siteId,
      filter: { ...(model !== undefined && { model }), ...(rack !== undefined && { rack }) },
    },
    reason,
    state: { doing, away: doing === "away", over_since_ms: null, failed_at_ms: null },
    // One first: pools that nobody can work for should take one miner down, not a site.
    rolling: { canary: 1, batch: plan.batch, max_failed_percent: 20 },
  });
  if (isOpen) {
    if (!state.away)
      return { status: words.goingAway, moves: [move(plan.pools, "away", `alert of rule ${plan.rule_id}`)] };
    return {
      status: words.away,
      moves: [],
      ...(state.over_since_ms !== null && { state: { ...state, over_since_ms: null } }),
    };
  }
  if (!state.away || plan.home_pools === null) return { status: state.away ? words.away : words.home, moves: [] };
  if (state.over_since_ms === null)
    return { status: words.away, moves: [], state: { ...state, over_since_ms: at.nowMs } };
  if (at.nowMs - state.over_since_ms < plan.home_after_minutes * MINUTE_MS) return { status: words.away, moves: [] };
  return { status: words.goingHome, moves: [move(plan.home_pools, "home", "the alert is over")] };
}

/** A move as a dry run shows it. */
export const shown = ({ order, target, reason }: Move, devices: number): WouldOrder => ({
  order: order.order === "mode_set" ? `mode_set ${order.mode}` : order.order,
  reason,
  devices,
  miner_ids: "miner_ids" in target ? target.miner_ids.slice(0, 100) : [],
});

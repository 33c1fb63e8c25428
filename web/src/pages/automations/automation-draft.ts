import type { Automation, AutomationPlan } from "@banksman/wire/api";
import type { CommandOrder } from "@banksman/wire/model";

/** Orders that the form offers, by the word a person chooses. */
export const ORDERS = {
  reboot: { order: "reboot" },
  restart_hashing: { order: "restart_hashing" },
  sleep: { order: "mode_set", mode: "sleep" },
  wake: { order: "mode_set", mode: "wake" },
} as const satisfies Record<string, CommandOrder>;
export type OrderWord = keyof typeof ORDERS;
export const ORDER_WORDS: readonly OrderWord[] = ["reboot", "restart_hashing", "sleep", "wake"];

type Schedule = { days: number[]; from: string; to: string; time_zone: string };

/** What stands in the form: one flat set of fields for every kind. */
export type Draft = {
  automation_id: string;
  name: string;
  site_id: string;
  kind: AutomationPlan["kind"];
  rule_id?: string;
  order?: OrderWord;
  most_per_day?: number;
  backoff?: string;
  stop_after?: number;
  when?: "schedule" | "price" | "always";
  schedule?: Schedule;
  signal?: string;
  above?: number;
  target_mw?: number;
  step_miners?: number;
  step_seconds?: number;
  pools?: string;
  home_pools?: string;
  home_after_minutes?: number;
  batch?: number;
};

export const POOL_LINE = /^\s*(\S+:\/\/\S+)\s+(\S+)\s*$/;

const poolsOf = (text: string | undefined) =>
  (text ?? "").split("\n").flatMap((line) => {
    const [, url, worker] = POOL_LINE.exec(line) ?? [];
    return url && worker ? [{ url, worker }] : [];
  });

const linesOf = (pools: readonly { url: string; worker: string }[] | null): string =>
  (pools ?? []).map(({ url, worker }) => `${url} ${worker}`).join("\n");

export const minutesOf = (text: string): number[] =>
  text
    .split(/[,，\s]+/)
    .filter(Boolean)
    .map(Number);

/** The plan that a form stands for. What a form doesn't have keeps the value that it had. */
export function planOf(draft: Draft, old: AutomationPlan | null): AutomationPlan {
  switch (draft.kind) {
    case "on_alert":
      return {
        kind: "on_alert",
        rule_id: draft.rule_id ?? "",
        order: ORDERS[draft.order ?? "reboot"],
        most_per_day: draft.most_per_day ?? 2,
        backoff_minutes: minutesOf(draft.backoff ?? "15, 60"),
        stop_after: draft.stop_after ?? 3,
      };
    case "curtailment":
      return {
        kind: "curtailment",
        when: whenOf(draft, old),
        target_mw: draft.target_mw ?? 0,
        step_miners: draft.step_miners ?? 50,
        step_seconds: draft.step_seconds ?? 30,
      };
    case "pool_failover": {
      const home = poolsOf(draft.home_pools);
      const kept =
        old?.kind === "pool_failover"
          ? { ...(old.model && { model: old.model }), ...(old.rack && { rack: old.rack }) }
          : {};
      return {
        kind: "pool_failover",
        ...kept,
        rule_id: draft.rule_id ?? "",
        pools: poolsOf(draft.pools),
        home_pools: home.length > 0 ? home : null,
        home_after_minutes: draft.home_after_minutes ?? 30,
        batch: draft.batch ?? 200,
      };
    }
  }
}

function whenOf({ when, schedule, signal, above }: Draft, old: AutomationPlan | null) {
  if (when === "schedule" && schedule) return { is: "schedule" as const, schedule };
  if (when === "always") return { is: "always" as const };
  const kept = old?.kind === "curtailment" && old.when.is === "price" ? old.when.max_age_minutes : 90;
  return { is: "price" as const, signal: signal ?? "", above: above ?? 0, max_age_minutes: kept };
}

/** The form of an automation that there is. */
export function draftOf({ automation_id, name, site_id, plan }: Automation): Draft {
  const common = { automation_id, name, site_id, kind: plan.kind };
  switch (plan.kind) {
    case "on_alert": {
      const { rule_id, order, most_per_day, backoff_minutes, stop_after } = plan;
      const word = ORDER_WORDS.find((one) => JSON.stringify(ORDERS[one]) === JSON.stringify(order)) ?? "reboot";
      return { ...common, rule_id, order: word, most_per_day, backoff: backoff_minutes.join(", "), stop_after };
    }
    case "curtailment": {
      const { when, target_mw, step_miners, step_seconds } = plan;
      const told =
        when.is === "schedule"
          ? { schedule: when.schedule }
          : when.is === "price"
            ? { signal: when.signal, above: when.above }
            : {};
      return { ...common, when: when.is, ...told, target_mw, step_miners, step_seconds };
    }
    case "pool_failover": {
      const { rule_id, pools, home_pools, home_after_minutes, batch } = plan;
      return { ...common, rule_id, pools: linesOf(pools), home_pools: linesOf(home_pools), home_after_minutes, batch };
    }
  }
}

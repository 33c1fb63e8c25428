import assert from "node:assert/strict";
import { test } from "node:test";
import type { Automation, AutomationPlan } from "@banksman/wire/api";
import { draftOf, planOf } from "./automation-draft.ts";

const schedule = { days: [1, 2], from: "17:00", to: "21:00", time_zone: "Asia/Shanghai" };
const pools = [{ url: "stratum+tcp://b.example:3333", worker: "farm.x" }];
const PLANS: readonly AutomationPlan[] = [
  {
    kind: "on_alert",
    rule_id: "r",
    order: { order: "mode_set", mode: "sleep" },
    most_per_day: 1,
    backoff_minutes: [5, 10],
    stop_after: 2,
  },
  { kind: "curtailment", when: { is: "schedule", schedule }, target_mw: 1.5, step_miners: 10, step_seconds: 60 },
  {
    kind: "curtailment",
    when: { is: "price", signal: "spot", above: 0.1, max_age_minutes: 30 },
    target_mw: 0,
    step_miners: 10,
    step_seconds: 60,
  },
  { kind: "curtailment", when: { is: "always" }, target_mw: 3, step_miners: 10, step_seconds: 60 },
  { kind: "pool_failover", rule_id: "r", pools, home_pools: null, home_after_minutes: 5, batch: 20, model: "S21" },
  { kind: "pool_failover", rule_id: "r", pools, home_pools: pools, home_after_minutes: 5, batch: 20 },
];

test("what stands in the form is the plan it was filled from, also what the form doesn't show", () => {
  for (const plan of PLANS) {
    const automation: Automation = {
      automation_id: "a",
      name: "A",
      site_id: "1",
      enabled: true,
      plan,
      status: null,
      held: 0,
      last_order_id: null,
      last_acted_at: null,
      problem: null,
    };
    assert.deepEqual(planOf(draftOf(automation), plan), plan);
  }
});

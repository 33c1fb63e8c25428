import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AutomationPlan } from "@banksman/wire/api";
import { limitOf, planCurtailment, planFailover, type Signals } from "./plans.ts";
import { State } from "./store.ts";

const curtailment = (when: object) => {
  const plan = AutomationPlan.parse({ kind: "curtailment", when, target_mw: 1.5 });
  return plan.kind === "curtailment" ? plan : assert.fail();
};
const at = (text: string) => Date.parse(text);
const none: Signals = new Map();

describe("a curtailment's limit", () => {
  test("holds at its hours of the week, in its own time zone, over midnight too", () => {
    const schedule = { days: [1, 2, 3, 4, 5], from: "22:00", to: "06:00", time_zone: "Asia/Shanghai" };
    const plan = curtailment({ is: "schedule", schedule });
    // 27 November 2026 is a Friday; Shanghai is eight hours ahead.
    const limits = ["2026-11-27T13:59:00Z", "2026-11-27T14:00:00Z", "2026-11-27T21:59:00Z", "2026-11-27T22:00:00Z"];
    assert.deepEqual(
      limits.map((text) => limitOf(plan, none, at(text))),
      [null, 1_500_000, 1_500_000, null],
    );
    assert.equal(limitOf(plan, none, at("2026-11-28T15:00:00Z")), null, "not on Saturday night");
  });

  test("holds while its price is above, and nobody knows once the price is old", () => {
    const plan = curtailment({ is: "price", signal: "price", above: 0.1, max_age_minutes: 90 });
    const told = at("2026-11-27T12:00:00Z");
    const limit = (value: number, minutes: number) =>
      limitOf(plan, new Map([["price", { value, atMs: told }]]), told + minutes * 60_000);
    assert.deepEqual(
      [limit(0.11, 0), limit(0.1, 0), limit(0.11, 90), limit(0.11, 91)],
      [1_500_000, null, 1_500_000, "unknown"],
    );
    assert.equal(limitOf(plan, none, told), "unknown");
  });

  test("a price that nobody tells leaves who sleeps asleep, and who is awake awake", () => {
    const plan = curtailment({ is: "price", signal: "price", above: 0.1 });
    const loads = [{ miner_id: "a", watts: 2_000_000, hashrate_ghs: 1, sleeps: false }];
    const held = [{ miner_id: "b", watts: 3_000, hashrate_ghs: 1 }];
    const now = { siteId: "1", nowMs: 0, state: State.parse({}) };
    assert.deepEqual(planCurtailment(plan, loads, held, new Set(), none, now).moves, []);
  });
});

describe("a pool failover", () => {
  const plan = AutomationPlan.parse({
    kind: "pool_failover",
    rule_id: "pool-down",
    pools: [{ url: "stratum+tcp://b.example:3333", worker: "w" }],
    home_pools: [{ url: "stratum+tcp://a.example:3333", worker: "w" }],
    home_after_minutes: 30,
    rack: "C1",
  });
  const look = (isOpen: boolean, minutes: number, state: object) =>
    plan.kind === "pool_failover"
      ? planFailover(plan, isOpen, { siteId: "1", nowMs: minutes * 60_000, state: State.parse(state) })
      : assert.fail();

  test("goes home only when the alert has been over for the whole time", () => {
    const away = look(true, 0, {}).moves[0];
    assert.deepEqual([away?.state.away, away?.target], [true, { site_id: "1", filter: { rack: "C1" } }]);
    const over = look(false, 1, { away: true });
    assert.deepEqual([over.moves, over.state?.over_since_ms], [[], 60_000]);
    assert.equal(look(true, 2, { away: true, over_since_ms: 60_000 }).state?.over_since_ms, null, "it is open again");
    assert.deepEqual(look(false, 30, { away: true, over_since_ms: 60_000 }).moves, []);
    assert.equal(look(false, 31, { away: true, over_since_ms: 60_000 }).moves[0]?.state.away, false);
  });

  test("after an order that moved nobody it waits ten minutes and says why", () => {
    const failed = { failed_at_ms: 0 };
    assert.deepEqual(look(true, 9, failed).moves, []);
    assert.match(look(true, 9, failed).problem ?? "", /moved no miner/);
    assert.equal(look(true, 10, failed).moves.length, 1);
  });
});

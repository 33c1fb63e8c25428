import assert from "node:assert/strict";
import { test } from "node:test";
import { newRule, toDraft, toTyped } from "./rule-draft.ts";

test("what was not touched comes back as it was", () => {
  const rule = {
    ...newRule(),
    rule_id: "hot",
    condition: "temperature_max > 85.0",
    for_s: 90,
    labels: { team: "cooling", hall: "A=1" },
    schedule: { days: [0, 6], from: "20:00", to: "06:00", time_zone: "Asia/Shanghai" },
    inhibits: { targets: ["miner" as const], labels: {} },
  };
  assert.deepEqual(toDraft(toTyped(rule), rule), rule);
  assert.deepEqual(toDraft(toTyped(newRule()), newRule()), newRule());
});

test("an empty recovery is none, minutes are seconds, labels are pairs", () => {
  const typed = { ...toTyped(newRule()), recovery: "  ", for_min: 1.5, labels_text: " a = b ,, c=1" };
  const { recovery, for_s, labels } = toDraft(typed, newRule());
  assert.deepEqual([recovery, for_s, labels], [null, 90, { a: "b", c: "1" }]);
});

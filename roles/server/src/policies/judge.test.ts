import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Interlock, InterlockRule } from "@banksman/wire/api";
import fc from "fast-check";
import { createJudge, type PastCommand, type SiteFacts } from "./judge.ts";

const NOW = Date.UTC(2026, 10, 28);
const interlock = (rule: InterlockRule, orders = ["reboot"], more: Partial<Interlock> = {}): Interlock => ({
  name: rule.kind,
  title: { en: rule.kind, zh: rule.kind },
  orders,
  sites: null,
  enabled: true,
  rule,
  ...more,
});
const facts = (change: Partial<SiteFacts> = {}): SiteFacts => ({
  nowMs: NOW,
  miners: 100,
  hashing: 90,
  newestReadingAtMs: NOW - 10_000,
  loaded: new Set(),
  past: [],
  ...change,
});
const past = (minerId: string, secondsAgo: number, endedSecondsAgo: number | null = secondsAgo): PastCommand => ({
  minerId,
  name: "reboot",
  atMs: NOW - secondsAgo * 1_000,
  endedAtMs: endedSecondsAgo === null ? null : NOW - endedSecondsAgo * 1_000,
});
const asked = (name = "reboot", order: Record<string, unknown> = {}) => ({ name, order, siteId: "1" });
const says = (rule: InterlockRule, known: SiteFacts, minerId = "a", what = asked()) =>
  createJudge([interlock(rule, [what.name])], what, known)(minerId).is;

describe("interlocks", () => {
  test("however many are asked for, never more than the share are free at once, and one always may", () => {
    const rule = { kind: "at_once", max_percent: 10, window_seconds: 300 } as const;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 0, max: 40 }), (miners, busy) => {
        const known = facts({ miners, past: Array.from({ length: busy }, (_, n) => past(`busy${n}`, 60)) });
        const judge = createJudge([interlock(rule)], asked(), known);
        const free = Array.from({ length: miners }, (_, n) => judge(`m${n}`)).filter(({ is }) => is === "free").length;
        assert.equal(free, Math.max(0, Math.min(miners, Math.max(1, Math.floor(miners / 10)) - busy)));
      }),
    );
  });

  test("a device is left alone after a reboot, counted from its end", () => {
    const rule: InterlockRule = { kind: "quiet", after: ["reboot"], seconds: 120 };
    assert.equal(says(rule, facts({ past: [past("a", 400, 119)] })), "hold");
    assert.equal(says(rule, facts({ past: [past("a", 400, 121)] })), "free");
    assert.equal(says(rule, facts({ past: [past("b", 10)] })), "free");
  });

  test("so often and no more within the time", () => {
    const rule = { kind: "at_most", times: 2, within_seconds: 3_600 } as const;
    assert.equal(says(rule, facts({ past: [past("a", 100)] })), "free");
    assert.equal(says(rule, facts({ past: [past("a", 100), past("a", 200)] })), "refuse");
    assert.equal(says(rule, facts({ past: [past("a", 100), past("a", 4_000)] })), "free");
  });

  test("a figure within its limits, and an order without it is none of the rule's", () => {
    const rule = { kind: "limits", figure: "celsius", min: 20, max: 45 } as const;
    const at = (celsius: number) => says(rule, facts(), "a", asked("cooling_set_temperature", { celsius }));
    assert.deepEqual([at(19.9), at(20), at(45), at(46)], ["refuse", "free", "free", "refuse"]);
    assert.equal(says(rule, facts(), "a", asked("reboot")), "free");
    const told = (limits: { min: number | null; max: number | null }, celsius: number) => {
      const judge = createJudge(
        [interlock({ ...rule, ...limits }, ["cooling_set_temperature"])],
        asked("cooling_set_temperature", { celsius }),
        facts(),
      );
      const verdict = judge("a");
      return verdict.is === "free" ? null : verdict.because.en;
    };
    assert.match(told({ min: 20, max: 40 }, 42) ?? "", /\(asked: 42; allowed: 20 to 40\)$/, "as it is by now");
    assert.match(told({ min: null, max: 40 }, 42) ?? "", /allowed: at most 40\)$/);
    assert.match(told({ min: 20, max: null }, 9) ?? "", /allowed: at least 20\)$/);
  });

  test("cooling does not stop while miners hash, nor while nobody knows", () => {
    const rule = { kind: "not_while", condition: "miners_hash", seconds: 120 } as const;
    const stop = (change: Partial<SiteFacts>) => says(rule, facts(change), "box", asked("cooling_stop"));
    assert.equal(stop({}), "refuse");
    assert.equal(stop({ hashing: 0 }), "free");
    assert.equal(stop({ hashing: 0, newestReadingAtMs: NOW - 121_000 }), "refuse");
    assert.equal(stop({ hashing: 0, newestReadingAtMs: null }), "refuse");
    assert.equal(stop({ miners: 0, hashing: 0, newestReadingAtMs: null }), "free");
  });

  test("a refusal weighs more than a wait; one switched off, or of another site, says nothing", () => {
    const quiet = interlock({ kind: "quiet", after: ["reboot"], seconds: 120 });
    const often = interlock({ kind: "at_most", times: 1, within_seconds: 3_600 });
    const known = facts({ past: [past("a", 10)] });
    assert.equal(createJudge([quiet, often], asked(), known)("a").is, "refuse");
    assert.equal(createJudge([quiet, { ...often, enabled: false }], asked(), known)("a").is, "hold");
    assert.equal(createJudge([{ ...quiet, sites: ["2"] }], asked(), known)("a").is, "free");
  });
});

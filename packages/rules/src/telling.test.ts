import assert from "node:assert/strict";
import { test } from "node:test";
import { nearest } from "@banksman/kit";
import type { AlertTarget } from "@banksman/wire/model";
import { RuleFields } from "@banksman/wire/model";
import { matches } from "./match.ts";
import { noticesOf, type Told } from "./notices.ts";
import { nextOnCall, onCallAt } from "./on-call.ts";
import { isWithin } from "./schedule.ts";
import { type Raised, suppressionOf } from "./suppress.ts";
import { checkTemplate, fillTemplate } from "./template.ts";

const miner: AlertTarget = { kind: "miner", site_id: "s1", id: "m1", rack: "r1" };
const raised = (more: Partial<Raised> = {}): Raised => ({
  alert_id: 1,
  rule_id: "hot",
  level: "severe",
  labels: { topic: "temperature" },
  target: miner,
  flapping: false,
  ...more,
});
const holder = (target: AlertTarget, inhibits: RuleFields["inhibits"]) => ({
  alert_id: 9,
  target,
  rule: {
    rule_id: "above",
    ...RuleFields.parse({
      name: { zh: "上", en: "Above" },
      target: target.kind,
      condition: "total > 0",
      level: "urgent",
      title: { zh: "t", en: "t" },
      inhibits,
    }),
  },
});

test("a site that is dark holds its miners down, a leak its temperatures, and neither those elsewhere", () => {
  const site = holder({ kind: "site", site_id: "s1", id: "s1" }, { targets: ["miner", "rack"], labels: {} });
  assert.deepEqual(suppressionOf(raised(), [], [site]), { by: "inhibition", ref: 9, reason: "Above", until: null });
  assert.equal(suppressionOf(raised({ target: { ...miner, site_id: "s2" } }), [], [site]), null);
  const box: AlertTarget = { kind: "container", site_id: "s1", id: "c1", container: "c1" };
  const leak = holder(box, { targets: ["container"], labels: { topic: "temperature" } });
  assert.equal(suppressionOf(raised({ target: box }), [], [leak])?.by, "inhibition");
  assert.equal(suppressionOf(raised({ target: box, labels: { topic: "pump" } }), [], [leak]), null);
  assert.equal(suppressionOf(raised({ target: { ...box, id: "c2", container: "c2" } }), [], [leak]), null);
});

test("a silence means what all of its matcher fits; what people decided is said before what follows", () => {
  const silence = { silence_id: 3, kind: "maintenance" as const, reason: "fans", ends_at: null };
  const site = holder({ kind: "site", site_id: "s1", id: "s1" }, { targets: ["miner"], labels: {} });
  const told = suppressionOf(raised(), [{ ...silence, matcher: { site_id: "s1", level: "severe" } }], [site]);
  assert.deepEqual([told?.by, told?.ref], ["maintenance", 3]);
  for (const matcher of [
    { rule_id: "cold" },
    { target_id: "m2" },
    { level: "info" as const },
    { labels: { topic: "x" } },
  ])
    assert.equal(matches(matcher, raised()), false, JSON.stringify(matcher));
});

test("what is new of one rule at one site is one message, the firing first, bounded however many", () => {
  const told = (n: number, what: Told["what"]): Told => ({
    alert_id: n,
    rule_id: "hot",
    rule: { zh: "热", en: "Hot" },
    site_id: "s1",
    level: "severe",
    title: { zh: `矿机 ${n} 热`, en: `Miner ${n} is hot` },
    text: { zh: "", en: "" },
    what,
    channels: [],
  });
  const [one] = noticesOf([told(1, "firing")]);
  assert.equal(one?.title.en, "Miner 1 is hot");
  const [mixed] = noticesOf([told(1, "resolved"), told(2, "firing"), told(3, "firing")]);
  assert.equal(mixed?.title.zh, "热（s1）: 2 条告警, 1 条恢复");
  assert.equal(mixed?.text.en, "● Miner 2 is hot\n● Miner 3 is hot\n✓ Miner 1 is hot");
  const [over] = noticesOf([told(1, "resolved")]);
  assert.deepEqual([over?.title.en, over?.level], ["✓ Miner 1 is hot", "info"]);
  const [storm] = noticesOf(Array.from({ length: 6_000 }, (_, n) => told(n, "firing")));
  assert.equal(storm?.text.en.split("\n").at(-1), "… +5980");
});

test("hours of the week go by the site's time, over midnight and through daylight saving", () => {
  const night = { days: [1], from: "22:00", to: "06:00", time_zone: "Europe/Berlin" };
  assert.equal(isWithin(night, Date.parse("2026-03-23T21:30:00Z")), true, "Monday 22:30");
  assert.equal(isWithin(night, Date.parse("2026-03-24T04:30:00Z")), true, "Tuesday 05:30 of that night");
  assert.equal(isWithin(night, Date.parse("2026-03-24T05:30:00Z")), false);
  assert.equal(isWithin(night, Date.parse("2026-03-30T20:30:00Z")), true, "after the clocks went on");
});

test("people on call take turns in their order; somebody may stand in", () => {
  const order = {
    name: "n",
    time_zone: "UTC",
    people: ["a", "b", "c"].map((name) => ({ name, channels: ["x"] })),
    turn_days: 7,
    starts_at: "2026-01-05T08:00:00Z",
    overrides: [{ name: "c", from: "2026-01-06T00:00:00Z", to: "2026-01-07T00:00:00Z" }],
  };
  const at = (time: string) => Date.parse(time);
  assert.equal(onCallAt(order, at("2026-01-05T09:00:00Z"))?.name, "a");
  assert.equal(onCallAt(order, at("2026-01-06T09:00:00Z"))?.name, "c");
  assert.equal(onCallAt(order, at("2026-01-12T08:00:00Z"))?.name, "b");
  assert.equal(onCallAt(order, at("2026-01-12T08:00:00Z"), 1)?.name, "c");
  assert.equal(onCallAt(order, at("2026-01-26T08:00:00Z"))?.name, "a");
  assert.deepEqual(nextOnCall(order, at("2026-01-05T09:00:00Z")), { name: "b", at: "2026-01-12T08:00:00.000Z" });
});

test("texts take figures by name, and name the nearest where there is none", () => {
  assert.equal(fillTemplate("{a} of {b}, {c}", { a: 1234.567, b: null, c: "x" }), "1235 of –, x");
  const fields = [{ name: "miner_id", type: "text" as const, unit: null, about: { zh: "", en: "" } }];
  assert.deepEqual(
    checkTemplate("{miner_id} {minerid}", fields).map(({ from, to, nearest: near }) => [from, to, near]),
    [[11, 20, "miner_id"]],
  );
  assert.equal(nearest("hashrate", ["hashrate_ghs", "health"]), "hashrate_ghs");
  assert.equal(nearest("xyzzy", ["hashrate_ghs", "health"]), null);
});

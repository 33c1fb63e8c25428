import assert from "node:assert/strict";
import { test } from "node:test";
import type { Escalation, OnCallFields } from "@banksman/wire/api";
import type { Standing } from "./store.ts";
import { type Channel, channelsOf, escalationsOf, tellOf } from "./tell.ts";

const NOW = Date.parse("2026-01-06T12:00:00Z");
const both = (text: string) => ({ zh: text, en: text });
const alert = (id: number, more: Partial<Standing> = {}): Standing => ({
  alert_id: id,
  fingerprint: `f${id}`,
  rule_id: "hot",
  rule: both("Hot"),
  level: "severe",
  state: "firing",
  title: both(`m${id} is hot`),
  text: both(""),
  labels: {},
  target: { kind: "miner", site_id: "s1", id: `m${id}` },
  no_data: false,
  flapping: false,
  suppressed: null,
  told: null,
  escalated: 0,
  since: new Date(NOW - 600_000),
  fired_at: new Date(NOW - 600_000),
  resolved_at: null,
  ...more,
});
const scene = (standing: Standing[], more: Partial<Parameters<typeof tellOf>[0]> = {}) =>
  tellOf({ standing, rules: new Map(), silences: [], groups: new Map(), flappers: new Set(), now: NOW, ...more });

test("what was told of a moment ago gathers; what is urgent leaves at once and takes it along", () => {
  const groups = new Map([["hot@s1", NOW - 5_000]]);
  assert.equal(scene([alert(1)], { groups }).notices.length, 0);
  assert.equal(scene([alert(1)]).notices.length, 1);
  const [notice] = scene([alert(1, { level: "urgent" }), alert(2, { state: "resolved", told: "firing" })], {
    groups,
  }).notices;
  assert.deepEqual(notice?.alertIds, [1, 2]);
});

test("a silenced alert that is over is not told of, and counts as told", () => {
  const silences = [
    { silence_id: 1, kind: "silence" as const, matcher: { rule_id: "hot" }, reason: "fans", ends_at: null },
  ];
  const over = alert(1, { state: "resolved", told: "firing", resolved_at: new Date(NOW) });
  assert.equal(scene([over]).notices.length, 1);
  const quiet = scene([over], { silences });
  assert.deepEqual([quiet.notices, quiet.resolved], [[], [1]]);
});

test("flapping is said once, then nothing until it has been quiet for half an hour", () => {
  assert.deepEqual(scene([alert(1, { flapping: true })]).flapping, [1]);
  const again = scene([alert(2, { flapping: true, fingerprint: "f1" })], { flappers: new Set(["f1"]) });
  assert.deepEqual([again.notices.length, again.suppressed.length, again.flapping], [0, 1, [2]]);
  const over = (minutes: number) =>
    alert(1, { state: "resolved", told: "flapping", resolved_at: new Date(NOW - minutes * 60_000) });
  assert.equal(scene([over(10)]).notices.length, 0);
  assert.equal(scene([over(31)]).notices[0]?.title.en, "✓ m1 is hot");
});

test("nobody acknowledges: the next on call is told, then the one after; who acknowledged ends it", () => {
  const channels: Channel[] = ["a", "b", "boss"].map((name) => ({ name, levels: ["urgent"], language: "en" }));
  const order: OnCallFields = {
    name: "night",
    time_zone: "UTC",
    people: ["a", "b"].map((name) => ({ name, channels: [name] })),
    turn_days: 7,
    starts_at: "2026-01-05T00:00:00Z",
    overrides: [],
  };
  const step = (after_s: number, more: object) => ({ after_s, on_call: null, person: 0, channels: [], ...more });
  const escalation: Escalation = {
    name: "e",
    levels: ["severe"],
    sites: [],
    steps: [
      step(300, { on_call: "night" }),
      step(540, { on_call: "night", person: 1 }),
      step(1_200, { channels: ["boss"] }),
    ],
  };
  const due = (standing: Standing[]) =>
    escalationsOf(standing, [escalation], [order], channels, NOW, undefined).map(({ step: n, parcels }) => [
      n,
      parcels.map(({ channel, message }) => `${channel}: ${message.title}`),
    ]);
  const told = { told: "firing" as const };
  assert.deepEqual(due([alert(1, told)]), [
    [1, ["a: Not acknowledged: m1 is hot"]],
    [2, ["b: Not acknowledged: m1 is hot"]],
  ]);
  assert.deepEqual(due([alert(1, { ...told, escalated: 2 })]), []);
  assert.deepEqual(due([alert(1, { ...told, state: "acknowledged" })]), []);
  assert.deepEqual(due([alert(1, { ...told, suppressed: { by: "silence", ref: 1 } })]), []);
});

test("an alert is said to be sent to the channels that its messages go to, and to none where nobody listens", () => {
  const message = { title: "hot", text: "", level: "info" as const };
  const parcel = (channel: string, alertIds: number[]) => ({ channel, message, dedup: "d", alertIds });
  assert.deepEqual(
    [...channelsOf([parcel("ops", [1, 2]), parcel("night", [2])])],
    [
      [1, ["ops"]],
      [2, ["ops", "night"]],
    ],
  );
  assert.equal(channelsOf([]).size, 0);
});

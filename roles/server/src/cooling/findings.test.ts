import assert from "node:assert/strict";
import { test } from "node:test";
import { findingsAt, type Hour } from "./findings.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 0, 1);
const YEAR_HOURS = 365 * 24;

/** Numbers that look random and are the same each time. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

type Planted = { kind: "stuck" | "leak" | "dirty" | "clogged" | "wrong"; day: number };

/** A year of a container with its seasons, days, load and sensors' noise; figures are told to a tenth. */
function year(seed: number, planted?: Planted): Hour[] {
  const roll = dice(seed);
  const tenth = (value: number) => Math.round(value * 10) / 10;
  let weather = 0;
  let load = 0;
  return Array.from({ length: YEAR_HOURS }, (_, n) => {
    const at = START + n * HOUR;
    const ill = planted && n >= planted.day * 24 ? (n - planted.day * 24) / 24 : 0;
    const is = (kind: Planted["kind"]) => (planted?.kind === kind ? ill : 0);
    weather = 0.97 * weather + 0.7 * (roll() - 0.5) * 2;
    load = 0.9 * load + 0.02 * (roll() - 0.5) * 2;
    const outside =
      14 - 11 * Math.cos((2 * Math.PI * n) / YEAR_HOURS) - 5 * Math.cos((2 * Math.PI * (n - 3)) / 24) + weather;
    const heat = 680 * (1 + load) * (is("wrong") > 0 ? 60 / 3.6 : 1);
    const flow = 90 * (1 + 0.005 * (roll() - 0.5));
    const deltaT = (680 * (1 + load)) / (90 * 1.153);
    const supply = is("stuck") > 0 ? 35 : 35 + 0.4 * (roll() - 0.5);
    const clean = 1 - Math.min(0.6, is("dirty") / 60);
    const hertz = (50 * 680 * (1 + load)) / (40 * clean * (supply + deltaT - outside + 8));
    const told: Record<string, number> = {
      "supply.temp": supply,
      "return.temp": 35 + deltaT + 0.3 * (roll() - 0.5),
      "supply.flow": flow,
      "return.pressure": Math.max(0, 110 + 3 * Math.sin((2 * Math.PI * n) / 24) + roll() - 4 * is("leak")),
      "ambient.temp": outside + 6,
      "ambient.humidity": 55 + 20 * Math.sin(n / 11),
      "outside.temp": outside,
      "drycooler.freq": hertz,
      "derived.heat": heat,
      "derived.power": 690 * (1 + load),
      "derived.pressure_drop": 150 * (flow / 90) ** 2 * (1 + is("clogged") / 60),
    };
    const figures = new Map(
      Object.entries(told).map(([name, mean]) => {
        const spread = is("stuck") > 0 && name === "supply.temp" ? 0 : 0.1;
        return [name, { least: tenth(mean - spread), mean, most: tenth(mean + spread) }] as const;
      }),
    );
    return { at, figures };
  });
}

/** Looks at the last weeks as the job does, here every `step` hours, and tells the first day of each finding. */
function firstDays(hours: readonly Hour[], fromDay = 1, step = 12): Map<string, number> {
  const first = new Map<string, number>();
  for (let n = fromDay * 24; n < hours.length; n += step) {
    const now = START + n * HOUR;
    for (const { code } of findingsAt(hours.slice(Math.max(0, n - 57 * 24), n), now))
      if (!first.has(code)) first.set(code, n / 24);
  }
  return first;
}

test("a year of healthy containers raises nothing, through its seasons", () => {
  assert.deepEqual([...firstDays(year(1))], []);
});

test("planted faults are found, each by its name and in time, and nothing else", () => {
  const cases: [Planted["kind"], string, number][] = [
    ["stuck", "stuck_sensor", 1],
    ["leak", "slow_leak", 6],
    ["dirty", "fouling", 40],
    ["clogged", "fouling", 40],
    ["wrong", "wrong_unit", 1],
  ];
  for (const [kind, code, within] of cases)
    for (const day of [70, 200]) {
      const found = firstDays(year(7, { kind, day }).slice(0, (day + 45) * 24), day - 2);
      assert.deepEqual([...found.keys()], [code], kind);
      const took = (found.get(code) ?? Number.POSITIVE_INFINITY) - day;
      assert.ok(took >= 0 && took <= within, `${kind}: after ${took} days`);
    }
});

test("a container at rest, or one that tells little, is judged by nobody", () => {
  const rest = year(5).map(({ at }) => ({
    at,
    figures: new Map([
      ["supply.temp", { least: 12, mean: 12, most: 12 }],
      ["derived.power", { least: 3, mean: 3, most: 3 }],
    ]),
  }));
  assert.deepEqual([...firstDays(rest.slice(0, 2_000))], []);
  assert.deepEqual(findingsAt([], START + DAY), []);
});

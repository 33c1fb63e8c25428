import assert from "node:assert/strict";
import { createEngine, pack, type Sample } from "@banksman/rules";
import { type CoolingRecord, deriveCooling } from "@banksman/wire/model";
import { antbox, interpret } from "../packages/devices/src/cooling/antbox.ts";
import { recordOf } from "../packages/devices/src/cooling/family.ts";
import { figuresOf } from "../roles/server/src/cooling/figures.ts";
import { findingsAt, type Hour } from "../roles/server/src/cooling/findings.ts";
import { coolingSample } from "../roles/server/src/evaluation/cooling-samples.ts";
import { antboxAnswer, type Plc } from "../roles/sim/src/cooling/antbox.ts";
import { type Build, HYDRO_BOX, IMMERSION_BOX, Plant, type PlantFault } from "../roles/sim/src/cooling/plant.ts";
import { createNoise } from "../roles/sim/src/noise.ts";

/**
 * A year of simulated containers at speed: each answer of a box goes through its driver, what follows from it and the hours
 * that history keeps; every day somebody looks for what shows in the last eight weeks, as the server's job does; and all
 * rules that ship are evaluated over every answer.
 */
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const START = Date.UTC(2026, 0, 1);
const STEP_MS = 600_000;

/** A container, and what goes wrong with it from a day on. */
export type Box = { name: string; shape: "hydro" | "immersion"; fault?: PlantFault["kind"]; from?: number };

type Run = { seed: number; days: number };

const STATE = new URLSearchParams("operation=coolerState");

/** What the server keeps of one hour; `onRecord` is told of every answer. */
function* hoursOf(
  { shape, fault, from = 0 }: Box,
  { seed, days }: Run,
  onRecord: (record: CoolingRecord, at: number) => void,
): Generator<Hour> {
  const build: Build = shape === "hydro" ? HYDRO_BOX : IMMERSION_BOX;
  const planted = fault && { kind: fault, sinceMs: START + from * DAY_MS };
  const plant = new Plant(build, createNoise(seed, seed), START, planted);
  let now = START;
  const plc: Plc = {
    state: () => plant.state(now),
    order: () => assert.fail("nothing is ordered"),
    miners: 0,
    minersFrom: 0,
  };
  const call = { method: "GET", path: "/cooler", query: STATE, headers: {}, body: "" };
  for (let hour = START; hour < START + days * DAY_MS; hour += HOUR_MS) {
    const told = new Map<string, number[]>();
    for (now = hour; now < hour + HOUR_MS; now += STEP_MS) {
      const { body } = antboxAnswer(call, plc, shape, "plain");
      const { params } = JSON.parse(JSON.stringify(body));
      const record = recordOf(antbox, interpret({ "/cooler?operation=coolerState": params }), new Date(now));
      onRecord(record, now);
      for (const [name, value] of figuresOf(record, deriveCooling(record)))
        told.set(name, [...(told.get(name) ?? []), value]);
    }
    const figures = new Map(
      [...told].map(([name, list]) => {
        const mean = list.reduce((sum, value) => sum + value, 0) / list.length;
        return [name, { least: Math.min(...list), mean, most: Math.max(...list) }] as const;
      }),
    );
    yield { at: hour, figures };
  }
}

const rules = pack.map(({ rule_id, fields }) => ({ rule_id, ...fields }));
const UNIT = { site_id: "s", host: "10.1.101.1", name: "Box 1", interval_s: STEP_MS / 1_000 };

/** The first day on which each rule that ships fired. */
export function firstDays(box: Box, run: Run): Map<string, number> {
  const first = new Map<string, number>();
  const hours: Hour[] = [];
  const engine = createEngine(rules, { holdsMs: 3 * STEP_MS });
  let findings: string[] = [];
  const evaluate = (record: CoolingRecord, at: number) => {
    const sample: Sample = coolingSample(UNIT, record, deriveCooling(record), findings, at);
    engine.take([sample]);
    engine.advance(at);
    for (const { rule, after } of engine.changes())
      if (after && !first.has(rule.rule_id)) first.set(rule.rule_id, (at - START) / DAY_MS);
  };
  for (const hour of hoursOf(box, run, evaluate)) {
    hours.push(hour);
    if (hours.length > 58 * 24) hours.shift();
    const now = hour.at + HOUR_MS;
    if ((now - START) % DAY_MS === 0) findings = findingsAt(hours, now).map(({ code }) => code);
  }
  return first;
}

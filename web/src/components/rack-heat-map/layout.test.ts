import assert from "node:assert/strict";
import { test } from "node:test";
import type { RackCell } from "@banksman/wire/api";
import { cellAt, cornerOf, fitMap, layoutMap, neighbour, racksOf } from "./layout.ts";
import { parseSlot } from "./position.ts";
import { fillOf, NAMEPLATE_LIMITS, stepOf, temperatureLimits } from "./scale.ts";

const cell = (
  miner_id: string,
  rack: string | null,
  position: string | null,
  more: Partial<RackCell> = {},
): RackCell => ({
  miner_id,
  rack,
  position,
  model: "Antminer S21",
  health: "hashing",
  hashrate_ghs: 200_000,
  expected_hashrate_ghs: 200_000,
  temperature_max: 70,
  power_consumption: 3_500,
  collected_at: "2026-01-01T00:00:00.000Z",
  ...more,
});

test("positions are read in the forms that sites use", () => {
  for (const text of ["R07-L2-N1", "L2N1", "C01-L2-P01", "1_2_1", "2-1"])
    assert.deepEqual(parseSlot(text), { level: 2, number: 1 }, text);
  for (const text of [null, "", "front left", "7", "0-1", "2-999"]) assert.equal(parseSlot(text), null, String(text));
});

test("racks come in the order people count, those without one last", () => {
  const racks = racksOf([cell("a", "R10", "L1-N1"), cell("b", null, null), cell("c", "R9", "L1-N1")]);
  assert.deepEqual(
    racks.map((rack) => rack.name),
    ["R9", "R10", null],
  );
});

test("two miners said to stand in one slot are both shown", () => {
  const [rack] = racksOf([cell("a", "R1", "L1-N1"), cell("b", "R1", "L1-N1")]);
  assert.deepEqual(
    rack?.cells.map((one) => [one.column, one.row]),
    [
      [0, 0],
      [1, 0],
    ],
  );
});

test("a rack's origin is its bottom left, and the cell under a point is the one drawn there", () => {
  const racks = racksOf([cell("low", "R1", "L1-N1"), cell("high", "R1", "L3-N2")]);
  const layout = layoutMap(racks, 400, 14);
  const [box] = layout.boxes;
  assert.ok(box);
  const low = cornerOf(box, 0, 0, layout);
  const high = cornerOf(box, 1, 2, layout);
  assert.ok(low.y > high.y && low.x < high.x);
  assert.equal(cellAt(layout, low.x + 3, low.y + 3)?.cell.miner_id, "low");
  assert.equal(cellAt(layout, high.x + 3, high.y + 3)?.cell.miner_id, "high");
  assert.equal(cellAt(layout, low.x + 20, low.y + 3), null);
});

test("arrow keys reach every cell's neighbour, also in the next rack, and stay at the edge", () => {
  const racks = racksOf([cell("a", "R1", "L1-N1"), cell("b", "R1", "L1-N2"), cell("c", "R2", "L1-N1")]);
  const layout = layoutMap(racks, 800, 14);
  const first = neighbour(layout, null, "ArrowRight");
  assert.equal(first?.cell.miner_id, "a");
  const second = neighbour(layout, first, "ArrowRight");
  assert.equal(second?.cell.miner_id, "b");
  const third = neighbour(layout, second, "ArrowRight");
  assert.equal(third?.cell.miner_id, "c");
  assert.equal(neighbour(layout, third, "ArrowRight")?.cell.miner_id, "c");
  assert.equal(neighbour(layout, third, "x"), null);
});

test("cells are as large as fits, and never smaller than can be seen", () => {
  const many = Array.from({ length: 600 }, (_, index) => cell(`m${index}`, `R${index % 10}`, null));
  const roomy = fitMap(racksOf(many), { width: 1_600, height: 900 }, 6, 28);
  const tight = fitMap(racksOf(many), { width: 300, height: 100 }, 6, 28);
  assert.ok(roomy.cell > 14 && roomy.height <= 900);
  assert.equal(tight.cell, 6);
});

test("5,000 cells are laid out in a few milliseconds", () => {
  const many = Array.from({ length: 5_000 }, (_, index) =>
    cell(`m${index}`, `R${Math.floor(index / 60)}`, `L${1 + Math.floor((index % 60) / 8)}-N${1 + (index % 8)}`),
  );
  const started = performance.now();
  fitMap(racksOf(many), { width: 800, height: 600 }, 6, 18);
  assert.ok(performance.now() - started < 250);
});

test("scales have fixed ends: what lies beyond takes the end's colour", () => {
  assert.equal(stepOf(0.2, NAMEPLATE_LIMITS, 11), 0);
  assert.notEqual(stepOf(0.67, NAMEPLATE_LIMITS, 11), stepOf(0.28, NAMEPLATE_LIMITS, 11));
  assert.equal(stepOf(1, NAMEPLATE_LIMITS, 11), 5);
  assert.equal(stepOf(9, NAMEPLATE_LIMITS, 11), 10);
  assert.ok(temperatureLimits("Antminer S21 Hyd.").high < temperatureLimits("Antminer S21").high);
});

test("no data has no colour, and asleep is calm", () => {
  assert.equal(fillOf(cell("a", null, null, { health: "unreachable" }), "hashrate", "light"), null);
  assert.equal(fillOf(cell("a", null, null, { temperature_max: null }), "temperature", "light"), null);
  const asleep = fillOf(cell("a", null, null, { health: "asleep", hashrate_ghs: 0 }), "hashrate", "light");
  const stopped = fillOf(cell("a", null, null, { hashrate_ghs: 0 }), "hashrate", "light");
  assert.notEqual(asleep, stopped);
});

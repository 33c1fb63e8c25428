import assert from "node:assert/strict";
import { test } from "node:test";
import { chipCells, chipColumns } from "./chip-cells.ts";
import { readView, spanOf, stepRange } from "./ranges.ts";

const HOUR = 3_600_000;
const now = Date.UTC(2026, 10, 21, 12);
const viewOf = (text: string) => readView(new URLSearchParams(text));

test("a range ends now; the server is asked for just as much", () => {
  assert.deepEqual(spanOf(viewOf("range=6"), now), { span: { from: now - 6 * HOUR, to: now }, hours: 6 });
  assert.equal(viewOf("").range, 24);
  assert.equal(viewOf("range=5").range, 24);
});

test("a picked span stands still and is covered by what is asked", () => {
  const view = viewOf("from=2026-11-21T02:30:00.000Z&to=2026-11-21T03:00:00.000Z");
  assert.deepEqual(spanOf(view, now), { span: { from: now - 9.5 * HOUR, to: now - 9 * HOUR }, hours: 10 });
  assert.equal(viewOf("from=2026-11-21T03:00:00Z&to=2026-11-21T02:00:00Z").picked, null);
});

test("a new miner's chart begins with its first reading", () => {
  const first = now - 40 * 60_000;
  assert.deepEqual(spanOf(viewOf(""), now, first), { span: { from: first, to: now }, hours: 1 });
  assert.equal(spanOf(viewOf(""), now, now - 1_000).span.from, now - 5 * 60_000);
});

test("[ and ] step through the ranges and stop at their ends", () => {
  assert.equal(stepRange(24, -1), 12);
  assert.equal(stepRange(6, -1), 6);
  assert.equal(stepRange(168, 1), 168);
});

test("chips: a map tells good, bad and silent ones", () => {
  const cells = chipCells({ slot: 1, chip_map: "oox-", temperature_chips: [60, 61, null, null] });
  assert.deepEqual(
    cells.map((cell) => cell.state),
    ["good", "good", "bad", "silent"],
  );
  assert.deepEqual(
    cells.map((cell) => cell.celsius),
    [60, 61, null, null],
  );
});

test("chips: without a map the counts are drawn, and a few temperatures are not spread over many chips", () => {
  const cells = chipCells({ slot: 1, chips: 2, chips_expected: 3, temperature_chips: [60, 70] });
  assert.deepEqual(
    cells.map((cell) => cell.state),
    ["good", "good", "silent"],
  );
  assert.ok(cells.every((cell) => cell.celsius === null));
  assert.deepEqual(chipCells({ slot: 1 }), []);
});

test("boards are drawn without a ragged last row where their count allows it", () => {
  assert.equal(108 % chipColumns(108), 0);
  assert.equal(76 % chipColumns(76), 0);
  assert.equal(chipColumns(5), 5);
});

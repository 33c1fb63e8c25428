import assert from "node:assert/strict";
import { test } from "node:test";
import type { Level } from "./exchange.ts";
import type { TickFrame } from "./recorder/read-ticks.ts";
import { replay } from "./replay.ts";
import { FLAGS } from "./symbol-book.ts";

const frame = (lastId: number, bids: Level[], more: Partial<TickFrame> = {}): TickFrame => ({
  receivedMs: lastId,
  firstId: lastId,
  lastId,
  flags: 0,
  bids,
  asks: [],
  ...more,
});
const bidsAfter = (frames: TickFrame[]) => replay(frames)?.book.top().bids;

const START = frame(
  1,
  [
    ["100", "1"],
    ["99", "1"],
    ["98", "1"],
  ],
  { flags: FLAGS.snapshot },
);

test("differences go on a whole snapshot; what is before one is no book", () => {
  assert.deepEqual(bidsAfter([frame(0, [["5", "5"]]), START, frame(2, [["99", "0"]])]), [
    ["100", "1"],
    ["98", "1"],
  ]);
  assert.equal(replay([frame(2, [["99", "0"]])]), null);
  assert.equal(replay([{ ...START, flags: FLAGS.snapshot | FLAGS.partial }]), null);
});

test("a whole checkpoint mends what was dropped before it, also under the id that the last kept frame had", () => {
  const checkpoint = frame(6, [["98", "7"]], { flags: FLAGS.snapshot });
  // Frames 2 to 5 removed 100 and 99; a full disk dropped them.
  assert.deepEqual(bidsAfter([START, frame(6, [["98", "7"]]), checkpoint]), [["98", "7"]]);
});

test("a checkpoint of best levels alone, and one that can't tell whether it is, leave a book that stands there", () => {
  const best: Level[] = [["100", "1"]];
  for (const more of [{ flags: FLAGS.snapshot | FLAGS.partial }, { flags: FLAGS.snapshot, firstId: null }])
    assert.equal(bidsAfter([START, frame(1, best, more)])?.length, 3);
});

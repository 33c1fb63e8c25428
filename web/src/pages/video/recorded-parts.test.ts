import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeVideo } from "../../../test/fake-video.ts";
import { isRecorded, partAfter, partsOf, placeOf } from "./recorded-parts.ts";

const { recordings } = new FakeVideo(1);
const now = Date.now();
const parts = partsOf(recordings, now);
const [first, , third, fourth] = parts;

test("parts stand in their order, and one that is being written ends now", () => {
  assert.deepEqual(
    parts.map(({ fromMs }) => fromMs),
    parts.map(({ fromMs }) => fromMs).toSorted((a, b) => a - b),
  );
  const [newest] = recordings;
  assert.ok(newest);
  assert.equal(partsOf([{ ...newest, to: null }], now)[0]?.toMs, now);
});

test("a moment in a gap is played from the next part on; after the last there is nothing", () => {
  assert.ok(first && third && fourth);
  assert.deepEqual(placeOf(parts, first.fromMs + 7_000), { part: first, atMs: first.fromMs + 7_000 });
  assert.deepEqual(placeOf(parts, third.toMs + 1_000), { part: fourth, atMs: fourth.fromMs });
  assert.equal(placeOf(parts, now), null);
  const [, , , , fifth] = parts;
  assert.ok(fifth && fifth.fromMs < fourth.toMs, "they overlap");
  assert.equal(placeOf(parts, fifth.fromMs)?.part, fifth);
  assert.equal(placeOf(parts, fifth.fromMs - 1)?.part, fourth);
  assert.equal(partAfter(parts, third.recording.recording_id), fourth);
  assert.equal(partAfter(parts, parts.at(-1)?.recording.recording_id ?? ""), null);
  assert.equal(isRecorded(parts, third.toMs, fourth.fromMs), false);
  assert.equal(isRecorded(parts, third.toMs - 1, fourth.fromMs), true);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { makeAlert } from "../../../test/fake-alerts.ts";
import { cameraId, makeCamera } from "../../../test/fake-video.ts";
import { screenOf } from "./screen-of.ts";

const now = Date.now();
const cameras = Array.from({ length: 100 }, (_, n) => makeCamera(n + 1));
const shown = (address: string, change: Partial<Parameters<typeof screenOf>[0]> = {}) =>
  screenOf({
    cameras,
    alerts: [],
    views: [],
    params: new URLSearchParams(address),
    now,
    isPhone: false,
    usual: "4",
    nameOf: () => null,
    ...change,
  });
const urgent = (n: number, since: number) =>
  makeAlert(n, {
    level: "urgent",
    state: "firing",
    suppressed: null,
    since: new Date(since).toISOString(),
    target: { kind: "cooling", site_id: "1", id: `10.1.${100 + n}.1` },
  });

test("pages hold what the layout has room for, and a page that isn't there is the nearest", () => {
  const counts = (address: string) => {
    const { tiles, page, pages } = shown(address);
    return [tiles.length, page, pages];
  };
  assert.deepEqual(counts(""), [4, 0, 25]);
  assert.deepEqual(counts("layout=81&page=2"), [19, 1, 2]);
  assert.deepEqual(counts("layout=16&page=99"), [4, 6, 7]);
  assert.deepEqual(counts("layout=16&page=-3"), [16, 0, 7]);
  assert.equal(shown("layout=nine").layout, "4");
  assert.equal(shown("", { isPhone: true }).tiles.length, 16);
});

test("pages turn in time, but not while one camera is shown alone", () => {
  const turning = shown("rotate=15&page=3", { now: 15_000 * 26 + 4_000 });
  assert.deepEqual([turning.page, turning.nextInS], [1, 11]);
  const alone = shown(`rotate=15&camera=${cameraId(7)}`);
  assert.deepEqual([alone.tiles.length, alone.nextInS, alone.promoted?.camera.name], [1, null, "C07 pump"]);
  assert.equal(shown("rotate=7").nextInS, null, "no such interval");
});

test("on the wall a fresh urgent alert takes nine cells on every page; in a grid and when it is old it is only first", () => {
  const alerts = [urgent(90, now - 60_000), urgent(95, now - 3_600_000)];
  const wall = shown("layout=81&page=2", { alerts });
  assert.deepEqual(
    [wall.blocks.map(({ camera }) => camera.name), wall.tiles.length, wall.pages],
    [["C90 pump"], 27, 2],
  );
  const grid = shown("layout=16", { alerts });
  assert.deepEqual(grid.blocks, []);
  assert.deepEqual(
    grid.tiles.slice(0, 2).map(({ camera }) => camera.name),
    ["C90 pump", "C95 pump"],
  );
});

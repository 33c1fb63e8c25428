import assert from "node:assert/strict";
import { test } from "node:test";
import type { Alert, Camera } from "@banksman/wire/api";
import { makeAlert } from "../../../test/fake-alerts.ts";
import { cameraId, makeCamera } from "../../../test/fake-video.ts";
import { chosenCameras, leftOfTurn, neighbour, turnAt, withAlerts } from "./arrange.ts";
import { Pictures, STALLED_AFTER_MS, stateOf } from "./pictures.ts";

const cameras = [10, 2, 1].map((n) => makeCamera(n));
const gate = makeCamera(5, { site_id: "2", region: null, name: "Gate", container: null });
const everything = { siteId: null, region: null, view: undefined };
const nameless = () => null;
const names = (list: readonly Camera[]) => list.map(({ name }) => name);

test("cameras stand in natural order, a view's in its own, and a view holds only what exists", () => {
  assert.deepEqual(names(chosenCameras([...cameras, gate], everything)), ["C01 pump", "C02 pump", "C10 pump", "Gate"]);
  assert.deepEqual(names(chosenCameras([...cameras, gate], { ...everything, siteId: "2" })), ["Gate"]);
  assert.deepEqual(names(chosenCameras([...cameras, gate], { ...everything, region: "Texas" })).length, 3);
  const view = {
    view_id: "v",
    name: "mine",
    layout: "4" as const,
    created_by: "admin",
    camera_ids: [cameraId(10), cameraId(77), cameraId(1)],
  };
  assert.deepEqual(names(chosenCameras(cameras, { ...everything, view })), ["C10 pump", "C01 pump"]);
});

test("a container's alert moves its camera first, a site's the cameras of no container; suppressed ones move nothing", () => {
  const about = (id: string, level: Alert["level"], change: Partial<Alert> = {}) =>
    makeAlert(1, { level, target: { kind: "cooling", site_id: "1", id }, suppressed: null, ...change });
  const severe = about("10.1.102.1", "severe");
  const urgent = about("10.1.110.1", "urgent");
  const alerts = [severe, urgent, about("10.1.101.1", "warning")];
  const first = withAlerts(chosenCameras(cameras, everything), alerts, nameless);
  assert.deepEqual(
    first.map(({ camera, alert }) => [camera.name, alert?.level ?? null]),
    [
      ["C10 pump", "urgent"],
      ["C02 pump", "severe"],
      ["C01 pump", null],
    ],
  );
  const suppressed = { by: "silence" as const, ref: 1, reason: "known", until: null };
  assert.equal(withAlerts(cameras, [about("10.1.102.1", "urgent", { suppressed })], nameless)[0]?.alert, null);
  const dark = makeAlert(0, { target: { kind: "site", site_id: "2", id: "2" } });
  const named = makeCamera(4, { container: "C10" });
  assert.equal(withAlerts([named], [urgent], (_, host) => (host === "10.1.110.1" ? "C10" : null))[0]?.alert, urgent);
  assert.equal(withAlerts([...cameras, gate], [dark], nameless)[0]?.camera.name, "Gate");
});

test("pages turn by the wall clock, and arrows stop at the edge", () => {
  assert.deepEqual(
    [0, 19_999, 20_000, 40_000, 60_000].map((now) => turnAt(3, 20, now)),
    [0, 0, 1, 2, 0],
  );
  assert.equal(turnAt(0, 20, 60_000), 0);
  assert.equal(leftOfTurn(20, 26_000), 14);
  assert.deepEqual(
    ["ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"].map((key) => neighbour(0, key, 4, 6)),
    [1, 4, 0, 0],
  );
  assert.equal(neighbour(5, "ArrowDown", 4, 6), 5);
});

test("a picture that stops moving is stalled, one that never came says why, and a newer one ends both", () => {
  const pictures = new Pictures();
  let told = 0;
  pictures.subscribe(() => {
    told += 1;
  });
  const state = (now: number) => stateOf(pictures.of("a"), now, STALLED_AFTER_MS.stream);
  assert.equal(state(0), "waiting");
  pictures.note("a", { problem: "all lines are in use" });
  assert.equal(state(0), "none");
  pictures.moved("a", 8_000, 10_000);
  assert.equal(state(12_000), "live");
  assert.equal(state(15_001), "stalled");
  assert.equal(told, 2);
  pictures.moved("a", 9_000, 16_000);
  assert.equal(state(17_000), "live");
  assert.equal(told, 2, "a tick of the clock is enough for that");
  pictures.forget("a");
  assert.equal(state(17_000), "waiting");
});

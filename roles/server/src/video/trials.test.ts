import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, mock, test } from "node:test";
import { createLog } from "@banksman/kit";
import { CameraFailure, type KeyFrame } from "@banksman/video";
import { CameraTrial } from "@banksman/wire/api";
import { HttpProblem } from "../http/problem.ts";
import { createVault } from "../secrets.ts";
import type { CameraRow, NewCamera } from "./camera-store.ts";
import { cameraService } from "./cameras.ts";
import { trialService } from "./trials.ts";

const CAMERA = "00000000-0000-4000-8000-000000000001";
const FRAME: KeyFrame = { jpeg: Buffer.from([0xff, 0xd8]), takenAtMs: 0 };
const log = createLog("test", "silent");
const lineOf = async () => undefined;
const hasCode = (code: string) => (error: unknown) => error instanceof HttpProblem && error.body.code === code;

/** Site "1" with one camera that is kept with a name and password. */
async function oneCamera() {
  const rows: CameraRow[] = [];
  const keep = (row: NewCamera): true => {
    rows[0] = { ...row, camera_id: CAMERA, site_id: "1", region: null, time_zone: "UTC" };
    return true;
  };
  const cameras = cameraService({
    store: {
      list: async () => rows,
      find: async (cameraId) => rows.find(({ camera_id }) => camera_id === cameraId),
      add: async (row) => (keep(row) ? CAMERA : null),
      save: async (_, row) => keep(row),
      remove: async () => undefined,
    },
    vault: createVault([randomBytes(32)]),
    sites: { find: async () => ({ site_no: 1 }) },
    stateOf: () => ({ state: "idle", trouble: null, pictured_at: null, viewers: 0 }),
    changed: async () => undefined,
  });
  await cameras.add("1", {
    ...{ name: "gate", container: null, kind: "rtsp", url: "rtsp://10.1.9.7/main", low_url: "rtsp://10.1.9.7/low" },
    ...{ username: "viewer", password: "secret", allow: [], via: "edge" },
    recording: { mode: "off", from: "00:00", to: "00:00", before_s: 30, after_s: 120, keep_days: 14 },
  });
  return cameras;
}

describe("a camera that is tried", () => {
  test("is read with what is kept of it where nothing else is said, by names that nobody else's reading has", async () => {
    const cameras = await oneCamera();
    const { place, main, low } = await cameras.proposed("1", { camera_id: CAMERA, url: "rtsp://10.1.9.7/other" });
    assert.deepEqual(place, { site_id: "1", site_no: 1, via: "edge" });
    assert.deepEqual([main.url, main.username, main.password], ["rtsp://10.1.9.7/other", "viewer", "secret"]);
    assert.deepEqual([low?.url, low?.stream], ["rtsp://10.1.9.7/low", "low"]);
    assert.equal(new Set([CAMERA, main.camera_id, low?.camera_id]).size, 3);
    const bare = await cameras.proposed("1", { camera_id: CAMERA, low_url: null, username: null, password: null });
    assert.deepEqual([bare.low, bare.main.username, bare.main.password], [null, null, null]);
  });

  test("has its kept password sent to no other host, neither for a try nor for good", async () => {
    const cameras = await oneCamera();
    const elsewhere = { url: "rtsp://10.1.9.66/main" };
    await assert.rejects(cameras.proposed("1", { camera_id: CAMERA, ...elsewhere }), hasCode("SIGN_IN_AGAIN"));
    await assert.rejects(cameras.change("1", CAMERA, elsewhere), hasCode("SIGN_IN_AGAIN"));
    await assert.rejects(cameras.change("1", CAMERA, { low_url: "rtsp://10.1.9.66/low" }), hasCode("SIGN_IN_AGAIN"));
    const low_url = null;
    const { main } = await cameras.proposed("1", { camera_id: CAMERA, ...elsewhere, low_url, password: "another" });
    assert.deepEqual([main.url, main.password], [elsewhere.url, "another"]);
  });

  test("is of the site where it may be changed, and has an address of its kind", async () => {
    const cameras = await oneCamera();
    await assert.rejects(cameras.proposed("2", { camera_id: CAMERA }), hasCode("NO_SUCH_CAMERA"));
    await assert.rejects(cameras.proposed("1", { camera_id: CAMERA, kind: "hls" }), hasCode("INVALID_INPUT"));
    await assert.rejects(cameras.proposed("1", { kind: "hls", url: "file:///etc/passwd" }), hasCode("INVALID_INPUT"));
    const alone = { kind: "rtsp" as const, url: "rtsp://:secret@10.1.9.7/" };
    await assert.rejects(cameras.proposed("1", alone), hasCode("INVALID_INPUT"));
    for (const half of [{}, { kind: "hls" }, { url: "http://10.1.9.7/a.m3u8" }])
      assert.equal(CameraTrial.safeParse(half).success, false, JSON.stringify(half));
  });

  test("is told of by its trouble's word and sentence, each stream for itself", async () => {
    const cameras = await oneCamera();
    const picture = async (_: unknown, { stream }: { stream: string }) => {
      if (stream === "low") throw new CameraFailure("not_found", "nothing at rtsp://10.1.9.7/low");
      return FRAME;
    };
    const { main, low } = await trialService({ cameras, lineOf, picture, log }).run("1", { camera_id: CAMERA }, 7);
    assert.equal(main.is === "picture" && main.jpeg, "/9g=");
    assert.deepEqual(low, {
      is: "trouble",
      trouble: "not_found",
      detail: "the camera has no such stream, or this part of it is gone",
    });
  });

  test("is waited for no longer than 17 s", async () => {
    const cameras = await oneCamera();
    mock.timers.enable({ apis: ["setTimeout"] });
    const asked = Promise.withResolvers<void>();
    const picture = () => {
      asked.resolve();
      return Promise.withResolvers<KeyFrame>().promise;
    };
    try {
      const found = trialService({ cameras, lineOf, picture, log }).run("1", { camera_id: CAMERA, low_url: null }, 7);
      await asked.promise;
      mock.timers.tick(17_000);
      const { main } = await found;
      assert.equal(main.is === "trouble" && main.trouble, "too_slow");
    } finally {
      mock.timers.reset();
    }
  });

  test("is not blamed for the site's line: that is waited for by itself, 5 s long", async () => {
    const cameras = await oneCamera();
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      let waits = Promise.withResolvers<void>();
      let line = Promise.withResolvers<void>();
      const picture = async () => FRAME;
      const lineOf = () => {
        waits.resolve();
        return line.promise;
      };
      const trials = trialService({ cameras, lineOf, picture, log });
      const full = trials.run("1", { camera_id: CAMERA, low_url: null }, 7);
      await waits.promise;
      mock.timers.tick(5_000);
      const detail = "the line of the site is full: try again when less of it is watched";
      assert.deepEqual((await full).main, { is: "trouble", trouble: "at_limit", detail });
      [waits, line] = [Promise.withResolvers(), Promise.withResolvers()];
      const free = trials.run("1", { camera_id: CAMERA, low_url: null }, 7);
      await waits.promise;
      mock.timers.tick(4_900);
      line.resolve();
      assert.equal((await free).main.is, "picture");
    } finally {
      mock.timers.reset();
    }
  });

  test("is one at a time for each person, and ten a minute, so that nobody looks through a network", async () => {
    const cameras = await oneCamera();
    let nowMs = 0;
    let answer = Promise.withResolvers<KeyFrame>();
    const trials = trialService({ cameras, lineOf, picture: () => answer.promise, log, now: () => nowMs });
    const tryAs = (userNo: number) => trials.run("1", { camera_id: CAMERA }, userNo);
    const first = tryAs(1);
    await assert.rejects(tryAs(1), hasCode("TRIAL_RUNS"));
    const other = tryAs(2);
    answer.resolve(FRAME);
    await Promise.all([first, other]);
    answer = Promise.withResolvers();
    answer.reject(new CameraFailure("unreachable", "no answer"));
    for (let time = 2; time <= 10; time += 1) await tryAs(1);
    await assert.rejects(tryAs(1), hasCode("TOO_MANY_TRIALS"));
    await tryAs(2);
    nowMs = 60_000;
    await tryAs(1);
  });
});

test("whether a name and password are kept is told to who may change the camera, and to nobody else", async () => {
  const cameras = await oneCamera();
  const toldTo = async (managed: readonly string[]) =>
    (await cameras.list("all", {}, new Set(managed))).map(({ has_login }) => has_login);
  assert.deepEqual(await toldTo(["1"]), [true]);
  assert.deepEqual(await toldTo(["2"]), [null]);
  await cameras.change("1", CAMERA, { username: null, password: null });
  assert.deepEqual(await toldTo(["1"]), [false]);
});

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { getEventListeners, once } from "node:events";
import { PassThrough } from "node:stream";
import { describe, mock, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { createLog } from "@banksman/kit";
import { CameraFailure, type Segment } from "@banksman/video";
import fc from "fast-check";
import { createVault } from "../secrets.ts";
import { follow, newOnes } from "./follow.ts";
import { Recorder, whyRecord } from "./recorder.ts";
import { bytesOf } from "./recordings.ts";
import { createStreams, type Read } from "./streams.ts";
import { viewingTokens } from "./tokens.ts";

const CAMERA = "00000000-0000-4000-8000-000000000001";
const OTHER = "00000000-0000-4000-8000-000000000002";
const person = {
  is: "person" as const,
  userNo: 7,
  username: "li",
  role: null,
  reach: new Map(),
  via: { is: "session" as const, id: "s", since: new Date(0) },
  expiresAt: new Date(0),
};

describe("a token of a stream", () => {
  const vault = createVault([randomBytes(32)]);
  const refused = { body: { code: "STREAM_TOKEN" } };

  test("opens that stream for five minutes from its last renewal, for who asked", () => {
    let nowMs = 0;
    const tokens = viewingTokens(vault, () => nowMs);
    const { token, viewing } = tokens.begin(person, CAMERA, "source");
    assert.deepEqual(tokens.open(token, CAMERA, "source").via, { is: "session", id: "s" });
    nowMs = 299_000;
    const renewed = tokens.issue(viewing).token;
    nowMs = 301_000;
    assert.throws(
      () => tokens.open(token, CAMERA, "source"),
      (error) => matches(error, refused),
    );
    assert.equal(tokens.open(renewed, CAMERA, "source").user_no, 7);
  });

  test("opens no other stream, nor when it is forged or changed", () => {
    const tokens = viewingTokens(vault, () => 0);
    const { token } = tokens.begin(person, CAMERA, "low");
    const foreign = viewingTokens(createVault([randomBytes(32)]), () => 0).begin(person, CAMERA, "low").token;
    for (const [shown, camera, profile] of [
      [token, OTHER, "low"],
      [token, CAMERA, "source"],
      [foreign, CAMERA, "low"],
      ["", CAMERA, "low"],
      ["x".repeat(200), CAMERA, "low"],
      [vault.seal('{"camera_id":1}').toString("base64url"), CAMERA, "low"],
    ] as const)
      assert.throws(
        () => tokens.open(shown, camera, profile),
        (error) => matches(error, refused),
        shown,
      );
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom(..."AZaz09-_"), (at, letter) => {
        fc.pre(
          token[at] !== letter &&
            Buffer.from(token.slice(0, at) + letter + token.slice(at + 1), "base64url").compare(
              Buffer.from(token, "base64url"),
            ) !== 0,
        );
        const changed = token.slice(0, at) + letter + token.slice(at + 1);
        assert.throws(
          () => tokens.open(changed, CAMERA, "low"),
          (error) => matches(error, refused),
        );
      }),
    );
  });
});

function matches(error: unknown, { body }: { body: { code: string } }): boolean {
  assert.deepEqual((error as { body: { code: string } }).body.code, body.code);
  return true;
}

const PLAN = {
  ...{ camera_id: CAMERA, stream: "main" as const, kind: "hls" as const, url: "http://10.0.0.1/" },
  ...{ username: null, password: null, allow: [] },
};
const segment = (sequence: number): Segment => ({
  ...{ url: `http://10.0.0.1/${sequence}.ts`, durationS: 2, byteRange: null, map: null },
  ...{ encryption: null, isDiscontinuous: false, sequence },
});

test("a stream is followed without a hole or a double, however late one looks, and from anew when its camera restarts", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 40 }), (steps) => {
      let newest = 10;
      let last: Segment | null = null;
      const seen: number[] = [];
      for (const step of [0, ...steps]) {
        newest += step;
        const window = [-4, -3, -2, -1, 0].map((back) => segment(newest + back));
        for (const one of newOnes(window, last)) {
          seen.push(one.sequence);
          last = one;
        }
      }
      assert.deepEqual(
        seen,
        seen.map((_, index) => (seen[0] ?? 0) + index),
      );
      assert.deepEqual(
        newOnes([segment(1), segment(2)], segment(500)).map(({ sequence }) => sequence),
        [2],
      );
    }),
  );
});

test("following a stream keeps nothing of the parts that went by", async () => {
  const stop = new AbortController();
  let sequence = 0;
  const streams = {
    media: async () => {
      sequence += 1;
      return { segments: [segment(sequence)], targetS: 0, isEnded: false };
    },
    segment: async () => ({ head: null, body: Buffer.alloc(1) }),
  };
  let parts = 0;
  for await (const _ of follow(streams, PLAN, stop.signal)) {
    parts += 1;
    assert.equal(getEventListeners(stop.signal, "abort").length, 0);
    if (parts === 5) stop.abort();
  }
  assert.equal(parts, 5);
});

test("a camera whose playlist moves while its parts can't be read fails for as long, and is logged once", async () => {
  mock.timers.enable({ apis: ["Date"] });
  let [newest, isFailing] = [0, true];
  const read: Read = async (_plan, address, { role }) => {
    if (role === "part" && isFailing) throw new CameraFailure("unreachable", "the camera answers 500");
    newest += 1;
    const playlist = `#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:${newest}\n#EXTINF:2,\n${newest}.ts\n`;
    return { url: address ?? PLAN.url, type: "", body: Buffer.from(role === "playlist" ? playlist : "picture") };
  };
  const lines: string[] = [];
  const streams = createStreams(read, 1_000, createLog("test", "info", { write: (line) => lines.push(line) }));
  const takeNewest = async () => {
    mock.timers.tick(2_000);
    const { segments } = await streams.media(PLAN);
    const taken = await streams.segment(PLAN, segments[0] ?? assert.fail()).catch(() => null);
    return { isTaken: taken !== null, trouble: streams.stateOf(CAMERA)?.failure?.trouble ?? null };
  };
  try {
    for (let times = 0; times < 4; times += 1)
      assert.deepEqual(await takeNewest(), { isTaken: false, trouble: "unreachable" });
    mock.timers.tick(2_000);
    await streams.media(PLAN);
    assert.equal(streams.stateOf(CAMERA)?.failure?.trouble, "unreachable");
    isFailing = false;
    assert.deepEqual(await takeNewest(), { isTaken: true, trouble: null });
    assert.equal(lines.length, 1, lines.join(""));
    isFailing = true;
    await takeNewest();
    assert.equal(lines.length, 2);
  } finally {
    mock.timers.reset();
  }
});

test("a time that begins is recorded into one file from its first part, which ends when the last part of the time came", async () => {
  let files = 0;
  /** Records the minute from 14:00, and gets one part at a moment of it. */
  const recordAt = async (now: string) => {
    mock.timers.enable({ apis: ["Date", "setInterval"], now: Date.parse(now) });
    const never = Promise.withResolvers<never>().promise;
    const parts = [{ segments: [segment(1)], targetS: 0, isEnded: false }];
    const row = {
      ...{ camera_id: CAMERA, name: "gate", site_id: "1", site_no: 1, region: null, container: null, time_zone: "UTC" },
      ...{ kind: "hls" as const, via: "server" as const, has_low: false, sealed: Buffer.alloc(0) },
      recording: { mode: "schedule" as const, from: "14:00", to: "14:01", before_s: 0, after_s: 5, keep_days: 1 },
    };
    const recorder = new Recorder(row, PLAN, {
      streams: {
        media: async () => parts.pop() ?? never,
        segment: async () => ({ head: null, body: Buffer.alloc(1) }),
      },
      files: {
        open: async () => {
          files += 1;
          const stdin = new PassThrough().resume();
          return { stdin, pid: 1, said: () => "", exited: once(stdin, "end").then(() => 0) };
        },
      },
      store: { begin: async () => undefined },
      finish: async () => undefined,
      log: createLog("test", "silent"),
    });
    while (!recorder.isWriting) await setImmediate();
    return recorder;
  };
  /** Second by second, for a look at each. */
  const pass = (seconds: number) => {
    for (let left = seconds; left > 0; left -= 1) mock.timers.tick(1_000);
  };
  const begun = await recordAt("2026-11-29T14:00:03Z");
  try {
    pass(20);
    assert.equal(begun.isWriting, true);
    await begun.close();
    mock.timers.reset();
    const ending = await recordAt("2026-11-29T14:00:50Z");
    pass(20);
    assert.equal(ending.isWriting, true, "the last part may still come");
    pass(6);
    assert.equal(ending.isWriting, false);
    await ending.close();
    assert.equal(files, 2);
  } finally {
    mock.timers.reset();
  }
});

test("a plan is kept by the site's clock, over midnight too", () => {
  const plan = { mode: "schedule" as const, from: "22:00", to: "06:30", before_s: 0, after_s: 5, keep_days: 1 };
  const at = (utc: string) => whyRecord(plan, "Asia/Shanghai", Date.parse(utc), 0);
  assert.equal(at("2026-11-29T13:59:00Z"), null);
  assert.equal(at("2026-11-29T14:00:00Z"), "schedule");
  assert.equal(at("2026-11-29T22:29:00Z"), "schedule");
  assert.equal(at("2026-11-29T22:30:00Z"), null);
  assert.equal(whyRecord({ ...plan, mode: "alarm" }, "UTC", 10, 11), "alarm");
  assert.equal(whyRecord({ ...plan, mode: "alarm" }, "UTC", 11, 11), null);
});

test("a range of bytes is what HTTP says it is", () => {
  assert.deepEqual(bytesOf("bytes=0-9", 100), [0, 9]);
  assert.deepEqual(bytesOf("bytes=90-", 100), [90, 99]);
  assert.deepEqual(bytesOf("bytes=-10", 100), [90, 99]);
  assert.deepEqual(bytesOf("bytes=50-500", 100), [50, 99]);
  for (const bad of [null, "bytes=-", "bytes=9-2", "lines=1-2", "bytes=200-"]) assert.equal(bytesOf(bad, 100), null);
});

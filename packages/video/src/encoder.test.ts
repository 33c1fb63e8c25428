import assert from "node:assert/strict";
import { test } from "node:test";
import { createLog } from "@banksman/kit";
import { tempFolder, waitFor } from "@banksman/testkit";
import { failureIn, startEncoder } from "./encoder.ts";
import { CameraFailure, failureOf } from "./trouble.ts";

test("what ffmpeg says of a camera is taken by its status, never by a number that stands there for something else", () => {
  for (const [said, trouble] of [
    ["[rtsp @ 0x5581] method DESCRIBE failed: 401 Unauthorized", "refused_sign_in"],
    ["[rtsp @ 0x5581] method DESCRIBE failed: 403 No", "refused_sign_in"],
    ["[in#0 @ 0x4040] Error opening input: Server returned 404 Not Found", "not_found"],
    ["[rtmp @ 0x1] Server error: [ AccessManager.Reject ] : [ code=403 need auth ]", "refused_sign_in"],
    ["[tcp @ 0x5589a401f4c0] Connection to tcp://… failed: Connection refused", "unreachable"],
    ["rtsp://127.0.0.1:40123/camera: Operation timed out", "unreachable"],
    ["[hls @ 0x404] Failed to open file '/tmp/stream-401-a/s404.ts'", "encoder_failed"],
    ["[h264 @ 0x1] error while decoding MB 40 3, bytestream 401", "encoder_failed"],
    ["Decoder not found", "encoder_failed"],
  ] as const)
    assert.equal(failureIn(said).trouble, trouble, said);
  assert.doesNotMatch(failureIn("[tcp @ 0x401] Connection refused").message, /0x/);
});

test("why a stream isn't made is what its last run ended for, not its first", async () => {
  await using folder = await tempFolder();
  const troubles = ["unreachable", "refused_sign_in"] as const;
  let runs = 0;
  const encoder = startEncoder({
    encoding: {
      input: ["-i", "none"],
      output: [],
      failure: () => {
        runs += 1;
        return new CameraFailure(troubles[runs - 1] ?? "refused_sign_in", `run ${runs}`);
      },
    },
    ...{ workDir: folder.path, what: "camera", log: createLog("test", "silent") },
  });
  const told = () =>
    encoder.playlist().then(
      () => null,
      (error: unknown) => failureOf(error).trouble,
    );
  assert.equal(await told(), "unreachable");
  await waitFor("the next run's trouble", async () => (await told()) === "refused_sign_in");
  await encoder.close();
});

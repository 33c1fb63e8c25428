import assert from "node:assert/strict";
import { test } from "node:test";
import { AddCamera, ChangeCamera, TryCamera } from "@banksman/wire/api";
import { makeCamera } from "../../../test/fake-video.ts";
import { cameraChange, cameraTrial, draftOf, freshDraft, newCamera } from "./camera-draft.ts";

test("a new camera's form gives what the route takes", () => {
  const draft = {
    ...freshDraft("1"),
    name: " Gate ",
    kind: "rtsp" as const,
    url: " rtsp://10.1.9.7/main ",
    username: "viewer",
    password: "secret ",
    allow: "10.1.9.0/24\n\n 10.1.8.4 ",
  };
  const body = AddCamera.body.parse(newCamera(draft));
  assert.equal(body.name, "Gate");
  assert.equal(body.url, "rtsp://10.1.9.7/main");
  assert.equal(body.low_url, null);
  assert.equal(body.password, "secret ", "a password is taken as it is typed");
  assert.deepEqual(body.allow, ["10.1.9.0/24", "10.1.8.4"]);
  assert.equal(body.recording.mode, "off");
});

test("of an old camera what stays empty is kept, and what is ticked is forgotten", () => {
  const camera = makeCamera(1);
  const kept = cameraChange(camera, {
    ...draftOf(camera),
    name: "New name",
    recording: { mode: "alarm", after_s: 60 },
  });
  assert.deepEqual(Object.keys(kept).toSorted(), ["container", "kind", "name", "recording", "via"]);
  assert.deepEqual(kept.recording, { ...camera.recording, mode: "alarm", after_s: 60 });
  const forgetful = cameraChange(camera, {
    ...draftOf(camera),
    url: "rtsp://10.1.9.8/",
    forget: ["low", "sign_in", "allow"],
  });
  assert.deepEqual(
    [forgetful.url, forgetful.low_url, forgetful.username, forgetful.password, forgetful.allow],
    ["rtsp://10.1.9.8/", null, null, null, []],
  );
  ChangeCamera.body.parse(forgetful);
});

test("a camera is tried as it is typed, an old one with what is kept of it", () => {
  const camera = makeCamera(1);
  const typed = { ...freshDraft("1"), url: "rtsp://10.1.9.7/main", low_url: "rtsp://10.1.9.7/low" };
  const fresh = TryCamera.body.parse(cameraTrial(null, typed));
  assert.deepEqual([fresh.camera_id, fresh.url, fresh.low_url], [undefined, typed.url, typed.low_url]);
  const old = TryCamera.body.parse(cameraTrial(camera, { ...draftOf(camera), username: "viewer" }));
  assert.deepEqual(
    [old.camera_id, old.url, old.low_url, old.username],
    [camera.camera_id, undefined, undefined, "viewer"],
  );
});

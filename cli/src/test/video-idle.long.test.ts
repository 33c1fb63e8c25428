import assert from "node:assert/strict";
import { test } from "node:test";
import { waitFor } from "@banksman/testkit";
import { videoSite } from "./video-site.ts";

test("a camera that nobody watches is left alone half a minute after the last, by the server and by the edge", async () => {
  for (const via of ["server", "edge"] as const) {
    await using site = await videoSite(1, via);
    const [simulated] = site.sim.cameras;
    assert.ok(simulated);
    const counts = () => site.sim.counts()[simulated.id];
    const camera = await site.addCamera({ name: "gate", kind: "rtsp", url: simulated.rtsp });
    assert.equal(counts()?.open_streams, 0, "nobody watches yet");
    const { playlist, token } = await site.watch(camera.camera_id);
    assert.equal((await site.play(playlist, token)).status, 200);
    assert.equal(counts()?.open_streams, 1);
    const left = performance.now();
    await waitFor("the camera to be left alone", () => counts()?.open_streams === 0, { withinMs: 60_000 });
    const seconds = (performance.now() - left) / 1_000;
    assert.ok(seconds > 25 && seconds < 40, `after ${seconds} s`);
  }
});

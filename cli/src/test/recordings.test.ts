import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { runToEnd, waitFor } from "@banksman/testkit";
import type { AuditRow, Recording } from "@banksman/wire/api";
import { type VideoSite, videoSite } from "./video-site.ts";

const DAY_MS = 86_400_000;

describe("recordings", () => {
  let site: VideoSite;
  before(async () => {
    site = await videoSite(3, "server");
  });
  after(() => site[Symbol.asyncDispose]());

  const span = () => {
    const [from, to] = [new Date(Date.now() - DAY_MS), new Date(Date.now() + DAY_MS)];
    return `from=${from.toISOString()}&to=${to.toISOString()}`;
  };
  const recordingsOf = async (cameraId: string): Promise<Recording[]> =>
    (await site.call<{ recordings: Recording[] }>("GET", `/sites/1/cameras/${cameraId}/recordings?${span()}`))
      .recordings;
  const addRecorded = (index: number, recording: object) => {
    const simulated = site.sim.cameras[index];
    assert.ok(simulated);
    return site.addCamera({ name: `camera ${index}`, url: simulated.hls, recording: recording as never });
  };
  /** What ffprobe says of an MP4. */
  const probe = async (bytes: ArrayBuffer, name: string) => {
    const file = join(site.folder, name);
    await writeFile(file, Buffer.from(bytes));
    const { stdout, code } = await runToEnd("ffprobe", [
      ...["-v", "error", "-show_entries", "format=duration:stream=codec_name", "-of", "json", file],
    ]);
    assert.equal(code, 0);
    const said = JSON.parse(stdout) as { format: { duration: string }; streams: { codec_name: string }[] };
    return { seconds: Number(said.format.duration), codec: said.streams[0]?.codec_name };
  };
  let recorded: Recording;

  test("one that was cut off by kill -9 plays up to its last fragment, and its hash is in the audit trail", async () => {
    const { camera_id } = await addRecorded(0, { mode: "always" });
    await waitFor("the recording to begin", async () => (await recordingsOf(camera_id)).length > 0, {
      withinMs: 20_000,
    });
    const counts = () => site.sim.counts()[site.sim.cameras[0]?.id ?? ""]?.segments ?? 0;
    const before = counts();
    await waitFor("three parts", () => counts() >= before + 3, { withinMs: 20_000 });
    await site.restart("SIGKILL");
    recorded = await waitFor(
      "the recording to be finished",
      async () => (await recordingsOf(camera_id)).find(({ to }) => to !== null),
      { withinMs: 40_000 },
    );
    const file = await site.ask("GET", `/recordings/${recorded.recording_id}/file`);
    assert.equal(file.status, 200);
    const bytes = await file.arrayBuffer();
    assert.equal(createHash("sha256").update(Buffer.from(bytes)).digest("hex"), recorded.sha256);
    const { seconds, codec } = await probe(bytes, "cut.mp4");
    assert.equal(codec, "h264");
    assert.ok(seconds >= 4, `${seconds} s of at least three parts of 2 s`);
    const { rows } = await site.call<{ rows: AuditRow[] }>("GET", "/audit?action=recordings.write");
    const told = rows.find(({ target }) => target === recorded.recording_id);
    assert.match(JSON.stringify(told?.after), new RegExp(recorded.sha256 ?? "nothing"));
  });

  test("players seek in it by byte ranges, and a span of it is downloaded as one file", async () => {
    const range = { headers: { cookie: site.cookie(), range: "bytes=100-199" } };
    const part = await fetch(`${site.url}/api/recordings/${recorded.recording_id}/file`, range);
    assert.equal(part.status, 206);
    assert.equal(part.headers.get("content-range"), `bytes 100-199/${recorded.bytes}`);
    assert.equal((await part.arrayBuffer()).byteLength, 100);
    const path = `/sites/1/cameras/${recorded.camera_id}/recordings/download?from=${recorded.from}&to=${recorded.to}`;
    const whole = await site.ask("GET", path);
    assert.equal(whole.status, 200);
    assert.match(whole.headers.get("content-disposition") ?? "", /attachment; filename="1 camera 0/);
    assert.ok((await probe(await whole.arrayBuffer(), "span.mp4")).seconds > 2);
    const nothing = await site.ask("GET", path.replace(/from=.*/, "from=2020-01-01T00:00:00Z&to=2020-01-01T01:00:00Z"));
    assert.equal(nothing.status, 404);
  });

  test("what is being written can be played at once: the part ends there, and the next one goes on", async () => {
    const open = await waitFor(
      "a part that is being written",
      async () => (await recordingsOf(recorded.camera_id)).find(({ to }) => to === null),
      { withinMs: 20_000 },
    );
    await waitFor("something in it", async () => Date.now() - Date.parse(open.from) > 5_000, { withinMs: 10_000 });
    const file = await site.ask("GET", `/recordings/${open.recording_id}/file`);
    assert.equal(file.status, 200);
    assert.match(file.headers.get("content-disposition") ?? "", /filename="1 camera 0 \d{4}-/);
    assert.ok((await probe(await file.arrayBuffer(), "now.mp4")).seconds > 1);
    await waitFor("the next part", async () => (await recordingsOf(recorded.camera_id))[0]?.to === null, {
      withinMs: 20_000,
    });
  });

  test("an alarm keeps what came before it, and its page shows the clip", async () => {
    const { camera_id } = await addRecorded(1, { mode: "alarm", before_s: 6, after_s: 5 });
    const counts = () => site.sim.counts()[site.sim.cameras[1]?.id ?? ""]?.segments ?? 0;
    await waitFor("four parts", () => counts() >= 4, { withinMs: 30_000 });
    assert.deepEqual(await recordingsOf(camera_id), []);
    const firedAt = Date.now();
    const alert = {
      ...{ status: "firing", fingerprint: "f", startsAt: new Date(firedAt).toISOString() },
      ...{ endsAt: "0001-01-01T00:00:00Z", generatorURL: "" },
      labels: { alertname: "smoke", severity: "critical", site_id: "1" },
      annotations: {},
    };
    const told = await fetch(`${site.url}/api/alerts/alertmanager`, {
      method: "POST",
      headers: { "x-collector-key": site.key, "content-type": "application/json" },
      body: JSON.stringify({
        ...{ version: "4", status: "firing", receiver: "banksman", groupKey: "g", truncatedAlerts: 0 },
        ...{ groupLabels: {}, commonLabels: {}, commonAnnotations: {}, externalURL: "", alerts: [alert] },
      }),
    });
    assert.equal(told.status, 200);
    const clip = await waitFor(
      "the clip to be finished",
      async () => (await recordingsOf(camera_id)).find(({ to }) => to !== null),
      { withinMs: 40_000 },
    );
    assert.equal(clip.because, "alarm");
    assert.ok(Date.parse(clip.from) < firedAt - 2_000, `begins ${firedAt - Date.parse(clip.from)} ms before the alarm`);
    assert.ok(Date.parse(clip.to ?? "") > firedAt + 4_000);
    const { alerts } = await site.call<{ alerts: { alert_id: number }[] }>("GET", "/alerts");
    const { clips } = await site.call<{ clips: Recording[] }>("GET", `/alerts/${alerts[0]?.alert_id}/clips`);
    assert.ok(clips.some(({ recording_id }) => recording_id === clip.recording_id));
  });

  test("a held one outlives its camera, others go with it", async () => {
    const held = await site.call<Recording>("POST", `/recordings/${recorded.recording_id}/hold`, { held: true });
    assert.equal(held.held, true);
    await site.call("DELETE", `/sites/1/cameras/${recorded.camera_id}`);
    assert.equal((await site.ask("GET", `/recordings/${recorded.recording_id}/file`)).status, 200);
  });
});

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { waitFor } from "@banksman/testkit";
import { type VideoSite, videoSite } from "./video-site.ts";

const LIMIT_MBPS = 4;

/** The address of a playlist's newest part: the one that is kept longest. */
async function newestPart(site: VideoSite, playlist: string, token: string): Promise<string> {
  const text = await (await site.play(playlist, token)).text();
  const uri = text.split("\n").findLast((line) => line !== "" && !line.startsWith("#")) ?? "";
  return new URL(uri, `${site.url}${playlist}`).pathname;
}

/**
 * Mb/s that four players get of a stream: over ten seconds, and in the best three of them after the first, since a
 * machine that is busy with other things can only make it less.
 */
async function pulled(site: VideoSite, playlist: string, token: string): Promise<{ whole: number; best: number }> {
  const began = performance.now();
  const tenths = Array.from({ length: 100 }, () => 0);
  const pull = async () => {
    while (performance.now() - began < 10_000) {
      const reply = await site.play(await newestPart(site, playlist, token), token);
      assert.equal(reply.status, 200);
      for await (const { byteLength } of reply.body ?? []) {
        const tenth = Math.floor((performance.now() - began) / 100);
        if (tenth < tenths.length) tenths[tenth] = (tenths[tenth] ?? 0) + byteLength;
      }
    }
  };
  await Promise.all([pull(), pull(), pull(), pull()]);
  const mbps = (from: number, to: number) =>
    (tenths.slice(from, to).reduce((sum, bytes) => sum + bytes, 0) * 8) / 1e6 / ((to - from) / 10);
  return { whole: mbps(0, 100), best: Math.max(...tenths.slice(40).map((_, at) => mbps(at + 10, at + 40))) };
}

function assertLimit({ whole, best }: { whole: number; best: number }): void {
  const told = `${whole.toFixed(2)} Mb/s of ${LIMIT_MBPS}, ${best.toFixed(2)} in the best three seconds`;
  assert.ok(whole < LIMIT_MBPS * 1.1, told);
  assert.ok(best > LIMIT_MBPS * 0.9, told);
}

describe("who may watch, and how much", () => {
  let site: VideoSite;
  before(async () => {
    const picture = { width: 640, height: 360, fps: 10, kbps: 2_000 };
    site = await videoSite(2, "server", { picture }, { user_mbps: LIMIT_MBPS });
  });
  after(() => site[Symbol.asyncDispose]());

  const cameraAt = (index: number) => {
    const simulated = site.sim.cameras[index];
    assert.ok(simulated);
    return site.addCamera({ name: simulated.id, url: simulated.hls });
  };

  test("a stream is nobody's without its own token, and a playlist renews it", async () => {
    const { camera_id } = await cameraAt(0);
    const { playlist, token } = await site.watch(camera_id);
    for (const wrong of ["", "x", `${token.slice(0, -4)}AAAA`])
      assert.equal((await site.play(playlist, wrong)).status, 401, wrong);
    assert.equal((await fetch(`${site.url}${playlist}`)).status, 401);
    assert.equal((await fetch(`${site.url}${playlist}`, { headers: { cookie: site.cookie() } })).status, 401);
    assert.equal((await site.play(playlist.replace("/source/", "/low/"), token)).status, 401);
    const played = await site.play(playlist, token);
    assert.equal(played.headers.get("cache-control"), "private, no-store");
    const [cookie = ""] = played.headers.getSetCookie();
    assert.match(cookie, new RegExp(`^banksman_stream=.+; Path=/v/${camera_id}/source/; .*HttpOnly; SameSite=Strict`));
    const renewed = played.headers.get("x-stream-token") ?? "";
    assert.notEqual(renewed, token);
    const part = await newestPart(site, playlist, renewed);
    assert.equal((await fetch(`${site.url}${part}`, { headers: { cookie: cookie.split(";")[0] ?? "" } })).status, 200);
  });

  test("it ends at once with the session that began it", async () => {
    const { camera_id } = await cameraAt(1);
    const mine = await site.signIn();
    const asked = await site.ask("POST", `/sites/1/cameras/${camera_id}/watch`, { profile: "source" }, mine);
    const { data } = (await asked.json()) as { data: { playlist: string; token: string } };
    const part = await newestPart(site, data.playlist, data.token);
    assert.equal((await site.play(part, data.token)).status, 200);
    assert.equal((await site.ask("DELETE", "/session", undefined, mine)).status, 200);
    const began = performance.now();
    await waitFor("the stream to end", async () => (await site.play(part, data.token)).status === 401);
    assert.ok(performance.now() - began < 1_500, "not when what is believed of the session is old");
  });

  test("a person gets no more than their rate, within a tenth, and who asks for more is told why", async () => {
    const { cameras } = await site.call<{ cameras: { camera_id: string }[] }>("GET", "/cameras");
    const [first] = cameras;
    assert.ok(first);
    const { playlist, token } = await site.watch(first.camera_id);
    assertLimit(await pulled(site, playlist, token));
    let refused: Response | undefined;
    for (let tries = 0; tries < 40 && refused === undefined; tries += 1) {
      const answer = await site.ask("POST", `/sites/1/cameras/${first.camera_id}/watch`, { profile: "low" });
      if (answer.status !== 200) refused = answer;
    }
    assert.ok(refused);
    assert.equal(refused.status, 429);
    assert.match(await refused.text(), /your share is full: .* of 4 Mb\/s/);
  });
});

test("what is drawn from a site keeps to its line within a tenth, however many cameras are recorded there", async () => {
  const limitMbps = 2;
  const picture = { width: 640, height: 360, fps: 10, kbps: 2_000 };
  await using site = await videoSite(4, "server", { picture }, { site_mbps: limitMbps });
  for (const { id, hls } of site.sim.cameras)
    await site.addCamera({ name: id, url: hls, recording: { mode: "always" } as never });
  const drawn = () => Object.values(site.sim.counts()).reduce((sum, { bytes_sent }) => sum + bytes_sent, 0);
  await waitFor("recording to begin", () => drawn() > 1_000_000, { withinMs: 30_000 });
  // A part is fetched whole: one more of half a megabyte may lie in the ten seconds.
  const onePart = (0.6 * 8) / 10;
  const samples: { atMs: number; bytes: number }[] = [];
  const windows: number[] = [];
  // A machine that is busy with other things can only make it less: that much is drawn in any ten seconds.
  await waitFor(
    "ten seconds in which the line is used",
    () => {
      const now = { atMs: performance.now(), bytes: drawn() };
      const before = samples.findLast(({ atMs }) => now.atMs - atMs >= 10_000);
      samples.push(now);
      if (before === undefined) return false;
      windows.push(((now.bytes - before.bytes) * 8) / 1e3 / (now.atMs - before.atMs));
      return Math.max(...windows) > limitMbps * 0.9 - onePart;
    },
    { withinMs: 40_000 },
  );
  for (const mbps of windows) assert.ok(mbps < limitMbps * 1.1 + onePart, `${mbps.toFixed(2)} Mb/s of ${limitMbps}`);
});

test("all people together get no more than the server's line", async () => {
  await using site = await videoSite(
    1,
    "server",
    { picture: { width: 640, height: 360, fps: 10, kbps: 2_000 } },
    { user_mbps: 1_000, total_mbps: LIMIT_MBPS },
  );
  const camera = await site.addCamera({ name: "one", url: site.sim.cameras[0]?.hls ?? "" });
  const { playlist, token } = await site.watch(camera.camera_id);
  assertLimit(await pulled(site, playlist, token));
});

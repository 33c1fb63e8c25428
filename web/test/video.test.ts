import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { waitFor } from "@banksman/testkit";
import type { Page } from "playwright-core";
import { makeAlert } from "./fake-alerts.ts";
import { cameraId } from "./fake-video.ts";
import { go } from "./go.ts";
import { openStage } from "./stage.ts";

/** Live pictures, against a server whose cameras show a minute of film again and again. */
let stage: Awaited<ReturnType<typeof openStage>>;
before(async () => {
  stage = await openStage();
});
after(() => stage.close());

const PATIENCE = { withinMs: 20_000 };
/** Where each video on the page stands, in seconds. */
const places = async (page: Page): Promise<number[]> =>
  JSON.parse(
    String(
      await page.evaluate("JSON.stringify([...document.querySelectorAll('video')].map((one) => one.currentTime))"),
    ),
  );
const isPlaying = async (page: Page, count: number) => {
  const before = await places(page);
  return waitFor(
    `${count} videos to go on`,
    async () => {
      const now = await places(page);
      return now.length === count && now.every((place, n) => place > (before[n] ?? 0));
    },
    PATIENCE,
  );
};

test("four tiles play in full, each with its age; one of them alone goes on in full, and Esc leads back", async () => {
  await using scene = await stage.scene("/video", { cameras: 5 });
  const { page, fake, errors } = scene;
  await isPlaying(page, 4);
  assert.deepEqual(
    fake.state.video.asked.toSorted(),
    ["C01", "C02", "C03", "C04"].map((name) => `${name} pump source`),
  );
  await page.getByText("4 live").waitFor();
  await page.getByText("4 of 5 cameras · page 1 of 2").waitFor();
  await page.getByRole("button", { name: /^C03 pump \d s$/ }).click();
  await page.waitForURL(/camera=/);
  await isPlaying(page, 1);
  await page.keyboard.press("Escape");
  await page.waitForURL((url) => !url.search.includes("camera"));
  await page.keyboard.press("n");
  await page.getByText("1 of 5 cameras · page 2 of 2").waitFor();
  await isPlaying(page, 1);
  assert.deepEqual(errors, []);
});

test("a grid asks for the low stream; arrows walk its tiles, Enter promotes, keys choose layouts", async () => {
  await using scene = await stage.scene("/video?layout=16", { cameras: 6 });
  const { page, fake, errors } = scene;
  await isPlaying(page, 6);
  assert.ok(fake.state.video.asked.every((one) => one.endsWith("low")));
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowDown");
  const focused = () => page.evaluate("document.activeElement.dataset.tile");
  assert.equal(await focused(), cameraId(6));
  await page.keyboard.press("Enter");
  await page.waitForURL(new RegExp(`camera=${cameraId(6)}`));
  await page.keyboard.press("2");
  await page.waitForURL(/layout=4/);
  await isPlaying(page, 4);
  await page.keyboard.press("f");
  await waitFor(
    "full screen",
    async () => (await page.evaluate("document.fullscreenElement?.className")) === "bm-video-page",
  );
  assert.deepEqual(errors, []);
});

test("what was refused, lowered or has stopped says so in its tile; a token that ran out is asked for anew", async () => {
  await using scene = await stage.scene("/", { cameras: 3 });
  const { page, fake, errors } = scene;
  const { video } = fake.state;
  video.refused.set(cameraId(1), "all 40 Mb/s of the site are in use");
  video.lowered = { profile: "low", reason: "the lines are full" };
  await go(page, "/video");
  await page.getByRole("button", { name: /all 40 Mb\/s of the site are in use.*C01 pump.*no picture/ }).waitFor();
  await page.getByRole("button", { name: /C02 pump\s*low: the lines are full/ }).waitFor();
  await page.getByText("2 live, 1 without picture").waitFor();
  video.stalledAt.set(cameraId(2), Date.now());
  const stalled = page.getByRole("button", { name: /Stalled \d+ s.*C02 pump/ });
  await stalled.waitFor({ timeout: 20_000 });
  await page.getByText("1 stalled").waitFor();
  video.stalledAt.clear();
  await stalled.waitFor({ state: "detached", timeout: 20_000 });
  const asked = video.asked.length;
  video.tokens += 1;
  await waitFor("a new token", () => video.asked.length >= asked + 2, PATIENCE);
  await page.getByText("2 live").waitFor({ timeout: 20_000 });
  assert.deepEqual(errors, []);
});

test("a camera that fails is told in the page's language; a stream that can't be decoded is asked for as it is made", async () => {
  await using scene = await stage.scene("/", { cameras: 2, lang: "zh" });
  const { page, fake, errors } = scene;
  const { video } = fake.state;
  video.failing.set(cameraId(1), "refused_sign_in");
  video.unplayable.add(cameraId(2));
  await go(page, "/video");
  await page.getByRole("button", { name: /^摄像头拒绝访问\s*C01 pump/ }).waitFor();
  await page.getByRole("button", { name: /^C02 pump\s*高清/ }).waitFor({ timeout: 20_000 });
  await page.getByText("1 路实时，1 路无画面").waitFor();
  assert.ok(video.asked.includes("C02 pump high"), video.asked.join());
  video.failing.clear();
  await page.getByText("2 路实时").waitFor({ timeout: 20_000 });
  assert.deepEqual(errors, []);
});

test("where no encoder is free for a low stream, the camera's own is shown, and that is said", async () => {
  await using scene = await stage.scene("/", { cameras: 2 });
  const { page, fake, errors } = scene;
  fake.state.video.failing.set(cameraId(1), "at_limit");
  await go(page, "/video?layout=16");
  await page.getByRole("button", { name: /^C01 pump\s*full\s*\d s/ }).waitFor({ timeout: 20_000 });
  await isPlaying(page, 2);
  assert.deepEqual(fake.state.video.asked.toSorted(), ["C01 pump low", "C01 pump source", "C02 pump low"]);
  assert.deepEqual(errors, []);
});

test("an open alert's camera comes first, with its level as edge, shape and word", async () => {
  await using scene = await stage.scene("/video?layout=16", { cameras: 3 });
  const { page, fake } = scene;
  await page.getByRole("button", { name: /C01 pump/ }).waitFor();
  const target = { kind: "cooling" as const, site_id: "1", id: "10.1.103.1" };
  fake.fire(makeAlert(30, { level: "urgent", state: "firing", suppressed: null, target }));
  await page.locator(".bm-video-tile").first().filter({ hasText: "C03 pump" }).waitFor();
  await page.getByRole("button", { name: /^Urgent\s*C03 pump/ }).waitFor();
  await isPlaying(page, 3);
});

test("pages turn by themselves, and what is no longer shown keeps no source", async () => {
  await using scene = await stage.scene("/", { cameras: 12 });
  const { page, errors } = scene;
  // Every video that is ever made, also those that left the page.
  await page.addInitScript(`{
    const make = document.createElement.bind(document);
    window.madeVideos = [];
    document.createElement = (name, ...rest) => {
      const made = make(name, ...rest);
      if (name === "video") window.madeVideos.push(made);
      return made;
    };
  }`);
  await page.goto(`${scene.fake.url}/video`);
  for (const turn of [2, 3, 1, 2]) {
    await isPlaying(page, 4);
    await page.getByRole("button", { name: "Next page" }).click();
    await page.getByText(`page ${turn} of 3`).waitFor();
  }
  await isPlaying(page, 4);
  const gone = "window.madeVideos.filter((one) => !one.isConnected)";
  assert.ok(Number(await page.evaluate(`${gone}.length`)) >= 16);
  assert.equal(
    await page.evaluate(
      `${gone}.filter((one) => one.src !== "" || one.currentSrc.startsWith("blob") && one.readyState > 0).length`,
    ),
    0,
  );
  await page.goto(`${scene.fake.url}/video?rotate=15`);
  await page.getByText(/page \d of 3, next in \d+ s/).waitFor();
  assert.deepEqual(errors, []);
});

/** How many of a row of points across the canvas have been drawn on. */
const drawnOn = (page: Page, points: number) =>
  page.evaluate(`(() => {
    const canvas = document.querySelector("canvas");
    const context = canvas.getContext("2d");
    const at = (n) => context.getImageData(((n + 0.5) * canvas.width) / ${points}, canvas.height - 20, 1, 1).data[3];
    return Array.from({ length: ${points} }, (_, n) => at(n)).filter((alpha) => alpha > 0).length;
  })()`);

test("the wall of 81 draws key frames on one canvas, says ages and stalls, and promotes by click and by alarm", async () => {
  await using scene = await stage.scene("/video/wall?layout=81", { cameras: 100, width: 1920, height: 1080 });
  const { page, fake, errors } = scene;
  const { video } = fake.state;
  await waitFor("the last row to be drawn", async () => (await drawnOn(page, 9)) === 9, PATIENCE);
  assert.equal(video.shown?.camera_ids.length, 81);
  assert.ok((video.shown?.width_px ?? 0) >= 180 && (video.shown?.width_px ?? 0) <= 214);
  assert.equal(await page.locator("canvas").count(), 1);
  assert.equal(await page.locator("video").count(), 0);
  await page.getByText("81 live").waitFor();
  await page.getByRole("button", { name: /^C81 pump\s*\d s$/ }).waitFor();
  // A server that restarts cuts the connection: another one takes its place.
  const before = video.shown;
  fake.cutWalls();
  await waitFor("the wall to be back", () => video.shown !== before, PATIENCE);

  await page.getByRole("button", { name: /^C05 pump/ }).click();
  await isPlaying(page, 1);
  assert.deepEqual(video.asked, ["C05 pump source"]);
  await page.keyboard.press("Escape");
  await waitFor("the wall to be drawn again", async () => (await drawnOn(page, 9)) === 9, PATIENCE);
  assert.equal(await page.locator("video").count(), 0);

  const target = { kind: "cooling" as const, site_id: "1", id: "10.1.107.1" };
  const since = new Date().toISOString();
  fake.fire(makeAlert(30, { level: "urgent", state: "firing", suppressed: null, target, since }));
  await page.locator(".bm-video-block", { hasText: "C07 pump" }).waitFor();
  await isPlaying(page, 1);
  assert.deepEqual(video.asked.at(-1), "C07 pump medium");
  assert.equal(video.shown?.camera_ids.length, 72);
  const size = await page.evaluate(
    "[document.documentElement.scrollWidth, document.documentElement.scrollHeight].join()",
  );
  assert.equal(size, "1920,1080");
  assert.deepEqual(errors, []);
});

test("on the wall a camera that brings nothing new is greyed with a clock, one that fails says why", async () => {
  await using scene = await stage.scene("/", { cameras: 20 });
  const { page, fake } = scene;
  fake.state.video.troubled.set(cameraId(3), "refused_sign_in");
  await page.goto(`${fake.url}/video/wall?layout=81`);
  await page.getByRole("button", { name: /^Access refused by the camera\s*C03 pump\s*no picture/ }).waitFor();
  await page.getByText("19 live").waitFor();
  fake.state.video.stalledAt.set(cameraId(2), Date.now());
  await page.getByRole("button", { name: /^Stalled 1\d s\s*C02 pump/ }).waitFor({ timeout: 20_000 });
  await page.getByText("18 live, 1 stalled, 1 without picture").waitFor();
});

test("a phone shows one column of low streams, and plays those in sight alone", async () => {
  await using scene = await stage.scene("/video", { cameras: 12, width: 390, height: 844 });
  const { page, fake } = scene;
  await page.getByRole("button", { name: /C01 pump/ }).waitFor();
  await waitFor("the first ones to be asked for", () => fake.state.video.asked.length >= 2, PATIENCE);
  const boxes = await Promise.all((await page.locator(".bm-video-tile").all()).map((tile) => tile.boundingBox()));
  assert.equal(new Set(boxes.map((box) => box?.x)).size, 1);
  assert.ok(fake.state.video.asked.every((one) => one.endsWith("low")));
  assert.ok(fake.state.video.asked.length < 8, fake.state.video.asked.join());
});

test("a view keeps cameras and layout under a name, and leads to them by its address", async () => {
  await using scene = await stage.scene("/video?layout=16&site=1", { cameras: 3 });
  const { page, fake, errors } = scene;
  await page.getByRole("button", { name: "Views …" }).click();
  await page.getByLabel("Name").fill("Pumps");
  await page.getByRole("button", { name: "Save view" }).click();
  await page.waitForURL(/view=/);
  assert.deepEqual(fake.state.video.views[0]?.camera_ids.length, 3);
  await page.getByText(/Pumps · 3 of 3 cameras/).waitFor();
  await using none = await stage.scene("/video", { cameras: 0, role: "viewer" });
  await none.page.getByText("No camera yet").waitFor();
  assert.equal(await none.page.getByRole("link", { name: "Add cameras" }).count(), 0);
  assert.deepEqual(errors, []);
});

test("a camera is tried in its form: its picture, or what is wrong and what to do; fields say what is set", async () => {
  await using scene = await stage.scene("/video/cameras", { cameras: 2 });
  const { page, fake, errors } = scene;
  const { video } = fake.state;
  const form = page.getByRole("dialog");
  const tryIt = form.getByRole("button", { name: "Try it" });
  await page.getByRole("button", { name: "Add camera" }).click();
  await tryIt.click();
  await form.getByText("This is needed.").waitFor();
  assert.equal(video.tried.length, 0);
  await form.getByLabel("Address", { exact: true }).fill("rtsp://10.1.9.7/main");
  await tryIt.click();
  await form.getByText("It works: this picture came after 1.2 s.").waitFor();
  const picture = form.getByRole("img", { name: "What the camera shows" });
  const width = () => page.evaluate("document.querySelector('[role=dialog] img').naturalWidth");
  await waitFor("it to be drawn", async () => Number(await width()) === 16);
  assert.equal(video.tried[0]?.url, "rtsp://10.1.9.7/main");
  assert.equal(video.cameras.length, 2);

  // What was shown is of another address.
  await form.getByLabel("Address", { exact: true }).fill("rtsp://10.1.9.8/main");
  await picture.waitFor({ state: "detached" });
  video.looks = { main: { is: "trouble", trouble: "refused_sign_in", detail: "" }, low: null };
  await tryIt.click();
  await form.getByText("Access refused by the camera").waitFor();
  await form.getByText(/^Check user and password/).waitFor();
  await page.keyboard.press("Escape");
  await form.waitFor({ state: "detached" });

  await page.getByRole("button", { name: "Edit … C02 pump" }).click();
  for (const label of ["Address", "User", "Password"])
    assert.equal(
      await form.getByLabel(label, { exact: true }).getAttribute("placeholder"),
      "set; leave empty to keep",
      label,
    );
  assert.equal(await form.getByLabel("Address of a smaller stream").getAttribute("placeholder"), "not set");
  await tryIt.click();
  await form.getByText("Access refused by the camera").waitFor();
  assert.equal(video.tried.at(-1)?.camera_id, cameraId(2));
  assert.deepEqual(errors, []);
});

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { waitFor } from "@banksman/testkit";
import type { Page } from "playwright-core";
import { cameraId, RECORDED_DAY } from "./fake-video.ts";
import { openStage } from "./stage.ts";

/** Cameras and what is recorded of them. */
let stage: Awaited<ReturnType<typeof openStage>>;
before(async () => {
  stage = await openStage();
});
after(() => stage.close());

test("a camera is registered, changed without its address coming back, and removed after a question", async () => {
  await using scene = await stage.scene("/video/cameras", { cameras: 2 });
  const { page, fake, errors } = scene;
  const { video } = fake.state;
  await page.getByRole("button", { name: "Add camera" }).click();
  const form = page.getByRole("dialog");
  await form.getByLabel("Name", { exact: true }).fill("Gate");
  await form.getByLabel("Address", { exact: true }).fill("http://10.1.9.7/");
  await form.getByText("Not an address of this kind").waitFor();
  await form.getByLabel("Address", { exact: true }).fill("rtsp://10.1.9.7/main");
  await form.getByLabel("User").fill("viewer");
  await form.getByLabel("Password").fill("secret");
  await form.getByRole("button", { name: "Save" }).click();
  await page.getByRole("link", { name: "Gate" }).waitFor();
  assert.equal(JSON.stringify(video.written).includes("rtsp://10.1.9.7/main"), true);

  await page.getByRole("button", { name: "Edit … Gate" }).click();
  await form.getByLabel("Name", { exact: true }).waitFor();
  assert.equal(await form.getByLabel("Address", { exact: true }).inputValue(), "");
  assert.equal((await page.content()).includes("10.1.9.7"), false);
  await form.getByLabel("Name", { exact: true }).fill("North gate");
  await form.getByRole("button", { name: "Save" }).click();
  await page.getByRole("link", { name: "North gate" }).waitFor();
  assert.equal(JSON.stringify(video.written).includes("url"), false);

  await page.getByRole("button", { name: "Remove … North gate" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove", exact: true }).click();
  await page.getByRole("link", { name: "North gate" }).waitFor({ state: "detached" });
  assert.deepEqual(errors, []);
  await using watching = await stage.scene("/video/cameras", { cameras: 2, role: "viewer" });
  await watching.page.getByRole("link", { name: "Recordings" }).first().waitFor();
  assert.equal(await watching.page.getByRole("button", { name: /Edit|Remove|Add/ }).count(), 0);
});

const RECORDINGS = `/video/recordings/1/${cameraId(1)}?day=${RECORDED_DAY}`;
const PATIENCE = { withinMs: 15_000 };
const place = async (page: Page) => Number(await page.evaluate("document.querySelector('video')?.currentTime ?? -1"));

test("a recording is played, sought by the bar of its day, and its next part follows", async () => {
  await using scene = await stage.scene(RECORDINGS, { cameras: 2 });
  const { page, errors } = scene;
  const bar = page.getByRole("slider", { name: "Time" });
  await bar.waitFor();
  await page.getByText("Choose a time on the bar").waitFor();
  await page
    .getByRole("button", { name: /^Play / })
    .nth(2)
    .click();
  await waitFor("it to play", async () => (await place(page)) > 0.5, PATIENCE);
  const before = page.url();
  // Half a minute later, by the keys of the bar.
  await bar.focus();
  for (let press = 0; press < 30; press += 1) await page.keyboard.press("Shift+ArrowRight");
  await waitFor("it to seek", async () => (await place(page)) > 29, PATIENCE);
  assert.notEqual(page.url(), before);
  const source = () => page.evaluate("document.querySelector('video').getAttribute('src')");
  const first = await source();
  await page.evaluate("document.querySelector('video').currentTime = 59.5");
  await waitFor("the next part", async () => (await source()) !== first && (await place(page)) > 0.2, PATIENCE);
  assert.deepEqual(errors, []);
});

test("a day's bar shows six hours or one, by choice, keys and wheel, so that a minute can be hit", async () => {
  await using scene = await stage.scene(RECORDINGS, { cameras: 2 });
  const { page, errors } = scene;
  const bar = page.getByRole("slider", { name: "Time" });
  await bar.waitFor();
  const numberOf = async (name: "min" | "max") => Number(await bar.getAttribute(name));
  const lengthS = async () => (await numberOf("max")) - (await numberOf("min")) + 1;
  const shows = (hours: number) => waitFor(`${hours} h`, async () => (await lengthS()) === hours * 3_600);
  const chosen = () => new URL(page.url()).searchParams.get("at");
  await shows(24);
  await page.keyboard.press("+");
  await shows(6);
  await page.getByText("1 h", { exact: true }).click();
  await page.waitForURL(/span=1/);
  await shows(1);

  // Nothing is chosen yet: it stands where the first recording begins, at noon.
  const noonS = Number(await bar.inputValue());
  await bar.focus();
  await page.keyboard.press("ArrowRight");
  await waitFor("a minute later", () => chosen() === `${RECORDED_DAY}T12:01:00.000Z`);
  const box = await bar.boundingBox();
  assert.ok(box);
  const xOf = async (s: number) => box.x + (box.width * (s - (await numberOf("min")))) / (await lengthS());
  await page.mouse.click(await xOf(noonS + 150), box.y + box.height / 2);
  await waitFor("the minute that was pressed", () => chosen()?.startsWith(`${RECORDED_DAY}T12:02:`));

  const first = await numberOf("min");
  await page.getByRole("button", { name: "Later" }).click();
  await waitFor("a later hour", async () => (await numberOf("min")) === first + 2_700);
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.keyboard.down("Control");
  await page.mouse.wheel(0, 100);
  await page.keyboard.up("Control");
  await shows(6);
  await page.keyboard.press("0");
  await shows(24);
  assert.equal(new URL(page.url()).searchParams.get("span"), null);
  assert.deepEqual(errors, []);
});

test("a part is held and let go, a span is downloaded as one file; a viewer holds nothing", async () => {
  await using scene = await stage.scene(RECORDINGS, { cameras: 2 });
  const { page, fake, errors } = scene;
  const held = () => fake.state.video.recordings.filter((one) => one.held).length;
  await page
    .getByRole("button", { name: /^Hold / })
    .first()
    .click();
  await waitFor("it to be held", () => held() === 2);
  await page
    .getByRole("button", { name: /^Let go / })
    .first()
    .click();
  await waitFor("it to be let go", () => held() === 1);
  const span = page.getByRole("region", { name: "Download a span" });
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    span.getByRole("link", { name: "Download" }).click(),
  ]);
  assert.ok((await readFile(await file.path())).length > 100_000);
  assert.match(file.url(), /recordings\/download\?from=\d{4}-.*Z&to=/);
  await span.getByLabel("To").fill("00:00:01");
  await span.getByText("The end lies before the beginning.").waitFor();
  await page.getByRole("button", { name: "Day before" }).click();
  await page.getByText("Nothing is recorded of this day").waitFor();
  assert.deepEqual(errors, []);
  await using watching = await stage.scene(RECORDINGS, { cameras: 2, role: "viewer" });
  await watching.page
    .getByRole("button", { name: /^Play / })
    .first()
    .waitFor();
  assert.equal(await watching.page.getByRole("button", { name: /^Hold / }).count(), 0);
});

test("an alert's detail plays what was recorded of it, and leads to the camera's day", async () => {
  await using scene = await stage.scene("/alerts?alert=1", { cameras: 2 });
  const { page, errors } = scene;
  await page.getByRole("heading", { name: "Recordings of it" }).waitFor();
  await page.getByRole("button", { name: /^Play C01 pump/ }).click();
  await waitFor("the clip to play", async () => (await place(page)) > 0, PATIENCE);
  await page.getByRole("link", { name: "C01 pump" }).click();
  await page.waitForURL(/\/video\/recordings\/1\/.*at=/);
  await page.getByRole("slider", { name: "Time" }).waitFor();
  assert.deepEqual(errors, []);
});

test("a cooling unit's page plays the cameras that look at it, by its address or its name, and names the others", async () => {
  await using scene = await stage.scene("/", { cameras: 3 });
  const { page, fake, errors } = scene;
  const [, second] = fake.state.video.cameras;
  if (second) second.container = "C01";
  await page.goto(`${fake.url}/cooling/1/10.1.101.1`);
  const panel = page.getByRole("region", { name: "Cameras" });
  await panel.getByRole("link", { name: "C03 pump" }).waitFor();
  // What is not in sight isn't played.
  for (const name of [/^C01 pump/, /^C02 pump/]) await panel.getByRole("button", { name }).scrollIntoViewIfNeeded();
  const asked = () => [...new Set(fake.state.video.asked)].toSorted();
  await waitFor("both to be asked for", () => asked().length === 2, PATIENCE);
  assert.deepEqual(asked(), ["C01 pump low", "C02 pump low"]);
  await panel.getByRole("button", { name: /^C02 pump/ }).click();
  await page.waitForURL(/\/video\?camera=/);
  assert.deepEqual(errors, []);
});

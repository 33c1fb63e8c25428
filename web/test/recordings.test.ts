import assert from "node:assert/strict";
import { after, before, test } from "node:test";
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
  await page.getByRole("button", { name: "Register a camera" }).click();
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
  assert.equal(await watching.page.getByRole("button", { name: /Edit|Remove|Register/ }).count(), 0);
});

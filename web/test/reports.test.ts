import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { PERIOD } from "./fake-reports.ts";
import { openStage } from "./stage.ts";

let stage: Awaited<ReturnType<typeof openStage>>;
before(async () => {
  stage = await openStage();
});
after(() => stage.close());

test("a report is asked for, shows how far it is, then what it says, with its files", async () => {
  await using scene = await stage.scene("/", {});
  const { page, errors } = scene;
  await page.getByRole("link", { name: "Reports" }).click();
  await page.getByText("No report chosen").waitFor();
  await page.getByRole("button", { name: /Operation/ }).click();
  await page.getByLabel("A day in it").fill("2030-01-01");
  await page.getByRole("button", { name: "Build report" }).click();
  await page.getByText("from: this period has not begun").waitFor();
  await page.getByLabel("A day in it").fill("");
  const asked = page.waitForRequest((request) => request.method() === "POST" && request.url().endsWith("/api/reports"));
  await page.getByRole("button", { name: "Build report" }).click();
  assert.deepEqual((await asked).postDataJSON().scope, { site_id: null, region: null, customer_id: null });
  assert.equal(await page.getByRole("progressbar").getAttribute("aria-valuenow"), "61");
  const paper = page.getByRole("article");
  await paper.getByText("98.61").waitFor();
  await paper.getByText("▲ 0.41 ✓").waitFor();
  await paper.getByText("▼ 13.5 !").waitFor();
  const sites = paper.getByRole("region", { name: "Sites" }).last();
  assert.deepEqual(await sites.getByRole("row").nth(4).getByRole("cell").allTextContents(), [
    "Harbour 3",
    "–",
    "3",
    "2026-11-23 00:00",
  ]);
  await paper.getByText("The first 200 of 260 rows; the files have all.").waitFor();
  const pdf = page.getByRole("link", { name: "PDF" });
  assert.match((await pdf.getAttribute("href")) ?? "", /^\/api\/reports\/[0-9a-f-]+\/files\/pdf$/);
  assert.deepEqual(errors, []);
});

test("kept reports are listed with their files; one that failed says why; only who may throws one away", async () => {
  await using scene = await stage.scene("/reports/kept");
  const { page } = scene;
  await page.getByText("It could not be built: the database went away").waitFor();
  const removed = page.waitForRequest((request) => request.method() === "DELETE");
  await page.getByRole("button", { name: "Throw away" }).first().click();
  await page.getByRole("dialog").getByRole("button", { name: "Throw away" }).click();
  await removed;
  await page.getByRole("link", { name: "Cooling per site" }).click();
  await page.getByRole("article").waitFor();
  const again = page.waitForRequest((request) => request.method() === "POST" && request.url().endsWith("/api/reports"));
  await page.getByRole("button", { name: "Build again" }).click();
  const { span, from, time_zone } = (await again).postDataJSON();
  assert.deepEqual(
    [span, from, time_zone],
    [PERIOD.span, PERIOD.from, PERIOD.time_zone],
    "what is open, not last week",
  );
  await using other = await stage.scene("/reports/kept", { role: "viewer" });
  await other.page.getByRole("link", { name: "Cooling per site" }).waitFor();
  assert.equal(await other.page.getByRole("button", { name: "Throw away" }).count(), 0);
});

test("a report at its times is added, paused, changed and ended; one that was not built says why", async () => {
  await using scene = await stage.scene("/reports/schedules");
  const { page, errors } = scene;
  await page.getByText("its owner reaches no such site any more").waitFor();
  const added = page.waitForRequest(
    (request) => request.method() === "POST" && request.url().endsWith("/api/report-schedules"),
  );
  await page.getByRole("button", { name: "Add schedule" }).click();
  const wish = (await added).postDataJSON();
  assert.deepEqual([wish.kind, wish.span, wish.hour, wish.channels], ["operation", "week", 6, []]);
  const isChange = (request: { method: () => string }) => request.method() === "PATCH";
  const paused = page.waitForRequest(isChange);
  await page.getByRole("switch", { name: "Switch Operation on or off" }).click();
  assert.deepEqual((await paused).postDataJSON(), { enabled: false });
  await page.getByRole("button", { name: "Change", exact: true }).first().click();
  const form = page.getByRole("form", { name: "Change schedule" });
  await form.getByLabel("Hours after it is over").fill("9");
  const changed = page.waitForRequest(isChange);
  await form.getByRole("button", { name: "Save" }).click();
  const { hour, span, channels } = (await changed).postDataJSON();
  assert.deepEqual([hour, span, channels], [9, "week", ["boss", "ops"]]);
  await form.waitFor({ state: "detached" });
  const ended = page.waitForRequest((request) => request.method() === "DELETE");
  await page.getByRole("button", { name: "End", exact: true }).first().click();
  await page.getByRole("dialog").getByRole("button", { name: "End", exact: true }).click();
  await ended;
  assert.deepEqual(errors, []);
});

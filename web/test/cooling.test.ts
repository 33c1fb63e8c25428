import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { waitFor } from "@banksman/testkit";
import { makeAlert } from "./fake-alerts.ts";
import { go } from "./go.ts";
import { openStage } from "./stage.ts";

/** The cooling pages, against a server with made-up containers. */
let stage: Awaited<ReturnType<typeof openStage>>;
before(async () => {
  stage = await openStage();
});
after(() => stage.close());

test("the worst unit comes first, leads to its page, and a value of its loop joins the chart", async () => {
  await using scene = await stage.scene("/cooling", { coolingUnits: 24 });
  const { page, errors } = scene;
  const first = page.locator(".bm-unit-tile").first();
  assert.match((await first.textContent()) ?? "", /C01.*Urgent.*supply flow low/);
  await page.getByRole("link", { name: "North Ridge: Not answering, 24 units" }).waitFor();
  await first.click();
  await page.waitForURL(/\/cooling\/1\/10\.1\.101\.1$/);
  await page.getByRole("heading", { name: /C01/ }).waitFor();
  const tag = page.getByRole("button", { name: /^Tower inlet 42.6 °C, .* ago, uncertain/ });
  await tag.focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(/values=.*tower\.inletTemp/);
  await page.getByRole("button", { name: "Next unit: C02" }).click();
  await page.waitForURL(/\/cooling\/1\/10\.1\.102\.1$/);
  assert.deepEqual(errors, []);
});

test("an alert that a rule raised counts as a fault does, on tile, unit and phone", async () => {
  await using scene = await stage.scene("/", { coolingUnits: 24 });
  const { page, fake } = scene;
  const title = { en: "C04: dew point is 1.2 °C below supply", zh: "C04：露点仅低于供液 1.2 °C" };
  const target = { kind: "cooling" as const, site_id: "1", id: "10.1.104.1" };
  fake.state.alerts.alerts.push(makeAlert(20, { level: "urgent", state: "firing", title, target }));
  await go(page, "/cooling");
  await page.locator(".bm-unit-tile", { hasText: "C04" }).getByText(title.en).waitFor();
  assert.match((await page.locator(".bm-unit-tile").nth(1).textContent()) ?? "", /C04.*Urgent/);
  await go(page, "/cooling/1/10.1.104.1");
  await page.getByRole("link", { name: title.en }).click();
  await page.waitForURL(/\/alerts\?alert=21/);
});

test("a unit that doesn't answer says why and since when; one that lost its PLC says that its values are old", async () => {
  await using scene = await stage.scene("/cooling/1/10.1.110.1", { coolingUnits: 24 });
  const { page } = scene;
  await page.getByText("9 rounds in a row failed: it took the request and did not answer in time").waitFor();
  await page.getByRole("button", { name: "Switch to Chinese" }).click();
  await page.getByText("连续 9 轮失败：已收到请求但未及时应答").waitFor();
  await page.getByRole("button", { name: "切换到英文" }).click();
  await page.goto(page.url().replace("110.1", "105.1"));
  await page.getByText("The controller answers and has lost its PLC").waitFor();
  await page.getByRole("button", { name: /^Supply temperature .* stale/ }).waitFor();
});

test("a phone shows faults first and the loop as a list; nobody's units say how to begin", async () => {
  await using scene = await stage.scene("/cooling/1/10.1.101.1", { width: 390, height: 844 });
  const { page } = scene;
  const top = async (name: string) => (await page.getByRole("region", { name, exact: true }).boundingBox())?.y ?? 0;
  await page.getByRole("region", { name: "Faults" }).waitFor();
  assert.ok((await top("Faults")) < (await top("Loop")));
  await page.getByRole("button", { name: /^Flow/ }).first().waitFor();
  await using empty = await stage.scene("/cooling", { coolingUnits: 0, role: "viewer" });
  await empty.page.getByText("No cooling unit is read yet").waitFor();
  assert.equal(await empty.page.getByRole("button", { name: "Add a unit" }).count(), 0);
});

test("only what the unit can do is offered; what an interlock holds is locked in its words; the rest is previewed", async () => {
  await using scene = await stage.scene("/cooling/1/10.1.102.1");
  const { page, errors } = scene;
  const panel = page.getByRole("region", { name: "Control" });
  const stop = panel.getByRole("button", { name: "Stop cooling …" });
  await waitFor("the interlock to be known", () => stop.isDisabled());
  await panel.getByText("Cooling does not stop while miners hash").waitFor();
  assert.equal(await panel.getByRole("button", { name: /Valve|Socket|Pump/ }).count(), 0);
  await panel.getByRole("button", { name: "Set supply temperature …" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Would be ordered").waitFor();
  const focused = (label: string) => dialog.getByLabel(label).evaluate((field) => field === document.activeElement);
  await waitFor("the temperature to have the focus", () => focused("Supply temperature, °C"));
  await dialog.getByLabel("Supply temperature, °C").fill("99");
  await dialog.getByText("Would be ordered").waitFor({ state: "detached" });
  await dialog.getByText("Set supply temperature", { exact: true }).waitFor();
  const give = dialog.getByRole("button", { name: /^Set supply temperature: / });
  assert.equal(await give.isDisabled(), true);
  assert.equal(await dialog.getByText(/set_temp/).count(), 0);
  await dialog.getByLabel("Supply temperature, °C").fill("33.5");
  await dialog.getByLabel("Reason").fill("a cooler night");
  await dialog.getByRole("button", { name: /^Set supply temperature 33.5 °C: 1 device/ }).click();
  await dialog.getByText("Ordered", { exact: true }).waitFor();
  const follow = dialog.getByRole("link", { name: "Follow in orders" });
  await waitFor("the focus to go on", () => follow.evaluate((link) => link === document.activeElement));
  assert.deepEqual(errors, []);
});

test("nothing is ordered of a unit whose state nobody knows, and a viewer has no buttons", async () => {
  await using scene = await stage.scene("/cooling/1/10.1.110.1", { coolingUnits: 24 });
  const buttons = scene.page.getByRole("region", { name: "Control" }).getByRole("button");
  await buttons.first().waitFor();
  for (const button of await buttons.all()) assert.equal(await button.isDisabled(), true);
  await using other = await stage.scene("/cooling/1/10.1.102.1", { role: "viewer" });
  const control = other.page.getByRole("region", { name: "Control" });
  await control.getByText("Supply set point").waitFor();
  assert.equal(await control.getByRole("button").count(), 0);
});

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { waitFor } from "@banksman/testkit";
import { openStage } from "./stage.ts";

let stage: Awaited<ReturnType<typeof openStage>>;
before(async () => {
  stage = await openStage();
});
after(() => stage.close());

test("the audit trail: the seal, filters in the address, older rows, a row's before and after, exports", async () => {
  await using scene = await stage.scene("/");
  const { page, errors } = scene;
  await page.getByRole("link", { name: "Audit" }).click();
  await page.getByText("signed to row 228 of 230").click();
  await page.getByText("This server's role can add rows and neither change nor remove them.").waitFor();
  await page.getByText("it answered 503").waitFor();
  await page.keyboard.press("Escape");
  await page.getByLabel("Result").first().click();
  await page.getByTitle("Refused", { exact: true }).click();
  await page.waitForURL(/result=refused/);
  await waitFor("refused rows alone", async () => (await page.locator("tbody tr.ant-table-row").count()) === 32);
  await page.getByRole("button", { name: "Clear filters" }).click();
  await page.getByRole("button", { name: "Older" }).click();
  await page.waitForURL(/before=131/);
  await page.getByRole("button", { name: "Row 130", exact: true }).click();
  const drawer = page.getByRole("dialog");
  await drawer.getByText("North Ridge 130").waitFor();
  await drawer.getByText("moved to the new hall").waitFor();
  await page.keyboard.press("Escape");
  const csv = await page.getByRole("link", { name: "CSV" }).getAttribute("href");
  assert.match(csv ?? "", /^\/api\/audit\/csv/);
  assert.deepEqual(errors, []);
});

test("a trail that can't be signed any more says so in its head", async () => {
  await using scene = await stage.scene("/");
  scene.fake.state.administration.trouble = "row 12 of the audit trail does not follow from the rows before it";
  await scene.page.goto(`${scene.fake.url}/audit`);
  await scene.page.getByText("row 12 of the audit trail does not follow").waitFor();
});

test("系统设置: each value says its source; what is fixed can't be typed in; Save says what will change", async () => {
  await using scene = await stage.scene("/settings", { lang: "zh" });
  const { page, fake, errors } = scene;
  await page.getByRole("heading", { name: "系统设置" }).waitFor();
  await page.getByText("由 banksman.yaml 设定，此处不可改").first().waitFor();
  assert.ok(await page.getByLabel("小时汇总，天").isDisabled());
  await page.getByText("没有改动。").waitFor();
  await page.getByLabel("判为离线前错过的采集轮数").fill("5");
  await page.getByText("将改动：判为离线前错过的采集轮数").waitFor();
  await page.getByLabel("原因，写入审计").fill("链路不稳");
  await page.getByRole("button", { name: /保\s?存/ }).click();
  await page.getByText(/由 admin 在此设置/).waitFor();
  assert.equal(fake.state.administration.settings.find(({ key }) => key === "intervals.stale_sweeps")?.value, 5);
  await page.getByText("没有改动。").waitFor();
  await page.goto(`${fake.url}/settings/jobs`);
  const runs = page.getByRole("region", { name: "运行记录" });
  await runs.getByText("分钟 2, 小时 0, 天 0").first().waitFor();
  const told = (words: string) => page.getByRole("cell", { name: words }).first();
  await told("磁盘空间不足 “could not extend file: No space left on device”").waitFor();
  await runs.getByLabel("状态").click();
  await page.getByTitle("随服务器中断", { exact: true }).click();
  await runs.getByText("执行它的服务器中途停止").waitFor();
  assert.deepEqual(errors, []);
});

test("temperatures are shown in the unit that was set: figure, head, axis and legend together", async () => {
  await using scene = await stage.scene("/");
  const { page, fake } = scene;
  await page.goto(`${fake.url}/monitor/1`);
  await page.getByRole("columnheader", { name: "°C" }).waitFor();
  fake.state.update("S21_0001", { temperature_max: 80 });
  fake.state.administration.display = { ...fake.state.administration.display, temperature: "fahrenheit" };
  await page.goto(`${fake.url}/monitor/1?q=S21_0001`);
  await page.getByRole("columnheader", { name: "°F" }).waitFor();
  await page.locator("tr.bm-row", { hasText: "S21_0001" }).getByText("176", { exact: true }).waitFor();
  await page.goto(`${fake.url}/miners/1/S21_0001`);
  await page.getByText("°F").first().waitFor();
  assert.equal(await page.getByText("°C").count(), 0);
});

test("the installation's language is shown to who has chosen none", async () => {
  await using scene = await stage.scene("/");
  const { page, fake } = scene;
  fake.state.administration.display = { ...fake.state.administration.display, language: "zh" };
  await page.evaluate("localStorage.removeItem('banksman.lang')");
  await page.reload();
  await page.getByRole("heading", { name: "总览" }).waitFor();
});

test("a webhook is registered, its secret shown this once, tested", async () => {
  await using scene = await stage.scene("/settings/webhooks");
  const { page, errors } = scene;
  await page.getByText("No webhooks yet").waitFor();
  await page.getByRole("button", { name: "Webhook" }).first().click();
  await page.getByLabel("Address").fill("https://crm.example/banksman");
  await page.getByRole("button", { name: "Save" }).click();
  assert.match((await page.getByTestId("webhook-secret").textContent()) ?? "", /^whsec_/);
  await page.getByRole("button", { name: "I have stored it" }).click();
  await page.getByTestId("webhook-secret").waitFor({ state: "hidden" });
  await page.getByRole("button", { name: "Test" }).click();
  await page.getByText("Taken: 204").waitFor();
  await page.getByRole("button", { name: "Deliveries" }).click();
  await page.getByText("Nothing sent yet").waitFor();
  assert.deepEqual(errors, []);
});

test("who may not see them is told which permission is missing", async () => {
  for (const path of ["/audit", "/settings", "/settings/webhooks"]) {
    await using scene = await stage.scene(path, { role: "viewer" });
    await scene.page.getByText(/audit\.read|settings\.manage|webhook\.manage/).waitFor();
  }
});

test("an authenticator app is added by scanning or typing, and asked for at the next sign-in", async () => {
  await using scene = await stage.scene("/account");
  const { page } = scene;
  await page.getByRole("button", { name: "Add app…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Current password").fill("right");
  await dialog.getByRole("button", { name: "Continue" }).click();
  await dialog.locator(".ant-qrcode svg").waitFor();
  await dialog.getByText("JBSWY3DPEHPK3PXP").waitFor();
  await dialog.getByLabel("Code").fill("000000");
  await dialog.getByRole("button", { name: "Continue" }).click();
  await dialog
    .getByRole("alert")
    .getByText(/this code is not right/i)
    .waitFor();
  await dialog.getByLabel("Code").fill("123456");
  await dialog.getByRole("button", { name: "Continue" }).click();
  await page.getByText("abcd-efgh").waitFor();
  await page.getByRole("button", { name: "I have stored it" }).click();
  await page.getByRole("button", { name: "Remove app…" }).waitFor();
  await page.getByRole("button", { name: "Account" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.locator("input[autocomplete=username]").fill("admin");
  await page.locator("input[autocomplete=current-password]").fill("right");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByLabel("Code").fill("999999");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").waitFor();
  await page.getByLabel("Code").fill("123456");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.locator("#content").waitFor();
});

test("jobs: what runs shows how far it is and is cancelled, what failed is done again, times are set", async () => {
  await using scene = await stage.scene("/settings/jobs");
  const { page, errors } = scene;
  const running = page.getByRole("region", { name: "Running now" });
  await running.getByText("unit 63 of 150").waitFor();
  assert.equal(await running.getByRole("progressbar").getAttribute("aria-valuenow"), "42");
  const cancelled = page.waitForRequest(/\/runs\/.*\/cancel$/);
  await running.getByRole("button", { name: "Cancel run" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel run" }).click();
  await cancelled;
  const runs = page.getByRole("region", { name: "Runs", exact: true });
  await runs.getByLabel("State").click();
  await page.getByTitle("Failed", { exact: true }).click();
  await runs.getByText("could not extend file: No space left on device").waitFor();
  await runs.getByRole("button", { name: "Do again: Retention and disk" }).click();
  await page.getByText("It runs as soon as a server is free.").waitFor();
  await page.getByRole("button", { name: "Run now: Retention and disk" }).click();
  await page.getByText("It waits or runs already.").waitFor();
  await page.getByRole("button", { name: "Times … Clean-up of alerts" }).click();
  const drawer = page.getByRole("dialog");
  await drawer.getByRole("textbox").fill("99 * * * *");
  await drawer.getByRole("button", { name: "Save" }).click();
  await drawer.getByText("cron: no minute 99").waitFor();
  assert.deepEqual(errors, []);
});

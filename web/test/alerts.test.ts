import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { waitFor } from "@banksman/testkit";
import { makeAlert } from "./fake-alerts.ts";
import { go } from "./go.ts";
import { openStage } from "./stage.ts";

/** The alert centre, in a real browser. */
let stage: Awaited<ReturnType<typeof openStage>>;
before(async () => {
  stage = await openStage();
});
after(() => stage.close());

test("the worst alert is first; keys walk, select and acknowledge, with a comment", async () => {
  await using scene = await stage.scene("/alerts");
  const { page, fake } = scene;
  const rows = page.locator(".bm-alert-row");
  await rows.first().waitFor();
  assert.match(await rows.first().innerText(), /North Ridge: 62 of 100 miners offline/);
  assert.match(await rows.nth(2).innerText(), /Suppressed|S21_/);
  await page.keyboard.press("j");
  await page.waitForURL(/alert=1/);
  const detail = page.getByRole("complementary", { name: "Alert" });
  await detail.getByText("1 alerts below it").waitFor();
  await page.keyboard.press("x");
  await page.keyboard.press("j");
  await page.waitForURL(/alert=2/);
  await page.locator(".bm-alert-row").nth(1).locator("[aria-current=true]").waitFor();
  await page.keyboard.press("x");
  await page.getByText("2 selected").waitFor();
  await page.keyboard.press("a");
  await page.getByLabel("Comment").fill("switch sw-3 is down");
  await page.getByRole("button", { name: "Acknowledge 2 alerts" }).click();
  await page.getByText("2 alerts acknowledged").waitFor();
  const taken = fake.state.alerts.alerts.filter(({ acknowledged_by }) => acknowledged_by === "admin");
  assert.deepEqual(
    taken.map(({ comment }) => comment),
    ["switch sw-3 is down", "switch sw-3 is down"],
  );
  assert.deepEqual(scene.errors, []);
});

test("filters live in the address; an alert tells why nobody is told of it", async () => {
  await using scene = await stage.scene("/alerts");
  const { page } = scene;
  await page
    .getByRole("button", { name: /Warning/ })
    .first()
    .click();
  await page.waitForURL(/level=warning/);
  await waitFor("two warnings", async () => (await page.locator(".bm-alert-row").count()) === 2);
  await page.getByLabel("Title, site, miner").fill("nothing like it");
  await page.getByText("No alert matches").waitFor();
  await page.getByRole("button", { name: "Clear filters" }).last().click();
  await waitFor("an empty field", async () => (await page.getByLabel("Title, site, miner").inputValue()) === "");
  await waitFor("all alerts", async () => (await page.locator(".bm-alert-row").count()) === 5);
  await go(page, "/alerts?alert=3");
  await page.getByText("A larger alert explains it: Site offline").waitFor();
  await go(page, "/alerts?alert=77");
  await page.getByText("This alert is not kept any more.").waitFor();
});

test("a new urgent alert is counted, spoken and shown once, on any page", async () => {
  await using scene = await stage.scene("/sites");
  const { page, fake } = scene;
  await waitFor("the page to listen", () => fake.listening());
  await page.getByRole("button", { name: "1 urgent alert" }).waitFor();
  fake.fire(makeAlert(10, { level: "urgent", title: { zh: "漏液", en: "Leak in C02" } }), 4);
  await page.getByRole("button", { name: "2 urgent alerts" }).waitFor();
  const spoken = page.locator("[aria-live=assertive]").filter({ hasText: "Leak in C02, and 4 more" });
  await spoken.waitFor({ state: "attached" });
  const toast = page.locator(".ant-notification-notice");
  await toast.waitFor();
  assert.equal(await toast.count(), 1);
  await toast.click();
  await page.waitForURL(/alerts\?alert=11/);
  await page.getByRole("button", { name: "Sound on" }).click();
  await page.reload();
  await page.getByRole("button", { name: "Sound off" }).waitFor();
});

test("an alert is silenced with its rule and place already filled in", async () => {
  await using scene = await stage.scene("/alerts?alert=2");
  const { page, fake } = scene;
  await page.getByRole("button", { name: "Silence…" }).click();
  const form = page.getByRole("dialog");
  await form.getByLabel("Reason").fill("fan on order");
  await form.getByRole("button", { name: "Silence or maintenance…" }).click();
  await page.getByText("Silenced, 2 alerts now").waitFor();
  const [silence] = fake.state.alerts.silences;
  assert.deepEqual(silence?.matcher, {
    rule_id: "miner-hot",
    site_id: "1",
    target: "miner",
    target_id: "S21_0001",
  });
  await go(page, "/alerts/silences");
  await page.getByText("fan on order").waitFor();
});

test("a condition is completed as it is typed, and a wrong name is put right with one press", async () => {
  await using scene = await stage.scene("/alerts/rules/new");
  const { page, fake } = scene;
  await page.getByLabel("Id", { exact: true }).fill("low-hashrate");
  await page.getByLabel("Name, English").fill("Low");
  await page.getByLabel("Name, Chinese").fill("偏低");
  const condition = page.getByLabel("Condition");
  await condition.pressSequentially("hash");
  await page
    .getByRole("option", { name: /hashrate_ghs/ })
    .first()
    .waitFor();
  await condition.press("Tab");
  assert.equal(await condition.inputValue(), "hashrate_ghs");
  await condition.fill("hashrat_ghs < 90000.0");
  await page.getByText("there is no field hashrat_ghs").waitFor();
  assert.equal(await page.getByRole("button", { name: "Save" }).isDisabled(), true);
  await page.getByRole("button", { name: "Use hashrate_ghs" }).click();
  assert.equal(await condition.inputValue(), "hashrate_ghs < 90000.0");
  await page.getByText("Holds for 2 of 60, can't be told for 1.").waitFor();
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.getByText("Would have fired 3 times").waitFor();
  assert.equal(await page.locator(".bm-marks-bar").count(), 3);
  await page.getByText("still firing").waitFor();
  await page.getByLabel("Title, English").fill("{miner_id} is low");
  await page.getByLabel("Title, Chinese").fill("{miner_id} 偏低");
  await waitFor("saving to be open", () => page.getByRole("button", { name: "Save" }).isEnabled());
  await page.getByRole("button", { name: "Save" }).click();
  await page.waitForURL(/rules\/low-hashrate/);
  const saved = fake.state.alerts.rules.at(-1);
  assert.deepEqual([saved?.condition, saved?.for_s, saved?.target], ["hashrate_ghs < 90000.0", 300, "miner"]);
});

test("a channel is made from its kind's own fields; a test that fails says what the service said", async () => {
  await using scene = await stage.scene("/alerts/channels");
  const { page, fake } = scene;
  await page.getByText("last message failed").waitFor();
  await page.getByRole("button", { name: "Send test" }).click();
  await page
    .getByText(/The webhook did not answer within 10000 ms/)
    .first()
    .waitFor();
  await page.getByRole("button", { name: "Add channel" }).click();
  const form = page.getByRole("dialog");
  await form.getByLabel("Name").fill("night");
  await form.getByLabel("url").fill("https://hook.example/x");
  await form.getByLabel("secret").fill("whsec_abc");
  await form.locator("button", { hasText: /^Show$/ }).click();
  await form.getByText("North Ridge: 12 miners offline").waitFor();
  await form.getByRole("button", { name: "Save" }).click();
  await page.getByRole("row", { name: /night/ }).waitFor();
  const made = fake.state.alerts.channels.at(-1);
  assert.deepEqual([made?.settings, made?.secrets], [{ url: "https://hook.example/x" }, ["secret"]]);
});

test("people take turns: an order is made and shows who is on call", async () => {
  await using scene = await stage.scene("/alerts/on-call");
  const { page, fake } = scene;
  await page.getByText("Nobody takes turns yet").waitFor();
  await page.getByRole("button", { name: "Add order" }).click();
  const form = page.getByRole("dialog");
  await form.getByLabel("Name", { exact: true }).fill("night");
  await form.getByLabel("Person").fill("Li Wei");
  await form.getByLabel("Called over").click();
  await page.getByTitle("ops").click();
  await form.getByRole("button", { name: "Save" }).click();
  await page.getByText("Li Wei is on call").waitFor();
  assert.equal(fake.state.alerts.schedules.length, 1);
});

test("a viewer reads and changes nothing; on a phone an alert opens over the list", async () => {
  await using viewer = await stage.scene("/alerts/rules/miner-hot", { role: "viewer" });
  await viewer.page.getByLabel("Condition").waitFor();
  assert.equal(await viewer.page.getByRole("button", { name: "Save" }).count(), 0);
  await using phone = await stage.scene("/alerts", { width: 390, height: 844, lang: "zh" });
  await phone.page.locator(".bm-alert-open").first().click();
  await phone.page.getByRole("dialog").getByRole("button", { name: "确认" }).click();
  await phone.page
    .getByRole("button", { name: /^确\s?认$/ })
    .last()
    .click();
  await phone.page.getByText("已确认 1 条告警").waitFor();
});

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { waitFor } from "@banksman/testkit";
import { openStage } from "./stage.ts";

/** Orders from the pages that people give them from, against a server with a made-up fleet. */
let stage: Awaited<ReturnType<typeof openStage>>;
before(async () => {
  stage = await openStage();
});
after(() => stage.close());

test("a selection is previewed, wants a reason, and turns into live progress", async () => {
  await using scene = await stage.scene("/monitor/1", { miners: 60 });
  const { page, errors } = scene;
  const boxes = page.locator("tr.bm-row input[type=checkbox]");
  await boxes.nth(0).check();
  await boxes.nth(1).check();
  await boxes.nth(2).check();
  await page.getByText("3 selected").waitFor();
  await page.locator(".bm-selection").getByRole("button", { name: "Orders" }).click();
  await page.getByRole("menuitem", { name: "Reboot …" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("It is asleep already").waitFor();
  const give = dialog.getByRole("button", { name: "Reboot: 1 device" });
  assert.equal(await give.isDisabled(), true);
  await dialog.getByLabel("Reason").fill("boards are missing");
  await give.click();
  await dialog.getByText("Ordered").waitFor();
  await dialog.getByRole("link", { name: "Follow in orders" }).click();
  await page.waitForURL(/\/commands\?order=/);
  assert.deepEqual(errors, []);
});

test("what is over 100 is typed, needs a second person, and only what a driver has is offered", async () => {
  await using scene = await stage.scene("/monitor/1", { miners: 300 });
  const { page } = scene;
  await page.getByRole("button", { name: "Whole site" }).click();
  await page.getByRole("menuitem", { name: "Light on …" }).waitFor();
  assert.equal(await page.getByRole("menuitem", { name: /power target/i }).count(), 0);
  await page.getByRole("menuitem", { name: "Sleep …" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText(/A second person must approve within 10 min/).waitFor();
  await dialog.getByLabel("Reason").fill("curtailment");
  const give = dialog.getByRole("button", { name: "Sleep: 298 devices" });
  assert.equal(await give.isDisabled(), true);
  await dialog.getByLabel(/type 298/).fill("298");
  await page.keyboard.press("Tab");
  await waitFor("the order to be given", async () => !(await give.isDisabled()));
});

test("a phone gets to the orders, told with their site's name; an empty queue says nothing of the past", async () => {
  await using scene = await stage.scene("/", { miners: 60, width: 390, height: 844 });
  const { page, errors } = scene;
  await page.locator(".bm-bottom").getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "Orders" }).click();
  await page.waitForURL(/\/commands$/);
  const queue = page.getByRole("region", { name: "Queue" });
  await queue.getByText("North Ridge").first().waitFor();
  await queue.getByRole("link", { name: "Reboot" }).click();
  const told = page.getByRole("dialog").getByText("still up for 86,410 s").first();
  await told.waitFor();
  const box = await told.boundingBox();
  assert.ok(box && box.x + box.width <= 390, "what became of it is read whole");
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
  await page.route(/api\/orders\?show=active/, (route) =>
    route.fulfill({ json: { success: true, data: { orders: [], has_more: false } } }),
  );
  await page.reload();
  await queue.getByText("Nothing waits or runs").waitFor();
  await page.getByRole("link", { name: "History" }).click();
  await page.getByText("North Ridge").first().waitFor();
  assert.deepEqual(errors, []);
});

test("an order that waits for a second person names the policy in its words, and can't be paused", async () => {
  await using scene = await stage.scene("/commands");
  const { page } = scene;
  await page.getByRole("region", { name: "Queue" }).getByRole("link", { name: "Sleep" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Policy: Stopping more than 100 miners needs a second person.").waitFor();
  await dialog.getByRole("button", { name: "Cancel" }).waitFor();
  assert.equal(await dialog.getByRole("button", { name: "Pause" }).count(), 0);
});

test("what a command ended with is told in the reader's language, with the device's own words beneath", async () => {
  await using scene = await stage.scene("/commands", { lang: "zh" });
  const { page, errors } = scene;
  await page.getByRole("region", { name: "队列" }).getByRole("link", { name: "重启" }).click();
  const dialog = page.getByRole("dialog");
  const told = (words: string) => dialog.getByRole("cell", { name: words }).first();
  await dialog.getByText("已暂停：101 台设备中有 12 台失败").waitFor();
  await told("设备拒绝访问 “Access denied to 'restart' command”").waitFor();
  await told("设备已接受，但回读未见变化 “still up for 86,410 s after 300.0 s”").waitFor();
  await told("设备已收到请求但未应答 “10.0.4.17 took the request and did not answer in time”").waitFor();
  await told("已执行并回读确认 “went away and came back”").waitFor();
  assert.deepEqual(errors, []);
});

test("an interlock is removed when that is confirmed, and one that can't be switched off says why", async () => {
  await using scene = await stage.scene("/commands?tab=policies");
  const { page } = scene;
  const removed = page.waitForRequest((request) => request.method() === "DELETE");
  const table = page.getByRole("region", { name: "Interlocks" });
  await table.getByRole("button", { name: "Remove" }).click();
  const dialog = page.getByRole("dialog").filter({ hasText: "Remove At most 10 % of a site reboots at once?" });
  await dialog.getByRole("button", { name: "Remove" }).click();
  assert.match((await removed).url(), /\/api\/interlocks\/reboot-share$/);
  const detail = "interlocks are held by the settings file";
  await page.route(/api\/interlocks/, (route) =>
    route.request().method() === "GET"
      ? route.continue()
      : route.fulfill({ status: 409, json: { success: false, error: detail, detail, code: "HELD", status: 409 } }),
  );
  await table.getByRole("switch").click();
  await table.getByRole("alert").getByText(detail).waitFor();
});

test("a policy is made of orders that there are, cooling units' too, found by their words", async () => {
  await using scene = await stage.scene("/commands?tab=policies");
  const { page } = scene;
  await page.getByRole("region", { name: "Second person" }).getByRole("button", { name: "Add" }).click();
  const form = page.getByRole("dialog");
  await form.getByLabel("Name").fill("set-points");
  await form.getByLabel("Title in English").fill("Set points need two");
  await form.getByLabel("Title in Chinese").fill("Set points need two");
  const orders = form.getByLabel("Orders");
  await orders.click();
  await orders.pressSequentially("no such order");
  await orders.press("Enter");
  await orders.fill("");
  await orders.pressSequentially("supply temp");
  await orders.press("Enter");
  // Away from the list, which lies over the button.
  await orders.press("Escape");
  const saved = page.waitForRequest(
    (request) => request.method() === "POST" && /approval-policies/.test(request.url()),
  );
  await form.getByRole("button", { name: "Save" }).click();
  assert.deepEqual((await saved).postDataJSON().orders, ["cooling_set_temperature"]);
});

test("a viewer sees orders and can give none", async () => {
  await using scene = await stage.scene("/monitor/1", { miners: 60, role: "viewer" });
  const { page } = scene;
  await page.locator("tr.bm-row").first().waitFor();
  assert.equal(await page.getByRole("button", { name: "Whole site" }).count(), 0);
  assert.equal(await page.locator("tr.bm-row input[type=checkbox]").count(), 0);
});

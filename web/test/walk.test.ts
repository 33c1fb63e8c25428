import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { waitFor } from "@banksman/testkit";
import { go, still } from "./go.ts";
import { openStage } from "./stage.ts";

/** People's ways through the pages, against a server with a made-up fleet. */
let stage: Awaited<ReturnType<typeof openStage>>;
before(async () => {
  stage = await openStage();
});
after(() => stage.close());

test("a wrong password is told in one sentence and only the password is cleared", async () => {
  await using scene = await stage.scene("/");
  const { page, fake } = scene;
  await page.context().clearCookies();
  await page.goto(`${fake.url}/monitor/1`);
  await page.getByLabel("User").fill("admin");
  await page.getByLabel("Password").fill("wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("Wrong user or password.").waitFor();
  assert.equal(await page.getByLabel("User").inputValue(), "admin");
  assert.equal(await page.getByLabel("Password").inputValue(), "");
  await page.getByLabel("Password").fill("right");
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: "S21_0008" }).waitFor();
  assert.match(page.url(), /\/monitor\/1$/);
});

test("the live table: filter the offline, search, sort, and the address tells all of it", async () => {
  await using scene = await stage.scene("/monitor/1", { miners: 300 });
  const { page, errors } = scene;
  await page.getByText("Offline", { exact: true }).click();
  await page.getByText("1–6 of 6").waitFor();
  assert.equal(await page.locator("tr.bm-row").count(), 6);
  await page.getByText("All", { exact: true }).click();
  await page.getByText("1–50 of 300").waitFor();
  await page.getByRole("button", { name: /Degraded/ }).click();
  await page.waitForURL(/status=degraded/);
  await page.getByText(/of 8$/).waitFor();
  await page.getByRole("button", { name: /Degraded/, pressed: true }).click();
  await page.getByPlaceholder("id, IP, MAC, worker").fill("S21_0123");
  await page.getByText("1–1 of 1").waitFor();
  await page.getByPlaceholder("id, IP, MAC, worker").fill("");
  await page.getByText("1–50 of 300").waitFor();
  await page.getByRole("columnheader", { name: /kW/ }).click();
  await page.waitForURL(/sort=power_consumption/);
  const [csv] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download as CSV" }).click(),
  ]);
  assert.equal((await readFile(await csv.path(), "utf8")).split("\r\n").length, 301);
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("checkbox", { name: "Firmware" }).click();
  await page.waitForURL(/columns=.*firmware/);
  await page.getByRole("columnheader", { name: "Firmware" }).waitFor();
  await page.goto(`${scene.fake.url}/monitor/1?page=99`);
  await page.getByText("251–300 of 300").waitFor();
  assert.deepEqual(errors, []);
});

test("a power that not all miners online tell says of how many it is, in both languages", async () => {
  await using scene = await stage.scene("/cooling", { miners: 60 });
  const { page, fake } = scene;
  for (const [n, { miner_id }] of fake.state.rows.entries())
    if (n % 2 === 1) fake.state.update(miner_id, { power_consumption: null });
  const online = fake.state.rows.filter((row) => row.online);
  const told = online.filter((row) => row.power_consumption !== null).length;
  assert.ok(told > 0 && told < online.length);
  const words = `of ${told} of ${online.length} miners`;
  await page.goto(`${fake.url}/`);
  await page.locator(".bm-tile", { hasText: "Power" }).getByText(words).waitFor();
  await page.locator("tr.bm-row").getByText(words).waitFor();
  await page.goto(`${fake.url}/monitor/1`);
  await page.locator(".bm-figures").getByText(words).waitFor();
  await using other = await stage.scene("/monitor/1", { miners: 60, lang: "zh" });
  for (const { miner_id } of online.slice(1)) other.fake.state.update(miner_id, { power_consumption: null });
  await other.page.reload();
  await other.page.locator(".bm-figures").getByText(`${online.length} 台中的 1 台`).waitFor();
});

test("a miner that its container lists every five minutes is not late after three, one that is swept is", async () => {
  await using scene = await stage.scene("/cooling");
  const { page, fake } = scene;
  const told = new Date(Date.now() - 190_000).toISOString();
  const [listed, swept] = fake.state.rows.filter((row) => row.online).map(({ miner_id }) => miner_id);
  assert.ok(listed && swept);
  fake.state.rows = fake.state.rows.map((row) =>
    row.miner_id === listed
      ? { ...row, driver: "cooling:antbox", collected_at: told }
      : row.miner_id === swept
        ? { ...row, collected_at: told }
        : row,
  );
  const ageOf = (id: string, place: "table" | "page") =>
    place === "table" ? page.locator("tr.bm-row", { hasText: id }).locator(".bm-age") : page.locator("main .bm-age");
  for (const place of ["table", "page"] as const) {
    // The swept one first: once it is late, the site's interval is known, by which the other one isn't.
    await go(page, place === "table" ? "/monitor/1" : `/miners/1/${swept}`);
    await ageOf(swept, place).and(page.locator(".bm-age-late")).first().waitFor();
    if (place === "page") await go(page, `/miners/1/${listed}`);
    const age = ageOf(listed, place).first();
    await age.filter({ hasText: "3 min" }).waitFor();
    assert.doesNotMatch(`${await age.getAttribute("class")}`, /late/, `${listed} in its ${place}`);
  }
});

test("a miner: drawer, page, another range, and Back the same way", async () => {
  await using scene = await stage.scene("/monitor/1");
  const { page, errors } = scene;
  await page.locator("tr.bm-row", { hasText: "S21_0006" }).click();
  const drawer = page.getByRole("dialog");
  await drawer.getByText("Board 3: 0 of 108 chips answer").waitFor();
  await drawer.locator("canvas").first().waitFor();
  assert.match(page.url(), /miner=S21_0006/);
  await page.goBack();
  await drawer.waitFor({ state: "hidden" });
  await page.getByRole("link", { name: "S21_0006" }).click();
  await page.getByRole("heading", { name: "S21_0006" }).waitFor();
  await page.getByText("7 d", { exact: true }).click();
  await page.waitForURL(/range=168/);
  await page.locator(".ant-segmented-item-selected", { hasText: "7 d" }).waitFor();
  await page.keyboard.press("[");
  await page.waitForURL(/range=48/);
  await page.locator(".bm-chart canvas").first().waitFor();
  const chart = await page.locator(".bm-chart").boundingBox();
  assert.ok(chart);
  const y = chart.y + 60;
  // The canvas is there a moment before the chart listens to the mouse.
  await waitFor("a dragged range", async () => {
    await page.mouse.move(chart.x + 300, y);
    await page.mouse.down();
    await page.mouse.move(chart.x + 500, y, { steps: 3 });
    await page.mouse.up();
    return /from=.*&to=/.test(page.url());
  });
  await page.mouse.dblclick(chart.x + 400, y);
  await page.waitForURL((url) => !url.searchParams.has("from"));
  await page.getByRole("button", { name: "As table" }).click();
  await page.getByRole("columnheader", { name: "Hashrate, TH/s" }).waitFor();
  await page.getByRole("button", { name: "Raw answer" }).click();
  await page.getByText("{not json").waitFor();
  assert.deepEqual(errors, []);
});

test("a new reading shows by itself, in place, and rows move only when asked", async () => {
  await using scene = await stage.scene("/monitor/1?sort=hashrate_ghs&order=desc");
  const { page, fake } = scene;
  const rows = page.locator("tr.bm-row");
  await rows.first().waitFor();
  await waitFor("a subscription", () => fake.watching("S21_0040"));
  const order = await rows.locator("a").allTextContents();
  fake.state.update("S21_0040", { hashrate_ghs: 987_600 });
  fake.push();
  await page.locator("tr.bm-row", { hasText: "S21_0040" }).getByText("987.6").waitFor();
  assert.deepEqual(await rows.locator("a").allTextContents(), order);
  await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
  fake.cut();
  await page.locator("[data-live=live]").waitFor();
});

test("the heat map walks by arrow keys, speaks, and opens a miner", async () => {
  await using scene = await stage.scene("/sites/1/racks");
  const { page, errors } = scene;
  const map = page.getByRole("application");
  await map.focus();
  await page.keyboard.press("ArrowRight");
  const spoken = page.locator("[aria-live=polite]", { hasText: "TH/s" });
  assert.match((await spoken.textContent()) ?? "", /S21_0002, R01-L1-N2, Hashing/);
  await page.keyboard.press("2");
  await page.waitForURL(/colour=temperature/);
  await page.keyboard.press("Enter");
  await page.waitForURL(/miner=S21_0002/);
  await page.getByRole("dialog").getByText("Open page").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  await page.getByRole("button", { name: "As table" }).click();
  await page.getByRole("link", { name: "S21_0002" }).waitFor();
  assert.deepEqual(errors, []);
});

test("托管管理 → 站点管理 → a site → 采集器设置 → 生成新密钥: the key is shown once with a ready configuration", async () => {
  await using scene = await stage.scene("/", { lang: "zh", moving: true });
  const { page, fake, errors } = scene;
  await page.getByRole("button", { name: "托管管理" }).waitFor();
  await page.getByRole("link", { name: "站点管理" }).click();
  await page.getByRole("link", { name: "North Ridge" }).click();
  await page.getByRole("link", { name: "采集器设置" }).click();
  await page.getByRole("button", { name: "生成新密钥" }).click();
  await page.getByRole("dialog").waitFor();
  await still(page);
  await page.getByRole("dialog").getByRole("button", { name: "生成新密钥" }).click();
  const key = (await page.getByTestId("shown-once").textContent()) ?? "";
  assert.match(key, /^hsc_[0-9a-f]{64}$/);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "下载配置" }).click(),
  ]);
  assert.equal(download.suggestedFilename(), "collector_config.json");
  const config: unknown = JSON.parse(await readFile(await download.path(), "utf8"));
  const standard = { collection_interval: 30, max_workers: 50, miners: [] };
  const ip_ranges = [{ range: "192.168.1.100-192.168.1.199", prefix: "S19_", type: "antminer" }];
  assert.deepEqual(config, { api_url: fake.url, api_key: key, site_id: "1", ...standard, ip_ranges });
  await still(page);
  await page.getByRole("button", { name: "我已保存" }).click();
  await page.getByTestId("shown-once").waitFor({ state: "hidden" });
  await page.getByText("hsc_0123", { exact: true }).waitFor();
  assert.equal(await page.getByText(key).count(), 0);
  await page.getByRole("button", { name: "吊销…" }).click();
  await page.getByRole("button", { name: "吊销密钥" }).waitFor();
  await still(page);
  await page.getByRole("button", { name: "吊销密钥" }).click();
  await page.getByText(/前已吊销/).waitFor();
  // Nothing of the dialogs stays over the page, where it would take the clicks.
  await page.getByRole("link", { name: "机架" }).first().click();
  await page.waitForURL(/\/sites\/1\/racks/);
  assert.deepEqual(errors, []);
});

test("a session that ends shows the sign-in over the page, which is kept", async () => {
  await using scene = await stage.scene("/monitor/1?q=S21_0006");
  const { page, fake } = scene;
  await page.getByText("1–1 of 1").waitFor();
  fake.state.sessionEnded = true;
  // Whichever call comes next is refused: this one, or a refresh before it.
  await page.evaluate("document.querySelector('tr.bm-row').click()");
  const dialog = page.getByRole("dialog", { name: "Sign in" });
  await dialog.getByText(/Your session has ended/).waitFor();
  assert.match(page.url(), /q=S21_0006/);
  await dialog.getByLabel("Password").fill("right");
  await dialog.getByRole("button", { name: "Sign in" }).click();
  await dialog.waitFor({ state: "hidden" });
  assert.match(page.url(), /q=S21_0006/);
});

test("a person makes a site and a user", async () => {
  await using scene = await stage.scene("/sites");
  const { page, errors } = scene;
  await page.getByRole("button", { name: "Create site" }).click();
  await page.getByLabel("Name").fill("Dry Creek");
  await page.getByLabel("Site id").fill("1");
  await page.getByRole("dialog").getByRole("button", { name: "Create site" }).click();
  await page.locator(".ant-form-item-has-error").getByText('There is a site "1" already.').waitFor();
  await page.getByLabel("Site id").fill("site_002");
  await page.getByRole("dialog").getByRole("button", { name: "Create site" }).click();
  await page.waitForURL(/\/sites\/site_002\/collector/);
  await page.getByText("No edge has uploaded to this site yet.").waitFor();
  await page.getByRole("link", { name: "Users" }).click();
  await page.getByRole("button", { name: "Create user" }).click();
  await page.getByRole("dialog").getByLabel("User").fill("wang.fang");
  await page.getByRole("dialog").getByLabel("Password", { exact: true }).fill("long enough for you");
  await page.getByRole("dialog").getByRole("button", { name: "Create user" }).click();
  await page.getByRole("cell", { name: "wang.fang" }).waitFor();
  assert.deepEqual(errors, []);
});

test("shortcuts: go somewhere, find a miner, ask for help", async () => {
  await using scene = await stage.scene("/");
  const { page } = scene;
  await page.getByRole("heading", { name: "Overview" }).waitFor();
  await page.keyboard.press("g");
  await page.keyboard.press("m");
  await page.waitForURL(/\/monitor\/1/);
  await page.getByText("1–50 of 60").waitFor();
  const focused = () => page.evaluate("document.activeElement.textContent");
  const [first, second] = await page.locator("tr.bm-row a").allTextContents();
  await waitFor("focus on the first row", async () => {
    if ((await focused()) !== first) await page.keyboard.press("j");
    return (await focused()) === first;
  });
  await page.keyboard.press("j");
  await waitFor("focus on the second row", async () => (await focused()) === second);
  await page.keyboard.press("k");
  await waitFor("focus back on the first row", async () => (await focused()) === first);
  await page.keyboard.press("?");
  await page.getByRole("dialog").getByText("Keyboard shortcuts").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  await page.keyboard.press("Control+k");
  // Nobody clicks into what a key has opened.
  await page.locator("[data-first]:focus").waitFor();
  await page.keyboard.type("0017");
  await page.getByRole("button", { name: /S21_0017/ }).waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/miners\/1\/S21_0017/);
});

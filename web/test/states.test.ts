import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { waitFor } from "@banksman/testkit";
import { GetLatest } from "@banksman/wire/api";
import { watchRefused } from "./browser.ts";
import { go } from "./go.ts";
import { openStage } from "./stage.ts";

/** What pages show when there is nothing, too much, no right, no answer, or only old data. */
let stage: Awaited<ReturnType<typeof openStage>>;
before(async () => {
  stage = await openStage();
});
after(() => stage.close());

test("a site without miners says what to do next; a filter that matches nothing can be cleared", async () => {
  await using scene = await stage.scene("/monitor/1", { miners: 0 });
  await scene.page.getByText("No miners yet").waitFor();
  await scene.page.getByRole("button", { name: "Collector settings" }).click();
  await scene.page.waitForURL(/\/sites\/1\/collector/);
  await using other = await stage.scene("/monitor/1?q=nothing");
  await other.page.getByText("No miner matches").waitFor();
  await other.page.getByRole("button", { name: "Clear filters" }).click();
  await other.page.getByText("1–50 of 60").waitFor();
});

test("no site yet: the overview leads to making one", async () => {
  await using scene = await stage.scene("/", { noSites: true });
  await scene.page.getByText("No sites yet").waitFor();
  await scene.page.getByRole("button", { name: "Create site" }).click();
  await scene.page.getByLabel("Site id").waitFor();
});

test("an error tells its code and can be tried again", async () => {
  await using scene = await stage.scene("/");
  scene.fake.state.broken.add(GetLatest.path);
  await go(scene.page, "/monitor/1");
  const alert = scene.page.getByRole("alert");
  await alert.getByText("store.timeout").waitFor({ timeout: 15_000 });
  scene.fake.state.broken.clear();
  await alert.getByRole("button", { name: "Retry" }).click();
  await scene.page.getByText("1–50 of 60").waitFor();
});

test("a site whose history can't be read costs the others' chart nothing, and is named", async () => {
  await using scene = await stage.scene("/");
  const { page } = scene;
  scene.fake.state.extraSites.push({ site_id: "2", name: "South Ridge" });
  const history = "**/api/sites/2/history*";
  await page.route(history, (route) => route.fulfill({ status: 503, json: {} }));
  await page.reload();
  const panel = page.getByRole("region", { name: "Hashrate, 24 h" });
  await panel.getByText("Without South Ridge, which could not be read.").waitFor({ timeout: 15_000 });
  await panel.locator("canvas").first().waitFor();
  await page.unroute(history);
  await panel.getByRole("button", { name: "Retry" }).click();
  await panel.getByRole("alert").waitFor({ state: "detached" });
});

test("a viewer is told which permission is missing, and sees nothing behind it", async () => {
  await using scene = await stage.scene("/sites/1/collector", { role: "viewer" });
  await scene.page.getByText(/Needs “collector.manage”/).waitFor();
  assert.equal(await scene.page.getByRole("button", { name: "Generate new key" }).count(), 0);
  assert.equal(await scene.page.getByRole("link", { name: "Users" }).count(), 0);
  await go(scene.page, "/users");
  await scene.page.getByText(/Needs “user.manage”/).waitFor();
});

test("who holds less than a page shows is told so, and nothing reads as if all were well or empty", async () => {
  const pages = {
    "/alerts": ["Alerts", "alert.read"],
    "/alerts/statistics": ["Alerts", "alert.read"],
    "/cooling": ["Cooling", "reading.read"],
    "/video": ["Video", "video.watch"],
    "/profitability": ["Profitability", "site.read"],
    "/pool-accounts": ["Pool", "pool.read"],
    "/automations": ["Automations", "command.read"],
    "/reports": ["Reports", "report.read"],
  } as const;
  await using scene = await stage.scene("/", { role: "operator", container: "C06" });
  const { page, errors } = scene;
  const refused = watchRefused(page);
  for (const path of ["/sites", "/monitor/1", "/sites/1/racks", "/miners/1/S21_0001", "/commands", "/wall"])
    await go(page, path);
  await go(page, "/");
  for (const [path, [what, permission]] of Object.entries(pages)) {
    await go(page, path);
    await page.getByText(`Your role doesn't reach ${what}: it holds “${permission}” for less than that.`).waitFor();
    assert.equal(await page.getByRole("button", { name: /^Add/ }).count(), 0, path);
  }
  assert.deepEqual([refused, errors], [[], []], "and nothing that is refused is asked for");
  await using hosted = await stage.scene("/cooling", { role: "viewer", customer: "acme" });
  await hosted.page.getByText(/Your role doesn't reach Cooling/).waitFor();
});

test("who holds a site alone is told what is the whole installation's, and asks for none of it", async () => {
  const pages = {
    "/pool": ["Pool", "pool.read"],
    "/pool/users/7": ["Pool", "pool.read"],
    "/alerts/channels": ["Channels", "alert.read"],
    "/alerts/on-call": ["On-call", "alert.read"],
    "/users/roles": ["this", "user.manage"],
    "/users/sessions": ["this", "user.manage"],
    "/users/tokens": ["this", "token.manage"],
    "/users/providers": ["this", "role.manage"],
    "/users/keys": ["this", "settings.manage"],
    "/settings": ["this", "settings.manage"],
    "/settings/jobs": ["this", "job.manage"],
    "/settings/webhooks": ["this", "webhook.manage"],
  } as const;
  await using scene = await stage.scene("/", { atSite: true });
  const { page, errors } = scene;
  const refused = watchRefused(page);
  for (const [path, [what, permission]] of Object.entries(pages)) {
    await go(page, path);
    await page.getByText(`Your role doesn't reach ${what}: it holds “${permission}” for less than that.`).waitFor();
  }
  await go(page, "/alerts");
  await page.getByRole("link", { name: "Silences" }).waitFor();
  assert.equal(await page.getByRole("link", { name: "Channels" }).count(), 0);
  assert.equal(await page.getByRole("link", { name: "Pool", exact: true }).count(), 0);
  await go(page, "/reports/schedules");
  await page.getByText("naming them needs “alert.read” everywhere").waitFor();
  await go(page, "/profitability?inputs=yes");
  await page.getByRole("button", { name: /Tariff of North Ridge/ }).waitFor();
  assert.equal(await page.getByRole("button", { name: "Change inputs" }).count(), 0);
  assert.equal(await page.getByLabel("BTC price").count(), 0);
  await go(page, "/cooling/1/10.1.102.1");
  await page.getByRole("button", { name: "Edit…" }).waitFor();
  const control = page.getByRole("region", { name: "Control" });
  await control.getByRole("button", { name: "Set supply temperature …" }).waitFor();
  // The same page to who holds these at another site, and may only read this one.
  await page.route(/api\/session$/, async (route) => {
    const response = await route.fetch();
    const json = await response.json();
    for (const permission of ["site.manage", "command.give"]) json.data.reach[permission] = { elsewhere: "site" };
    await route.fulfill({ response, json });
  });
  await page.reload();
  await control.getByText("Supply set point").waitFor();
  assert.equal(await control.getByRole("button").count(), 0);
  assert.equal(await page.getByRole("button", { name: "Edit…" }).count(), 0);
  await page.goto(`${scene.fake.url}/profitability?tariff=1`);
  await page.getByRole("button", { name: "North Ridge", exact: true }).waitFor();
  assert.equal(await page.getByRole("button", { name: /Tariff of/ }).count(), 0);
  assert.equal(await page.getByLabel("Price of a kWh, USD").count(), 0);
  assert.deepEqual([refused, errors], [[], []], "and nothing that is refused is asked for");
});

test("a refusal names the permission, not the server's sentence about it", async () => {
  await using scene = await stage.scene("/settings/customers", { role: "admin", container: "C06" });
  const { page } = scene;
  for (const [path, permission] of [
    ["/settings/customers", "customer.read"],
    ["/users", "user.manage"],
    ["/cooling/1/10.20.8.1", "reading.read"],
  ] as const) {
    await go(page, path);
    await page.getByText(`it holds “${permission}” for less than that`).first().waitFor();
    assert.equal(await page.getByText(/you may not do this/).count(), 0, path);
  }
});

test("what does not exist is said to be missing, by name", async () => {
  await using scene = await stage.scene("/monitor/nowhere");
  await scene.page.getByText("There is no site nowhere.").waitFor();
  await scene.page.getByRole("link", { name: "See all sites" }).click();
  await scene.page.waitForURL(/\/sites$/);
  await go(scene.page, "/miners/1/ghost");
  await scene.page.getByText("There is no miner ghost on this site.").waitFor();
  await go(scene.page, "/no/such/page");
  await scene.page.getByText("There is nothing at this address.").waitFor();
});

test("late data is a state: a banner says since when, and figures turn grey", async () => {
  await using scene = await stage.scene("/monitor/1", { ageSeconds: 840 });
  await scene.page.getByText("Values are 14 min old.").waitFor();
  await scene.page.getByText("Late · data 14 min old").waitFor();
  const colour = (selector: string) =>
    scene.page
      .locator(selector)
      .first()
      .evaluate((element) => getComputedStyle(element).color);
  const isGrey = async () => (await colour(".bm-figure .bm-number")) === (await colour(".bm-crumbs"));
  await waitFor("grey figures", isGrey);
  // The containers of a site that has no other miners are asked for their lists every five minutes.
  const { fake, page } = scene;
  const collected_at = new Date(Date.now() - 280_000).toISOString();
  fake.state.rows = fake.state.rows.map((row) => ({ ...row, driver: "cooling:microbt", collected_at }));
  await page.reload();
  await page.getByText(/^Live/).first().waitFor();
  await page.locator("html[data-late=false]").waitFor();
  assert.equal(await page.getByText(/Values are/).count(), 0);
});

test("an unreachable miner shows no figures as if they held, in no list and on no map", async () => {
  await using scene = await stage.scene("/monitor/1");
  const { page, fake } = scene;
  fake.state.rows = fake.state.rows.map((row) => ({
    ...row,
    health: "unreachable",
    online: false,
    offline_reason: "stale",
  }));
  await page.reload();
  const row = page.locator("tr.bm-row", { hasText: "S21_0001" });
  await row.getByText("no readings").waitFor();
  assert.doesNotMatch((await row.locator("td").allTextContents()).slice(4, 10).join(" "), /\d/);
  assert.match((await page.locator(".bm-worst a").first().textContent()) ?? "", /– of nameplate–.°C/);
  await page.getByRole("application").focus();
  const spoken = page.locator(".bm-spoken[aria-live=polite]", { hasText: "TH/s" });
  assert.match((await spoken.textContent()) ?? "", /Unreachable, –.TH\/s, – of nameplate/);
});

test("a backlog that comes in is announced", async () => {
  await using scene = await stage.scene("/");
  scene.fake.state.backlog = 12;
  await go(scene.page, "/monitor/1");
  await scene.page.getByText("12 batches wait; the newest readings come first.").waitFor();
});

/** Milliseconds from the click on a site's last page to its rows. */
async function turnToLast(miners: number, page: string, rows: string) {
  const scene = await stage.scene("/monitor/1", { miners });
  await scene.page.getByText(`1–50 of ${miners.toLocaleString("en")}`).waitFor();
  const started = performance.now();
  await scene.page.getByTitle(page, { exact: true }).click();
  await scene.page.getByText(rows).waitFor();
  return { scene, took: performance.now() - started };
}

test("6,000 miners: a page turns about as fast as at 120, and 500 rows are drawn as far as they show", async () => {
  const few = await turnToLast(120, "3", "101–120 of 120");
  await few.scene[Symbol.asyncDispose]();
  const many = await turnToLast(6_000, "120", "5,951–6,000 of 6,000");
  await using scene = many.scene;
  // Beside each other in one run: a busy machine slows both.
  assert.ok(many.took < 3 * few.took + 500, `${many.took} ms at 6,000, ${few.took} ms at 120`);
  await go(scene.page, "/monitor/1?per_page=500");
  await scene.page.getByText("1–500 of 6,000").waitFor();
  assert.ok((await scene.page.locator(".bm-row").count()) < 100, "rows off the screen are not drawn");
});

test("theme and language are remembered, the system's are the default", async () => {
  await using scene = await stage.scene("/", { theme: "dark", lang: "zh" });
  const { page } = scene;
  const root = () => page.evaluate("[document.documentElement.dataset.theme, document.documentElement.lang].join()");
  assert.equal(await root(), "dark,zh-CN");
  await page.getByRole("button", { name: "切换到英文" }).click();
  await waitFor("the page in English", async () => (await root()) === "dark,en");
  await page.getByRole("button", { name: "Theme" }).click();
  await page.getByRole("menuitem", { name: "Light" }).click();
  await waitFor("the light theme", async () => (await root()) === "light,en");
  await page.reload();
  await page.getByRole("heading", { name: "Overview" }).waitFor();
  assert.equal(await root(), "light,en");
});

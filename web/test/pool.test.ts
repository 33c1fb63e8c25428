import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { waitFor } from "@banksman/testkit";
import * as api from "@banksman/wire/api";
import { go } from "./go.ts";
import { openStage } from "./stage.ts";

let stage: Awaited<ReturnType<typeof openStage>>;
before(async () => {
  stage = await openStage();
});
after(() => stage.close());

test("the pool's page leads from its hashrate to its users and their workers", async () => {
  await using scene = await stage.scene("/");
  const { page } = scene;
  await page.getByRole("link", { name: "Pool", exact: true }).click();
  await page.getByRole("heading", { name: "Pool", exact: true }).waitFor();
  const windows = page.getByRole("table", { name: "Windows" }).or(page.locator("[aria-label=Windows]")).first();
  await windows.getByText("45 min").waitFor();
  assert.equal(await windows.locator("tbody tr.ant-table-row").count(), 4, "one row a window");
  await page.getByText("wrong checksum").waitFor();
  await page.getByText("a_new_reason").waitFor();
  await page.getByText("status 99").waitFor();
  await page.getByRole("link", { name: "601", exact: true }).first().click();
  await page.getByRole("heading", { name: /User 601/ }).waitFor();
  await page.getByText("rig1", { exact: true }).waitFor();
  await page.getByText("8113131267054106045").waitFor();
  assert.deepEqual(scene.errors, []);
});

test("users are sorted and turned over in the address, so that a link shows the same", async () => {
  await using scene = await stage.scene("/pool?sort=puid&page=2");
  await scene.page.getByRole("link", { name: "601", exact: true }).first().waitFor();
  await scene.page.getByTitle("1", { exact: true }).click();
  await scene.page.getByRole("link", { name: "630", exact: true }).waitFor();
  assert.match(scene.page.url(), /\/pool\?sort=puid$/);
});

test("longer charts come from the server's history", async () => {
  await using scene = await stage.scene("/pool");
  await scene.page.getByRole("radiogroup", { name: "Range" }).getByText("7 d").click();
  const asked = `GET ${api.GetPoolHistory.path}`;
  await waitFor("the question for history", () => scene.fake.state.requests.includes(asked));
  await scene.page.locator(".bm-chart canvas").first().waitFor();
  assert.match(scene.page.url(), /range=168/);
});

test("without pool statistics the page says what connects them, and keeps showing history there is", async () => {
  await using scene = await stage.scene("/");
  scene.fake.state.pool.live = false;
  await go(scene.page, "/pool");
  await scene.page.getByText("No pool statistics are connected").waitFor();
  await scene.page.getByText(/pool_stats_url/).waitFor();
  await scene.page.locator(".bm-chart canvas").first().waitFor();
});

test("a pool nobody works for, a user who has gone, and figures that still grow each say so", async () => {
  await using scene = await stage.scene("/");
  const { page, fake } = scene;
  fake.state.pool.userCount = 0;
  fake.state.pool.caughtUp = false;
  await go(page, "/pool");
  await page.getByText("No user has live workers").waitFor();
  await page.getByText("The last hour of the share log is being read.").waitFor();
  await go(page, "/pool/users/999");
  await page.getByText("User 999 has had no share in the last hour.").waitFor();
  await page.getByRole("link", { name: "See the pool" }).click();
  await page.waitForURL(/\/pool$/);
});

test("a pool-stats that stops answering leaves the last figures, greyed, and says since when", async () => {
  await using scene = await stage.scene("/pool");
  const { page, fake } = scene;
  await page.getByText("Messages to read").waitFor();
  await page.locator(".bm-tile .bm-number").first().waitFor();
  fake.state.broken.add(api.GetPool.path);
  // Coming back to the page asks anew, once what is there is some seconds old.
  await waitFor(
    "the banner",
    async () => {
      await page.evaluate("window.dispatchEvent(new Event('visibilitychange'))");
      return (await page.locator(".bm-late").count()) > 0;
    },
    { withinMs: 30_000, everyMs: 250 },
  );
  await page.locator(".bm-tile .bm-is-late").first().waitFor();
});

test("brokers that are away are a banner and a dash, not a 0", async () => {
  await using scene = await stage.scene("/");
  scene.fake.state.pool.lag = null;
  await go(scene.page, "/pool");
  await scene.page.getByText("The share log can't be read.").waitFor();
  const lag = scene.page.locator(".bm-tile", { hasText: "Messages to read" });
  assert.equal((await lag.locator(".bm-number").textContent())?.trim(), "–");
});

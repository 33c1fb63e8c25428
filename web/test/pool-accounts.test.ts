import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openStage } from "./stage.ts";

/** Accounts at third-party pools, in a real browser. */
let stage: Awaited<ReturnType<typeof openStage>>;
before(async () => {
  stage = await openStage();
});
after(() => stage.close());

test("accounts show both sides and what was found; one leads to its workers, worst first, filtered in the address", async () => {
  await using scene = await stage.scene("/pool-accounts");
  const { page } = scene;
  const row = page.getByRole("row", { name: /north/ });
  await row.waitFor();
  assert.match(await row.innerText(), /5\.9[\s\S]*6\.[01][\s\S]*−2\.5[\s\S]*60, 2 offline[\s\S]*Pool sees nothing 1/);
  assert.match(await page.getByRole("row", { name: /bc1q/ }).innerText(), /can't be read \(4\)/);
  await row.getByRole("link", { name: "north" }).click();
  await page.getByRole("heading", { name: /north/ }).waitFor();
  const first = page.locator("tbody tr.ant-table-row").first();
  await first.waitFor();
  assert.match(await first.innerText(), /Pool sees nothing[\s\S]*north\.S21_0000/);
  await page.locator("canvas").first().waitFor();
  await page.getByLabel("Find a worker or miner").fill("0003");
  await page.waitForURL(/q=0003/);
  const only = page.getByRole("row", { name: /S21_0003/ });
  await only.waitFor();
  assert.match(await only.innerText(), /Not registered[\s\S]*from another address/);
  await only.getByRole("button", { name: "north.S21_0003" }).click();
  await page.waitForURL(/worker=north/);
  await page.getByRole("dialog").getByText("No miner of this site has this worker name.").waitFor();
  await page.goBack();
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  assert.deepEqual(scene.errors, []);
});

test("an admin adds an account, its key only where the pool takes one; a viewer sees no such button", async () => {
  await using scene = await stage.scene("/pool-accounts");
  const { page, fake } = scene;
  fake.state.poolAccounts.accounts = [];
  await page.getByRole("button", { name: "Add account" }).waitFor();
  await page.reload();
  await page.getByText("No pool account is watched").waitFor();
  await page.getByRole("button", { name: "Add account" }).click();
  const form = page.getByRole("dialog");
  await form.getByLabel("API key").waitFor();
  await form.getByLabel("Pool").click();
  await page.getByTitle("OCEAN").click();
  await form.getByLabel("API key").waitFor({ state: "hidden" });
  await form.getByLabel("Account").fill("bc1qnew");
  await form.getByRole("button", { name: "Add account" }).click();
  await page.getByRole("row", { name: /bc1qnew/ }).waitFor();

  await using viewer = await stage.scene("/pool-accounts", { role: "viewer" });
  await viewer.page.getByRole("row", { name: /north/ }).waitFor();
  assert.equal(await viewer.page.getByRole("button", { name: "Add account" }).count(), 0);
});

test("an account that can't be read keeps its figures, greyed, and says why", async () => {
  await using scene = await stage.scene("/pool-accounts/2", { lang: "zh" });
  await scene.page.getByText(/最近 4 次读取失败/).waitFor();
  assert.ok((await scene.page.locator(".bm-is-late").count()) >= 3);
  await using gone = await stage.scene("/pool-accounts/77");
  await gone.page.getByText("This account is not watched any more.").waitFor();
});

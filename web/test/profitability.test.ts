import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openStage } from "./stage.ts";

/** What the fleet earns, and typing in what that is reckoned from. */
let stage: Awaited<ReturnType<typeof openStage>>;
before(async () => {
  stage = await openStage();
});
after(() => stage.close());

test("hashprice, margin and break-even are shown with where each input comes from", async () => {
  await using scene = await stage.scene("/profitability", { miners: 120 });
  const { page, errors } = scene;
  await page.getByText("48.05").first().waitFor();
  await page.getByText("binance BTC-USDT").waitFor();
  await page.getByText("typed in by admin").waitFor();
  await page.getByText("protocol, until block 1,050,000").waitFor();
  await page.getByRole("button", { name: "North Ridge", exact: true }).click();
  await page.waitForURL(/site=1/);
  await page.getByRole("link", { name: "S21_0001" }).waitFor();
  assert.deepEqual(errors, []);
});

test("an admin types in a price and a tariff with night hours", async () => {
  await using scene = await stage.scene("/profitability");
  const { page, fake } = scene;
  await page.getByRole("button", { name: "Change inputs" }).click();
  await page.getByLabel("BTC price").fill("70000");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Inputs saved").waitFor();
  assert.equal(fake.state.market.market.inputs.btc_price.value, 70_000);
  await page.getByRole("button", { name: /Tariff of North Ridge/ }).click();
  await page.getByLabel("Price of a kWh, USD").fill("0.061");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Tariff of North Ridge saved").waitFor();
  assert.deepEqual(fake.state.market.tariff, {
    price: 0.061,
    bands: [{ from: 22, to: 6, price: 0.035 }],
    overhead: 1.06,
  });
});

test("a viewer sees figures and no button that changes them; without inputs dashes say why", async () => {
  await using scene = await stage.scene("/profitability", { role: "viewer" });
  const { page, fake } = scene;
  await page.getByText("48.05").first().waitFor();
  assert.equal(await page.getByRole("button", { name: /Change inputs|Tariff of/ }).count(), 0);
  fake.state.market.market.hashprice = null;
  await page.reload();
  await page.getByText("–").first().hover();
  await page.getByText("Price and difficulty are not known yet", { exact: false }).first().waitFor();
});

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { waitFor } from "@banksman/testkit";
import { watchRefused } from "./browser.ts";
import { go } from "./go.ts";
import { openStage } from "./stage.ts";

let stage: Awaited<ReturnType<typeof openStage>>;
before(async () => {
  stage = await openStage();
});
after(() => stage.close());

test("a customer is made and changed, and removed once no miner is theirs", async () => {
  await using scene = await stage.scene("/settings/customers");
  const { page, fake, errors } = scene;
  await page.getByText("half a megawatt").waitFor();
  await page.getByRole("button", { name: "Add customer" }).click();
  const drawer = page.getByRole("dialog");
  await drawer.getByLabel("Id").fill("acme");
  await drawer.getByLabel("Name").fill("Cedar");
  await drawer.getByRole("button", { name: "Save" }).click();
  await drawer.getByText(/There is, or was, a customer/).waitFor();
  await drawer.getByLabel("Id").fill("cedar");
  await drawer.getByLabel("Name").fill("ACME mining");
  await drawer.getByRole("button", { name: "Save" }).click();
  await drawer.getByText(/Another customer is named "ACME mining" already/).waitFor();
  await drawer.getByLabel("Name").fill("Cedar");
  await drawer.getByRole("button", { name: "Save" }).click();
  const row = page.getByRole("row", { name: /Cedar/ });
  await row.getByRole("button", { name: "Edit" }).click();
  await drawer.getByLabel("Contact").fill("cedar@example.com");
  await drawer.getByRole("button", { name: "Save" }).click();
  await row.getByText("cedar@example.com").waitFor();
  const remove = async (name: RegExp) => {
    await page.getByRole("row", { name }).getByRole("button", { name: "Remove…" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove customer" }).click();
  };
  await remove(/Acme/);
  await page.getByText(/release them first/).waitFor();
  await remove(/Cedar/);
  await waitFor("it to be gone", () => fake.state.customers.customers.length === 2);
  assert.deepEqual(
    errors.filter((text) => !text.includes("409")),
    [],
  );
});

test("chosen miners are assigned from the live table, all that match too; a customer's are released", async () => {
  await using scene = await stage.scene("/monitor/1", { miners: 60 });
  const { page, fake, errors } = scene;
  const boxes = page.locator("tr.bm-row input[type=checkbox]");
  await boxes.nth(0).check();
  await boxes.nth(1).check();
  const assign = async (customer: string) => {
    await page.locator(".bm-selection").getByRole("button", { name: "Assign to customer…" }).click();
    const drawer = page.getByRole("dialog");
    await drawer.getByRole("button", { name: "Assign", exact: true }).click();
    await drawer.getByText("Choose a customer.").waitFor();
    await drawer.getByLabel("Customer").click();
    await page.getByTitle(customer, { exact: true }).click();
    return drawer;
  };
  const drawer = await assign("Birch 矿业");
  await drawer.getByText("Assign 2 miners").waitFor();
  await drawer.getByLabel("From").fill("2026-01-05T10:00");
  await drawer.getByRole("button", { name: "Assign", exact: true }).click();
  await page.getByText("2 miners are now of Birch 矿业").waitFor();
  const [first] = fake.state.customers.assignments;
  assert.ok(first && "miner_ids" in first.miners);
  assert.deepEqual([first.miners.site_id, first.miners.miner_ids.length], ["1", 2]);
  assert.match(first.from ?? "", /^2026-01-0\dT\d\d:00:00\.000Z$/);
  await page.goto(`${fake.url}/monitor/1?model=Antminer+S21`);
  await page.getByRole("checkbox", { name: /All \d+ that match/ }).click();
  await (await assign("Acme Mining")).getByRole("button", { name: "Assign", exact: true }).click();
  await waitFor("the second assignment", () => fake.state.customers.assignments.length === 2);
  assert.deepEqual(fake.state.customers.assignments[1], {
    miners: { site_id: "1", filter: { model: "Antminer S21" } },
  });
  await page.goto(`${fake.url}/settings/customers?customer=acme`);
  const miners = page.getByRole("dialog");
  await miners.getByRole("link", { name: "S21_0001" }).waitFor();
  const release = miners.getByRole("button", { name: "Release 0…" });
  assert.equal(await release.isDisabled(), true);
  await miners
    .getByRole("row", { name: /S21_0001/ })
    .getByRole("checkbox")
    .check();
  await miners.getByRole("button", { name: "Release 1…" }).click();
  await page.getByRole("button", { name: "Release", exact: true }).click();
  await waitFor("it to be released", () => !fake.state.customers.miners.has("S21_0001"));
  assert.deepEqual(errors, []);
});

test("a statement asks whose it is; a grant can be for a customer", async () => {
  await using scene = await stage.scene("/settings/customers");
  const { page, fake, errors } = scene;
  await page.getByRole("row", { name: /Acme/ }).getByRole("link", { name: "Statement" }).click();
  await page.getByRole("button", { name: "Build report" }).waitFor();
  const asked = page.waitForRequest((request) => request.method() === "POST" && request.url().endsWith("/api/reports"));
  await page.getByRole("button", { name: "Build report" }).click();
  const { kind, scope } = (await asked).postDataJSON();
  assert.deepEqual([kind, scope], ["statement", { site_id: null, region: null, customer_id: "acme" }]);
  await page.goto(`${fake.url}/reports?kind=statement`);
  await page.getByRole("button", { name: "Build report" }).click();
  await page.getByText("Choose a customer.").waitFor();
  await page.goto(`${fake.url}/users?create=yes`);
  const form = page.getByRole("dialog");
  await form.getByLabel("Where").click();
  await page.getByTitle("Customer", { exact: true }).click();
  await form.getByLabel("Customer").click();
  await page.getByTitle("Acme Mining", { exact: true }).click();
  await form.getByLabel("User").fill("mia");
  await form.getByLabel("Password").fill("a-good-long-password");
  const made = page.waitForRequest((request) => request.method() === "POST" && request.url().endsWith("/api/users"));
  await form.getByRole("button", { name: "Create user" }).click();
  assert.deepEqual((await made).postDataJSON().grants, [
    { role: "viewer", scope: { of: "customer", customer_id: "acme" } },
  ]);
  assert.deepEqual(errors, []);
});

test("a report that can be of a customer offers the choice, everyone's where none is made; what is a site's offers none", async () => {
  await using scene = await stage.scene("/reports?kind=operation");
  const { page, fake, errors } = scene;
  const isBuild = (request: { method: () => string; url: () => string }) =>
    request.method() === "POST" && request.url().endsWith("/api/reports");
  const scopeAsked = async () => {
    const asked = page.waitForRequest(isBuild);
    await page.getByRole("button", { name: /^Build (report|again)$/ }).click();
    return (await asked).postDataJSON().scope;
  };
  await page.getByText("Everyone's miners").waitFor();
  await page.getByLabel("Customer").click();
  await page.getByTitle("Acme Mining", { exact: true }).click();
  assert.deepEqual(await scopeAsked(), { site_id: null, region: null, customer_id: "acme" });
  const kinds = page.getByRole("navigation", { name: "Kinds of reports" });
  for (const [kind, fields] of [
    ["Pool reconciliation", 0],
    ["Cooling per site", 0],
    ["Energy efficiency", 1],
  ] as const) {
    await kinds.getByRole("button", { name: kind }).click();
    await page.getByRole("button", { name: kind, pressed: true }).waitFor();
    assert.equal(await page.getByLabel("Customer", { exact: true }).count(), fields, kind);
  }
  await page.goto(`${fake.url}/reports?kind=energy`);
  await page.getByText("Everyone's miners").waitFor();
  assert.equal((await scopeAsked()).customer_id, null);
  await go(page, "/reports/schedules");
  const form = page.getByRole("form", { name: "New schedule" });
  await form.getByLabel("Customer").click();
  await page.getByTitle("Birch 矿业", { exact: true }).click();
  const added = page.waitForRequest((request) => request.method() === "POST");
  await form.getByRole("button", { name: "Add schedule" }).click();
  const { kind, scope } = (await added).postDataJSON();
  assert.deepEqual([kind, scope.customer_id], ["operation", "birch"]);
  assert.deepEqual(errors, []);
});

test("客户页: who may only see customers changes none", async () => {
  await using scene = await stage.scene("/settings/customers", { lang: "zh", role: "viewer" });
  await scene.page.getByText(/customer\.read/).waitFor();
});

test("a customer's person finds their miners and statements, and no page asks for what they may not have", async () => {
  await using scene = await stage.scene("/", { role: "operator", customer: "acme" });
  const { page, errors } = scene;
  const refused = watchRefused(page);
  for (const path of ["/", "/sites", "/monitor/1", "/sites/1/racks", "/miners/1/S21_0001", "/reports", "/reports/kept"])
    await go(page, path);
  await go(page, "/reports");
  const kinds = page.getByRole("navigation", { name: "Kinds of reports" }).getByRole("button");
  assert.deepEqual(await kinds.locator("strong").allTextContents(), [
    "Operation",
    "Energy efficiency",
    "Alerts",
    "Orders and audit",
    "Miners, inventory",
    "Customer statement",
  ]);
  await page.getByRole("button", { name: "Build report" }).click();
  await page.getByText("Choose a customer.").waitFor();
  await page.getByLabel("Customer").click();
  await page.getByTitle("acme", { exact: true }).waitFor();
  await go(page, "/miners/1/S21_0001");
  await page.getByRole("button", { name: "Orders" }).click();
  await page.getByRole("menuitem", { name: "Reboot …" }).waitFor();
  const rail = page.getByRole("navigation", { name: "Main" });
  await rail.getByRole("link", { name: "Orders" }).waitFor();
  for (const name of ["Alerts", "Cooling", "Automations", "Profitability", "Pool", "Settings"])
    assert.equal(await rail.getByRole("link", { name }).count(), 0, name);
  assert.deepEqual([refused, errors], [[], []]);
});

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Assigned, Customer, CustomerMiner, MinerChoice } from "@banksman/wire/api";
import { siteWithKey, startTestServer, type TestServer } from "../test/test-server.ts";

const HOUR = 3_600_000;

let server: TestServer;
let admin: string;
const as = (method: string, path: string, body?: unknown) =>
  server.call(method, `/api${path}`, { cookie: admin, body });

before(async () => {
  server = await startTestServer();
  const { cookie, key } = await siteWithKey(server, "1");
  admin = cookie;
  const miner = (miner_id: string, rack: string, model: string) => ({ miner_id, rack, model, online: true });
  const readings = [
    miner("a", "C1-R1", "S21"),
    miner("b", "C1-R2", "S21"),
    miner("c", "C10-R1", "S19"),
    miner("d", "C2-R1", "S19"),
  ];
  await server.call("POST", "/api/collector/upload", { key, body: readings });
  for (const customer_id of ["acme", "birch"])
    assert.equal((await as("POST", "/customers", { customer_id, name: customer_id.toUpperCase() })).status, 200);
});
after(() => server[Symbol.asyncDispose]());

test("an id and a name are one's own whatever their letters, and a container that nothing stands in is told", async () => {
  for (const customer_id of ["ACME", "Acme", "acme"]) {
    const { status, body } = await as("POST", "/customers", { customer_id, name: "Acme" });
    assert.deepEqual([status, body.code], [409, "CUSTOMER_EXISTS"], customer_id);
  }
  const made = await Promise.all(
    ["Elm", "elm", "ELM"].map((customer_id) => as("POST", "/customers", { customer_id, name: "Elm" })),
  );
  assert.deepEqual(made.map(({ status }) => status).toSorted(), [200, 409, 409]);
  for (const refused of [
    await as("POST", "/customers", { customer_id: "fir", name: " eLm" }),
    await as("PATCH", "/customers/acme", { name: "ELM" }),
  ]) {
    const { status, body } = refused;
    assert.deepEqual([status, body.code, body.path], [409, "NAME_TAKEN", "name"]);
    assert.match(String(body.detail), /another customer is named "elm" already/i);
  }
  assert.equal((await as("PATCH", "/customers/acme", { name: "Acme" })).status, 200, "one's own name in other letters");
  assert.equal((await as("PATCH", "/customers/acme", { name: "ACME" })).status, 200);
  const id = made.flatMap(({ body }) => (body.data as Customer | undefined)?.customer_id ?? [])[0];
  assert.equal((await as("DELETE", `/customers/${id}`)).status, 200);
  const heir = await as("POST", "/customers", { customer_id: "fir", name: "Elm" });
  assert.equal(heir.status, 200, "the name of one that is gone is free");
  assert.equal((await as("DELETE", "/customers/fir")).status, 200);
  for (const customer_id of [".", ".."])
    assert.equal((await as("POST", "/customers", { customer_id, name: "Dots" })).body.path, "customer_id");
  for (const path of ["/customers/acme/miners", "/customers/acme/miners/release"]) {
    const { status, body } = await as("POST", path, { miners: at({ container: "NOPE" }) });
    assert.deepEqual([status, body.code, body.path], [404, "NO_SUCH_CONTAINER", "miners.container"], path);
  }
});

/** A choice at site "1". */
const at = (choice: Record<string, unknown>) => ({ site_id: "1", ...choice });
async function change(path: string, miners: Record<string, unknown>, from?: string): Promise<Assigned> {
  const { status, body } = await as("POST", path, { miners: at(miners) as MinerChoice, ...(from ? { from } : {}) });
  assert.equal(status, 200, JSON.stringify(body));
  return body.data as Assigned;
}
const assign = (customer: string, miners: Record<string, unknown>, from?: string) =>
  change(`/customers/${customer}/miners`, miners, from);
const release = (customer: string, miners: Record<string, unknown>, from?: string) =>
  change(`/customers/${customer}/miners/release`, miners, from);
async function minersOf(customer: string, state = "now"): Promise<CustomerMiner[]> {
  const { body } = await as("GET", `/customers/${customer}/miners?state=${state}`);
  return (body.data as { miners: CustomerMiner[] }).miners;
}
const idsOf = async (customer: string) => (await minersOf(customer)).map(({ miner_id }) => miner_id);
const hoursAgo = (hours: number) => new Date(Math.floor(Date.now() / HOUR - hours) * HOUR).toISOString();

test("customers are made, changed and listed by name, and an id is given once", async () => {
  const changed = await as("PATCH", "/customers/birch", { contact: "birch@example.com", note: "half a megawatt" });
  assert.deepEqual((changed.body.data as Customer).name, "BIRCH");
  const { body } = await as("GET", "/customers");
  assert.deepEqual(
    (body.data as { customers: Customer[] }).customers.map(({ customer_id, contact, miners }) => [
      customer_id,
      contact,
      miners,
    ]),
    [
      ["acme", "", 0],
      ["birch", "birch@example.com", 0],
    ],
  );
  assert.equal((await as("POST", "/customers", { customer_id: "acme", name: "x" })).body.code, "CUSTOMER_EXISTS");
  assert.equal((await as("PATCH", "/customers/nobody", { name: "x" })).status, 404);
});

test("miners are assigned by name, container or filter, from the beginning of an hour", async () => {
  const named = await assign("acme", { miner_ids: ["d", "ghost"] });
  assert.deepEqual(named, { from: hoursAgo(0), changed: 1, unchanged: 0, unknown: ["ghost"] });
  assert.equal((await assign("acme", { container: "C1" })).changed, 2, "C10 is another container");
  assert.deepEqual(await idsOf("acme"), ["a", "b", "d"]);
  const again = await assign("acme", { filter: { model: "S19" } });
  assert.deepEqual([again.changed, again.unchanged], [1, 1]);
  const { body } = await as("GET", "/sites/1/miners/a");
  assert.equal((body.data as { customer_id: string }).customer_id, "acme");
  await release("acme", { filter: {} });
  assert.deepEqual(await idsOf("acme"), []);
});

test("a miner that moves on is each one's for its own part, and what is said of the past takes the place of what was", async () => {
  await assign("acme", { miner_ids: ["a", "b"] }, hoursAgo(100));
  await assign("birch", { miner_ids: ["a"] }, hoursAgo(40));
  const partsOf = async (customer: string) =>
    (await minersOf(customer, "all")).map(({ miner_id, valid_from, valid_to }) => [miner_id, valid_from, valid_to]);
  assert.deepEqual(await partsOf("acme"), [
    ["a", hoursAgo(100), hoursAgo(40)],
    ["b", hoursAgo(100), null],
  ]);
  assert.deepEqual(await partsOf("birch"), [["a", hoursAgo(40), null]]);
  await release("birch", { miner_ids: ["a", "b"] }, hoursAgo(10));
  assert.deepEqual(await partsOf("birch"), [["a", hoursAgo(40), hoursAgo(10)]]);
  await assign("birch", { miner_ids: ["a", "b"] }, hoursAgo(50));
  assert.deepEqual(await partsOf("birch"), [
    ["a", hoursAgo(50), null],
    ["b", hoursAgo(50), null],
  ]);
  assert.deepEqual(await partsOf("acme"), [
    ["a", hoursAgo(100), hoursAgo(50)],
    ["b", hoursAgo(100), hoursAgo(50)],
  ]);
});

test("a miner that comes back in the hour in which it went was never gone", async () => {
  await release("birch", { miner_ids: ["b"] });
  await assign("birch", { miner_ids: ["b"] });
  const parts = (await minersOf("birch", "all")).filter(({ miner_id }) => miner_id === "b");
  assert.deepEqual(
    parts.map(({ valid_from, valid_to }) => [valid_from, valid_to]),
    [[hoursAgo(50), null]],
  );
});

test("who releases a miner from an earlier hour on takes nothing of another customer's part", async () => {
  await assign("acme", { miner_ids: ["c"] }, hoursAgo(60));
  await assign("birch", { miner_ids: ["c"] }, hoursAgo(20));
  await release("birch", { miner_ids: ["c"] }, hoursAgo(30));
  const parts = async (customer: string) =>
    (await minersOf(customer, "all")).filter(({ miner_id }) => miner_id === "c").map((one) => one.valid_to);
  assert.deepEqual([await parts("acme"), await parts("birch")], [[hoursAgo(20)], []]);
});

test("nothing is assigned in the future, to nobody, or at no site", async () => {
  const miners = at({ miner_ids: ["c"] });
  const tomorrow = new Date(Date.now() + 24 * HOUR).toISOString();
  assert.equal((await as("POST", "/customers/acme/miners", { miners, from: tomorrow })).status, 400);
  assert.equal((await as("POST", "/customers/nobody/miners", { miners })).body.code, "NO_SUCH_CUSTOMER");
  const elsewhere = { miners: { site_id: "2", miner_ids: ["c"] } };
  assert.equal((await as("POST", "/customers/acme/miners", elsewhere)).body.code, "NO_SUCH_SITE");
});

test("two who assign the same miners at once leave each with one customer", async () => {
  const miners = { filter: {} };
  await Promise.all(["acme", "birch", "acme", "birch"].map((customer) => assign(customer, miners)));
  const [acme, birch] = [await idsOf("acme"), await idsOf("birch")];
  assert.equal(acme.length + birch.length, 4);
});

test("a customer with miners stays; the id of one that is removed is not given again", async () => {
  await assign("acme", { miner_ids: ["a"] });
  assert.equal((await as("DELETE", "/customers/acme")).body.code, "CUSTOMER_HAS_MINERS");
  await release("acme", { filter: {} });
  assert.equal((await as("DELETE", "/customers/acme")).status, 200);
  assert.equal((await as("GET", "/customers/acme/miners")).status, 404);
  assert.equal((await as("POST", "/customers", { customer_id: "acme", name: "New" })).body.code, "CUSTOMER_EXISTS");
});

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { waitFor } from "@banksman/testkit";
import {
  CUSTOMER_PERMISSIONS,
  type Grant,
  type LatestRow,
  LIVE_PATH,
  type Report,
  type Session,
  type Site,
  type SiteSummary,
} from "@banksman/wire/api";
import { REPORT_BY_CUSTOMER, type ReportDocument, ReportKind } from "@banksman/wire/model";
import { WebSocket } from "ws";
import { attempts, OTHER, SECRET } from "../test/scope-attempts.ts";
import { buildWorld, isAcross, isOfPerson, routes } from "../test/scope-world.ts";
import { startTestServer } from "../test/test-server.ts";

type Json = Record<string, unknown>;
const HOUR = 3_600_000;

const server = await startTestServer();
const { admin, otherKey, ids, given, as, upload, person, pathOf } = await buildWorld(server);
const guest = (hashrate_ghs: number, collected_at = new Date().toISOString()) => ({
  ...{ miner_id: "guest-1", online: true, model: "S21", rack: "C1-R1", power_consumption: 3_000 },
  ...{ hashrate_ghs, collected_at },
});
const change = async (path: string, miners: object, from?: string) => {
  const { status, body } = await as(admin, "POST", path, { miners, ...(from && { from }) });
  assert.equal(status, 200, JSON.stringify(body));
};
/** A customer with one miner among those of a site of which all else is secret. */
const hoursAgo = (hours: number) => new Date(Date.now() - hours * HOUR).toISOString();
const begun = hoursAgo(0);
await upload(otherKey, [{ ...guest(90, hoursAgo(5)), model: "S19" }]);
await upload(otherKey, [guest(95, hoursAgo(3))]);
await upload(otherKey, [guest(100)]);
await as(admin, "POST", "/customers", { customer_id: "acme", name: "Acme" });
await as(admin, "POST", "/customers", { customer_id: SECRET, name: SECRET });
await change("/customers/acme/miners", { site_id: OTHER, miner_ids: ["guest-1"] }, begun);
await change(`/customers/${SECRET}/miners`, { site_id: OTHER, miner_ids: [`${SECRET}-1`] });
/** All permissions, so that only the scope can stop them. */
const hosted = await person("hosted", [{ role: "admin", scope: { of: "customer", customer_id: "acme" } }]);
after(() => server[Symbol.asyncDispose]());

/** What a reply tells, without the name of the site, which a customer knows, and without what a refusal says again. */
const toldBy = (body: unknown): string =>
  JSON.stringify(body)
    .replaceAll(OTHER, "")
    .replaceAll(`${SECRET} mine`, "")
    .replaceAll(`${SECRET} valley`, "")
    .replace(/there is no (miner|automation) \W*[\w-]+/g, "");

/** Who looks for a customer alone, and who at the whole site reads its miners and reports, and nothing else. */
async function people() {
  const own = { role: "meters", permissions: ["reading.read", "site.read", "report.read"] };
  assert.equal((await as(admin, "POST", "/roles", own)).status, 200);
  return {
    viewer: await person("viewer", [{ role: "viewer", scope: { of: "customer", customer_id: "acme" } }]),
    reader: await person("reader", [{ role: "meters", scope: { of: "site", site_id: OTHER } }]),
  };
}
async function ask(wish: object, cookie: string) {
  const { status, body } = await as(cookie, "POST", "/reports", { span: "day", language: "en", ...wish });
  return { status, code: body.code, report: body.data as Report };
}
const today = () => new Date().toISOString().slice(0, 10);
async function reportOf(kind: string, customer_id: string | null, cookie: string) {
  const { status, report } = await ask({ kind, from: today(), scope: { customer_id } }, cookie);
  assert.equal(status, 202, kind);
  return waitFor(
    kind,
    async () => {
      const { body } = await as(cookie, "GET", `/reports/${report.report_id}`);
      const found = body.data as Report & { document: ReportDocument };
      return found.state === "kept" ? found : null;
    },
    { withinMs: 60_000 },
  );
}
const listed = async (cookie: string) => {
  const { body } = await as(cookie, "GET", "/reports?per_page=200");
  return new Set((body.data as { reports: Report[] }).reports.map(({ report_id }) => report_id));
};

test("a customer gets nothing of other miners, customers, or the site, and changes nothing there, over any route", async () => {
  const snapshot = async () =>
    Promise.all(
      [
        ...["/alerts?state=all", `/alerts/${ids.alert_id}`, "/alerts/silences", "/pool-accounts"],
        ...[`/reports/${given.report_id}`, `/orders/${given.order_id}`, "/customers", `/customers/${SECRET}/miners`],
      ].map(async (path) => JSON.stringify((await as(admin, "GET", path)).body)),
    );
  const before = await snapshot();
  const table = attempts({ ids, given });
  for (const route of routes.filter(isOfPerson)) {
    const name = `${route.method} ${route.path}`;
    const reply = await as(hosted, route.method, `${pathOf(route)}?miner_ids=${SECRET}-1`);
    if (route.at !== "miners") {
      assert.equal(reply.status, 403, name);
      assert.match(String(reply.body.code), /^NOT_ALLOWED/, name);
      continue;
    }
    if (!isAcross(route)) {
      assert.equal(reply.status, route.path.includes(":miner_id") ? 404 : 200, name);
      assert.ok(!toldBy(reply.body).includes(SECRET), `${name} told ${JSON.stringify(reply.body)}`);
      continue;
    }
    for (const { path = "", body } of table[name] ?? assert.fail(name)) {
      const { status, body: told } = await as(hosted, route.method, pathOf(route) + path, body);
      assert.ok(status < 500, `${name} gave ${status}`);
      assert.ok(!toldBy(told).includes(SECRET), `${name}${path} told ${JSON.stringify(told)}`);
      if (route.method !== "GET" && body === undefined) assert.equal(status, 404, name);
    }
  }
  assert.deepEqual(await snapshot(), before);
});

test("a grant for a customer gives what routes need that keep to some miners alone", async () => {
  const needed = routes.filter(({ at }) => at === "miners").map(({ needs }) => needs);
  assert.deepEqual(new Set(needed), new Set(CUSTOMER_PERMISSIONS));
  const { body } = await as(hosted, "GET", "/session");
  assert.deepEqual(new Set((body.data as Session).permissions), new Set(["session", ...CUSTOMER_PERMISSIONS]));
});

test("a customer sees their miners, and sums over those alone", async () => {
  const data = async (path: string) => (await as(hosted, "GET", path)).body.data as Json;
  for (const query of ["", "?q=guest", "?status=hashing", "?rack=C1-R1"]) {
    const { miners, pagination } = await data(`/collector/monitor/sites/${OTHER}/miners/latest${query}`);
    assert.deepEqual(
      [(miners as LatestRow[]).map(({ miner_id }) => miner_id), (pagination as Json).total],
      [["guest-1"], 1],
    );
  }
  assert.deepEqual((await data(`/collector/monitor/sites/${OTHER}/miners/latest?q=${SECRET}`)).miners, []);
  const summary = (await data(`/collector/summary/${OTHER}`)) as Json & SiteSummary;
  assert.deepEqual([summary.total, summary.hashrate_ghs, summary.models.length], [1, 100, 1]);
  const { sites } = (await data("/sites")) as { sites: Site[] };
  assert.deepEqual(
    sites.map(({ site_id, total, hashrate_ghs }) => [site_id, total, hashrate_ghs]),
    [[OTHER, 1, 100]],
  );
  assert.equal(((await data(`/sites/${OTHER}/racks`)).cells as Json[]).length, 1);
  assert.equal((await data(`/sites/${OTHER}/miners/guest-1`)).customer_id, "acme");
  const session = (await as(hosted, "GET", "/session")).body.data as Session;
  assert.deepEqual(session.reach["reading.read"], { [OTHER]: { containers: [], customers: ["acme"] } });
});

test("whose a miner is, is told to who sees customers and to the customer's own people, and to nobody else", async () => {
  const container = { of: "container", site_id: OTHER, container: "C1" } as const;
  const people = {
    everywhere: [{ role: "viewer", scope: { of: "all" } }],
    here: [{ role: "admin", scope: { of: "site", site_id: OTHER } }],
    boxed: [{ role: "operator", scope: container }],
    // Reached by the container, which may hold anybody's miners, and not by being theirs.
    rival: [
      { role: "operator", scope: container },
      { role: "viewer", scope: { of: "customer", customer_id: SECRET } },
    ],
  } satisfies Record<string, Grant[]>;
  const path = `/sites/${OTHER}/miners/guest-1`;
  const told = async (cookie: string) => ((await as(cookie, "GET", path)).body.data as Json).customer_id;
  for (const [name, grants] of Object.entries(people)) assert.equal(await told(await person(name, grants)), null, name);
  assert.deepEqual([await told(admin), await told(hosted)], ["acme", "acme"]);
  const { body } = await server.call("GET", `/api${path}`, { key: otherKey });
  assert.deepEqual([(body.data as Json).miner_id, (body.data as Json).customer_id], ["guest-1", null]);
});

test("what was before a miner was theirs is not told: not its history, events, sparkline, or orders", async () => {
  const known = async (cookie: string) => {
    const { body } = await as(cookie, "GET", `/collector/monitor/sites/${OTHER}/miners/guest-1/history?hours=24`);
    return (body.data as { points: { avg: number | null }[] }).points.flatMap(({ avg }) => avg ?? []);
  };
  const line = async (cookie: string) => {
    const { body } = await as(cookie, "GET", `/sites/${OTHER}/sparklines?miner_ids=guest-1`);
    return (body.data as { sparklines: Record<string, (number | null)[]> }).sparklines["guest-1"]?.flatMap(
      (v) => v ?? [],
    );
  };
  const events = async (cookie: string) => {
    const { body } = await as(cookie, "GET", `/sites/${OTHER}/miners/guest-1/events`);
    return (body.data as { events: Json[] }).events.map(({ kind }) => kind);
  };
  const order = { target: { site_id: OTHER, miner_ids: ["guest-1"] }, order: { order: "locate", on: true } };
  const { body } = await as(admin, "POST", "/commands", { ...order, reason: "theirs by now" });
  const id = ((body.data as Json).order as Json).order_id;
  assert.equal((await as(hosted, "GET", `/orders/${id}`)).status, 200);
  assert.deepEqual(await known(admin), [90, 95, 100]);
  assert.deepEqual([await known(hosted), await line(hosted)], [[100], [100]]);
  assert.deepEqual([await events(admin), await events(hosted)], [["model"], []]);
  await change("/customers/acme/miners", { site_id: OTHER, miner_ids: ["guest-1"] }, hoursAgo(4));
  assert.deepEqual([await known(hosted), await events(hosted)], [[95, 100], ["model"]]);
});

test("the live socket tells a customer of their miners, and no more from the moment they are another's", async () => {
  const messages: Json[] = [];
  const socket = new WebSocket(server.url.replace("http", "ws") + LIVE_PATH, { headers: { cookie: hosted } });
  socket.on("message", (data) => messages.push(JSON.parse(String(data))));
  await new Promise((resolve) => socket.once("open", resolve));
  const send = (message: object) => socket.send(JSON.stringify(message));
  const told = (type: string) => waitFor(type, () => messages.find((message) => message.type === type));
  for (const type of ["subscribe_alerts", "subscribe_cooling"]) {
    messages.length = 0;
    send({ type });
    assert.match(String((await told("problem")).code), /^NOT_ALLOWED/, type);
  }
  send({ type: "subscribe_commands" });
  send({ type: "subscribe", site_id: OTHER, miner_ids: ["guest-1", `${SECRET}-1`] });
  await told("subscribed");
  await upload(otherKey, [guest(120), { miner_id: `${SECRET}-1`, online: true, hashrate_ghs: 8 }]);
  const readings = await told("readings");
  assert.deepEqual(
    (readings.rows as LatestRow[]).map(({ miner_id, hashrate_ghs }) => [miner_id, hashrate_ghs]),
    [["guest-1", 120]],
  );
  assert.deepEqual([(readings.summary as SiteSummary).total, (readings.summary as SiteSummary).hashrate_ghs], [1, 120]);
  await change("/customers/acme/miners/release", { site_id: OTHER, miner_ids: ["guest-1"] });
  await waitFor("their rights to be looked at anew", async () => {
    const { body } = await as(hosted, "GET", `/collector/summary/${OTHER}`);
    return body.data === undefined || (body.data as SiteSummary).total === 0;
  });
  messages.length = 0;
  await upload(otherKey, [guest(130)]);
  assert.equal(((await told("readings")).summary as SiteSummary).total, 0);
  assert.ok(!toldBy(messages).includes(SECRET));
  socket.terminate();
  await change("/customers/acme/miners", { site_id: OTHER, miner_ids: ["guest-1"] });
});

test("a customer's people have reports of their own miners, and none of the site's or another customer's, nor their files", async () => {
  const { viewer, reader } = await people();
  const kinds = ReportKind.options.filter((kind) => REPORT_BY_CUSTOMER[kind] !== "never");
  for (const kind of ReportKind.options) {
    const unnamed = await ask({ kind, from: today() }, viewer);
    assert.equal(unnamed.code, kind === "statement" ? "INVALID_INPUT" : "NO_SITES", kind);
    const theirs = await ask({ kind, from: today(), scope: { customer_id: SECRET } }, viewer);
    assert.equal(theirs.code, kinds.includes(kind) ? "NO_SITES" : "INVALID_INPUT", kind);
  }
  const ofAll = (customer_id: string, cookie: string) =>
    Promise.all(kinds.map((kind) => reportOf(kind, customer_id, cookie)));
  const [own, others] = await Promise.all([ofAll("acme", viewer), ofAll(SECRET, admin)]);
  const [byAdmin, whole] = [await reportOf("orders", "acme", admin), await reportOf("miners", null, admin)];
  for (const { report_id } of [...others, whole])
    for (const path of [`/reports/${report_id}`, `/reports/${report_id}/files/csv`])
      assert.equal((await as(viewer, "GET", path)).status, 404, path);
  for (const { kind, report_id, document } of own) {
    const file = await as(viewer, "GET", `/reports/${report_id}/files/csv`);
    assert.equal(file.status, 200, kind);
    assert.ok(!toldBy([file.body, document]).includes(SECRET), kind);
  }
  const named = own.flatMap(({ document }) =>
    document.sections.flatMap((section) =>
      section.type === "table" && ["Miners", "Inventory"].includes(section.title.en)
        ? section.rows.map(([, miner]) => miner)
        : [],
    ),
  );
  assert.deepEqual(named, ["guest-1", "guest-1"], "of the inventory and the statement");
  assert.deepEqual(await listed(viewer), new Set([...own, byAdmin].map(({ report_id }) => report_id)));
  // Who reads all of a site but its alerts, commands and audit gets them of no customer either.
  for (const kind of ["alerts", "operation", "orders"])
    for (const customer_id of ["acme", null])
      assert.equal((await ask({ kind, from: today(), scope: { customer_id } }, reader)).code, "NO_SITES", kind);
  const seen = await listed(reader);
  for (const { kind, report_id } of [...own, ...others])
    assert.equal(seen.has(report_id), ["energy", "miners", "statement"].includes(kind), kind);
});

test("a customer's people have reports at their times of their own miners alone", async () => {
  const wish = (kind: string, customer_id: string | null) => ({ kind, span: "month", scope: { customer_id } });
  const schedules = async () => (await as(hosted, "GET", "/report-schedules")).body.data as { schedules: Json[] };
  for (const kind of ["operation", "energy", "miners", "alerts", "orders", "statement"]) {
    const add = (customer_id: string | null) => as(hosted, "POST", "/report-schedules", wish(kind, customer_id));
    assert.equal((await add(SECRET)).status, 404, kind);
    assert.notEqual((await add(null)).status, 200, kind);
    assert.equal((await add("acme")).status, 200, kind);
  }
  assert.equal((await as(hosted, "POST", "/report-schedules", wish("pools", "acme"))).status, 400);
  const [first] = (await schedules()).schedules;
  const change = (body: object) => as(hosted, "PATCH", `/report-schedules/${first?.schedule_id}`, body);
  assert.equal((await change({ scope: { customer_id: SECRET } })).status, 404);
  assert.equal((await change({ scope: { customer_id: null } })).status, 404);
  assert.equal((await change({ kind: "cooling" })).status, 400);
  assert.equal((await change({ kind: "energy" })).status, 200);
  assert.equal((await schedules()).schedules.length, 6);
});

test("a grant and a token for a customer are given by those who hold as much, and end with the customer", async () => {
  const scope = { of: "customer", customer_id: "acme" } as const;
  const lead = await person("lead", [{ role: "admin", scope: { of: "site", site_id: OTHER } }]);
  const friend = { username: "friend", password: "another-long-password" };
  const byLead = await as(lead, "POST", "/users", { ...friend, grants: [{ role: "viewer", scope }] });
  assert.equal(byLead.status, 403, "miners of any site may become a customer's");
  const nobody = { role: "viewer", scope: { of: "customer", customer_id: "nobody" } };
  assert.equal((await as(admin, "POST", "/users", { ...friend, grants: [nobody] })).body.code, "NO_SUCH_GRANT");
  const token = async (cookie: string, narrowed: object) => {
    const wish = { name: "t", permissions: ["reading.read"], scope: narrowed, days: 1 };
    const { body } = await as(cookie, "POST", "/session/tokens", wish);
    return String((body.data as Json).token);
  };
  const seen = async (bearer: string) => {
    const path = `/api/collector/monitor/sites/${OTHER}/miners/latest`;
    const { body } = await server.call("GET", path, { headers: { authorization: `Bearer ${bearer}` } });
    return (body.data as { miners: LatestRow[] } | undefined)?.miners.map(({ miner_id }) => miner_id) ?? null;
  };
  assert.deepEqual(await seen(await token(admin, scope)), ["guest-1"]);
  assert.deepEqual(await seen(await token(lead, scope)), ["guest-1"]);
  assert.deepEqual(await seen(await token(hosted, { of: "all" })), ["guest-1"]);
  assert.equal(await seen(await token(hosted, { of: "customer", customer_id: SECRET })), null);
  assert.equal(await seen(await token(hosted, { of: "container", site_id: OTHER, container: "C1" })), null);
  await change("/customers/acme/miners/release", { site_id: OTHER, filter: {} });
  assert.equal((await as(admin, "DELETE", "/customers/acme")).status, 200);
  const { body } = await as(admin, "GET", "/users");
  const users = (body.data as { users: { username: string; grants: unknown[] }[] }).users;
  assert.deepEqual(users.find(({ username }) => username === "hosted")?.grants, []);
  assert.equal((await as(hosted, "GET", "/sites")).status, 403);
});

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createLog, VirtualClock } from "@banksman/kit";
import * as api from "@banksman/wire/api";
import { ListedAuditRow, type Route } from "@banksman/wire/api";
import { z } from "zod";
import { actionOf } from "../http/audit-call.ts";
import { ADMIN_PASSWORD, siteWithKey, startTestServer, type TestServer } from "../test/test-server.ts";
import type { AuditInput } from "./recorder.ts";
import { createRefusals } from "./refusals.ts";

const Listed = z.object({ data: z.object({ rows: z.array(ListedAuditRow), has_more: z.boolean() }) });

let server: TestServer;
let admin: string;
let key: string;
before(async () => {
  server = await startTestServer();
  ({ cookie: admin, key } = await siteWithKey(server, "1"));
  await server.call("POST", "/api/users", {
    cookie: admin,
    body: { username: "mei", password: "a-good-long-password", role: "viewer" },
  });
});
after(() => server[Symbol.asyncDispose]());

async function rows(query = ""): Promise<ListedAuditRow[]> {
  const { body } = await server.call("GET", `/api/audit?${query}`, { cookie: admin });
  return Listed.parse(body).data.rows;
}
const newest = async (query = "") => (await rows(query))[0];

test("what a person does is told with who, from where, what, to what and how it ended", async () => {
  const row = await newest("action=sites.create");
  assert.deepEqual(row?.actor, { kind: "person", name: "admin" });
  assert.equal(row?.from?.address, "127.0.0.1");
  assert.match(row?.from?.session ?? "", /^[0-9a-f]{12}$/);
  assert.deepEqual([row?.result, row?.code, row?.times], ["done", null, 1]);
  assert.deepEqual(row?.after, { name: "Site 1", site_id: "1" });
});

test("the first admin is told of, whom nobody made", async () => {
  const first = (await rows("action=users.create")).at(-1);
  assert.deepEqual(
    [first?.actor, first?.target, first?.from],
    [{ kind: "system", name: "first start" }, "admin", null],
  );
  assert.deepEqual(first?.after, { username: "admin", grants: [{ role: "admin", scope: { of: "all" } }] });
});

test("signing in is told, and so is who failed to, without the password", async () => {
  await server.call("POST", "/api/session", { body: { username: "mei", password: "wrong-wrong-wrong" } });
  const failed = await newest("action=session.sign-in");
  assert.deepEqual(
    [failed?.actor.kind, failed?.target, failed?.result, failed?.code],
    ["nobody", "mei", "refused", "WRONG_PASSWORD"],
  );
  await server.signIn("mei", "a-good-long-password");
  const done = await newest("action=session.sign-in");
  assert.deepEqual([done?.actor, done?.result], [{ kind: "person", name: "mei" }, "done"]);
});

test("refusals are told: no permission, not valid, in conflict, not there", async () => {
  const viewer = await server.signIn("mei", "a-good-long-password");
  const body = { site_id: "1", name: "again" };
  await server.call("POST", "/api/sites", { cookie: viewer, body });
  await server.call("GET", "/api/users", { cookie: viewer });
  await server.call("POST", "/api/sites", { cookie: admin, body: { site_id: "no blanks", name: "x" } });
  await server.call("POST", "/api/sites", { cookie: admin, body });
  await server.call("PATCH", "/api/sites/none", { cookie: admin, body: { name: "x" } });
  const told = (await rows("result=refused&limit=5")).map(({ actor, action, code }) => [actor.name, action, code]);
  assert.deepEqual(told.toReversed(), [
    ["mei", "sites.create", "NOT_ALLOWED"],
    ["mei", "users.read", "NOT_ALLOWED"],
    ["admin", "sites.create", "INVALID_INPUT"],
    ["admin", "sites.create", "SITE_EXISTS"],
    ["admin", "sites.update", "NO_SUCH_SITE"],
  ]);
});

test("the same refusal again within a minute adds no row: nobody without a password can fill the trail", async () => {
  const knock = () => server.call("POST", "/api/sites", { body: { site_id: "x", name: "x" } });
  for (let n = 0; n < 20; n++) await knock();
  assert.equal(
    (await rows("action=sites.create&result=refused")).filter(({ actor }) => actor.kind === "nobody").length,
    1,
  );
});

test("refusals while the database is away are told once it is back, all of them", async () => {
  const told: (number | undefined)[] = [];
  let isAway = true;
  const record = async (events: AuditInput | readonly AuditInput[]) => {
    if (isAway) throw new Error("no database");
    told.push(...[events].flat().map(({ times }) => times));
  };
  const clock = new VirtualClock(Date.now());
  const refusals = createRefusals({ audit: { record }, clock, log: createLog("test", "silent") });
  const knock: AuditInput = {
    ...{ actor: { kind: "nobody", name: "" }, from: null, action: "sites.create", target: null, site: null },
    ...{ before: null, after: null, reason: null, result: "refused", code: "NOT_SIGNED_IN" },
  };
  await assert.rejects(refusals.record(knock), /no database/);
  for (let n = 0; n < 4; n++) await refusals.record(knock);
  await refusals.flush(true);
  isAway = false;
  await refusals.flush(true);
  assert.deepEqual(told, [5]);
  await refusals.record(knock);
  await refusals.record(knock);
  await refusals.flush();
  assert.deepEqual(told, [5, undefined], "a row at once, the rest within the minute");
});

test("readings leave no rows, and neither do calls that change nothing", async () => {
  const before = await newest();
  await server.call("POST", "/api/collector/upload", { key, body: [{ miner_id: "a", online: false }] });
  await server.call("GET", "/api/sites", { cookie: admin });
  assert.equal((await newest())?.seq, before?.seq);
});

test("rows are found by text, who, action, site, result and time, a page after the other", async () => {
  const all = await rows("limit=500");
  const [first, second] = [await rows("limit=3"), await rows(`limit=3&before_seq=${all[2]?.seq}`)];
  assert.deepEqual([...first, ...second], all.slice(0, 6));
  const has = async (query: string, fits: (row: ListedAuditRow) => boolean) =>
    assert.deepEqual(await rows(`${query}&limit=500`), all.filter(fits), query);
  await has("q=site%20EXISTS", () => false);
  await has("q=site_exists", (row) => row.code === "SITE_EXISTS");
  await has("actor=mei", (row) => row.actor.name === "mei");
  await has("action=sites", (row) => row.action.startsWith("sites."));
  await has("site_id=none", (row) => row.site === "none");
  const middle = all[4]?.at ?? "";
  await has(`to=${middle}`, (row) => row.at < middle);
  const { body } = await server.call("GET", `/api/audit/${all[0]?.seq}`, { cookie: admin });
  assert.deepEqual(body.data, all[0]);
  assert.equal((await server.call("GET", "/api/audit/999999", { cookie: admin })).status, 404);
  // What the database can't look for is a mistake of the question's, in a file as in a list.
  for (const path of ["audit?q=%00", "audit/csv?q=%00", "alerts?from=1970-01-01T00:00:00%2B23:59"])
    assert.equal((await server.call("GET", `/api/${path}`, { cookie: admin })).status, 400, path);
});

test("a change is told with what stood there before, secrets left out", async () => {
  const change = async (path: string, body: object, method = "PATCH") => {
    const { status } = await server.call(method, `/api${path}`, { cookie: admin, body });
    assert.equal(status, 200, path);
    return newest();
  };
  const site = await change("/sites/1", { name: "North" });
  assert.deepEqual([site?.before, site?.after], [{ name: "Site 1" }, { name: "North" }]);
  const channel = { name: "ops", type: "telegram", settings: { token: "123:abcdef", chat_id: "-100" } };
  const made = await change("/alerts/channels", channel, "POST");
  assert.ok(!JSON.stringify(made).includes("abcdef"));
  const off = await change("/alerts/channels/ops", { enabled: false });
  assert.deepEqual([enabledOf(off?.before), enabledOf(off?.after)], [true, false]);
  await change("/sites/1/tariff", { price: 0.05 });
  const tariff = await change("/sites/1/tariff", { price: 0.06 });
  assert.deepEqual(tariff?.before, { price: 0.05, bands: [], overhead: 1 });
  const rule = await change("/alert-rules/miner-fan", { enabled: false });
  assert.deepEqual(rule?.before, { enabled: true });
});
const enabledOf = (value: unknown) => z.looseObject({ enabled: z.boolean() }).parse(value).enabled;

test("who may not read the trail doesn't", async () => {
  const viewer = await server.signIn("mei", "a-good-long-password");
  assert.equal((await server.call("GET", "/api/audit", { cookie: viewer })).status, 403);
  assert.equal((await server.call("GET", "/api/audit")).status, 401);
});

/** Every route value of the wire that changes something. */
const exported: readonly unknown[] = Object.values(api);
const changing = exported.filter(
  (value): value is Route =>
    typeof value === "object" && value !== null && "needs" in value && "method" in value && value.method !== "GET",
);

test("each action has a name of its own, and only what carries readings or changes nothing goes untold", () => {
  const told = changing.filter((route) => route.audited !== false);
  assert.equal(new Set(told.map(actionOf)).size, told.length);
  const untold = changing.filter((route) => route.audited === false).map(({ path }) => path);
  assert.deepEqual(untold.toSorted(), [
    "/alert-rules/check",
    "/alert-rules/dry-run",
    "/alerts/alertmanager",
    "/alerts/channels/preview",
    "/automations/dry-run",
    "/collector/cooling",
    "/collector/pool-accounts",
    "/collector/upload",
    "/commands/preview",
    "/market/readings",
    "/pool-stats/readings",
    "/session/factors/passkeys/begin",
    "/session/refresh",
  ]);
});

/** Names of secret members in any body; further ones where a route's schema has them. */
const ANYWHERE = ["password", "api_key", "token", "client_secret", "private_key", "recovery_code"];
const BY_SCHEMA = ["current", "next", "settings"];

test("no secret of any route's body reaches the trail, done or refused", async () => {
  const secret = "s3cret-w0rd-of-this-test";
  const cookie = await server.signIn();
  for (const route of changing.filter((one) => one.audited !== false && one.body && one.path !== "/session/password")) {
    const known = z.toJSONSchema(route.body ?? z.null(), { io: "input", unrepresentable: "any" }).properties ?? {};
    const names = [...ANYWHERE, ...BY_SCHEMA.filter((name) => name in known)];
    const body = Object.fromEntries(names.map((name) => [name, name === "settings" ? { url: secret } : secret]));
    const url = `https://a:${secret}@b.example/?token=${secret}`;
    await server.call(route.method, `/api${route.path}`.replace(/:\w+/g, "no-such-one"), {
      cookie,
      body: { ...body, reason: `see ${url}`, name: `Bearer ${secret}` },
    });
  }
  const told = JSON.stringify(await rows("limit=500"));
  assert.ok(!told.includes(secret) && !told.includes(ADMIN_PASSWORD));
  assert.ok(told.includes("(hidden)"));
});

test("changing one's password is told without either of the two", async () => {
  const cookie = await server.signIn("mei", "a-good-long-password");
  const body = { current: "a-good-long-password", next: "another-long-password" };
  await server.call("POST", "/api/session/password", { cookie, body });
  const row = await newest("action=session.change-password");
  assert.deepEqual([row?.result, row?.after], ["done", { current: "(hidden)", next: "(hidden)" }]);
});

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { waitFor } from "@banksman/testkit";
import type { Grant, Route } from "@banksman/wire/api";
import * as api from "@banksman/wire/api";
import { WebSocket } from "ws";
import { attempts, curtailment, OTHER, rule, SECRET } from "../test/scope-attempts.ts";
import { siteWithKey, startTestServer, type TestServer } from "../test/test-server.ts";

type Json = Record<string, unknown>;
const exported: readonly unknown[] = Object.values(api);
const routes = exported.filter(
  (value): value is Route => typeof value === "object" && value !== null && "needs" in value && "method" in value,
);

const PASSWORD = "another-long-password";

let server: TestServer;
let admin: string;
/** An admin, but of site "own" alone: all permissions, so that only the scope can stop them. */
let scoped: string;
let otherKey: string;
const ids = { alert_id: 0, account_no: 0, silence_id: 0, seq: 0 };
/** An order of the other site, and its command. */
const given = { order_id: "", command_id: "", report_id: "", schedule_id: "", camera_id: "", view_id: "" };

const as = (cookie: string, method: string, path: string, body?: unknown) =>
  server.call(method, `/api${path}`, { cookie, body });
const person = async (username: string, grants: Grant[]): Promise<string> => {
  const made = await as(admin, "POST", "/users", { username, password: PASSWORD, grants });
  assert.equal(made.status, 200, JSON.stringify(made.body));
  return server.signIn(username, PASSWORD);
};
const upload = (key: string, readings: object[]) =>
  server.call("POST", "/api/collector/upload", { key, body: readings });

before(async () => {
  server = await startTestServer();
  const own = await siteWithKey(server, "own");
  ({ cookie: admin } = own);
  ({ key: otherKey } = await siteWithKey(server, OTHER));
  await as(admin, "PATCH", `/sites/${OTHER}`, { name: `${SECRET} mine`, region: `${SECRET} valley` });
  await upload(own.key, [
    { miner_id: "own-1", online: true, hashrate_ghs: 10, rack: "C1-R1" },
    { miner_id: "own-2", online: true, hashrate_ghs: 20, rack: "C1" },
    { miner_id: "own-3", online: true, hashrate_ghs: 40, rack: "C10" },
  ]);
  await upload(otherKey, [{ miner_id: `${SECRET}-1`, online: true, hashrate_ghs: 7, worker_name: `${SECRET}.w` }]);
  const cooled = await as(admin, "POST", `/sites/${OTHER}/cooling-units`, { host: `${SECRET}.box`, name: SECRET });
  assert.equal(cooled.status, 200, JSON.stringify(cooled.body));
  const alert = (site_id: string, key: string) =>
    server.call("POST", "/api/alerts/alertmanager", {
      headers: { authorization: `Bearer ${key}` },
      body: {
        version: "4",
        groupKey: site_id,
        status: "firing",
        alerts: [
          {
            status: "firing",
            labels: { alertname: `${site_id} down`, severity: "critical", site_id },
            startsAt: "2026-11-21T09:00:00Z",
            fingerprint: site_id,
          },
        ],
      },
    });
  await alert("own", own.key);
  await alert(OTHER, otherKey);
  await server.call("POST", "/api/collector/pool-accounts", {
    key: otherKey,
    body: {
      version: 1,
      readings: [],
      failures: [
        {
          pool: "ckpool",
          coin: "bitcoin",
          account: `${SECRET}acct`,
          failures: 1,
          at: new Date().toISOString(),
          reason: SECRET,
        },
      ],
    },
  });
  const listed = (await as(admin, "GET", "/pool-accounts")).body.data as { accounts: { account_no: number }[] };
  ids.account_no = listed.accounts[0]?.account_no ?? 0;
  const silence = await as(admin, "POST", "/alerts/silences", {
    matcher: { site_id: OTHER, target_id: `${SECRET}-1` },
    reason: `${SECRET} works`,
    ends_at: "2099-01-01T00:00:00Z",
  });
  ids.silence_id = (silence.body.data as { silence_id: number }).silence_id;
  await server.call("POST", "/api/pool-stats/readings", {
    key: otherKey,
    body: {
      version: 1,
      pool: `${SECRET}pool`,
      minutes: [{ partition: 0, puid: 0, at: "2026-11-28T00:00:00Z", accepted: 1, stale: 0, rejected: 0, shares: 1 }],
    },
  });
  const raw = { target: { site_id: OTHER, miner_ids: [`${SECRET}-1`] }, order: { order: "raw", command: SECRET } };
  const command = await as(admin, "POST", "/commands", { ...raw, reason: `${SECRET} order` });
  const { order, commands } = command.body.data as { order: typeof given; commands: (typeof given)[] };
  Object.assign(given, { order_id: order.order_id, command_id: commands[0]?.command_id });
  const wish = { kind: "miners", span: "day", from: new Date().toISOString().slice(0, 10), scope: { site_id: OTHER } };
  const asked = await as(admin, "POST", "/reports", wish);
  given.report_id = (asked.body.data as typeof given).report_id;
  const { from: _from, ...often } = wish;
  const scheduled = await as(admin, "POST", "/report-schedules", often);
  given.schedule_id = (scheduled.body.data as typeof given).schedule_id;
  await waitFor(
    "the report",
    async () => {
      const { body: told } = await as(admin, "GET", `/reports/${given.report_id}`);
      return (told.data as { state: string }).state === "kept";
    },
    { withinMs: 30_000 },
  );
  const camera = { name: `${SECRET} gate`, kind: "hls", url: `http://10.1.1.1/${SECRET}.m3u8` };
  const added = await as(admin, "POST", `/sites/${OTHER}/cameras`, camera);
  given.camera_id = (added.body.data as typeof given).camera_id;
  const view = { name: `${SECRET} view`, layout: "4", camera_ids: [given.camera_id] };
  given.view_id = ((await as(admin, "POST", "/video/views", view)).body.data as typeof given).view_id;
  const { body } = await as(admin, "GET", "/alerts");
  const alerts = (body.data as { alerts: { alert_id: number; labels: Record<string, string> }[] }).alerts;
  ids.alert_id = alerts.find(({ labels }) => labels.site_id === OTHER)?.alert_id ?? 0;
  const planned = { automation_id: `${SECRET}-night`, name: `${SECRET} night`, site_id: OTHER, plan: curtailment };
  const automation = await as(admin, "POST", "/automations", planned);
  assert.equal(automation.status, 200, JSON.stringify(automation.body));
  const trail = (await as(admin, "GET", `/audit?site_id=${OTHER}`)).body.data as { rows: { seq: number }[] };
  ids.seq = trail.rows[0]?.seq ?? 0;
  for (const [name, id] of Object.entries(ids)) assert.ok(id > 0, name);
  scoped = await person("scoped", [{ role: "admin", scope: { of: "site", site_id: "own" } }]);
});
after(() => server[Symbol.asyncDispose]());

/** A recording needs a camera that plays: those are in video/recordings.test.ts. */
const NO_SUCH_ID = "00000000-0000-4000-8000-000000000000";

const pathOf = (route: Route) =>
  route.path.replace(/:(\w+)/g, (_, name: string) => {
    const known: Record<string, string | number> = {
      ...ids,
      ...given,
      site_id: OTHER,
      miner_id: `${SECRET}-1`,
      rule_id: "x",
      format: "csv",
      recording_id: NO_SUCH_ID,
      automation_id: `${SECRET}-night`,
    };
    return encodeURIComponent(String(known[name] ?? "1"));
  });
const isOfPerson = ({ needs }: Route) => !["public", "session", "reading.upload"].includes(needs);

test("an admin of one site gets nothing of another, and changes nothing there, over any route", async () => {
  const snapshot = async () =>
    Promise.all(
      [
        "/alerts?state=all",
        `/alerts/${ids.alert_id}`,
        "/alerts/silences",
        "/pool-accounts",
        `/sites/${OTHER}`,
        "/orders",
        "/commands",
        `/reports/${given.report_id}`,
        "/cameras",
        "/video/views",
      ].map(async (path) => JSON.stringify((await as(admin, "GET", path)).body)),
    );
  const before = await snapshot();
  const table = attempts({ ids, given });
  for (const route of routes.filter(isOfPerson)) {
    const name = `${route.method} ${route.path}`;
    if (route.at !== "anywhere") {
      const { status, body } = await as(scoped, route.method, pathOf(route));
      assert.deepEqual([status, body.code], [403, "NOT_ALLOWED_HERE"], name);
      continue;
    }
    const cases = table[name] ?? assert.fail(`${name} reaches several sites: say how it could reach too far`);
    for (const { path = "", body } of cases) {
      const reply = await as(scoped, route.method, pathOf(route) + path, body);
      assert.ok(reply.status < 500, `${name} gave ${reply.status}`);
      // A refusal may say again what was asked for.
      const told = JSON.stringify(reply.body)
        .replaceAll(`\\"${OTHER}\\"`, "")
        .replaceAll(`there is no automation ${SECRET}-night`, "");
      assert.ok(!told.includes(SECRET), `${name}${path} told ${told}`);
      if (route.method !== "GET" && body === undefined) assert.equal(reply.status, 404, name);
    }
  }
  assert.deepEqual(await snapshot(), before);
});

test("figures across sites are those of one's own", async () => {
  const data = async (path: string) => (await as(scoped, "GET", path)).body.data as Json;
  assert.deepEqual(
    ((await data("/sites")).sites as Json[]).map(({ site_id, total }) => [site_id, total]),
    [["own", 3]],
  );
  assert.equal((await data("/alerts")).total, 1);
  assert.deepEqual((await data("/alerts/counts")).open, { urgent: 1, severe: 0, warning: 0, info: 0 });
  assert.equal((await data("/alerts/statistics?days=90")).fired, 1);
  assert.equal(((await data("/market/profitability")).total as Json).miners, 3);
  const check = (await as(scoped, "POST", "/alert-rules/check", rule)).body.data as Json;
  assert.deepEqual(check.now, { holds: 3, unknown: 0, total: 3 });
});

test("the live socket tells of one's own sites alone", async () => {
  const messages: Json[] = [];
  const socket = new WebSocket(server.url.replace("http", "ws") + api.LIVE_PATH, { headers: { cookie: scoped } });
  await new Promise((resolve) => socket.once("open", resolve));
  const next = () =>
    new Promise<Json>((resolve) => socket.once("message", (data) => resolve(JSON.parse(String(data)))));
  socket.on("message", (data) => messages.push(JSON.parse(String(data))));
  const refused = next();
  socket.send(JSON.stringify({ type: "subscribe", site_id: OTHER, miner_ids: [`${SECRET}-1`] }));
  assert.equal((await refused).code, "NOT_ALLOWED_HERE");
  const counted = next();
  socket.send(JSON.stringify({ type: "subscribe_alerts" }));
  assert.deepEqual(((await counted).counts as Json).open, { urgent: 1, severe: 0, warning: 0, info: 0 });
  await upload(otherKey, [{ miner_id: `${SECRET}-1`, online: true, hashrate_ghs: 8 }]);
  const own = next();
  socket.send(JSON.stringify({ type: "subscribe", site_id: "own" }));
  assert.equal((await own).type, "subscribed");
  assert.ok(!JSON.stringify(messages.slice(1)).includes(SECRET));
  socket.terminate();
});

test("a container's grant reaches its miners and their sums, and nothing of the rest of the site", async () => {
  const cookie = await person("boxed", [
    { role: "viewer", scope: { of: "container", site_id: "own", container: "C1" } },
  ]);
  const get = async (path: string) => await as(cookie, "GET", path);
  const data = async (path: string) => (await get(path)).body.data as Json;
  const latest = (await data("/collector/monitor/sites/own/miners/latest")).miners as Json[];
  assert.deepEqual(
    latest.map(({ miner_id }) => miner_id),
    ["own-1", "own-2"],
  );
  assert.equal((await data("/collector/summary/own")).hashrate_ghs, 30);
  assert.deepEqual(
    ((await data("/sites")).sites as Json[]).map(({ site_id, total }) => [site_id, total]),
    [["own", 2]],
  );
  assert.equal(((await data("/sites/own/racks")).cells as Json[]).length, 2);
  assert.deepEqual(Object.keys((await data("/sites/own/sparklines?miner_ids=own-1,own-3")).sparklines as Json), [
    "own-1",
  ]);
  for (const path of ["/sites/own/miners/own-3", "/sites/own/miners/own-3/events"])
    assert.equal((await get(path)).status, 404, path);
  for (const path of ["/sites/own/history", `/sites/${OTHER}`, "/sites/own/profitability/miners"])
    assert.equal((await get(path)).status, 403, path);
});

test("a container's grant sees, and decides, the orders whose devices all stand there, and no others", async () => {
  const cookie = await person("shift", [
    { role: "operator", scope: { of: "container", site_id: "own", container: "C1" } },
  ]);
  const give = async (by: string, target: object, order: object = { order: "locate", on: true }) => {
    const body = { target: { site_id: "own", ...target }, order, reason: "a test" };
    const { status, body: answer } = await as(by, "POST", "/commands", body);
    assert.equal(status, 202, JSON.stringify(answer));
    const { order: given, commands } = answer.data as { order: Json; commands: Json[] };
    return { orderId: String(given.order_id), commandIds: commands.map(({ command_id }) => String(command_id)) };
  };
  // own-3 stands elsewhere, and reads like a miner that there is not.
  const own = await give(cookie, { miner_ids: ["own-1", "own-3"] });
  const inside = await give(admin, { miner_ids: ["own-1", "own-2"] });
  const mixed = await give(admin, { miner_ids: ["own-2", "own-3"] });
  const outside = await give(admin, { miner_ids: ["own-3"] });
  const edge = await give(admin, { edge: true }, { order: "rescan" });
  const list = async (path: string, key: string, id: string) => {
    const data = (await as(cookie, "GET", path)).body.data as Record<string, Json[]>;
    return (data[key] ?? []).map((row) => row[id]);
  };
  assert.deepEqual(await list("/orders", "orders", "order_id"), [inside.orderId, own.orderId]);
  assert.deepEqual(await list("/orders?site_id=own&show=active", "orders", "order_id"), [inside.orderId, own.orderId]);
  assert.deepEqual(
    new Set(await list("/commands", "commands", "command_id")),
    new Set([...inside.commandIds, own.commandIds[0], mixed.commandIds[0]]),
  );
  const status = async (method: string, path: string) => (await as(cookie, method, path)).status;
  for (const { orderId } of [mixed, outside, edge]) {
    assert.equal(await status("GET", `/orders/${orderId}`), 404);
    assert.equal(await status("POST", `/orders/${orderId}/cancel`), 404);
  }
  for (const id of [mixed.commandIds[1], outside.commandIds[0], edge.commandIds[0]]) {
    assert.equal(await status("GET", `/commands/${id}`), 404);
    assert.equal(await status("POST", `/commands/${id}/cancel`), 404);
  }
  assert.equal(await status("GET", `/commands/${inside.commandIds[0]}`), 200);
  assert.equal(await status("POST", `/orders/${inside.orderId}/cancel`), 200);
});

test("a region's grant reaches the sites that lie in it, also one that comes to lie there later", async () => {
  const cookie = await person("regional", [{ role: "viewer", scope: { of: "region", region: "north" } }]);
  const sites = async () => ((await as(cookie, "GET", "/sites")).body.data as { sites?: { site_id: string }[] })?.sites;
  assert.equal((await as(cookie, "GET", "/sites")).status, 403);
  await as(admin, "PATCH", "/sites/own", { region: "north" });
  assert.deepEqual(
    (await sites())?.map(({ site_id }) => site_id),
    ["own"],
  );
  await as(admin, "PATCH", "/sites/own", { region: null });
  const moved = await as(scoped, "PATCH", "/sites/own", { region: "elsewhere" });
  assert.equal(moved.status, 403, "whoever moves a site gives it to others");
});

test("nobody gives away more than they hold, nor changes who may do more", async () => {
  const role = await as(admin, "POST", "/roles", {
    role: "Shift lead 班长",
    permissions: ["user.manage", "alert.read", "role.manage"],
  });
  assert.equal(role.status, 200);
  const lead = await person("lead", [{ role: "Shift lead 班长", scope: { of: "all" } }]);
  const make = (grants: Grant[]) => as(lead, "POST", "/users", { username: "friend", password: PASSWORD, grants });
  const code = async (reply: ReturnType<typeof as>) => (await reply).body.code;
  assert.equal(await code(make([{ role: "admin", scope: { of: "all" } }])), "MORE_THAN_YOURS");
  assert.equal(await code(make([{ role: "viewer", scope: { of: "site", site_id: "own" } }])), "MORE_THAN_YOURS");
  assert.equal(await code(make([{ role: "nothing", scope: { of: "all" } }])), "NO_SUCH_GRANT");
  // Any site may come to lie in a region, also in one without sites.
  const inNowhere = { role: "operator", scope: { of: "region", region: "nowhere" } } as const;
  assert.equal(await code(make([inNowhere])), "MORE_THAN_YOURS");
  assert.equal(await code(as(lead, "PATCH", "/users/lead", { grants: [inNowhere] })), "MORE_THAN_YOURS");
  assert.equal(await code(as(lead, "PATCH", "/users/admin", { password: PASSWORD })), "MORE_THAN_YOURS");
  assert.equal(await code(as(lead, "POST", "/roles", { role: "x", permissions: ["command.give"] })), "MORE_THAN_YOURS");
  assert.equal((await make([{ role: "Shift lead 班长", scope: { of: "site", site_id: "own" } }])).status, 200);
  const own = await as(lead, "PATCH", "/users/friend", {
    grants: [{ role: "Shift lead 班长", scope: { of: "region", region: "nowhere" } }],
  });
  assert.equal(own.status, 200, "what is held everywhere can be given in a region");
  assert.equal(await code(as(admin, "DELETE", "/roles/Shift lead 班长")), "ROLE_IN_USE");
  assert.equal(await code(as(admin, "PATCH", "/roles/viewer", { permissions: ["alert.read"] })), "ROLE_BUILT_IN");
  await as(admin, "PATCH", "/roles/Shift lead 班长", { permissions: ["alert.read"] });
  assert.equal((await as(lead, "GET", "/users")).status, 403, "a role's change holds at once");
});

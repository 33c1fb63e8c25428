import assert from "node:assert/strict";
import { after, test } from "node:test";
import { waitFor } from "@banksman/testkit";
import type { Grant } from "@banksman/wire/api";
import { LIVE_PATH } from "@banksman/wire/api";
import { WebSocket } from "ws";
import { attempts, OTHER, rule, SECRET } from "../test/scope-attempts.ts";
import { buildWorld, isAcross, isOfPerson, routes } from "../test/scope-world.ts";
import { startTestServer } from "../test/test-server.ts";

type Json = Record<string, unknown>;
const PASSWORD = "another-long-password";

const server = await startTestServer();
const { admin, otherKey, ids, given, as, upload, person, pathOf } = await buildWorld(server);
/** An admin, but of site "own" alone: all permissions, so that only the scope can stop them. */
const scoped = await person("scoped", [{ role: "admin", scope: { of: "site", site_id: "own" } }]);
after(() => server[Symbol.asyncDispose]());

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
    if (!isAcross(route)) {
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
        .replaceAll(`lies in region \\"${SECRET} valley\\"`, "")
        .replaceAll(`there is no automation ${SECRET}-night`, "");
      assert.ok(!told.includes(SECRET), `${name}${path} told ${told}`);
      if (route.method !== "GET" && body === undefined) assert.equal(reply.status, 404, name);
    }
  }
  // What is kept of another site's camera isn't read by way of one's own site.
  const tried = await as(scoped, "POST", "/sites/own/cameras/try", { camera_id: given.camera_id });
  assert.deepEqual([tried.status, tried.body.code], [404, "NO_SUCH_CAMERA"]);
  assert.deepEqual(await snapshot(), before);
});

test("a site that a query names and that is not there, or not reached, is not found, whichever it is", async () => {
  const named = routes.filter(
    (one) => isOfPerson(one) && one.needs !== "audit.read" && one.query !== undefined && "site_id" in one.query.shape,
  );
  assert.ok(named.length > 8);
  for (const route of named)
    for (const siteId of ["nosuch", OTHER]) {
      const { status, body } = await as(scoped, route.method, `${pathOf(route)}?site_id=${siteId}&pool=btc`);
      const told = [status, body.code, body.detail];
      assert.deepEqual(told, [404, "NO_SUCH_SITE", `there is no site "${siteId}"`], `${route.method} ${route.path}`);
    }
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
  const socket = new WebSocket(server.url.replace("http", "ws") + LIVE_PATH, { headers: { cookie: scoped } });
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
  socket.send(JSON.stringify({ type: "subscribe", site_id: "own" }));
  await waitFor("its own site", () => messages.some(({ type }) => type === "subscribed"));
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
  // What isn't told apart by container is refused: an empty list would read as if all were well.
  for (const route of routes.filter((one) => one.at === "anywhere" && isOfPerson(one))) {
    const { status, body } = await as(cookie, route.method, pathOf(route));
    assert.equal(status, 403, `${route.method} ${route.path}`);
    assert.equal(body.needs, route.needs, `${route.method} ${route.path}`);
  }
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

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startPostgres } from "@banksman/testkit";
import { LIVE_PATH } from "@banksman/wire/api";
import pg from "pg";
import { WebSocket } from "ws";
import { siteWithKey, startTestServer, type TestServer } from "../test/test-server.ts";

type Json = Record<string, unknown>;
const PASSWORD = "another-long-password";

let server: TestServer;
let postgres: Awaited<ReturnType<typeof startPostgres>>;
let database: pg.Pool;
let admin: string;
before(async () => {
  postgres = await startPostgres();
  server = await startTestServer({ database_url: postgres.url });
  database = new pg.Pool({ connectionString: postgres.url });
  const { cookie, key } = await siteWithKey(server, "1");
  admin = cookie;
  await siteWithKey(server, "2");
  await server.call("POST", "/api/collector/upload", { key, body: [{ miner_id: "a", online: true, rack: "C1" }] });
});
after(async () => {
  await database.end();
  await server[Symbol.asyncDispose]();
  await postgres[Symbol.asyncDispose]();
});

const create = async (cookie: string, body: Json) => {
  const reply = await server.call("POST", "/api/session/tokens", {
    cookie,
    body: { name: "report", days: 30, ...body },
  });
  return {
    status: reply.status,
    code: reply.body.code,
    data: reply.body.data as Json & { token: string; token_id: number },
  };
};
const get = (token: string, path: string) =>
  server.call("GET", `/api${path}`, { headers: { authorization: `Bearer ${token}` } });

test("a token does what it names, in its scope, and nothing else", async () => {
  const { data } = await create(admin, {
    permissions: ["reading.read", "site.read"],
    scope: { of: "site", site_id: "1" },
  });
  assert.match(data.token, /^bmt_/);
  const sites = ((await get(data.token, "/sites")).body.data as { sites: Json[] }).sites;
  assert.deepEqual(
    sites.map(({ site_id }) => site_id),
    ["1"],
  );
  assert.equal((await get(data.token, "/collector/summary/1")).status, 200);
  for (const path of ["/collector/summary/2", "/users", "/alerts", "/session", "/session/tokens"])
    assert.equal((await get(data.token, path)).status, 403, path);
  const boxed = await create(admin, {
    permissions: ["reading.read"],
    scope: { of: "container", site_id: "1", container: "C2" },
  });
  const { body } = await get(boxed.data.token, "/collector/monitor/sites/1/miners/latest");
  assert.deepEqual((body.data as Json).miners, []);
});

test("a refusal names what keeps the call back: the token, what it may, or that it is a token at all", async () => {
  const { data } = await create(admin, { permissions: ["site.read"] });
  const why = async (token: string, path: string) => {
    const { status, body } = await get(token, path);
    return [status, body.detail];
  };
  const over = [401, "this API token is wrong, expired or withdrawn: make a new one at /account"];
  assert.deepEqual(await why("bmt_wrong", "/sites"), over);
  assert.deepEqual(await why(data.token, "/session/tokens"), [
    403,
    "only somebody who is signed in in the browser may do this",
  ]);
  assert.deepEqual(await why(data.token, "/users"), [
    403,
    "this API token may not do this (user.manage): one that may is made at /account, by whoever may do it",
  ]);
  await server.call("DELETE", `/api/session/tokens/${data.token_id}`, { cookie: admin });
  assert.deepEqual(await why(data.token, "/sites"), over);
});

test("it is never more than its owner, by now; it is kept as a hash", async () => {
  await server.call("POST", "/api/users", {
    cookie: admin,
    body: { username: "bo", password: PASSWORD, role: "viewer" },
  });
  const bo = await server.signIn("bo", PASSWORD);
  assert.equal((await create(bo, { permissions: ["user.manage"] })).code, "MORE_THAN_YOURS");
  const { data } = await create(bo, { permissions: ["alert.read", "site.read"] });
  assert.equal((await get(data.token, "/alerts")).status, 200);
  const grants = [{ role: "viewer", scope: { of: "site", site_id: "2" } }];
  await server.call("PATCH", "/api/users/bo", { cookie: admin, body: { grants } });
  const sites = ((await get(data.token, "/sites")).body.data as { sites: Json[] }).sites;
  assert.deepEqual(
    sites.map(({ site_id }) => site_id),
    ["2"],
  );
  await server.call("PATCH", "/api/users/bo", { cookie: admin, body: { disabled: true } });
  assert.equal((await get(data.token, "/alerts")).status, 401);
  const { rows } = await database.query("select token_hash::text, hint, name from api_tokens");
  assert.ok(!JSON.stringify(rows).includes(data.token.slice(12)));
});

test("it ends with its owner's password and with their account, for good, unless they keep it", async () => {
  await server.call("POST", "/api/users", {
    cookie: admin,
    body: { username: "ana", password: PASSWORD, role: "viewer" },
  });
  const ana = await server.signIn("ana", PASSWORD);
  const made = async () => (await create(ana, { permissions: ["alert.read"] })).data.token;
  const works = async (token: string) => (await get(token, "/alerts")).status === 200;
  const renew = (current: string, next: string, more: Json = {}) =>
    server.call("POST", "/api/session/password", { cookie: ana, body: { current, next, ...more } });
  const change = (body: Json) => server.call("PATCH", "/api/users/ana", { cookie: admin, body });

  const first = await made();
  assert.equal((await renew(PASSWORD, `${PASSWORD}-2`, { revoke_tokens: false })).status, 200);
  assert.equal(await works(first), true, "kept where that is said");
  assert.equal((await renew(`${PASSWORD}-2`, PASSWORD)).status, 200);
  assert.equal(await works(first), false, "revoked where nothing is said");

  for (const [body, isKept] of [
    [{ role: "operator" }, true],
    [{ password: `${PASSWORD}-3`, revoke_tokens: false }, true],
    [{ password: PASSWORD }, false],
    [{ revoke_tokens: true }, false],
    [{ disabled: true }, false],
    [{ disabled: true, revoke_tokens: false }, false],
  ] as const) {
    const cookie = await server.signIn("ana", PASSWORD);
    const { data } = await create(cookie, { permissions: ["alert.read"] });
    assert.equal((await change(body)).status, 200);
    if ("disabled" in body) await change({ disabled: false });
    assert.equal(await works(data.token), isKept, JSON.stringify(body));
    if ("password" in body) await change({ password: PASSWORD, revoke_tokens: false });
  }
});

test("it runs out, and is revoked at once, also on an open connection; a stranger can't revoke it", async () => {
  const { data } = await create(admin, { permissions: ["reading.read", "alert.read"] });
  const socket = new WebSocket(server.url.replace("http", "ws") + LIVE_PATH, {
    headers: { authorization: `Bearer ${data.token}` },
  });
  await new Promise((resolve) => socket.once("open", resolve));
  const closed = new Promise((resolve) => socket.once("close", resolve));
  await server.call("POST", "/api/users", {
    cookie: admin,
    body: { username: "eve", password: PASSWORD, role: "operator" },
  });
  const eve = await server.signIn("eve", PASSWORD);
  assert.equal((await server.call("DELETE", `/api/session/tokens/${data.token_id}`, { cookie: eve })).status, 404);
  assert.equal((await server.call("DELETE", `/api/api-tokens/${data.token_id}`, { cookie: eve })).status, 403);
  assert.equal((await server.call("DELETE", `/api/api-tokens/${data.token_id}`, { cookie: admin })).status, 200);
  assert.equal(await closed, 4401);
  assert.equal((await get(data.token, "/alerts")).status, 401);
  const short = await create(admin, { permissions: ["alert.read"], days: 1 });
  await database.query("update api_tokens set expires_at = now() - interval '1 second' where token_id = $1", [
    short.data.token_id,
  ]);
  assert.equal((await get(short.data.token, "/alerts")).status, 401);
  assert.equal((await create(admin, { permissions: ["alert.read"], days: 400 })).status, 400);
});

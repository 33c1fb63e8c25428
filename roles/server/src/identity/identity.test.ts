import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ADMIN_PASSWORD, startTestServer, type TestServer } from "../test/test-server.ts";

let server: TestServer;
before(async () => {
  server = await startTestServer();
});
after(() => server[Symbol.asyncDispose]());

test("signing in gives an httpOnly cookie that opens the session, signing out closes it", async () => {
  const { headers, body } = await server.call("POST", "/api/session", {
    body: { username: "Admin", password: ADMIN_PASSWORD },
  });
  const [cookie = ""] = headers.getSetCookie();
  assert.match(cookie, /HttpOnly/);
  assert.match(cookie, /SameSite=Strict/);
  assert.equal((body.data as { role: string }).role, "admin");
  const pair = cookie.split(";")[0] ?? "";
  assert.equal((await server.call("GET", "/api/session", { cookie: pair })).status, 200);
  await server.call("DELETE", "/api/session", { cookie: pair });
  assert.equal((await server.call("GET", "/api/session", { cookie: pair })).status, 401);
});

test("a wrong name and a wrong password read the same", async () => {
  const wrong = await server.call("POST", "/api/session", { body: { username: "admin", password: "no" } });
  const unknown = await server.call("POST", "/api/session", { body: { username: "nobody-here", password: "no" } });
  assert.deepEqual([wrong.status, unknown.status], [401, 401]);
  assert.equal(wrong.body.detail, unknown.body.detail);
});

test("accounts: made, changed, disabled at once; the last admin stays", async () => {
  const cookie = await server.signIn();
  const user = { username: "night.shift", password: "a-good-long-password", role: "operator" };
  assert.equal((await server.call("POST", "/api/users", { cookie, body: user })).status, 200);
  assert.equal(
    (await server.call("POST", "/api/users", { cookie, body: { ...user, username: "Night.Shift" } })).status,
    409,
  );
  const short = await server.call("POST", "/api/users", {
    cookie,
    body: { ...user, username: "x", password: "short" },
  });
  assert.deepEqual([short.status, short.body.path], [400, "password"]);
  const theirs = await server.signIn("night.shift", user.password);
  assert.equal((await server.call("GET", "/api/session", { cookie: theirs })).status, 200);
  await server.call("PATCH", "/api/users/night.shift", { cookie, body: { disabled: true } });
  assert.equal((await server.call("GET", "/api/session", { cookie: theirs })).status, 401);
  const last = await server.call("PATCH", "/api/users/admin", { cookie, body: { role: "viewer" } });
  assert.deepEqual([last.status, last.body.code], [409, "LAST_ADMIN"]);
});

test("changing one's password ends the other sessions", async () => {
  const admin = await server.signIn();
  await server.call("POST", "/api/users", {
    cookie: admin,
    body: { username: "mei", password: "first-long-password", role: "viewer" },
  });
  const [here, elsewhere] = [
    await server.signIn("mei", "first-long-password"),
    await server.signIn("mei", "first-long-password"),
  ];
  const wrong = await server.call("POST", "/api/session/password", {
    cookie: here,
    body: { current: "nope", next: "second-long-password" },
  });
  assert.equal(wrong.status, 403);
  const same = await server.call("POST", "/api/session/password", {
    cookie: here,
    body: { current: "first-long-password", next: "first-long-password" },
  });
  assert.deepEqual([same.status, same.body.code, same.body.path], [400, "PASSWORD_UNCHANGED", "next"]);
  assert.equal((await server.call("GET", "/api/session", { cookie: elsewhere })).status, 200, "nothing was changed");
  const changed = await server.call("POST", "/api/session/password", {
    cookie: here,
    body: { current: "first-long-password", next: "second-long-password" },
  });
  assert.equal(changed.status, 200);
  assert.equal((await server.call("GET", "/api/session", { cookie: here })).status, 200);
  assert.equal((await server.call("GET", "/api/session", { cookie: elsewhere })).status, 401);
});

test("a permission that is named twice is given once, to a role and to a token", async () => {
  const cookie = await server.signIn();
  const twice = ["reading.read", "site.read", "reading.read"];
  const made = async (path: string, body: object) => {
    const { status, body: told } = await server.call("POST", path, { cookie, body: { ...body, permissions: twice } });
    assert.equal(status, 200, JSON.stringify(told));
    return (told.data as { permissions: string[] }).permissions;
  };
  assert.deepEqual(await made("/api/roles", { role: "meters" }), ["reading.read", "site.read"]);
  assert.deepEqual(await made("/api/session/tokens", { name: "t", days: 1 }), ["reading.read", "site.read"]);
  const changed = await server.call("PATCH", "/api/roles/meters", { cookie, body: { permissions: twice } });
  assert.deepEqual((changed.body.data as { permissions: string[] }).permissions, ["reading.read", "site.read"]);
});

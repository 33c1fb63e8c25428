import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createLog, systemClock } from "@banksman/kit";
import { startPostgres, startRedis, waitFor } from "@banksman/testkit";
import { LIVE_PATH } from "@banksman/wire/api";
import { Redis } from "ioredis";
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import pg from "pg";
import { WebSocket } from "ws";
import { ADMIN_PASSWORD, siteWithKey, startTestServer, type TestServer } from "../test/test-server.ts";
import { ONLINE_KEY, onlinePeople } from "./online.ts";

type Json = Record<string, unknown>;
type Tokens = { access_token: string; refresh_token: string; expires_in: number };
const PASSWORD = "another-long-password";

const signInFor = async (server: TestServer, username = "admin", password = ADMIN_PASSWORD): Promise<Tokens> => {
  const { body } = await server.call("POST", "/api/session", { body: { username, password, keep: "tokens" } });
  return (body.data as { tokens: Tokens }).tokens;
};
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
const refresh = (server: TestServer, refresh_token: string) =>
  server.call("POST", "/api/session/refresh", { body: { refresh_token } });
const tokensOf = (body: Json) => (body.data as { tokens: Tokens }).tokens;
const cookiesOf = (headers: Headers) => headers.getSetCookie().map((cookie) => cookie.split(";")[0] ?? "");

describe("one server", () => {
  let server: TestServer;
  let database: pg.Pool;
  let postgres: Awaited<ReturnType<typeof startPostgres>>;
  before(async () => {
    postgres = await startPostgres();
    server = await startTestServer({ database_url: postgres.url });
    database = new pg.Pool({ connectionString: postgres.url });
  });
  after(async () => {
    await database.end();
    await server[Symbol.asyncDispose]();
    await postgres[Symbol.asyncDispose]();
  });

  test("an access token is a JWT of ten minutes that anybody can check by the published keys", async () => {
    const { access_token, expires_in } = await signInFor(server);
    assert.equal(expires_in, 600);
    assert.equal(decodeProtectedHeader(access_token).alg, "EdDSA");
    const keys = createRemoteJWKSet(new URL(`${server.url}/.well-known/jwks.json`));
    const { payload } = await jwtVerify(access_token, keys, {
      issuer: "banksman",
      audience: "banksman",
      algorithms: ["EdDSA"],
    });
    assert.equal((payload.exp ?? 0) - (payload.iat ?? 0), 600);
    const { body } = await server.call("GET", "/.well-known/jwks.json");
    assert.ok(!JSON.stringify(body).includes('"d"'), "no private half");
    assert.equal((await server.call("GET", "/api/session", bearer(access_token))).status, 200);
  });

  test("a token that was changed, is of another's making, or names no algorithm is nobody's", async () => {
    const { access_token } = await signInFor(server);
    const [head = "", body = "", signature = ""] = access_token.split(".");
    const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const claims = JSON.parse(Buffer.from(body, "base64url").toString());
    const forged = [
      `${head}.${encoded({ ...claims, sub: "2" })}.${signature}`,
      `${encoded({ alg: "none", typ: "at+jwt" })}.${body}.`,
      `${encoded({ alg: "HS256", typ: "at+jwt", kid: decodeProtectedHeader(access_token).kid })}.${body}.${signature}`,
      `${encoded({ alg: "EdDSA", typ: "at+jwt", kid: "unknown" })}.${body}.${signature}`,
      "x",
    ];
    for (const token of forged)
      assert.equal((await server.call("GET", "/api/session", bearer(token))).status, 401, token);
  });

  test("refresh-token theft: one that is used twice ends the whole family, the thief's and the owner's", async () => {
    const first = await signInFor(server);
    const { body } = await refresh(server, first.refresh_token);
    const second = tokensOf(body);
    assert.notEqual(second.refresh_token, first.refresh_token);
    const stolen = await refresh(server, first.refresh_token);
    assert.deepEqual([stolen.status, stolen.body.code], [401, "SESSION_OVER"]);
    assert.equal((await refresh(server, second.refresh_token)).status, 401, "the successor is dead too");
    assert.equal((await server.call("GET", "/api/session", bearer(second.access_token))).status, 401);
    const cookie = await server.signIn();
    const trail = (await server.call("GET", "/api/audit?action=session.stolen", { cookie })).body.data as {
      rows: Json[];
    };
    assert.equal(trail.rows[0]?.target, "admin");
  });

  test("of twenty uses of one refresh token at once, none leaves two successors", async () => {
    const { refresh_token } = await signInFor(server);
    const replies = await Promise.all(Array.from({ length: 20 }, () => refresh(server, refresh_token)));
    assert.ok(replies.filter(({ status }) => status === 200).length <= 1);
  });

  test("two tabs may refresh with the same cookie at once; later the old cookie is a stolen one", async () => {
    const { headers } = await server.call("POST", "/api/session", {
      body: { username: "admin", password: ADMIN_PASSWORD },
    });
    const cookie = cookiesOf(headers).join("; ");
    const post = () => server.call("POST", "/api/session/refresh", { cookie, body: {} });
    const one = await post();
    const other = await post();
    assert.deepEqual([one.status, other.status], [200, 200]);
    const named = (reply: typeof one, name: string) =>
      cookiesOf(reply.headers).some((pair) => pair.startsWith(`${name}=`));
    assert.ok(named(one, "banksman_refresh"));
    assert.ok(named(other, "banksman_session") && !named(other, "banksman_refresh"), "no second successor");
    await database.query("update refresh_tokens set used_at = now() - interval '1 minute' where used_at is not null");
    assert.equal((await post()).status, 401);
    assert.equal((await server.call("GET", "/api/session", { cookie: cookiesOf(one.headers).join("; ") })).status, 401);
  });

  test("session fixation: signing in gives another session and ends the one the browser came with", async () => {
    const planted = await server.signIn();
    const { headers } = await server.call("POST", "/api/session", {
      cookie: planted,
      body: { username: "admin", password: ADMIN_PASSWORD },
    });
    const [own = ""] = cookiesOf(headers);
    assert.notEqual(own, planted);
    assert.equal((await server.call("GET", "/api/session", { cookie: planted })).status, 401);
    assert.equal((await server.call("GET", "/api/session", { cookie: own })).status, 200);
    const made = await server.call("POST", "/api/session", {
      cookie: "banksman_session=chosen-by-somebody-else; banksman_refresh=chosen",
      body: { username: "admin", password: ADMIN_PASSWORD },
    });
    assert.ok(!cookiesOf(made.headers).join().includes("chosen"));
  });

  test("cookies: out of scripts' reach, same-site, and the refresh token goes to the session's own routes alone", async () => {
    const { headers } = await server.call("POST", "/api/session", {
      body: { username: "admin", password: ADMIN_PASSWORD },
    });
    for (const cookie of headers.getSetCookie()) assert.match(cookie, /HttpOnly.*SameSite=Strict/);
    const refreshCookie = headers.getSetCookie().find((cookie) => cookie.startsWith("banksman_refresh="));
    assert.match(refreshCookie ?? "", /Path=\/api\/session/);
  });

  test("sessions are listed; one, or all but this, can be ended; a stranger's can't", async () => {
    const admin = await server.signIn();
    await server.call("POST", "/api/users", {
      cookie: admin,
      body: { username: "mei", password: PASSWORD, role: "viewer" },
    });
    const [here, there] = [await server.signIn("mei", PASSWORD), await server.signIn("mei", PASSWORD)];
    const own = async () =>
      (
        (await server.call("GET", "/api/session/all", { cookie: here })).body.data as {
          sessions: (Json & { session_id: string })[];
        }
      ).sessions;
    assert.deepEqual((await own()).map(({ is_this }) => is_this).toSorted(), [false, true]);
    const other = (await own()).find(({ is_this }) => is_this === false)?.session_id ?? "";
    const all = (await server.call("GET", "/api/sessions", { cookie: admin })).body.data as {
      sessions: (Json & { session_id: string; username: string })[];
      people_online: number;
    };
    const adminsOwn = all.sessions.find(({ username }) => username === "admin")?.session_id ?? "";
    assert.equal((await server.call("DELETE", `/api/session/all/${adminsOwn}`, { cookie: here })).status, 404);
    assert.ok(all.people_online >= 2);
    await server.call("DELETE", `/api/session/all/${other}`, { cookie: here });
    assert.equal((await server.call("GET", "/api/session", { cookie: there })).status, 401);
    const third = await server.signIn("mei", PASSWORD);
    await server.call("DELETE", "/api/session/all", { cookie: here });
    assert.equal((await server.call("GET", "/api/session", { cookie: third })).status, 401);
    await server.call("DELETE", "/api/users/mei/sessions", { cookie: admin });
    assert.equal((await server.call("GET", "/api/session", { cookie: here })).status, 401);
  });

  test("nobody ends sessions, or revokes tokens, of who may do more than they; one's own always", async () => {
    const admin = await server.signIn();
    const permissions = ["user.manage", "role.manage", "token.manage"];
    await server.call("POST", "/api/roles", { cookie: admin, body: { role: "hr", permissions } });
    for (const [username, role] of Object.entries({ hans: "hr", hana: "hr" }))
      await server.call("POST", "/api/users", { cookie: admin, body: { username, password: PASSWORD, role } });
    const [hans, hana] = [await server.signIn("hans", PASSWORD), await server.signIn("hana", PASSWORD)];
    const token = { name: "t", permissions: ["reading.read"], days: 1 };
    const made = await server.call("POST", "/api/session/tokens", { cookie: admin, body: token });
    const listed = async (username: string) => {
      const { body } = await server.call("GET", `/api/sessions?username=${username}`, { cookie: hans });
      return (body.data as { sessions: { session_id: string }[] }).sessions.map(({ session_id }) => session_id);
    };
    const end = async (path: string) => {
      const { status, body } = await server.call("DELETE", `/api/${path}`, { cookie: hans });
      return [status, body.code];
    };
    const [theirs = ""] = await listed("admin");
    const { token_id } = made.body.data as { token_id: number };
    for (const path of ["users/admin/sessions", `sessions/${theirs}`, `api-tokens/${token_id}`])
      assert.deepEqual(await end(path), [403, "MORE_THAN_YOURS"], path);
    assert.equal((await server.call("GET", "/api/session", { cookie: admin })).status, 200);
    const [equal = ""] = await listed("hana");
    assert.deepEqual(await end(`sessions/${equal}`), [200, undefined]);
    assert.equal((await server.call("GET", "/api/session", { cookie: hana })).status, 401);
    const other = await server.signIn("hans", PASSWORD);
    assert.deepEqual(await end("users/hans/sessions"), [200, undefined]);
    assert.equal((await server.call("GET", "/api/session", { cookie: other })).status, 401);
    const [own = ""] = await listed("hans");
    assert.deepEqual(await end(`sessions/${own}`), [200, undefined]);
  });

  test("a session has an end: a day without use, two weeks in all", async () => {
    const tokens = await signInFor(server);
    await database.query("update sessions set idle_until = now() - interval '1 second'");
    assert.equal((await server.call("GET", "/api/session", bearer(tokens.access_token))).status, 401);
    assert.equal((await refresh(server, tokens.refresh_token)).status, 401);
    const { refresh_token } = await signInFor(server);
    await database.query("update sessions set ends_at = now() + interval '1 hour' where ends_at > now()");
    const { body } = await refresh(server, refresh_token);
    assert.ok(Date.parse((body.data as { expires_at: string }).expires_at) <= Date.now() + 3_600_000);
  });

  test("signing keys rotate; tokens of the key before stay good until they run out", async () => {
    const admin = await server.signIn();
    const before = await signInFor(server);
    const rotated = await server.call("POST", "/api/keys/signing/rotate", { cookie: admin });
    assert.equal(rotated.status, 200);
    const after = await signInFor(server);
    assert.notEqual(decodeProtectedHeader(after.access_token).kid, decodeProtectedHeader(before.access_token).kid);
    for (const { access_token } of [before, after])
      assert.equal((await server.call("GET", "/api/session", bearer(access_token))).status, 200);
  });
});

describe("two servers on one PostgreSQL, with Redis", () => {
  let one: TestServer;
  let other: TestServer;
  let redis: Awaited<ReturnType<typeof startRedis>>;
  let postgres: Awaited<ReturnType<typeof startPostgres>>;
  before(async () => {
    [redis, postgres] = [await startRedis(), await startPostgres()];
    const settings = { database_url: postgres.url, redis_url: redis.url };
    one = await startTestServer(settings);
    other = await startTestServer(settings);
  });
  after(async () => {
    for (const part of [one, other, postgres, redis]) await part[Symbol.asyncDispose]();
  });

  const listen = async (server: TestServer, cookie: string) => {
    const socket = new WebSocket(server.url.replace("http", "ws") + LIVE_PATH, { headers: { cookie } });
    const closed = new Promise<number>((resolve) => socket.once("close", resolve));
    const messages: Json[] = [];
    socket.on("message", (data) => messages.push(JSON.parse(String(data))));
    await new Promise((resolve) => socket.once("open", resolve));
    return { socket, closed, messages };
  };
  const person = async (username: string, grants: object[]) => {
    const cookie = await one.signIn();
    await one.call("POST", "/api/users", { cookie, body: { username, password: PASSWORD, grants } });
    return one.signIn(username, PASSWORD);
  };

  test("a session of one is good at the other; its end closes connections there at once", async () => {
    const { cookie: admin } = await siteWithKey(one, "1");
    const mei = await person("mei", [{ role: "viewer", scope: { of: "all" } }]);
    assert.equal((await other.call("GET", "/api/session", { cookie: mei })).status, 200);
    const live = await listen(other, mei);
    await one.call("PATCH", "/api/users/mei", { cookie: admin, body: { disabled: true } });
    assert.equal(await live.closed, 4401);
    assert.equal((await other.call("GET", "/api/session", { cookie: mei })).status, 401);
    const own = await listen(other, admin);
    await one.call("DELETE", "/api/session", { cookie: admin });
    assert.equal(await own.closed, 4401);
  });

  test("a grant that is taken away holds at once, also on an open connection to the other server", async () => {
    const admin = await one.signIn();
    const { key } = await siteWithKey(one, "2");
    const role = { role: "watcher", permissions: ["reading.read"] };
    await one.call("POST", "/api/roles", { cookie: admin, body: role });
    const wei = await person("wei", [{ role: "watcher", scope: { of: "site", site_id: "2" } }]);
    const live = await listen(other, wei);
    live.socket.send(JSON.stringify({ type: "subscribe", site_id: "2", miner_ids: ["m"] }));
    await waitFor("the subscription", () => live.messages.some(({ type }) => type === "subscribed"));
    await one.call("PATCH", "/api/roles/watcher", { cookie: admin, body: { permissions: ["alert.read"] } });
    await waitFor("the refusal", () => live.messages.some(({ code }) => code === "NOT_ALLOWED"));
    await one.call("POST", "/api/collector/upload", { key, body: [{ miner_id: "m", online: true }] });
    live.socket.send(JSON.stringify({ type: "subscribe_alerts" }));
    await waitFor("alerts", () => live.messages.some(({ type }) => type === "alerts"));
    assert.ok(!live.messages.some(({ type }) => type === "readings"));
    live.socket.terminate();
  });

  test("who is online is a set in Redis, which comes back by itself after Redis was lost", async (t) => {
    const client = new Redis(redis.url);
    client.on("error", () => undefined);
    t.after(() => client.disconnect());
    const sessions = () => client.scard(ONLINE_KEY);
    const before = await sessions();
    const cookie = await other.signIn();
    await waitFor("one more", async () => (await sessions()) === before + 1);
    const { body } = await one.call("GET", "/api/sessions", { cookie });
    assert.ok((body.data as { people_online: number }).people_online >= 1);
    await redis.kill();
    await one.call("DELETE", "/api/session", { cookie: await one.signIn() });
    await redis.startAgain();
    await waitFor("the set again", async () => (await sessions()) >= 1);
  });

  test("a database that can't say who is online is a line in the log, and no end of the server", async (t) => {
    const told: string[] = [];
    const log = Object.assign(createLog("test", "silent"), { warn: (text: string) => told.push(text) });
    const online = onlinePeople({ online: () => Promise.reject(new Error("away")) }, redis.url, systemClock, log);
    t.after(online.close);
    await waitFor("the first copy", () => told.length > 0);
    await online.mirror();
    assert.deepEqual(told, Array(2).fill(`${ONLINE_KEY} waits for the next round: away`));
  });
});

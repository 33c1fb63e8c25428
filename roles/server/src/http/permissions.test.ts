import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import * as api from "@banksman/wire/api";
import { ROLE_PERMISSIONS, type Route } from "@banksman/wire/api";
import { siteWithKey, startTestServer, type TestServer } from "../test/test-server.ts";

/** Every route value of the wire. */
const exported: readonly unknown[] = Object.values(api);
const routes = exported.filter(
  (value): value is Route => typeof value === "object" && value !== null && "needs" in value && "method" in value,
);

let server: TestServer;
let admin: string;
let key: string;
before(async () => {
  server = await startTestServer();
  ({ cookie: admin, key } = await siteWithKey(server, "1"));
  await siteWithKey(server, "2");
  for (const role of ["operator", "viewer"]) {
    await server.call("POST", "/api/users", {
      cookie: admin,
      body: { username: role, password: "another-long-password", role },
    });
  }
});
after(() => server[Symbol.asyncDispose]());

const pathOf = (route: Route, siteId = "1") => `/api${route.path}`.replace(":site_id", siteId).replace(/:\w+/g, "1");

test("the server serves each route of the wire, and the API document has them all", async () => {
  const { body } = await server.call("GET", "/api/openapi.json");
  const paths = body.paths as Record<string, Record<string, unknown>>;
  for (const route of routes) {
    const path = `/api${route.path}`.replace(/:(\w+)/g, "{$1}");
    assert.ok(paths[path]?.[route.method.toLowerCase()], `${route.method} ${path}`);
  }
  const { status } = await server.call("GET", "/api/docs");
  assert.equal(status, 200);
});

test("nobody gets in anywhere but at public routes: deny is the default", async () => {
  for (const route of routes.filter(({ needs }) => needs !== "public")) {
    const { status, body } = await server.call(route.method, pathOf(route));
    assert.deepEqual([status, body.success], [401, false], `${route.method} ${route.path}`);
  }
  assert.deepEqual(
    routes
      .filter(({ needs }) => needs === "public")
      .map(({ method, path }) => `${method} ${path}`)
      .toSorted(),
    [
      "GET /session/providers",
      "GET /session/providers/:provider/callback",
      "GET /session/providers/:provider/start",
      "POST /session",
      "POST /session/refresh",
      "POST /session/second-factor",
    ],
  );
});

test("nothing is served beside the declared routes but what is public by design", async () => {
  const sources = globSync("roles/server/src/**/*.ts", { exclude: (name) => name === "test" });
  const texts = await Promise.all(
    sources.filter((file) => !file.endsWith(".test.ts")).map((file) => readFile(file, "utf8")),
  );
  const served = texts.flatMap((text) =>
    [...text.matchAll(/\b(?:app|scope)\.(?:get|post|put|patch|delete|all|route)\(\s*([`"][^`"]*[`"]|\{)/g)].map(
      ([, path]) => path,
    ),
  );
  assert.deepEqual(served.toSorted(), [
    '"/*"',
    // The public halves of the keys that sign access tokens.
    '"/.well-known/jwks.json"',
    '"/api/docs"',
    '"/api/openapi.json"',
    '"/metrics"',
    // Guarded as /metrics is; a test of its own shows it.
    '"/metrics/targets"',
    // Guarded by tokens of its own, which only somebody with video.watch is given.
    ["`$", "{STREAM_PATH}/:camera_id/:profile/:file`"].join(""),
    ["`/$", "{kind}`"].join(""),
    "{",
  ]);
});

test("route × role: each role, one's own too, gets exactly what the table of permissions says", async () => {
  const own = ["alert.read", "pool.manage"] as const;
  await server.call("POST", "/api/roles", { cookie: admin, body: { role: "own", permissions: own } });
  await server.call("POST", "/api/users", {
    cookie: admin,
    body: { username: "own", password: "another-long-password", role: "own" },
  });
  const roles = { operator: ROLE_PERMISSIONS.operator, viewer: ROLE_PERMISSIONS.viewer, own };
  for (const [role, permissions] of Object.entries(roles)) {
    const cookie = await server.signIn(role, "another-long-password");
    for (const route of routes.filter(({ needs }) => !["public", "session"].includes(needs))) {
      const { status } = await server.call(route.method, pathOf(route, "no-such-site"), {
        cookie,
        headers: { "x-site-id": "1" },
      });
      const may = permissions.some((permission) => permission === route.needs);
      assert.equal(status === 403, !may, `${role} ${route.method} ${route.path} gave ${status}`);
    }
  }
});

test("a collector key reads its own site and nothing else", async () => {
  for (const route of routes.filter(({ needs, path }) => needs === "reading.read" && path.includes(":site_id"))) {
    const own = await server.call(route.method, `${pathOf(route)}?miner_ids=a`, { key });
    const other = await server.call(route.method, pathOf(route, "2"), { key });
    assert.ok([200, 404].includes(own.status), `${route.path} gave ${own.status}`);
    assert.deepEqual([other.status, other.body.code], [403, "KEY_OF_ANOTHER_SITE"], route.path);
  }
  for (const path of ["/api/sites", "/api/users", "/api/sites/1/collector-keys"]) {
    assert.equal((await server.call("GET", path, { key })).status, 403, path);
  }
  const status = await server.call("GET", "/api/collector/status?site_id=2", { key });
  assert.equal(status.status, 403);
});

test("key-less reading is off unless it was switched on", async () => {
  const { status } = await server.call("GET", "/api/collector/monitor/sites/1/miners/latest");
  assert.equal(status, 401);
});

test("with public_read: loopback a request that came through a proxy is refused", async () => {
  await using open = await startTestServer({ public_read: "loopback" });
  await siteWithKey(open, "1");
  const path = "/api/collector/summary/1";
  assert.equal((await open.call("GET", path)).status, 200);
  assert.equal((await open.call("GET", path, { headers: { "x-forwarded-for": "10.0.0.1" } })).status, 401);
  assert.equal((await open.call("GET", path, { headers: { forwarded: "for=10.0.0.1" } })).status, 401);
  assert.equal((await open.call("GET", path, { key: "hsc_mistyped" })).status, 401);
});

test("a foreign page can't act with somebody's cookie", async () => {
  const headers = { origin: "https://evil.example" };
  const { status, body } = await server.call("POST", "/api/sites", {
    cookie: admin,
    headers,
    body: { site_id: "9", name: "x" },
  });
  assert.deepEqual([status, body.code], [403, "FOREIGN_ORIGIN"]);
});

test("a body of no bytes is no body, whatever type it is said to have", async () => {
  const headers = { "content-type": "application/json" };
  const gone = await server.call("DELETE", "/api/interlocks/nobody", { cookie: admin, headers });
  assert.deepEqual([gone.status, gone.body.code], [404, "NO_SUCH_INTERLOCK"]);
  const needed = await server.call("POST", "/api/sites", { cookie: admin, headers });
  assert.deepEqual([needed.status, needed.body.code], [400, "INVALID_INPUT"]);
  const broken = await fetch(`${server.url}/api/sites`, {
    method: "POST",
    headers: { ...headers, cookie: admin },
    body: "{",
  });
  assert.equal(broken.status, 400);
});

test("pages carry the headers that keep foreign scripts and frames out", async () => {
  const { headers } = await server.call("GET", "/api/docs");
  assert.match(headers.get("content-security-policy") ?? "", /script-src 'self'.*frame-ancestors 'none'/);
  assert.equal(headers.get("x-content-type-options"), "nosniff");
});

test("/health, /ready and /metrics answer", async () => {
  assert.equal((await server.call("GET", "/health")).status, 200);
  assert.equal((await server.call("GET", "/ready")).status, 200);
  const metrics = await server.call("GET", "/metrics");
  assert.match(String(metrics.body.text), /banksman_ingest_readings_total/);
  const proxied = await server.call("GET", "/metrics", { headers: { "x-forwarded-for": "10.0.0.1" } });
  assert.equal(proxied.status, 403);
});

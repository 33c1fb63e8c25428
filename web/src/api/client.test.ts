import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { GetHistory, GetLatest, GetSession, SignIn } from "@banksman/wire/api";
import { addressOf, call } from "./client.ts";
import { ApiProblem } from "./problem.ts";
import { noteServerTime, serverNow } from "./server-clock.ts";

const realFetch = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = realFetch;
});
const answerWith = (status: number, body: string, headers: Record<string, string> = {}) => {
  globalThis.fetch = async () => new Response(body, { status, headers });
};
const refusal = (promise: Promise<unknown>): Promise<ApiProblem> =>
  promise.then(
    () => assert.fail("it was not refused"),
    (error: unknown) => (error instanceof ApiProblem ? error : assert.fail(String(error))),
  );

test("a route's address has its parameters escaped and leaves out what is not asked", () => {
  const params = { site_id: "a/b", miner_id: "S21 01" };
  assert.equal(
    addressOf(GetHistory, { params, query: { hours: 6 } }),
    "/api/collector/monitor/sites/a%2Fb/miners/S21%2001/history?hours=6",
  );
  assert.equal(
    addressOf(GetLatest, { params: { site_id: "1" }, query: { q: undefined } }),
    "/api/collector/monitor/sites/1/miners/latest",
  );
});

test("a reply gives its data", async () => {
  const session = {
    username: "li",
    role: "viewer",
    permissions: ["session"],
    reach: {},
    expires_at: "2026-01-01T00:00:00.000Z",
  };
  answerWith(200, JSON.stringify({ success: true, data: session }));
  assert.deepEqual(await call(GetSession, {}), session);
});

test("a refusal tells code, detail, path and when to try again", async () => {
  answerWith(429, JSON.stringify({ code: "session.locked", detail: "too many", path: "body" }), {
    "retry-after": "17",
  });
  const problem = await refusal(call(SignIn, { body: { username: "a", password: "b" } }));
  const { status, code, detail, path, retryAfterSeconds } = problem;
  assert.deepEqual(
    { status, code, detail, path, retryAfterSeconds },
    { status: 429, code: "session.locked", detail: "too many", path: "body", retryAfterSeconds: 17 },
  );
  assert.ok(problem.mayPass);
});

test("a page of some proxy in place of a reply is a problem too", async () => {
  answerWith(502, "<html>bad gateway</html>");
  assert.equal((await refusal(call(GetSession, {}))).code, "http.502");
  answerWith(200, JSON.stringify({ success: true, data: { username: 5 } }));
  assert.equal((await refusal(call(GetSession, {}))).code, "reply.shape");
});

test("no answer at all is a problem of its own", async () => {
  globalThis.fetch = async () => Promise.reject(new TypeError("failed"));
  const problem = await refusal(call(GetSession, {}));
  assert.equal(problem.code, "network");
  assert.ok(problem.mayPass);
});

test("ages follow the server's clock, not a wrong one of the browser", () => {
  const browser = Date.now();
  noteServerTime(new Date(browser - 3_600_000).toUTCString(), browser);
  assert.ok(Math.abs(serverNow() - (Date.now() - 3_600_000)) < 2_000);
  noteServerTime(new Date(browser).toUTCString(), browser);
  noteServerTime(null);
  assert.ok(Math.abs(serverNow() - Date.now()) < 2_000);
});

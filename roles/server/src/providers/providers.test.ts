import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { freePort, type Running, run } from "@banksman/testkit";
import { siteWithKey, startTestServer, type TestServer } from "../test/test-server.ts";

const PROVIDER = fileURLToPath(new URL("../test/oidc-provider.ts", import.meta.url));
type Json = Record<string, unknown>;

let server: TestServer;
let admin: string;
let provider: Running;
let issuer: string;
before(async () => {
  server = await startTestServer({ egress: { allow: ["127.0.0.0/8"] } });
  ({ cookie: admin } = await siteWithKey(server, "1"));
  issuer = `http://127.0.0.1:${await freePort()}`;
  const redirect = `${server.url}/api/session/providers/works/callback`;
  provider = run(process.execPath, [PROVIDER, issuer, redirect]);
  await provider.output(/listening/);
  const { status, body } = await server.call("POST", "/api/sign-in-providers", {
    cookie: admin,
    body: {
      provider: "works",
      title: "Works account",
      issuer,
      client_id: "banksman",
      client_secret: "a-secret-of-the-provider",
      scopes: "openid profile groups",
      mappings: [
        { group: "miners", grant: { role: "operator", scope: { of: "site", site_id: "1" } } },
        { group: "miners", grant: { role: "viewer", scope: { of: "all" } } },
        { group: "bosses", grant: { role: "admin", scope: { of: "all" } } },
      ],
    },
  });
  assert.equal(status, 200, JSON.stringify(body));
});
after(async () => {
  await provider[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** A browser that follows redirects by hand and keeps each host's cookies. */
function browser() {
  const jar = new Map<string, string>();
  const visit = async (url: string, form?: Record<string, string>) => {
    const response = await fetch(url, {
      method: form ? "POST" : "GET",
      redirect: "manual",
      headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; ") },
      ...(form ? { body: new URLSearchParams(form) } : {}),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [pair = ""] = cookie.split(";");
      jar.set(pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1));
    }
    const to = response.headers.get("location");
    return { status: response.status, to: to === null ? null : new URL(to, url).href, text: await response.text() };
  };
  return { jar, visit };
}

/** Goes through the provider as `name`; gives where its answer leads, without going there. */
async function throughProvider(name: string, { visit, jar } = browser()) {
  let step = await visit(`${server.url}/api/session/providers/works/start?return_to=/alerts`);
  assert.match(step.to ?? "", /code_challenge_method=S256/);
  for (let hops = 0; hops < 12; hops++) {
    if (step.to?.startsWith(server.url)) return { callback: step.to, visit, jar };
    if (step.to) step = await visit(step.to);
    else {
      const action = /action="([^"]+)"/.exec(step.text)?.[1] ?? assert.fail(step.text.slice(0, 500));
      const prompt = /name="prompt" value="(\w+)"/.exec(step.text)?.[1] ?? "login";
      step = await visit(action, { prompt, login: name, password: "any" });
    }
  }
  return assert.fail("the provider led in circles");
}

const sessionOf = (jar: Map<string, string>) =>
  server.call("GET", "/api/session", { cookie: `banksman_session=${jar.get("banksman_session")}` });

test("signing in with a provider: PKCE, state and nonce, an account of its own, grants by group", async () => {
  const { callback, visit, jar } = await throughProvider("li.miners");
  const landed = await visit(callback);
  assert.equal(landed.to, `${server.url}/alerts`);
  const session = (await sessionOf(jar)).body.data as { username: string; reach: Json };
  assert.equal(session.username, "li.miners");
  assert.deepEqual(session.reach["command.give"], { "1": "site" });
  assert.equal(session.reach["alert.read"], "all");
  assert.equal(session.reach["user.manage"], undefined);
  const again = await throughProvider("li.miners");
  await again.visit(again.callback);
  const { body } = await server.call("GET", "/api/users", { cookie: admin });
  const users = (body.data as { users: { username: string; has_password: boolean }[] }).users;
  assert.deepEqual(
    users.filter(({ username }) => username.startsWith("li")).map(({ has_password }) => has_password),
    [false],
  );
  const password = await server.call("POST", "/api/session", { body: { username: "li.miners", password: "" } });
  assert.equal(password.status, 401, "no password opens it");
  const trail = await server.call("GET", "/api/audit?action=session.sign-in&actor=li.miners", { cookie: admin });
  assert.deepEqual(((trail.body.data as { rows: Json[] }).rows[0] as Json).after, { provider: "works" });
});

test("an answer is good once, in the browser that asked, with the state it was asked with", async () => {
  const { callback, visit, jar } = await throughProvider("wang.miners");
  const stranger = browser();
  const refused = await stranger.visit(callback);
  assert.match(refused.to ?? "", /sign_in=JOURNEY_OVER/);
  assert.ok(!stranger.jar.get("banksman_session"));
  assert.match((await visit(callback)).to ?? "", /sign_in=JOURNEY_OVER/, "the state is spent");
  const forged = await throughProvider("wang.miners");
  const other = new URL(forged.callback);
  other.searchParams.set("state", "guessed");
  assert.match((await forged.visit(other.href)).to ?? "", /sign_in=JOURNEY_OVER/);
  assert.ok(!jar.get("banksman_session"));
});

test("a code of another journey is refused: its PKCE verifier is not this one's", async () => {
  const one = await throughProvider("zhao.miners");
  const other = await throughProvider("zhao.miners");
  const mixed = new URL(one.callback);
  mixed.searchParams.set("code", new URL(other.callback).searchParams.get("code") ?? "");
  const landed = await one.visit(mixed.href);
  assert.match(landed.to ?? "", /sign_in=PROVIDER_REFUSED/);
});

test("who is in no group that has a role here stays out; so does whoever is switched off", async () => {
  const guest = await throughProvider("eve.guests");
  assert.match((await guest.visit(guest.callback)).to ?? "", /sign_in=NO_GROUP/);
  await server.call("PATCH", "/api/users/li.miners", { cookie: admin, body: { disabled: true } });
  const off = await throughProvider("li.miners");
  assert.match((await off.visit(off.callback)).to ?? "", /sign_in=ACCOUNT_OFF/);
});

test("a provider that is switched off while somebody is there lets nobody in", async () => {
  const { callback, visit, jar } = await throughProvider("zhao.miners");
  const set = (enabled: boolean) =>
    server.call("PATCH", "/api/sign-in-providers/works", { cookie: admin, body: { enabled } });
  assert.equal((await set(false)).status, 200);
  assert.match((await visit(callback)).to ?? "", /sign_in=NO_SUCH_PROVIDER/);
  assert.ok(!jar.get("banksman_session"));
  assert.equal((await set(true)).status, 200);
  assert.match((await visit(callback)).to ?? "", /sign_in=JOURNEY_OVER/, "the journey is spent");
});

test("a local account is not taken over by a provider's person of the same name", async () => {
  await server.call("POST", "/api/users", {
    cookie: admin,
    body: { username: "boss.bosses", password: "another-long-password", role: "viewer" },
  });
  const { callback, visit, jar } = await throughProvider("boss.bosses");
  await visit(callback);
  assert.equal(((await sessionOf(jar)).body.data as Json).username, "boss.bosses@works");
});

test("a provider's mapping gives nobody more than who sets it holds; its secret is never told; it leads nowhere else", async () => {
  const { body } = await server.call("GET", "/api/sign-in-providers", { cookie: admin });
  const [told] = (body.data as { providers: Json[] }).providers;
  assert.equal(told?.has_secret, true);
  assert.ok(!JSON.stringify(body).includes("a-secret"));
  const plain = await server.call("PATCH", "/api/sign-in-providers/works", {
    cookie: admin,
    body: { issuer: "http://login.example.com" },
  });
  assert.deepEqual([plain.status, plain.body.code], [400, "ISSUER_INSECURE"]);
  await server.call("POST", "/api/roles", {
    cookie: admin,
    body: { role: "roles only", permissions: ["role.manage"] },
  });
  const user = { username: "roles", password: "another-long-password", role: "roles only" };
  await server.call("POST", "/api/users", { cookie: admin, body: user });
  const cookie = await server.signIn("roles", user.password);
  const widened = await server.call("PATCH", "/api/sign-in-providers/works", { cookie, body: { title: "x" } });
  assert.equal(widened.body.code, "MORE_THAN_YOURS");
  const { visit } = browser();
  const away = await visit(`${server.url}/api/session/providers/works/start?return_to=//evil.example`);
  assert.equal(away.status, 302);
  const listed = (await server.call("GET", "/api/session/providers")).body.data;
  assert.deepEqual(listed, { providers: [{ provider: "works", title: "Works account" }] });
});

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import fc from "fast-check";
import { Secret, TOTP } from "otpauth";
import { ADMIN_PASSWORD, startTestServer, type TestServer } from "../test/test-server.ts";
import { isGuessable } from "./passwords.ts";

type Json = Record<string, unknown>;
const PASSWORD = "another-long-password";

let server: TestServer;
let admin: string;
before(async () => {
  server = await startTestServer({ trusted_proxies: ["127.0.0.1"] });
  admin = await server.signIn();
});
after(() => server[Symbol.asyncDispose]());

const make = (username: string) =>
  server.call("POST", "/api/users", { cookie: admin, body: { username, password: PASSWORD, role: "viewer" } });
const tryAs = (username: string, password: string, from: string, cookie?: string) =>
  server.call("POST", "/api/session", {
    body: { username, password },
    headers: { "x-forwarded-for": from },
    ...(cookie === undefined ? {} : { cookie }),
  });
const cookiesOf = ({ headers }: { headers: Headers }) =>
  headers
    .getSetCookie()
    .map((cookie) => cookie.split(";")[0] ?? "")
    .join("; ");

describe("guessing", () => {
  test("is slowed down from one address for one account, with Retry-After", async () => {
    for (let n = 0; n < 5; n++) assert.equal((await tryAs("victim", "guess", "203.0.113.1")).status, 401);
    const { status, headers } = await tryAs("victim", "guess", "203.0.113.1");
    assert.equal(status, 429);
    assert.ok(Number(headers.get("retry-after")) > 0);
  });

  test("is counted before it is known: many at once don't pass together", async () => {
    const replies = await Promise.all(Array.from({ length: 30 }, () => tryAs("crowd", "guess", "203.0.113.2")));
    const told = replies.filter(({ status }) => status === 429);
    assert.equal(replies.length - told.length, 5);
    for (const { body } of told)
      assert.match(String(body.detail), /^too many tries/, "nobody knows yet that they were wrong");
  });

  test("people who sign in at the same moment from one address don't hold each other up", async () => {
    await make("shift");
    const right = await Promise.all(Array.from({ length: 20 }, () => tryAs("shift", PASSWORD, "203.0.113.9")));
    const wrong = await Promise.all(Array.from({ length: 20 }, (_, n) => tryAs(`other${n}`, "guess", "203.0.113.10")));
    assert.deepEqual(new Set(right.map(({ status }) => status)), new Set([200]));
    assert.deepEqual(new Set(wrong.map(({ status }) => status)), new Set([401]));
  });

  test("many accounts from one address wait too", async () => {
    let waited = 0;
    for (let n = 0; n < 34; n++) if ((await tryAs(`name${n}`, "guess", "203.0.113.3")).status === 429) waited += 1;
    assert.ok(waited >= 3, String(waited));
  });

  test("nobody is locked out by others: neither from elsewhere, nor in the browser they use, from the same address", async () => {
    await make("mei");
    const known = cookiesOf(await tryAs("mei", PASSWORD, "198.51.100.7"));
    for (let n = 0; n < 7; n++) await tryAs("mei", "guess", "198.51.100.7");
    assert.equal((await tryAs("mei", PASSWORD, "198.51.100.7")).status, 429, "a strange browser waits");
    assert.equal((await tryAs("mei", PASSWORD, "198.51.100.7", known)).status, 200, "her own does not");
    assert.equal((await tryAs("mei", PASSWORD, "198.51.100.8")).status, 200, "nor she from elsewhere");
    await Promise.all(Array.from({ length: 60 }, (_, n) => tryAs("mei", "guess", `192.0.2.${n}`)));
    assert.equal((await tryAs("mei", PASSWORD, "198.51.100.9")).status, 429, "one account, guessed at from everywhere");
    assert.equal((await tryAs("mei", PASSWORD, "198.51.100.9", known)).status, 200, "her browser still opens");
  });
});

describe("passwords", () => {
  test("fifteen characters of any kind, up to 256, spaces and Chinese too; none that is tried first", async () => {
    const set = async (password: string) =>
      (await server.call("POST", "/api/users", { cookie: admin, body: { username: "pw", password, role: "viewer" } }))
        .body.code;
    assert.equal(await set("fourteen chars"), "INVALID_INPUT");
    for (const guessable of [
      "aaaaaaaaaaaaaaa",
      "123456789012345",
      "passwordpassword",
      "Password123456789!",
      "banksmanbanksman1",
      "pw pw pw pw pw pw",
    ])
      assert.equal(await set(guessable), "PASSWORD_GUESSABLE", guessable);
    assert.equal(await set("正确的马用电池钉书钉很长很长的口令"), undefined);
    assert.equal((await tryAs("pw", "正确的马用电池钉书钉很长很长的口令", "203.0.113.50")).status, 200);
  });

  test("no random password is refused", () => {
    fc.assert(
      // Without fast-check's own taste for names of properties and for neighbours, which are words and sequences.
      fc.property(fc.noBias(fc.array(fc.integer({ min: 33, max: 126 }), { minLength: 15, maxLength: 40 })), (codes) => {
        const text = String.fromCharCode(...codes);
        fc.pre(new Set(text).size > 8);
        return !isGuessable(text, "mei");
      }),
    );
  });

  test("composed and decomposed letters are the same password", async () => {
    await server.call("POST", "/api/users", {
      cookie: admin,
      body: { username: "nfc", password: "Caf\u00e9-au-lait-forever", role: "viewer" },
    });
    assert.equal((await tryAs("nfc", "Cafe\u0301-au-lait-forever", "203.0.113.51")).status, 200);
  });
});

describe("a second factor", () => {
  let cookie: string;
  let app: TOTP;
  let codes: string[];
  const at = (seconds: number) => app.generate({ timestamp: Date.now() + seconds * 1_000 });
  const begin = async () =>
    (await tryAs("tan", PASSWORD, "203.0.113.60")).body.data as { ticket: string; factors: string[] };
  const show = (body: Json) => server.call("POST", "/api/session/second-factor", { body });
  before(async () => {
    await make("tan");
    cookie = await server.signIn("tan", PASSWORD);
  });

  test("is added with the password and a first code, and comes with ten recovery codes", async () => {
    const post = (path: string, body: Json) => server.call("POST", `/api/session/factors${path}`, { cookie, body });
    assert.equal((await post("/totp", { current: "wrong" })).status, 403);
    const { secret, uri } = (await post("/totp", { current: PASSWORD })).body.data as { secret: string; uri: string };
    assert.match(uri, /^otpauth:\/\/totp\/Banksman/);
    app = new TOTP({ secret: Secret.fromBase32(secret) });
    assert.equal((await begin()).ticket, undefined, "not needed before it is confirmed");
    assert.equal((await post("/totp/confirm", { code: "000000" })).status, 400);
    const { body } = await post("/totp/confirm", { code: at(0) });
    ({ recovery_codes: codes } = body.data as { recovery_codes: string[] });
    assert.equal(new Set(codes).size, 10);
  });

  test("is asked for after a right password; a code is good once", async () => {
    const { ticket, factors } = await begin();
    assert.deepEqual(factors, ["totp", "recovery code"]);
    assert.equal((await show({ ticket, code: at(0) })).status, 401, "the code that confirmed it is spent");
    const { status, headers } = await show({ ticket, code: at(30) });
    assert.equal(status, 200);
    assert.equal((await server.call("GET", "/api/session", { cookie: cookiesOf({ headers }) })).status, 200);
    assert.equal((await show({ ticket, code: at(30) })).body.code, "TICKET_OVER");
  });

  test("a recovery code stands in for it, once, however it is typed", async () => {
    const [code = ""] = codes;
    const { ticket } = await begin();
    assert.equal((await show({ ticket, recovery_code: code.toUpperCase().replaceAll("-", " ") })).status, 200);
    const again = await begin();
    assert.equal((await show({ ticket: again.ticket, recovery_code: code })).status, 401);
  });

  test("can't be guessed: five tries a ticket, and ticket after ticket waits", async () => {
    await make("lin");
    const lin = await server.signIn("lin", PASSWORD);
    const { body } = await server.call("POST", "/api/session/factors/totp", {
      cookie: lin,
      body: { current: PASSWORD },
    });
    const own = new TOTP({ secret: Secret.fromBase32((body.data as { secret: string }).secret) });
    await server.call("POST", "/api/session/factors/totp/confirm", { cookie: lin, body: { code: own.generate() } });
    const statuses: number[] = [];
    for (let n = 0; n < 8; n++) {
      const { ticket } = (await tryAs("lin", PASSWORD, "203.0.113.61")).body.data as { ticket: string };
      statuses.push((await show({ ticket, code: "000000" })).status);
    }
    assert.deepEqual(statuses.slice(0, 5), [401, 401, 401, 401, 401]);
    assert.ok(
      statuses.slice(5).every((status) => status === 429),
      statuses.join(),
    );
  });

  test("a right password that is changed before the factor is shown is none any more", async () => {
    const { ticket } = await begin();
    const set = await server.call("PATCH", "/api/users/tan", { cookie: admin, body: { password: `${PASSWORD}-new` } });
    assert.equal(set.status, 200);
    assert.equal((await show({ ticket, recovery_code: codes[1] })).body.code, "TICKET_OVER");
    await server.call("PATCH", "/api/users/tan", { cookie: admin, body: { password: PASSWORD } });
    const { headers } = await show({ ticket: (await begin()).ticket, recovery_code: codes[1] });
    cookie = cookiesOf({ headers });
  });

  test("an admin may take it away; the account's sessions end", async () => {
    const { status } = await server.call("PATCH", "/api/users/tan", {
      cookie: admin,
      body: { remove_second_factor: true },
    });
    assert.equal(status, 200);
    assert.equal((await server.call("GET", "/api/session", { cookie })).status, 401);
    assert.equal((await tryAs("tan", PASSWORD, "203.0.113.62")).status, 200);
    assert.equal(((await tryAs("tan", PASSWORD, "203.0.113.62")).body.data as Json).username, "tan");
  });
});

test("pages of others can't sign somebody in, nor refresh for them, and get no CORS header", async () => {
  const headers = { origin: "https://evil.example" };
  const signIn = { username: "admin", password: ADMIN_PASSWORD };
  const replies = [
    await server.call("POST", "/api/session", { headers, body: signIn }),
    await server.call("POST", "/api/session/refresh", { headers, body: {}, cookie: admin }),
    await server.call("OPTIONS", "/api/session", { headers: { ...headers, "access-control-request-method": "POST" } }),
  ];
  assert.deepEqual(
    replies.map(({ status }) => status),
    [403, 403, 404],
  );
  for (const reply of replies)
    assert.deepEqual(
      [...reply.headers.keys()].filter((name) => name.startsWith("access-control")),
      [],
    );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { launchChromium } from "@banksman/testkit";
import { ADMIN_PASSWORD, startTestServer } from "../test/test-server.ts";

/** What runs in the page: a passkey is made, then signed in with, by the browser's own interface. */
const IN_THE_PAGE = `async ([password, wrongChallenge]) => {
  const post = async (path, body) => {
    const response = await fetch("/api/session" + path, {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
    });
    return { status: response.status, data: (await response.json()).data };
  };
  const signIn = () => post("", { username: "admin", password });
  const answer = async (needed, challenge) => {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON({ ...needed.passkey_options, challenge });
    const passkey = (await navigator.credentials.get({ publicKey })).toJSON();
    return post("/second-factor", { ticket: needed.ticket, passkey });
  };
  await signIn();
  const begun = (await post("/factors/passkeys/begin", { current: password })).data;
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(begun.options);
  const made = (await navigator.credentials.create({ publicKey })).toJSON();
  const added = await post("/factors/passkeys", { ticket: begun.ticket, name: "desk key", answer: made });
  const needed = (await signIn()).data;
  const forged = await answer((await signIn()).data, wrongChallenge);
  const used = await answer(needed, needed.passkey_options.challenge);
  const replayed = await post("/second-factor", { ticket: needed.ticket, recovery_code: added.data.recovery_codes[0] });
  return { added: added.status, codes: added.data.recovery_codes.length, factors: needed.factors,
    forged: forged.status, used: [used.status, used.data.username], replayed: replayed.status };
}`;

test("a passkey is made and signed in with in a real browser; an answer to another challenge is refused", async () => {
  await using server = await startTestServer();
  const browser = await launchChromium();
  const page = await browser.newPage();
  // Passkeys belong to a name: browsers refuse them at a bare address.
  await page.goto(`${server.url.replace("127.0.0.1", "localhost")}/api/docs`);
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
    },
  });
  const told = await page.evaluate(
    `(${IN_THE_PAGE})(${JSON.stringify([ADMIN_PASSWORD, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"])})`,
  );
  assert.deepEqual(told, {
    added: 200,
    codes: 10,
    factors: ["passkey", "recovery code"],
    forged: 401,
    used: [200, "admin"],
    replayed: 401,
  });
  await browser.close();
});

import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { guardedEgress, openEgress, textUpTo } from "./egress.ts";

/** A service on this machine that counts who reached it. */
async function service() {
  let reached = 0;
  const server = createServer((_request, response) => {
    reached += 1;
    response.end("inside");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    reached: () => reached,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

const refusal = async (promise: Promise<unknown>) => {
  const error = await promise.then(
    () => assert.fail("nothing was refused"),
    (reason: unknown) => reason,
  );
  const inner = error instanceof TypeError && error.cause !== undefined ? error.cause : error;
  assert.ok(typeof inner === "object" && inner !== null && "code" in inner && "message" in inner, String(error));
  return `${inner.code}: ${inner.message}`;
};

test("no request reaches an inner network, however its address is written", async () => {
  await using inside = await service();
  const egress = guardedEgress([]);
  const hosts = [
    "127.0.0.1",
    "localhost",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "0.0.0.0",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[fe80::1]",
    "[fd00::1]",
    "10.0.0.1",
    "172.31.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "224.0.0.1",
    "255.255.255.255",
  ];
  for (const host of hosts) {
    const said = await refusal(egress.fetch(`http://${host}:${inside.port}/`));
    assert.match(said, /^EGRESS_REFUSED: .*egress\.allow/, host);
  }
  assert.equal(inside.reached(), 0);
});

test("what the configuration lists is reached, and nothing beside it", async () => {
  await using inside = await service();
  const egress = guardedEgress(["127.0.0.0/8"]);
  for (const host of ["127.0.0.1", "[::ffff:127.0.0.1]"]) {
    const answer = await egress.fetch(`http://${host}:${inside.port}/`, { method: "POST", body: "x" });
    assert.deepEqual([answer.status, await textUpTo(answer, 100)], [200, "inside"]);
  }
  assert.match(await refusal(egress.fetch("http://10.0.0.1/")), /EGRESS_REFUSED/);
});

test("other schemes are refused by name", async () => {
  assert.match(await refusal(guardedEgress([]).fetch("file:///etc/passwd")), /EGRESS_SCHEME/);
});

test("a connection of another protocol asks for its address first", async () => {
  assert.match(await refusal(guardedEgress([]).addressOf("localhost")), /EGRESS_REFUSED/);
  assert.equal(await guardedEgress(["127.0.0.0/8", "::1"]).addressOf("127.0.0.1"), "127.0.0.1");
  assert.equal(await guardedEgress([]).addressOf("9.9.9.9"), "9.9.9.9");
});

test("an answer is read only as far as it is wanted, however long it goes on", async () => {
  const { promise: givenUp, resolve } = Promise.withResolvers<void>();
  const endless = createServer((_request, response) => {
    const more = () => {
      while (response.write("é".repeat(8_192)));
    };
    response.on("drain", more).on("close", resolve);
    more();
  });
  await new Promise<void>((listening) => endless.listen(0, "127.0.0.1", listening));
  const { port } = endless.address() as AddressInfo;
  for (const egress of [guardedEgress(["127.0.0.0/8"]), openEgress]) {
    const reply = await egress.fetch(`http://127.0.0.1:${port}/`);
    assert.equal(await textUpTo(reply, 1_000), "é".repeat(500));
  }
  await givenUp;
  endless.closeAllConnections();
  await new Promise<void>((closed) => endless.close(() => closed()));
});

test("a short answer is read whole, an empty one is empty", async () => {
  await using inside = await service();
  const reply = await guardedEgress(["127.0.0.1"]).fetch(`http://127.0.0.1:${inside.port}/`);
  assert.equal(await textUpTo(reply, 1_000), "inside");
  assert.equal(await textUpTo({ body: null }, 1_000), "");
});

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { waitFor } from "@banksman/testkit";
import {
  answerFrom,
  answerV3From,
  commandsOf,
  type Fault,
  frame,
  loadCase,
  serveCgminer,
  serveMany,
  serveV3,
} from "./index.ts";

/** This file's own slice of 127.0.0.0/8. */
const net = `127.${20 + (process.pid % 200)}.77`;

/** Sends one request and gives all bytes until the connection ends, or the error's code. */
function ask(host: string, port: number, request: string | Buffer): Promise<Buffer | string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect({ host, port }, () => socket.write(request));
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "error"));
    socket.on("close", () => resolve(Buffer.concat(chunks)));
  });
}

describe("serveCgminer", () => {
  test("answers with a NUL at the end and closes, on the address and port it was given", async () => {
    await using fake = await serveCgminer({ host: `${net}.1`, port: 0, answer: (request) => `got ${request}` });
    assert.equal(String(await ask(fake.host, fake.port, "version")), "got version\0");
    assert.equal(fake.connections, 1);
    assert.equal(fake.traffic.requests, 1);
  });

  test("waits its latency", async () => {
    await using fake = await serveCgminer({ host: `${net}.2`, port: 0, answer: () => "x", latencyMs: () => 60 });
    const start = performance.now();
    await ask(fake.host, fake.port, "summary");
    assert.ok(performance.now() - start >= 55);
  });

  test("null closes without a byte", async () => {
    await using fake = await serveCgminer({ host: `${net}.3`, port: 0, answer: () => null });
    assert.equal(String(await ask(fake.host, fake.port, "summary")), "");
  });

  const answered = '{"STATUS":[{"STATUS":"S"}],"SUMMARY":[{"Elapsed":1,"GHS 5s":2,"GHS av":3}],"id":1}';
  const faults: [Fault, (got: Buffer | string) => void][] = [
    [{ kind: "refuse" }, (got) => assert.equal(got, "ECONNRESET")],
    [{ kind: "reset", afterBytes: 5 }, (got) => assert.equal(got, "ECONNRESET")],
    [{ kind: "truncate", afterBytes: 10 }, (got) => assert.equal(String(got), answered.slice(0, 10))],
    [{ kind: "drip", chunkBytes: 40, everyMs: 1 }, (got) => assert.equal(String(got), `${answered}\0`)],
    [{ kind: "not_a_miner" }, (got) => assert.match(String(got), /^HTTP\/1\.1 400/)],
    [{ kind: "malformed" }, (got) => assert.throws(() => JSON.parse(String(got).replace("\0", "")))],
  ];
  for (const [fault, check] of faults) {
    test(`fault ${fault.kind}`, async () => {
      await using fake = await serveCgminer({ host: `${net}.4`, port: 0, answer: () => answered, fault: () => fault });
      check(await ask(fake.host, fake.port, '{"command":"summary"}'));
    });
  }

  test("a hanging device keeps the connection until it is closed", async () => {
    await using fake = await serveCgminer({
      host: `${net}.5`,
      port: 0,
      answer: () => "x",
      fault: () => ({ kind: "hang" }),
    });
    const pending = ask(fake.host, fake.port, "summary");
    await waitFor("the request to arrive", () => fake.traffic.requests === 1);
    assert.equal(fake.traffic.waiting, 1);
    await fake.close();
    assert.equal(String(await pending), "");
  });
});

test("serveMany tells devices apart by the address that was called", async () => {
  const devices = new Map([1, 2].map((n) => [`${net}.${n}`, { answer: () => `device ${n}` }]));
  await using fake = await serveMany({ port: 0, deviceAt: (address) => devices.get(address) });
  assert.equal(String(await ask(`${net}.1`, fake.port, "x")), "device 1\0");
  assert.equal(String(await ask(`${net}.2`, fake.port, "x")), "device 2\0");
  assert.equal(await ask(`${net}.3`, fake.port, "x"), "ECONNRESET");
});

test("serveV3 answers several frames on one connection, even in pieces", async () => {
  await using fake = await serveV3({ host: `${net}.6`, port: 0, answer: (request) => `{"echo":${request}}` });
  const got = await new Promise<Buffer>((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect({ host: fake.host, port: fake.port }, () => {
      const both = Buffer.concat([frame("1"), Buffer.alloc(4), frame("2")]);
      socket.write(both.subarray(0, 3));
      setImmediate(() => socket.write(both.subarray(3)));
    });
    socket.on("data", (chunk) => {
      chunks.push(chunk);
      const all = Buffer.concat(chunks);
      if (all.length < 2 * frame('{"echo":1}').length) return;
      socket.destroy();
      resolve(all);
    });
  });
  assert.deepEqual(got, Buffer.concat([frame('{"echo":1}'), frame('{"echo":2}')]));
  assert.equal(fake.traffic.requests, 2);
});

describe("a case folder", () => {
  const dir = mkdtempSync(join(tmpdir(), "banksman-case-"));
  after(() => rmSync(dir, { recursive: true }));
  writeFileSync(join(dir, "summary.json"), '{"SUMMARY":[{"a":1}]}\n');
  writeFileSync(join(dir, "stats.txt"), '{"STATS":[{"b":2}{"c":3}]}');
  writeFileSync(join(dir, "stats~new_api.json"), '{"STATS":[{"chain":[]}]}');
  writeFileSync(join(dir, "case.json"), '{"alone":["get_*"],"type":"whatsminer"}');
  writeFileSync(join(dir, "expected.json"), "{}");
  mkdirSync(join(dir, "v3"));
  writeFileSync(join(dir, "v3", "get.miner.status~summary.json"), '{"code":0}');
  const recorded = loadCase(dir);
  const answer = answerFrom(recorded);

  test("is its answers, without case.json and expected.json", () => {
    assert.deepEqual([...recorded.answers.keys()], ["stats", "stats~new_api", "summary"]);
    assert.equal(recorded.behaviour.type, "whatsminer");
  });

  test("answers single commands as captured, in JSON and text mode", () => {
    assert.equal(String(answer('{"command":"summary"}')), '{"SUMMARY":[{"a":1}]}');
    assert.equal(String(answer("stats")), '{"STATS":[{"b":2}{"c":3}]}');
    assert.equal(String(answer('{"command":"stats","new_api":true}')), '{"STATS":[{"chain":[]}]}');
    assert.match(String(answer("coin")), /"Code":14/);
  });

  test("joins in its own order, keeping malformed bytes and telling what it lacks", () => {
    const text = String(answer('{"command":"summary+stats+coin"}'));
    assert.match(
      text,
      /^\{"coin":\[\{"STATUS":\[\{"STATUS":"E".*"stats":\[\{"STATS":\[\{"b":2\}\{"c":3\}\]\}\],"summary":/,
    );
  });

  test("refuses joins where the device does", () => {
    const refusing = (joins: "refuse" | "missing_command") =>
      String(answerFrom({ ...recorded, behaviour: { joins, alone: [] } })('{"command":"summary+stats"}'));
    assert.match(refusing("refuse"), /"Code":14/);
    assert.match(refusing("missing_command"), /"Code":24/);
    assert.match(String(answer('{"command":"summary+get_version"}')), /^\{"STATUS":\[\{"STATUS":"E"/);
  });

  test("answers API v3 by command and parameter", () => {
    assert.equal(String(answerV3From(recorded)('{"cmd":"get.miner.status","param":"summary"}')), '{"code":0}');
    assert.match(String(answerV3From(recorded)('{"cmd":"get.device.info"}')), /"code":-1/);
  });
});

test("commandsOf reads every spelling of a request and none out of rubbish", () => {
  const keys = (request: string) => commandsOf(request).map((asked) => asked.key);
  assert.deepEqual(keys('{"command":"a+b"}\0'), ["a", "b"]);
  assert.deepEqual(keys("ascset|0,led,1-1"), ["ascset~0,led,1-1"]);
  assert.deepEqual(keys('{"cmd":"get.device.info","param":"salt"}'), ["get.device.info~salt"]);
  for (const rubbish of ["", "{", "{}", '{"command":1}', "[]"])
    assert.deepEqual(keys(rubbish), rubbish === "[]" ? ["[]"] : []);
});

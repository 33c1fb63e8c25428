import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type AnswerFunction, answerFrom, type Fault, serveCgminer } from "@banksman/replay";
import fc from "fast-check";
import { newMemory, type ReadOptions, readMiner } from "./index.ts";
import { captures } from "./test/captures.ts";

/** This file's own slice of 127.0.0.0/8; 4433 of this host is never open. */
const host = `127.${20 + (process.pid % 200)}.33.1`;
const options: ReadOptions = { connectTimeoutMs: 1_000, totalTimeoutMs: 3_000 };

const cases = captures();
function recorded(name: string) {
  const found = cases.find((one) => one.name === name);
  assert.ok(found, name);
  return found.recorded;
}
const s19 = recorded("s19pro-2022-stock");

const serve = (answer: AnswerFunction, fault?: () => Fault) =>
  serveCgminer({ host, port: 0, answer, ...(fault ? { fault } : {}) });

/** Answers joins with a refusal, single commands from the case. */
const withoutJoins = answerFrom({ ...s19, behaviour: { joins: "refuse", alone: [] } });

describe("what is learned of a miner", () => {
  test("the steady state is one request on one connection", async () => {
    await using miner = await serve(answerFrom(s19));
    const memory = newMemory();
    for (let i = 0; i < 3; i++) await readMiner({ host, port: miner.port }, memory, options);
    assert.equal(miner.traffic.requests, 3);
  });

  test("a refused join is remembered, single commands go one after the other", async () => {
    await using miner = await serve(withoutJoins);
    const memory = newMemory();
    const first = await readMiner({ host, port: miner.port }, memory, options);
    assert.deepEqual(
      first.commands.map(({ command, ok }) => [command, ok]),
      [
        ["version+summary+stats+pools", false],
        ["version", true],
        ["summary", true],
        ["stats", true],
        ["pools", true],
      ],
    );
    const second = await readMiner({ host, port: miner.port }, memory, options);
    assert.equal(second.commands.length, 4);
    assert.equal(second.reading.hashrate_ghs, 111834.85);
    assert.equal(miner.traffic.peakWaiting, 1);
  });

  test("a change of firmware makes it try joins again", async () => {
    let firmware = "Tue Dec  6 16:12:30 CST 2022";
    let answer = withoutJoins;
    await using miner = await serve((request) => {
      const given = answer(request);
      return String(given).replaceAll("Tue Dec  6 16:12:30 CST 2022", firmware);
    });
    const memory = newMemory();
    const read = () => readMiner({ host, port: miner.port }, memory, options);
    await read();
    firmware = "Wed Jan  1 01:01:01 CST 2025";
    answer = answerFrom(s19);
    await read();
    assert.equal((await read()).commands.length, 1);
  });

  test("memory is plain data that survives JSON", async () => {
    await using miner = await serve(withoutJoins);
    const memory = newMemory();
    await readMiner({ host, port: miner.port }, memory, options);
    const revived = JSON.parse(JSON.stringify(memory));
    assert.deepEqual(revived, memory);
    assert.equal((await readMiner({ host, port: miner.port }, revived, options)).commands.length, 4);
  });

  test("another machine on the address is met anew, at once", async () => {
    let answer = answerFrom(s19);
    await using miner = await serve((request) => answer(request));
    const memory = newMemory();
    await readMiner({ host, port: miner.port }, memory, options);
    for (const name of ["api2.0.5-fw20230803", "a15-194-24102401", "luxos-2025.4.8", "s19pro-2022-stock"]) {
      answer = answerFrom(recorded(name));
      const { reading } = await readMiner({ host, port: miner.port }, memory, options);
      const expected = cases.find((one) => one.name === name)?.expected;
      assert.equal(reading.driver, expected?.driver, name);
      assert.equal(reading.model, expected?.model ?? null, name);
      assert.equal(reading.hashrate_ghs, expected?.hashrate_ghs, name);
    }
  });

  test("a sleeping WhatsMiner's refusals are not held against it once it wakes", async () => {
    const awake = answerFrom(recorded("api1.4-fw20210322"));
    const asleep = answerFrom(recorded("m31s-asleep"));
    let answer = awake;
    await using miner = await serve((request) => answer(request));
    const memory = newMemory();
    const read = async () => readMiner({ host, port: miner.port }, memory, options);
    assert.equal((await read()).reading.status, "hashing");
    answer = asleep;
    const sleeping = await read();
    assert.deepEqual(
      [sleeping.reading.online, sleeping.reading.status, sleeping.reading.hashrate_ghs],
      [true, "sleeping", 0],
    );
    answer = awake;
    // The two cases differ in firmware: the first reading sees that, the second one identifies it again.
    await read();
    await read();
    const again = await read();
    assert.deepEqual([again.reading.status, again.commands.length], ["hashing", 1]);
  });
});

describe("type_mismatch", () => {
  const warned = async (type: string) => {
    await using miner = await serve(answerFrom(s19));
    const { reading } = await readMiner({ host, port: miner.port, type }, newMemory(), options);
    assert.equal(reading.model, "Antminer S19 Pro");
    return reading.warnings?.some((warning) => warning.code === "type_mismatch") ?? false;
  };
  test("is warned of, and the device read as what it says it is", async () => {
    assert.equal(await warned("whatsminer"), true);
    assert.equal(await warned("Antminer"), false);
    assert.equal(await warned("auto"), false);
  });
});

describe("what goes wrong has a reason", () => {
  const reasons: [name: string, fault: Fault, reason: string][] = [
    ["a reset connection", { kind: "refuse" }, "refused"],
    ["silence", { kind: "hang" }, "timed_out"],
    ["a drip", { kind: "drip", chunkBytes: 1, everyMs: 20 }, "timed_out"],
    ["a web server", { kind: "not_a_miner" }, "not_a_miner"],
    ["rubbish", { kind: "malformed" }, "bad_answer"],
  ];
  for (const [name, fault, reason] of reasons) {
    test(`${name}: ${reason}`, async () => {
      await using miner = await serve(answerFrom(s19), () => fault);
      const start = performance.now();
      const { reading } = await readMiner({ host, port: miner.port }, newMemory(), { ...options, totalTimeoutMs: 400 });
      assert.ok(performance.now() - start < 800);
      assert.equal(reading.online, false);
      assert.equal(reading.offline_reason, reason);
      assert.equal(reading.hashrate_ghs, null);
    });
  }

  test("a closed port: refused; closing without a word: access_denied", async () => {
    const miner = await serve(() => null);
    const target = { host, port: miner.port };
    assert.equal((await readMiner(target, newMemory(), options)).reading.offline_reason, "access_denied");
    await miner.close();
    assert.equal((await readMiner(target, newMemory(), options)).reading.offline_reason, "refused");
  });

  test("a device that closes on joins without a word is asked one by one", async () => {
    await using miner = await serve((request) => (request.includes("+") ? null : answerFrom(s19)(request)));
    const { reading } = await readMiner({ host, port: miner.port }, newMemory(), options);
    assert.equal(reading.hashrate_ghs, 111834.85);
  });

  test("a device that hangs on joins is asked one by one in the time that is left, and spared joins later", async () => {
    const single = answerFrom(s19);
    let joins = 0;
    let hang = false;
    await using miner = await serve(
      (request) => {
        if (request.includes("+")) joins++;
        return single(request);
      },
      // Whether a connection hangs is settled before its request is seen: the first of each reading is the join.
      () => {
        const fault: Fault = hang ? { kind: "hang" } : { kind: "none" };
        hang = false;
        return fault;
      },
    );
    const memory = newMemory();
    const rates: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      hang = true;
      const { reading } = await readMiner({ host, port: miner.port }, memory, { ...options, totalTimeoutMs: 400 });
      rates.push(reading.hashrate_ghs);
    }
    // The first time it could as well be slow: it gets all of the time.
    assert.deepEqual(rates, [null, 111834.85, 111834.85]);
    const { commands } = await readMiner({ host, port: miner.port }, memory, options);
    assert.equal(commands.length, 4);
    assert.equal(joins, 0);
  });

  test("a joined answer that is cut keeps its whole members and asks for the rest", async () => {
    let first = true;
    await using miner = await serve(answerFrom(s19), () => {
      const fault: Fault = first ? { kind: "truncate" } : { kind: "none" };
      first = false;
      return fault;
    });
    const { reading, commands } = await readMiner({ host, port: miner.port }, newMemory(), options);
    assert.equal(reading.frequency_avg, 525);
    assert.ok(commands.length > 1);
    assert.deepEqual(
      reading.warnings?.map((warning) => warning.code),
      ["repaired_answer"],
    );
  });

  test("what answered counts, what failed is warned of", async () => {
    await using miner = await serve((request) => (request.includes("stats") ? "{{{" : withoutJoins(request)));
    const { reading } = await readMiner({ host, port: miner.port }, newMemory(), options);
    assert.equal(reading.online, true);
    assert.equal(reading.hashrate_ghs, 111834.85);
    assert.equal(reading.temperature_max, null);
    assert.ok(
      reading.warnings?.some((warning) => warning.code === "command_failed" && warning.text.startsWith("stats:")),
    );
  });

  test("an aborted reading settles at once", async () => {
    await using miner = await serve(
      () => "x",
      () => ({ kind: "hang" }),
    );
    const abort = new AbortController();
    const pending = readMiner({ host, port: miner.port }, newMemory(), { ...options, signal: abort.signal });
    abort.abort();
    assert.equal((await pending).reading.online, false);
  });
});

test("raw answers are kept when asked for, by request", async () => {
  await using miner = await serve(withoutJoins);
  const { raw } = await readMiner({ host, port: miner.port }, newMemory(), { ...options, keepRaw: true });
  assert.match(raw?.stats ?? "", /BTM_SOC0/);
  assert.equal((await readMiner({ host, port: miner.port }, newMemory(), options)).raw, undefined);
});

test("property: any bytes give a reading or a reason, within the time limit", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 120 }), { minLength: 1, maxLength: 4 }), async (answers) => {
      let turn = 0;
      await using miner = await serve(() => Buffer.from(answers[turn++ % answers.length] ?? []));
      const start = performance.now();
      const { reading } = await readMiner({ host, port: miner.port }, newMemory(), { ...options, totalTimeoutMs: 500 });
      assert.ok(performance.now() - start < 1_000);
      assert.ok(reading.online || reading.offline_reason, JSON.stringify(reading));
    }),
    { numRuns: 60 },
  );
});

test("a raw answer is kept as it came, but for passwords", async () => {
  const version = '{"STATUS":[{"STATUS":"S"}],"VERSION":[{"API":"3.1","pass":"se\\"cret","passwd1" : "x"}]}';
  const summary = '{"STATUS":[{"STATUS":"S"}],"SUMMARY":[{"Elapsed":500}]}';
  const answer = (request: string) => (request.includes("version") ? version : summary);
  await using miner = await serveCgminer({ host, port: 0, answer });
  const { raw } = await readMiner({ host, port: miner.port }, newMemory(), { ...options, keepRaw: true });
  const kept = JSON.stringify(raw);
  assert.match(kept, /3\.1/);
  assert.doesNotMatch(kept, /cret/);
  assert.match(kept, /hidden/);
});

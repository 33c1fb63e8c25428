import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { systemClock } from "@banksman/kit";
import { PoolReadings } from "@banksman/wire/ingest";
import { ACCEPTED, REJECTED, STALE } from "../share/status.ts";
import { silent } from "../test/log-kit.ts";
import { MinuteSums } from "./minute-sums.ts";
import { sendDue } from "./send-minutes.ts";

/** A full minute. */
const START = 1_750_000_020;
const share = (time: number, difficulty: number, kind: 0 | 1 | 2 = ACCEPTED) => ({
  time,
  kind,
  status: 0,
  difficultyHi: Math.floor(difficulty / 2 ** 32) | 0,
  difficultyLo: difficulty | 0,
});
const textOf = (seconds: number) => new Date(seconds * 1_000).toISOString();

/** Sums of a log that has been read for a while. */
function longRead(partition = 0): MinuteSums {
  const sums = new MinuteSums();
  sums.begin(partition, (START - 3_600) * 1_000);
  return sums;
}

/** A server that writes down what it is sent. */
async function takingServer(status: () => number) {
  const taken: PoolReadings["minutes"] = [];
  const keys = new Set<unknown>();
  const server = createServer(async (request, response) => {
    const body: Buffer[] = [];
    for await (const chunk of request) body.push(chunk);
    const code = status();
    if (code === 200) taken.push(...PoolReadings.parse(JSON.parse(Buffer.concat(body).toString())).minutes);
    keys.add(`${request.method} ${request.url} ${request.headers["x-collector-key"]}`);
    response.writeHead(code, { "content-type": "application/json" }).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    taken,
    keys,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

test("a minute holds its pool and its users, once it is over", () => {
  const sums = longRead();
  sums.add(601, share(START, 100));
  sums.add(601, share(START + 59, 50, REJECTED));
  sums.add(602, share(START + 30, 2 ** 40));
  sums.add(602, share(START + 30, 7, STALE));
  sums.add(602, share(START + 60, 1));
  assert.deepEqual([...sums.due(START + 80)], []);
  const row = { at: textOf(START), partition: 0 };
  assert.deepEqual(
    [...sums.due(START + 90)],
    [
      [
        { ...row, puid: 0, accepted: 100 + 2 ** 40, stale: 7, rejected: 50, shares: 2 },
        { ...row, puid: 601, accepted: 100, stale: 0, rejected: 50, shares: 1 },
        { ...row, puid: 602, accepted: 2 ** 40, stale: 7, rejected: 0, shares: 1 },
      ],
    ],
  );
  assert.deepEqual([...sums.due(START + 90)], [], "it is told once");
  sums.add(601, share(START + 5, 10));
  assert.equal([...sums.due(START + 95)][0]?.[0]?.accepted, 110 + 2 ** 40, "and again when a late share comes");
});

test("the minute in which reading began is not told: it would be less than it was", () => {
  const sums = new MinuteSums();
  sums.begin(3, (START + 20) * 1_000);
  sums.add(601, share(START + 20, 5));
  sums.add(601, share(START + 61, 6));
  const told = [...sums.due(START + 300)].flat();
  assert.deepEqual(
    told.map(({ at, partition, accepted }) => [at, partition, accepted]),
    [
      [textOf(START + 60), 3, 6],
      [textOf(START + 60), 3, 6],
    ],
  );
});

test("partitions are apart, and each goes on where it was", () => {
  const sums = longRead(0);
  sums.begin(1, (START - 3_600) * 1_000);
  sums.add(601, share(START, 2));
  sums.begin(0, START * 1_000);
  sums.add(601, share(START, 1));
  const pools = [...sums.due(START + 100)].map(([pool]) => [pool?.partition, pool?.accepted]);
  assert.deepEqual(pools.toSorted(), [
    [0, 1],
    [1, 2],
  ]);
});

test("what the server doesn't take waits; what it took is not sent again", async () => {
  let status = 503;
  await using server = await takingServer(() => status);
  const sums = longRead();
  for (let user = 1; user <= 6_000; user++) sums.add(user, share(START, user));
  const options = {
    server: { url: server.url, apiKey: "secret", pool: "main" },
    sums,
    clock: systemClock,
    log: silent,
  };
  assert.match((await sendDue(options, START + 100)) ?? "", /answers 503/);
  status = 200;
  assert.equal(await sendDue(options, START + 100), null);
  assert.equal(server.taken.length, 6_001, "more than one upload holds");
  assert.deepEqual([...server.keys], ["POST /api/pool-stats/readings secret"]);
  await sendDue(options, START + 100);
  assert.equal(server.taken.length, 6_001);
});

test("a minute of very many users is sent as any other", async () => {
  await using server = await takingServer(() => 503);
  const sums = longRead();
  for (let user = 1; user <= 300_000; user++) sums.add(user, share(START, 1));
  const options = { server: { url: server.url, apiKey: "k", pool: "main" }, sums, clock: systemClock, log: silent };
  assert.match((await sendDue(options, START + 100)) ?? "", /answers 503/);
});

test("rows that a server refuses for good don't block the ones behind them", async () => {
  await using server = await takingServer(() => 400);
  const sums = longRead();
  sums.add(1, share(START, 1));
  const options = { server: { url: server.url, apiKey: "k", pool: "main" }, sums, clock: systemClock, log: silent };
  assert.equal(await sendDue(options, START + 100), null);
  assert.deepEqual([...sums.due(START + 100)], []);
});

test("a server that is away for days costs no more memory than there is room for", () => {
  const sums = longRead();
  for (let minute = 0; minute < 60; minute++)
    for (let user = 1; user <= 10_000; user++) sums.add(user, share(START + minute * 60, 1));
  assert.equal(sums.tidy(START + 7_200), 11);
  assert.equal([...sums.due(START + 7_200)][0]?.[0]?.at, textOf(START + 11 * 60), "the oldest are gone");
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { answerFrom, answerV3From, answerWebFrom, type Case, serveCgminer, serveHttp, serveV3 } from "@banksman/replay";
import { Reading } from "@banksman/wire/model";
import { newMemory, readMiner } from "./index.ts";
import { type Capture, captures } from "./test/captures.ts";
import { compare } from "./test/compare.ts";

/** This file's own slice of 127.0.0.0/8. */
const host = `127.${20 + (process.pid % 200)}.31.1`;
const limits = { connectTimeoutMs: 2_000, totalTimeoutMs: 10_000 };

/** Nothing listens there on this file's addresses. */
const CLOSED_PORT = 9;

/** Reads a case twice over real sockets: the first reading, the second one, and how many requests that took. */
async function readTwice(recorded: Case) {
  await using miner = await serveCgminer({ host, port: 0, answer: answerFrom(recorded) });
  await using v3 = await serveV3({ host, port: 0, answer: answerV3From(recorded) });
  await using web = await serveHttp(answerWebFrom(recorded), { host });
  // A machine that only speaks API 3, or has only a web server, keeps 4028 closed.
  if (recorded.answers.size === 0) await miner.close();
  const { type, web: site } = recorded.behaviour;
  const port = site?.onApiPort ? web.port : miner.port;
  const options = {
    v3_port: recorded.v3.size > 0 ? v3.port : CLOSED_PORT,
    http_port: recorded.web.size > 0 ? web.port : CLOSED_PORT,
  };
  const login = site?.login ? { credentials: site.login } : {};
  const target = { host, port, options, ...login, ...(type === undefined ? {} : { type }) };
  const memory = newMemory();
  const first = await readMiner(target, memory, limits);
  const second = await readMiner(target, memory, limits);
  assert.ok(miner.traffic.peakWaiting <= 1, "more than one request at once");
  return { first: first.reading, second: second.reading, steady: second.commands.length };
}

describe("captures give the readings that were read off them by eye", () => {
  for (const { family, name, recorded, expected } of captures() satisfies Capture[]) {
    test(`${family}/${name}`, async () => {
      const { first, second, steady } = await readTwice(recorded);
      compare(first, expected);
      const codes = (first.warnings ?? []).map((warning) => warning.code);
      assert.deepEqual(codes.toSorted(), expected.warnings.toSorted(), "warnings");
      compare(second, expected);
      if (expected.steady_requests !== undefined) assert.equal(steady, expected.steady_requests, "steady requests");
      const parsed = Reading.safeParse({ ...first, miner_id: "x" });
      assert.ok(parsed.success, `the wire refuses the reading: ${parsed.error?.message}`);
    });
  }
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { createLog, VirtualClock } from "@banksman/kit";
import { View } from "../scale/view.ts";
import { Share } from "../share/share.ts";
import { STATUS } from "../share/status.ts";
import { Statistics } from "../statistics.ts";
import { rawRequest } from "../test/raw-http.ts";
import { leadingInteger, workerQuery } from "./arguments.ts";
import { CompatService } from "./compat-service.ts";
import { type HttpOptions, serveHttp } from "./server.ts";

const silent = createLog("test", "silent");
const OPEN: HttpOptions = { ip: "127.0.0.1", port: 0, token: null, allow: [] };

async function serve(options: Partial<HttpOptions> = {}) {
  const clock = new VirtualClock(1_700_000_000_000);
  const statistics = new Statistics({ compat: "g2" });
  const share = Object.assign(new Share(), {
    userId: 5,
    workerLo: 8,
    time: 1_700_000_000,
    difficultyLo: 3,
    status: STATUS.accept,
  });
  statistics.add(share, 1_700_000_000);
  const service = new CompatService({
    view: new View(statistics),
    clock,
    maxWorkerIds: 10_000,
    isInitializing: () => false,
    lastFlushTime: () => 0,
  });
  const server = await serveHttp({ ...OPEN, ...options }, service, () => false, silent);
  return { ...server, statistics, [Symbol.asyncDispose]: server.close };
}

test("ten thousand ids are answered; one more is invalid", async () => {
  await using server = await serve();
  const ask = (count: number) =>
    rawRequest(server.port, "POST", "/worker_status", `user_id=5&worker_id=${Array(count).fill("8").join(",")}`);
  const answered = await ask(10_000);
  assert.equal(answered.body.match(/"8":\{/g)?.length, 10_000);
  assert.equal((await ask(10_001)).body, '{"err_no":1,"err_msg":"invalid args"}');
});

test("asking for unknown users and workers leaves nothing behind", async () => {
  await using server = await serve();
  for (let user = 100; user < 200; user++)
    await rawRequest(server.port, "GET", `/worker_status?user_id=${user}&worker_id=0,1,2`);
  assert.deepEqual([server.statistics.userCount, server.statistics.workerCount], [1, 1]);
});

test("a body of many megabytes breaks off, and the next request is answered", async () => {
  await using server = await serve();
  await rawRequest(server.port, "POST", "/worker_status", "x".repeat(10_000_000)).catch(() => undefined);
  assert.equal((await rawRequest(server.port, "GET", "/flush_db_time")).status, 200);
});

test("bytes that are no HTTP close the connection and nothing else", async () => {
  await using server = await serve();
  await rawRequest(server.port, "\x00\xff", "no http at all").catch(() => undefined);
  assert.equal((await rawRequest(server.port, "GET", "/")).status, 200);
});

test("numbers are read as far as they go, and stay within 64 bits", () => {
  const cases: [string, bigint][] = [
    ["", 0n],
    ["abc", 0n],
    [" \t71abc", 71n],
    ["+5", 5n],
    ["-0", 0n],
    ["- 5", 0n],
    ["0x47", 0n],
    ["9".repeat(1_000_000), 0x7fff_ffff_ffff_ffffn],
    ["-99999999999999999999", -0x8000_0000_0000_0000n],
    ["9223372036854775808", 0x7fff_ffff_ffff_ffffn],
  ];
  for (const [text, value] of cases) assert.equal(leadingInteger(text), value, text.slice(0, 30));
});

test("an argument without = voids all; the first of two counts; names are read without case", () => {
  const read = (query: string | null) => workerQuery(query, 10);
  assert.equal(read(null), null);
  assert.equal(read("user_id=1&worker_id=2&junk"), null);
  assert.equal(read("user_id=1&=3&worker_id=2"), null);
  assert.deepEqual(read("USER_ID=1&user_id=2&worker_id=3&is_merge=True"), {
    userId: 1,
    workerIds: [3n],
    isMerge: true,
  });
  assert.deepEqual(read("user_id=4294967897&worker_id=%31%2c+2%00,9")?.userId, 601);
  assert.deepEqual(read("user_id=1&worker_id=%31%2c+2%00,9")?.workerIds, [1n, 2n]);
  assert.deepEqual(read("user_id=1&worker_id=1%2"), { userId: 1, workerIds: [1n], isMerge: false });
});

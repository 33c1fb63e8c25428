import assert from "node:assert/strict";
import { test } from "node:test";
import { serveCgminer } from "@banksman/replay";
import { freePort } from "@banksman/testkit";
import { scanPort } from "./scan-port.ts";

/** This file's own slice of 127.0.0.0/8. */
const net = `127.${20 + (process.pid % 200)}.34`;
const hosts = (count: number) => Array.from({ length: count }, (_, i) => `${net}.${i + 1}`);
const options = { ratePerSecond: 2_000, concurrency: 16, timeoutMs: 1_000 };

test("finds the open ports among the closed ones, and says nothing to them", async () => {
  const port = await freePort();
  await using first = await serveCgminer({ host: `${net}.3`, port, answer: () => "x" });
  await using second = await serveCgminer({ host: `${net}.20`, port, answer: () => "x" });
  const found: string[] = [];
  for await (const { host, latencyMs } of scanPort(hosts(30), { ...options, port })) {
    assert.ok(latencyMs >= 0);
    found.push(host);
  }
  assert.deepEqual(found.sort(), [first.host, second.host].sort());
  assert.equal(first.traffic.requests, 0);
});

test("keeps to its rate", async () => {
  const port = await freePort();
  const start = performance.now();
  for await (const _ of scanPort(hosts(21), { ...options, port, ratePerSecond: 100 })) assert.fail("nothing is open");
  assert.ok(performance.now() - start >= 195);
});

test("ends early when the caller leaves or the signal aborts", async () => {
  const port = await freePort();
  await using open = await serveCgminer({ host: `${net}.1`, port, answer: () => "x" });
  let asked = 0;
  function* endless() {
    for (;;) {
      asked++;
      yield `${net}.${1 + (asked % 200)}`;
    }
  }
  for await (const { host } of scanPort(endless(), { ...options, port })) {
    assert.ok(host);
    break;
  }
  const abort = new AbortController();
  for await (const _ of scanPort(endless(), { ...options, port, signal: abort.signal })) abort.abort();
  assert.ok(asked < 1_000);
  assert.ok(open.connections >= 2);
});

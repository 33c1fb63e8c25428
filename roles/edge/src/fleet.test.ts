import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { systemClock } from "@banksman/kit";
import type { Reading } from "@banksman/wire/model";
import { deviceParts } from "./device-parts.ts";
import { formatIpv4, parseIpv4 } from "./ipv4.ts";
import { Sweeper } from "./sweep.ts";

const BANKSMAN = fileURLToPath(new URL("../../../cli/banksman.js", import.meta.url));
const PORT = 15_000 + (process.pid % 5_000);
const FIRST = `127.${40 + (process.pid % 20)}.0.1`;

/** The simulator in a process of its own: a wildcard listener for all. */
async function simulated(count: number): Promise<AsyncDisposable> {
  const args = [
    "sim",
    "miners",
    "--count",
    String(count),
    "--from",
    FIRST,
    "--port",
    String(PORT),
    "--one-listener",
    "--frozen",
  ];
  const faults = ["--latency", "5-60", "--joins", "accept", "--fault", "refuse=0.05", "--fault", "drip=0.05"];
  const child = spawn(process.execPath, [BANKSMAN, ...args, ...faults], { stdio: ["ignore", "ignore", "pipe"] });
  await once(child.stderr, "data");
  return {
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM");
      await once(child, "close");
    },
  };
}

suite("a fleet, 5 % of it dead and 5 % slow", () => {
  for (const [count, maxWorkers] of [
    [1_000, 100],
    [6_000, "auto"],
  ] as const) {
    test(`${count} miners with max_workers ${maxWorkers}: all that answer are in the batches, none twice`, async () => {
      await using _sim = await simulated(count);
      const first = parseIpv4(FIRST) ?? 0;
      const miners = Array.from({ length: count }, (_, i) => ({
        id: `m${i}`,
        host: formatIpv4(first + i),
        port: PORT,
        type: "auto",
      }));
      const sweeper = new Sweeper({
        reader: deviceParts.reader,
        clock: systemClock,
        siteId: "s",
        maxWorkers,
        timeoutMs: 10_000,
        uploadBatch: 5_000,
        raw: false,
      });
      const result = await sweeper.run(miners, { signal: new AbortController().signal });
      const readings: Reading[] = result.batches.flatMap(({ body }) => JSON.parse(gunzipSync(body).toString()));
      assert.equal(readings.length, count);
      assert.equal(new Set(readings.map(({ miner_id }) => miner_id)).size, count);
      assert.equal(readings.filter(({ online }) => online).length, count * 0.95);
      assert.equal(result.retried, count * 0.05);
    });
  }
});

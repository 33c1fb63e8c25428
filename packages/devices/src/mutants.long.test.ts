import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Worker } from "node:worker_threads";

const PARTS = 6;

test("a wrong unit, field name or sentinel rule anywhere in a driver makes a recorded device be read wrongly", async () => {
  for (let part = 0; part < PARTS; part++) {
    const worker = new Worker(new URL("test/mutants-worker.ts", import.meta.url), {
      workerData: { part, parts: PARTS },
    });
    assert.deepEqual(await once(worker, "message"), [[]]);
  }
});

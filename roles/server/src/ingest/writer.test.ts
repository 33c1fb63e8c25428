import assert from "node:assert/strict";
import { test } from "node:test";
import { createLog } from "@banksman/kit";
import type { Batch, Written } from "./store.ts";
import { createWriter } from "./writer.ts";

const log = createLog("test", "silent");
const batch = (batchId: string, rows = 1): Batch<string> => ({
  siteNo: 1,
  batchId,
  rows: { count: rows, withParts: 0, encoded: Buffer.alloc(0), minerNos: [], dirty: [] },
  figures: () => batchId,
});

/** A store whose transactions end when told; one with the batch "poison" in it fails. */
function heldStore() {
  const transactions: string[][] = [];
  const gate = Promise.withResolvers<void>();
  const write = async <F>(batches: readonly Batch<F>[]): Promise<Written<F>[]> => {
    transactions.push(batches.map(({ batchId }) => batchId));
    await gate.promise;
    if (batches.some(({ batchId }) => batchId === "poison")) throw new Error("can't be written");
    return batches.map(({ figures }) => ({ duplicate: false, figures: figures() }));
  };
  return { transactions, open: gate.resolve, write };
}

test("batches that come while a transaction runs go together in the next", async () => {
  const store = heldStore();
  const writer = createWriter<string>(store, log);
  const replies = ["a", "b", "c"].map((id) => writer.write(batch(id)));
  store.open();
  assert.deepEqual(
    (await Promise.all(replies)).map(({ figures }) => figures),
    ["a", "b", "c"],
  );
  assert.deepEqual(store.transactions, [["a"], ["b", "c"]]);
});

test("a batch that can't be written sinks no other", async () => {
  const store = heldStore();
  const writer = createWriter<string>(store, log);
  const replies = Promise.allSettled(["a", "b", "poison", "c"].map((id) => writer.write(batch(id))));
  store.open();
  assert.deepEqual(
    (await replies).map(({ status }) => status),
    ["fulfilled", "fulfilled", "rejected", "fulfilled"],
  );
  await writer.drained();
});

test("a transaction holds 20,000 rows at most, and a full queue has no room", async () => {
  const store = heldStore();
  const writer = createWriter<string>(store, log);
  const replies = [batch("first"), batch("x", 15_000), batch("y", 15_000)].map((one) => writer.write(one));
  assert.equal(writer.hasRoom(100_000), false);
  store.open();
  await Promise.all(replies);
  assert.deepEqual(store.transactions, [["first"], ["x"], ["y"]]);
  assert.equal(writer.hasRoom(100_000), true);
});

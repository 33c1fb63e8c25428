import assert from "node:assert/strict";
import { test } from "node:test";
import { killRun } from "./kill-run.ts";

test("kill -9 at random moments: every stored sweep arrives, and each batch counts once", async () => {
  const { stored, arrived, pending } = await killRun(20_260_101, 6);
  assert.ok(stored.length > 6, "the edge got to store something");
  assert.equal(pending, 0);
  assert.deepEqual(
    stored.filter((id) => !arrived.has(id)),
    [],
    "nothing the spool took was lost",
  );
  assert.equal(new Set(stored).size, stored.length);
  const again = [...arrived.values()].filter((times) => times > 1).length;
  assert.ok(
    again <= 6,
    `a batch goes up twice only when a kill fell between its arrival and its acknowledgement, not ${again} times`,
  );
});

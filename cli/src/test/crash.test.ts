import assert from "node:assert/strict";
import { test } from "node:test";
import { crashDrill } from "./crash-drill.ts";

test("edge, server and database killed with -9: nothing acknowledged is lost, nothing stored twice", async () => {
  const { kills, spooled } = await crashDrill({ sweeps: 12, seed: 7, from: `127.${100 + (process.pid % 50)}.1.1` });
  assert.ok(kills >= 3 && spooled >= 12, `${kills} kills, ${spooled} sweeps`);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { crashDrill } from "./crash-drill.ts";

/** Replay a failure with SEED=…; without it each run takes other moments. */
const seed = Number(process.env.SEED ?? Date.now() % 100_000);

test(`200 sweeps under kill -9 of edge, server and database (SEED=${seed})`, async () => {
  const { kills, spooled } = await crashDrill({ sweeps: 200, seed, from: `127.${150 + (process.pid % 50)}.1.1` });
  assert.ok(kills >= 50 && spooled >= 200, `${kills} kills, ${spooled} sweeps`);
});

import { test } from "node:test";
import { startKafkaMock, startMariaDb } from "@banksman/testkit";
import { killRun } from "./test/kill-run.ts";

const KILLS = 60;

for (const mode of ["tmp", "direct"] as const)
  test(`killed ${KILLS} times at any moment its rows are those of an undisturbed run (${mode}, snapshots)`, async (t) => {
    await using kafka = await startKafkaMock();
    await using database = await startMariaDb();
    const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
    t.diagnostic(`SEED=${seed}`);
    // From before it listens until after its second flush.
    const kills = Array.from({ length: KILLS }, (_, i) => (Math.imul(seed + i, 0x9e3779b1) >>> 0) % 8_000);
    await killRun({ kafka, database, name: `kill_${mode}`, settings: `flush = "${mode}";`, hasSnapshot: true, kills });
  });

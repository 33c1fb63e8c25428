import { createLog, createMetrics } from "@banksman/kit";
import { openDatabase } from "../db/connect.ts";
import { runStore } from "./run-store.ts";
import { createJobRunner } from "./runner.ts";

/** A server's jobs in a process of their own, for tests that kill it: `node runner-child.ts DATABASE_URL`. */
const log = createLog("test", "silent");
const database = await openDatabase(process.argv[2], "unused", log);
const runner = createJobRunner(
  [
    {
      name: "long",
      cron: "0 0 1 1 *",
      run: async ({ progress, signal }) => {
        process.stdout.write("begun\n");
        for (let step = 0; ; step++) {
          await progress(Math.min(step / 100, 0.99), `step ${step}`);
          await new Promise((resolve) => setTimeout(resolve, 100));
          if (signal.aborted) throw signal.reason;
        }
      },
    },
  ],
  { pool: database.pool, store: runStore(database.db), log, metrics: createMetrics("test") },
);
await runner.start();

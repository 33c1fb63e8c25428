import assert from "node:assert/strict";
import { test } from "node:test";
import { createLog } from "@banksman/kit";
import { Share } from "../share/share.ts";
import { STATUS } from "../share/status.ts";
import { Statistics } from "../statistics.ts";
import { DrivenClock } from "../test/driven-clock.ts";
import { Flusher } from "./flusher.ts";
import type { Target } from "./target.ts";

const T0 = 1_700_000_000;

test("a flush keeps the texts of the original's log, in their order", async () => {
  const lines: string[] = [];
  const log = createLog("test", "info", { write: (line) => lines.push(String(JSON.parse(line).msg)) });
  const statistics = new Statistics({ compat: "g2" });
  const accepted = { userId: 5, workerLo: 8, time: T0, difficultyLo: 3, status: STATUS.accept };
  statistics.add(Object.assign(new Share(), accepted), T0);
  const target: Target = {
    prepare: async () => undefined,
    write: async (figures) => ({ rows: [...figures()].length, refused: 0 }),
    writeNames: async () => ({ rows: 0, refused: 0 }),
    close: async () => undefined,
  };
  const clock = new DrivenClock(T0);
  const flusher = new Flusher({
    statistics,
    target,
    clock,
    intervalSeconds: 15,
    what: "all",
    lastFlushFile: null,
    log,
  });
  clock.set(T0 + 16);
  flusher.tick();
  await flusher.settled();
  assert.deepEqual(lines, [
    "flush to DB...",
    "flush DB: rd locked",
    "flush DB: rd unlock",
    "flush to DB... done, workers: 1, users: 1",
  ]);
});

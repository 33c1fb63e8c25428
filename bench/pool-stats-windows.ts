import { copyFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLog } from "@banksman/kit";
import { decodeShare } from "../roles/pool-stats/src/share/decode.ts";
import { Share } from "../roles/pool-stats/src/share/share.ts";
import { readSnapshot, writeSnapshot } from "../roles/pool-stats/src/snapshot.ts";
import { Statistics } from "../roles/pool-stats/src/statistics.ts";
import { Load, seconds, thousands } from "./pool-stats-load.ts";

const NOW = 1_700_000_000;
const BATCH = 10_000;
/** The original's figures on another machine of the same kind, in thousands of shares a second. */
const ORIGINAL: Record<string, string> = {
  "10000 cold": "2,270 k/s",
  "10000 warm": "2,940 k/s",
  "100000 cold": "261–340 k/s",
  "100000 warm": "680–706 k/s",
};

export async function benchWindows(isQuick: boolean) {
  const count = isQuick ? 500_000 : 3_000_000;
  return [10_000, 100_000].flatMap((workers) => {
    const load = new Load(workers);
    const statistics = new Statistics({ compat: "g2" });
    return (["cold", "warm"] as const).map((state) => {
      const timeOf = (i: number) => (state === "warm" ? NOW : NOW - 3_599 + Math.floor((i * 3_599) / count));
      const { counted, limit } = countAll(load, statistics, count, timeOf);
      return {
        workers,
        state,
        "shares/s": thousands(counted),
        original: ORIGINAL[`${workers} ${state}`],
        limit: thousands(limit),
        "of limit": (counted / limit).toFixed(2),
      };
    });
  });
}

/** Shares a second of decoding and counting, and of merely reading worker and difficulty of the same messages. */
function countAll(load: Load, statistics: Statistics, count: number, timeOf: (i: number) => number) {
  const share = new Share();
  const rules = { compat: "g2", singleUserPuid: null } as const;
  const sums = new Float64Array(load.workers);
  let counting = 0;
  let limiting = 0;
  for (let done = 0; done < count; done += BATCH) {
    const messages = load.messages(BATCH, (i) => timeOf(done + i));
    const began = performance.now();
    for (const message of messages) if (decodeShare(message, share, rules) === null) statistics.add(share, NOW);
    const middle = performance.now();
    for (const message of messages) {
      const at = message.readUInt32LE(8) % load.workers;
      sums[at] = (sums[at] ?? 0) + message.readUInt32LE(24);
    }
    counting += middle - began;
    limiting += performance.now() - middle;
  }
  return { counted: (count / counting) * 1_000, limit: (count / limiting) * 1_000 };
}

/** Every worker's shares for seventy minutes, so that the oldest chunks are used again. */
function fillHour(statistics: Statistics, load: Load, everySeconds: number): void {
  const share = new Share();
  for (let second = 0; second < 4_200; second += everySeconds)
    for (let worker = 0; worker < load.workers; worker++)
      statistics.add(load.fill(share, worker, NOW + second + (worker % everySeconds)), NOW + second + everySeconds);
}

export async function benchMemory(isQuick: boolean) {
  const cases = isQuick
    ? [[10_000, 10]]
    : [
        [100_000, 10],
        [1_000_000, 10],
        [10_000, 1],
      ];
  return cases.map(([workers = 0, every = 0]) => {
    const before = process.memoryUsage().rss;
    const statistics = new Statistics({ compat: "g2" });
    fillHour(statistics, new Load(workers), every);
    const resident = process.memoryUsage().rss - before;
    return {
      workers,
      "shares a minute": 60 / every,
      "bytes a worker": Math.round(statistics.bytes / workers),
      "resident bytes a worker": Math.round(resident / workers),
      original: "29,566",
      "its successor (10 s slots)": "3,884",
    };
  });
}

export async function benchSnapshot(isQuick: boolean) {
  const workers = isQuick ? 20_000 : 1_000_000;
  const file = join(tmpdir(), `banksman-bench-${process.pid}`);
  const statistics = new Statistics({ compat: "g2" });
  fillHour(statistics, new Load(workers), 10);
  const timed = async (work: () => Promise<unknown>) => {
    const began = performance.now();
    await work();
    return performance.now() - began;
  };
  const image = statistics.toImage();
  const written = await timed(() =>
    writeSnapshot(file, { writtenAt: NOW, shares: new Map(), events: new Map(), image }),
  );
  const copied = await timed(() => copyFile(file, `${file}.copy`));
  const { size } = await stat(file);
  const again = new Statistics({ compat: "g2" });
  const read = await timed(async () => {
    const snapshot = await readSnapshot(file, createLog("bench", "silent"));
    if (!snapshot || !again.fromImage(snapshot.image)) throw new Error("the snapshot can't be read");
  });
  await Promise.all([rm(file), rm(`${file}.copy`)]);
  if (again.workerCount !== workers) throw new Error("the snapshot lost workers");
  const megabytes = Math.round(size / 1e6);
  return [{ workers, megabytes, written: seconds(written), read: seconds(read), "copy of the file": seconds(copied) }];
}

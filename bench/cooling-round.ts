/**
 * A round over 150 cooling controllers as slow as real ones, by the share of dead ones: `node bench/cooling-round.ts`.
 *
 * The simulator is a process of its own. The limit is the slowest controller's own answer of that round, timed within the
 * round around the one call. The peer reads as S2's collector is described: 50 at once, 3 s and up to 3 retries one after the
 * other. Prints a table and, as the last line, the figures as JSON.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type CoolingFamily, coolingFamilies, readCooling } from "@banksman/devices";
import { createLog, systemClock } from "@banksman/kit";
import { freePort } from "@banksman/testkit";
import { freshState, holdRound, type RoundPart, type UnitState } from "../roles/edge/src/cooling/round.ts";
import { nextRoundIn, roundTimes } from "../roles/edge/src/cooling/schedule.ts";
import { Turns } from "../roles/edge/src/cooling/turns.ts";
import { type CoolingUnit, unitId } from "../roles/edge/src/cooling/units.ts";

const COUNT = 150;
const FROM = "127.21.1.1";
const INTERVAL_MS = 12_000;
const ROUNDS = 4;
const SHARES = [0, 0.1, 0.3, 0.7];
const POOL = 50;
const [TRY_MS, TRIES] = [3_000, 4];

type Row = {
  dead: number;
  round: number;
  done: number;
  deferred: number;
  slowest_answer_ms: number;
  last_healthy_ms: number;
  fast_lane_ms: number;
};

const port = await freePort();
const controlPort = await freePort();
const antbox = coolingFamilies.find(({ id }) => id === "antbox") as CoolingFamily;
const units: CoolingUnit[] = Array.from({ length: COUNT }, (_, i) => {
  const address = FROM.replace(/\d+$/, String(i + 1));
  const plan = { interval_s: INTERVAL_MS / 1_000, timeout_ms: TRY_MS, retries: TRIES - 1 };
  return { site_id: "bench", host: `${address}:${port}`, address, port, driver: "antbox", leased: false, ...plan };
});

async function startSim(share: number): Promise<ChildProcess> {
  const args = ["sim", "cooling", "--count", COUNT, "--from", FROM, "--port", port, "--control-port", controlPort];
  const faults = share > 0 ? ["--fault", `dead=${share}`] : [];
  const main = fileURLToPath(new URL("../cli/banksman.js", import.meta.url));
  const sim = spawn(process.execPath, [main, ...args.map(String), ...faults], { stdio: ["ignore", "ignore", "pipe"] });
  const [line] = await once(sim.stderr, "data");
  if (!/cooling units on/.test(String(line))) throw new Error(`the simulator did not start: ${line}`);
  return sim;
}

/** The driver, with each call that is answered timed. */
function timed(answers: { at: number; ms: number }[]): CoolingFamily {
  return {
    ...antbox,
    read: async (target, lane) => {
      const began = performance.now();
      const told = await antbox.read(target, lane);
      if (lane === "fast") answers.push({ at: performance.now(), ms: performance.now() - began });
      return told;
    },
  };
}

async function rounds(share: number, folder: string): Promise<Row[]> {
  const answers: { at: number; ms: number }[] = [];
  const family = timed(answers);
  const states = new Map<string, UnitState>(units.map((unit) => [unitId(unit), freshState("antbox", family)]));
  const parts = {
    turns: new Turns({ folder, clock: systemClock }),
    clock: systemClock,
    signal: new AbortController().signal,
    families: [family],
    log: createLog("bench", "silent"),
    stateOf: (unit: CoolingUnit) => states.get(unitId(unit)) as UnitState,
  };
  const helds = units.map((unit) => ({ unit, until: () => Number.POSITIVE_INFINITY }));
  const rows: Row[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    const last = states.get(unitId(units[0] as CoolingUnit))?.lastRound ?? null;
    await systemClock.sleep(nextRoundIn(systemClock.now(), INTERVAL_MS, last) + 5);
    answers.length = 0;
    const times = roundTimes(systemClock.now(), systemClock.monotonic(), INTERVAL_MS);
    await holdRound(helds, times, parts, ({ rounds: [summary] }: RoundPart) => {
      if (!summary) return;
      rows.push({
        dead: share,
        round,
        done: summary.done,
        deferred: summary.deferred,
        slowest_answer_ms: Math.round(Math.max(...answers.map(({ ms }) => ms))),
        last_healthy_ms: Math.round(Math.max(...answers.map(({ at }) => at)) - times.began),
        fast_lane_ms: summary.duration_ms,
      });
    });
  }
  return rows;
}

/** 50 at once, each with its whole ladder of tries. */
async function peer(): Promise<number> {
  const queue = [...units];
  const began = performance.now();
  const worker = async () => {
    for (let unit = queue.pop(); unit; unit = queue.pop()) {
      for (let attempt = 1; attempt <= TRIES; attempt++) {
        const target = { host: unit.address, port, connectTimeoutMs: TRY_MS, deadline: performance.now() + TRY_MS };
        const isRead = await readCooling(antbox, target, "fast").then(
          () => true,
          () => false,
        );
        if (isRead) break;
      }
    }
  };
  await Promise.all(Array.from({ length: POOL }, worker));
  return Math.round(performance.now() - began);
}

const folder = mkdtempSync(join(tmpdir(), "bench-cooling-"));
const rows: Row[] = [];
const peers: { dead: number; ms: number }[] = [];
let overlapping = 0;
for (const share of SHARES) {
  const sim = await startSim(share);
  try {
    rows.push(...(await rounds(share, folder)));
    const told = await fetch(`http://127.0.0.1:${controlPort}/control/controllers`);
    overlapping += ((await told.json()) as { overlapping_requests: number }).overlapping_requests;
    peers.push({ dead: share, ms: await peer() });
  } finally {
    sim.kill();
    await once(sim, "exit");
  }
}
rmSync(folder, { recursive: true });

const seconds = (ms: number) => `${(ms / 1_000).toFixed(2)} s`;
console.log("| dead | round | read | put off | slowest controller | last healthy one read | × limit | fast lane |");
console.log("| --- | --- | --- | --- | --- | --- | --- | --- |");
for (const row of rows)
  console.log(
    `| ${row.dead * 100} % | ${row.round} | ${row.done} | ${row.deferred} | ${seconds(row.slowest_answer_ms)} | ` +
      `${seconds(row.last_healthy_ms)} | ${(row.last_healthy_ms / row.slowest_answer_ms).toFixed(2)} | ${seconds(row.fast_lane_ms)} |`,
  );
for (const { dead, ms } of peers) console.log(`peer, ${POOL} at once, ${dead * 100} % dead: ${seconds(ms)}`);
console.log(`requests that overlapped at a controller: ${overlapping}`);
console.log(JSON.stringify({ rows, peers, overlapping }));

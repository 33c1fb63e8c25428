import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { bookAt, verify } from "@banksman/market";
import { waitFor } from "@banksman/testkit";
import { pushUntilJoined, type Rig, settle, startRig } from "./market-kit.ts";

const PAIRS = ["BTC-USDT", "ETH-USDT"];
const START = Date.UTC(2026, 0, 1, 0, 0, 1);
const FRAMES_A_SECOND = 10;
const CHECK_EVERY_S = 600;
const DROP_EVERY_S = 1_700;

/** Heap in MB after everything unreachable went. */
function heapMb(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

/** Time that only the test moves: `sleep` waits in real time, a little. */
function drivenClock() {
  let ms = START;
  return {
    clock: {
      now: () => ms,
      monotonic: () => ms - START,
      sleep: (wait: number) => new Promise<void>((resolve) => void setTimeout(resolve, Math.min(wait, 5))),
    },
    pass: (by: number) => {
      ms += by;
    },
  };
}

/** The collector has taken everything that was pushed, so that nothing piles up in sockets. */
const caughtUp = (rig: Rig) =>
  waitFor(
    "the collector to catch up",
    () =>
      PAIRS.every(
        (pair) => rig.book(pair).sequence === rig.exchange.truth(rig.exchange.dialect.symbolOf(...split(pair))).id,
      ),
    { everyMs: 1 },
  );

function split(pair: string): [string, string] {
  const [base = "", quote = ""] = pair.split("-");
  return [base, quote];
}

export type Day = { checks: number; drops: number; heapGrowthMb: number; rows: number };

/**
 * Plays `hours` of a market at speed: ten frames a second and symbol, now and then one that gets lost. Every ten minutes
 * the books must equal the exchange's own; at the end the files must be whole, with exactly those gaps.
 */
export async function playMarket(connector: string, hours: number): Promise<Day> {
  const { clock, pass } = drivenClock();
  await using rig = await startRig(connector, { pairs: PAIRS, records: true, clock, config: { audit_interval_s: 0 } });
  await settle(rig);
  const symbol = rig.exchange.dialect.symbolOf("BTC", "USDT");
  let [checks, drops, early] = [0, 0, 0];
  for (let second = 1; second <= hours * 3_600; second++) {
    for (let at = 0; at < FRAMES_A_SECOND; at++) {
      pass(1_000 / FRAMES_A_SECOND);
      rig.exchange.step();
    }
    if (second % 20 === 0) await caughtUp(rig);
    if (second % DROP_EVERY_S === 0) {
      rig.exchange.fault({ kind: "drop", symbol });
      rig.exchange.step(symbol);
      pass(100);
      drops++;
      await pushUntilJoined(rig, () => {
        pass(60);
        return rig.book("BTC-USDT").figures.gapCount === drops;
      });
      await caughtUp(rig);
    }
    if (second % CHECK_EVERY_S === 0) {
      for (const pair of PAIRS) await rig.matches(pair);
      checks++;
    }
    if (second === Math.floor(hours * 900)) early = heapMb();
  }
  const heapGrowthMb = heapMb() - early;
  assert.deepEqual(
    PAIRS.map((pair) => rig.book(pair).figures.gapCount),
    [drops, 0],
  );
  const truth = rig.exchange.truth(symbol);
  await rig.finish();
  const report = await verify({ dir: rig.dataDir });
  assert.equal(
    report.ok,
    true,
    JSON.stringify(report.symbols.flatMap((one) => one.holes)) + JSON.stringify(report.files),
  );
  assert.deepEqual(report.symbols.map((one) => one.holes.length).toSorted(), [0, drops].toSorted());
  const book = await bookAt({ dir: rig.dataDir, symbol: "BTC-USDT", at: String(Math.ceil(clock.now())), depth: 1_000 });
  assert.equal(book.seq, truth.id);
  assert.deepEqual(
    book.bids.map(([price]) => Number(price)),
    truth.bids.map(([price]) => Number(price)),
  );
  return { checks, drops, heapGrowthMb, rows: report.symbols.reduce((sum, one) => sum + one.rows, 0) };
}

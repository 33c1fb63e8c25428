import { minerStateAt } from "../miner-state.ts";
import { createNoise } from "../noise.ts";
import type { SimMiner } from "../roster.ts";

const HOUR_S = 3_600;
const SAMPLES = 12;
const TH = 1e9;

/** What is wrong with some workers at the pool, by their number from 1. */
export type Planted = {
  /** Their shares go elsewhere: the pool has heard nothing of them for a while. */
  stolen: readonly number[];
  /** The pool counts only part of what they hash. */
  skimmed: readonly number[];
};

const KEPT_OF_SKIMMED = 0.7;
const LOSS = 0.01;
/** 300 shares an hour spread by so much. */
const SPREAD = 0.03;

/**
 * F2Pool's old account document (www.f2pool.com/developer/api) for the simulated miners: each worker with what its
 * device really hashed, less the usual loss and with the spread of counted shares, and what was planted.
 */
export function f2poolAccount(miners: readonly SimMiner[], nowMs: number, planted: Planted): object {
  const workers = miners.map((miner) => workerRow(miner, nowMs, planted));
  const hashrate = workers.reduce((sum, row) => sum + row.now, 0);
  return {
    hashrate,
    worker_length: workers.length,
    worker_length_online: workers.filter((row) => row.now > 0).length,
    workers: workers.map(({ name, now, hourHashes, lastShare }) => [name, now, hourHashes, 0, 0, 0, lastShare, false]),
  };
}

function workerRow({ who, model, fate, noise, index }: SimMiner, nowMs: number, { stolen, skimmed }: Planted) {
  const rateAt = (ms: number) => minerStateAt(model, fate, noise, ms).now * TH;
  const hour = Array.from({ length: SAMPLES }, (_, n) => rateAt(nowMs - (n + 0.5) * ((HOUR_S * 1_000) / SAMPLES)));
  const mean = hour.reduce((sum, rate) => sum + rate, 0) / SAMPLES;
  const isStolen = stolen.includes(who.number);
  const kept = isStolen ? 0 : skimmed.includes(who.number) ? KEPT_OF_SKIMMED : 1 - LOSS;
  const counted = kept * (1 + SPREAD * createNoise(1, index).walk("shares", nowMs, 600_000));
  const now = Math.round(rateAt(nowMs) * counted);
  const silentS = isStolen || now === 0 ? 2 * HOUR_S : 5 + (index % 20);
  return {
    name: who.worker,
    now,
    hourHashes: Math.round(mean * counted) * HOUR_S,
    lastShare: new Date(nowMs - silentS * 1_000).toISOString(),
  };
}

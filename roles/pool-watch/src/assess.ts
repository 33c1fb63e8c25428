import type { PoolReading } from "@banksman/pools";

/** A worker whose last share is older than it should be; whole minutes, rounded down. */
export type OfflineWorker = { name: string; minutes: number };
export type Assessment = {
  offline: OfflineWorker[];
  hashrate_hs: number | null;
  isLow: boolean;
  /** Anything that somebody must hear of. */
  isWrong: boolean;
};

export type Limits = { offline_after_s: number; forget_after_s: number; floor_hs: number };

/**
 * Who is offline: a last share more than `offline_after_s` and less than `forget_after_s` old, both strict, in whole
 * seconds as the original counted. Older ones were taken away on purpose; a worker without any share never began. Of two
 * workers of one name the later in the list stands. A hashrate the pool does not tell is low: nobody knows better.
 */
export function assess(reading: PoolReading, limits: Limits): Assessment {
  const now = Math.floor(reading.at.getTime() / 1_000);
  const offline = new Map<string, number>();
  for (const { name, last_share_at } of reading.workers) {
    if (last_share_at === null) continue;
    const age = now - Math.floor(last_share_at.getTime() / 1_000);
    if (age > limits.offline_after_s && age < limits.forget_after_s) offline.set(name, Math.floor(age / 60));
  }
  const isLow = reading.hashrate_hs === null || reading.hashrate_hs < limits.floor_hs;
  return {
    offline: [...offline].map(([name, minutes]) => ({ name, minutes })),
    hashrate_hs: reading.hashrate_hs,
    isLow,
    isWrong: offline.size > 0 || isLow,
  };
}

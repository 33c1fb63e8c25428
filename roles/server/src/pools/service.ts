import type { Clock } from "@banksman/kit";
import type { GetPoolHistory, PoolHistoryPoint, QueryOf } from "@banksman/wire/api";
import type { PoolReadings } from "@banksman/wire/ingest";
import { bucketSeconds, bucketStarts } from "../fleet/buckets.ts";
import { isWithin, type Sites } from "../http/caller.ts";
import type { siteFinder } from "../sites/service.ts";
import type { PoolBucket, PoolStore } from "./store.ts";

const HOUR_MS = 3_600_000;
/** A share of difficulty 1 stands for this many hashes. */
const HASHES = 2 ** 32;
/** Minutes answer up to here, hours beyond. */
const MINUTES_UP_TO_H = 48;
/** Minutes may come this late and still reach their hour: pool-stats sends again what a server missed. */
const LATE_HOURS = 20;

export type PoolService = ReturnType<typeof poolService>;

export const poolService = (
  store: PoolStore,
  sites: ReturnType<typeof siteFinder>,
  retention: () => { pool_minute_days: number; hourly_days: number },
  clock: Pick<Clock, "now">,
) => ({
  accept: async (siteNo: number, { pool, minutes }: PoolReadings) => {
    if (minutes.length > 0) await store.keep(siteNo, pool, lastOfEach(minutes));
    return { processed: minutes.length };
  },

  list: async (reached: Sites) => {
    const pools = await store.pools();
    const own = pools.filter(({ site_id }) => isWithin(reached, site_id));
    return own.map(({ site_id, pool, newest_at }) => ({ site_id, pool, newest_at: newest_at.toISOString() }));
  },

  history: async ({ site_id, pool, puid, hours }: QueryOf<typeof GetPoolHistory>, reached: Sites) => {
    const { site_no } = await sites.find(site_id, reached);
    const byMinute = hours <= Math.min(MINUTES_UP_TO_H, retention().pool_minute_days * 24);
    const width = bucketSeconds(hours, byMinute ? 30 : 1_800);
    const starts = bucketStarts(clock.now(), hours, width);
    const key = { siteNo: site_no, pool, puid };
    const from = new Date(starts[0] ?? clock.now());
    const found = byMinute ? await store.minutes(key, from, width) : await store.hours(key, from, width);
    const byStart = new Map(found.map((bucket) => [bucket.at.getTime(), bucket]));
    return { resolution_seconds: width, points: starts.map((start) => pointOf(start, byStart.get(start))) };
  },

  /** Adds minutes up to hours, and forgets what is older than is kept. */
  upkeep: async () => {
    const thisHour = Math.floor(clock.now() / HOUR_MS) * HOUR_MS;
    const rolledUp = await store.rollUp(new Date(thisHour - LATE_HOURS * HOUR_MS), new Date(thisHour + HOUR_MS));
    const before = (days: number) => new Date(clock.now() - days * 24 * HOUR_MS);
    const { pool_minute_days, hourly_days } = retention();
    const dropped = await store.dropBefore(before(pool_minute_days), before(hourly_days));
    return { rolled_up: rolledUp, dropped };
  },
});

/** One statement can't write the same row twice. */
function lastOfEach(minutes: PoolReadings["minutes"]): PoolReadings["minutes"] {
  return [...new Map(minutes.map((minute) => [`${minute.at} ${minute.partition} ${minute.puid}`, minute])).values()];
}

function pointOf(start: number, bucket: PoolBucket | undefined): PoolHistoryPoint {
  const timestamp = new Date(start).toISOString();
  if (!bucket) return { timestamp, hashrate_hs: null, reject_share: null };
  const lost = bucket.stale + bucket.rejected;
  const all = bucket.accepted + lost;
  return {
    timestamp,
    hashrate_hs: (bucket.accepted * HASHES) / bucket.seconds,
    reject_share: all === 0 ? null : lost / all,
  };
}

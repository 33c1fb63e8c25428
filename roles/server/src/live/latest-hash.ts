import { type Log, messageOf } from "@banksman/kit";
import { Redis } from "ioredis";
import type { LiveEvent } from "./hub.ts";

const EVERY_MS = 1_000;
/** A site that nobody hears of any more leaves by itself. */
const KEPT_S = 3 * 86_400;

/** A hash of a site: each miner's id or `cooling:<host>`, and its newest row as the API tells it. */
const keyOf = (siteId: string): string => `banksman:site:${siteId}:latest`;

type Site = Pick<LiveEvent, "siteNo" | "siteId">;
/** One field of a site's hash. */
export type LatestField = { field: string; row: object };
type Parts = {
  sites: () => Promise<Site[]>;
  /** These fields of a site, or all of them. */
  rows: (site: Site, fields: readonly string[] | "all") => Promise<LatestField[]>;
  log: Log;
};

export type LatestHash = {
  changed: (event: Site & { fields: readonly string[] }) => void;
  close: () => Promise<void>;
};

/**
 * Keeps each site's newest readings in Redis for other programs: `banksman:site:<id>:latest`. What is written is read
 * from the database, so that no late reading stands over a newer one. While Redis is away nothing waits for it; when it is
 * back, every site is written anew.
 */
export function redisLatest(url: string, { sites, rows, log }: Parts): LatestHash {
  const redis = new Redis(url, { maxRetriesPerRequest: 1, enableOfflineQueue: false });
  const changed = new Map<string, { site: Site; fields: Set<string> }>();
  let isStale = true;
  let isAway = false;
  let running: Promise<void> | null = null;
  redis.on("ready", () => {
    isStale = true;
    isAway = false;
  });
  redis.on("error", (error: Error) => {
    if (!isAway)
      log.warn({ err: error }, `Redis is away, sites' newest readings are not kept there: ${messageOf(error)}`);
    isAway = true;
  });

  const write = async (site: Site, found: readonly LatestField[]): Promise<void> => {
    if (found.length === 0) return;
    const fields = found.flatMap(({ field, row }) => [field, JSON.stringify(row)]);
    await redis.hset(keyOf(site.siteId), ...fields);
    await redis.expire(keyOf(site.siteId), KEPT_S);
  };
  const writeAll = async (): Promise<void> => {
    changed.clear();
    for (const site of await sites()) {
      const found = await rows(site, "all");
      const known = new Set(found.map(({ field }) => field));
      const gone = (await redis.hkeys(keyOf(site.siteId))).filter((field) => !known.has(field));
      if (gone.length > 0) await redis.hdel(keyOf(site.siteId), ...gone);
      await write(site, found);
    }
  };
  const step = async (): Promise<void> => {
    if (redis.status !== "ready") return;
    if (isStale) {
      isStale = false;
      await writeAll();
      return;
    }
    const due = [...changed.values()];
    changed.clear();
    for (const { site, fields } of due) await write(site, await rows(site, [...fields]));
  };
  const timer = setInterval(() => {
    running ??= step()
      .catch((error: unknown) => {
        isStale = true;
        log.warn({ err: error }, `sites' newest readings did not reach Redis: ${messageOf(error)}`);
      })
      .finally(() => {
        running = null;
      });
  }, EVERY_MS);

  return {
    changed: ({ siteNo, siteId, fields }) => {
      const waiting = changed.get(siteId) ?? { site: { siteNo, siteId }, fields: new Set<string>() };
      for (const field of fields) waiting.fields.add(field);
      changed.set(siteId, waiting);
    },
    close: async () => {
      clearInterval(timer);
      await running;
      redis.disconnect();
    },
  };
}

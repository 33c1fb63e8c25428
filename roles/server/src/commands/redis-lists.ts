import { type Log, messageOf } from "@banksman/kit";
import { Redis } from "ioredis";

const EVERY_MS = 500;
/** A list that nobody writes any more leaves by itself. */
const KEPT_S = 7 * 86_400;
const PREFIX = "banksman:commands:";

/** The commands of one device that are not over, in their order. */
export type Lane = { siteId: string; device: string | null; commandIds: readonly string[] };

/** A device's list: `<site>/<miner>` or `<site>/<cooling unit's host>`, or the site alone for its edge. */
const keyOf = ({ siteId, device }: Lane): string => `${PREFIX}${device === null ? siteId : `${siteId}/${device}`}`;

type Lanes = {
  /** Of the devices of these orders; an empty list where nothing is left. */
  ofOrders: (orderIds: readonly string[]) => Promise<Lane[]>;
  all: () => Promise<Lane[]>;
};

/**
 * Keeps each device's commands in Redis for other programs, as `banksman:commands:<device>`. The database is the queue:
 * what is written here is read from it, and nothing waits for Redis. When Redis was lost and is back, all is written anew.
 */
export function redisLists(
  url: string,
  lanes: Lanes,
  log: Log,
): { changed: (orderId: string) => void; close: () => Promise<void> } {
  const redis = new Redis(url, { maxRetriesPerRequest: 1, enableOfflineQueue: false });
  let changed = new Set<string>();
  let isStale = true;
  let isAway = false;
  let running: Promise<void> | null = null;
  redis.on("ready", () => {
    isStale = true;
    isAway = false;
  });
  redis.on("error", (error: Error) => {
    if (!isAway) log.warn({ err: error }, `Redis is away, commands are not listed there: ${messageOf(error)}`);
    isAway = true;
  });

  const write = async (found: readonly Lane[]): Promise<void> => {
    const steps = redis.multi();
    for (const lane of found) {
      steps.del(keyOf(lane));
      if (lane.commandIds.length === 0) continue;
      steps.rpush(keyOf(lane), ...lane.commandIds);
      steps.expire(keyOf(lane), KEPT_S);
    }
    await steps.exec();
  };
  const writeAll = async (): Promise<void> => {
    changed = new Set();
    const found = await lanes.all();
    const known = new Set(found.map(keyOf));
    for await (const keys of redis.scanStream({ match: `${PREFIX}*`, count: 1_000 })) {
      const gone = (keys as string[]).filter((key) => !known.has(key));
      if (gone.length > 0) await redis.del(...gone);
    }
    await write(found);
  };
  const step = async (): Promise<void> => {
    if (redis.status !== "ready") return;
    if (isStale) {
      isStale = false;
      await writeAll();
    } else if (changed.size > 0) {
      const due = [...changed];
      changed = new Set();
      await write(await lanes.ofOrders(due));
    }
  };
  const timer = setInterval(() => {
    running ??= step()
      .catch((error: unknown) => {
        isStale = true;
        log.warn({ err: error }, `commands did not reach Redis: ${messageOf(error)}`);
      })
      .finally(() => {
        running = null;
      });
  }, EVERY_MS);
  return {
    changed: (orderId) => {
      changed.add(orderId);
    },
    close: async () => {
      clearInterval(timer);
      await running;
      redis.disconnect();
    },
  };
}

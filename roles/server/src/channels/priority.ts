import { type Log, messageOf } from "@banksman/kit";
import { Redis } from "ioredis";

/** Where the order of leaving is kept for all servers; the table says what is really to leave. */
const KEY = "banksman:alerts:priority";
/** A message's place: its level first, then its age. */
const placeOf = ({ delivery_id, priority }: Queued): number => priority * 1e12 + delivery_id;

export type Queued = { delivery_id: number; priority: number };

/** Which message leaves next. */
export type Priority = {
  /** Enters what is due; what is in it already keeps its place. */
  add: (queued: readonly Queued[]) => Promise<void>;
  /** Takes the most urgent out; null when there is none. */
  next: () => Promise<number | null>;
  close: () => void;
};

/** The sorted set of Redis. Resolves to null from `next` while Redis is away: the table's own order is then followed. */
export function redisPriority(url: string, log: Log): Priority {
  const redis = new Redis(url, { maxRetriesPerRequest: 1 });
  let isAway = false;
  const note = (error: unknown) => {
    if (!isAway) log.warn({ err: error }, `Redis is away, messages leave in the table's order: ${messageOf(error)}`);
    isAway = true;
    return null;
  };
  redis.on("error", note);
  redis.on("ready", () => {
    isAway = false;
  });
  return {
    add: async (queued) => {
      if (queued.length === 0) return;
      const members = queued.flatMap((one) => [placeOf(one), String(one.delivery_id)]);
      await redis.zadd(KEY, "NX", ...members).catch(note);
    },
    next: async () => {
      const [id] = (await redis.zpopmin(KEY).catch(note)) ?? [];
      return id === undefined ? null : Number(id);
    },
    close: () => redis.disconnect(),
  };
}

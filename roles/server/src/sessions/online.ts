import { type Clock, type Log, messageOf } from "@banksman/kit";
import { Redis } from "ioredis";

export const ONLINE_KEY = "banksman:sessions:online";
/** Whoever did nothing for so long, and has no live page open, is not online. */
const ONLINE_MS = 5 * 60_000;

type Source = { online: (since: Date) => Promise<{ session_id: string; user_no: number }[]> };
export type Online = {
  people: () => Promise<number>;
  /** Never rejects. */
  mirror: () => Promise<void>;
  close: () => void;
};

/**
 * Who is online, as the database knows it for all servers. With Redis the sessions also stand in a set there, as other
 * programs expect them; a Redis that is away costs that copy alone, and it is whole again as soon as Redis is back.
 */
export function onlinePeople(source: Source, redisUrl: string | undefined, clock: Clock, log: Log): Online {
  const redis =
    redisUrl === undefined ? null : new Redis(redisUrl, { maxRetriesPerRequest: 1, enableOfflineQueue: false });
  let trouble = false;
  redis?.on("error", (error: Error) => {
    if (!trouble) log.warn({ err: error }, "Redis is away: the set of sessions online stands still");
    trouble = true;
  });
  const now = () => source.online(new Date(clock.now() - ONLINE_MS));
  const copyTo = async (to: Redis): Promise<void> => {
    const ids = (await now()).map(({ session_id }) => session_id);
    const swap = to.multi().del(ONLINE_KEY);
    // Runs out by itself: were no server left, the set would tell of people for ever.
    if (ids.length > 0) swap.sadd(ONLINE_KEY, ...ids).pexpire(ONLINE_KEY, ONLINE_MS);
    await swap.exec();
  };
  const mirror = async (): Promise<void> => {
    if (redis?.status !== "ready") return;
    // Nobody waits for it, and the next round writes it whole.
    await copyTo(redis).catch((error: unknown) =>
      log.warn(`${ONLINE_KEY} waits for the next round: ${messageOf(error)}`),
    );
  };
  redis?.on("ready", () => {
    trouble = false;
    void mirror();
  });
  return {
    people: async () => new Set((await now()).map(({ user_no }) => user_no)).size,
    mirror,
    close: () => redis?.disconnect(),
  };
}

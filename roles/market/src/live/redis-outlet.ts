import { type Log, messageOf } from "@banksman/kit";
import { Redis } from "ioredis";
import type { LiveOutlet } from "./live-sink.ts";

/** Publishes each message on the channel `orderbook:<exchange>:<symbol>`. What can't be sent at once is not kept. */
export function redisOutlet(url: string, log: Log): LiveOutlet & { close: () => Promise<void> } {
  const redis = new Redis(url, { enableOfflineQueue: false, maxRetriesPerRequest: 1, lazyConnect: false });
  let trouble = "";
  redis.on("error", (error: Error) => {
    if (error.message !== trouble) log.warn({ error: error.message }, "Redis does not take the live feed");
    trouble = error.message;
  });
  redis.on("ready", () => {
    trouble = "";
  });
  return {
    isWanted: () => redis.status === "ready",
    publish: (symbol, message) => {
      redis.publish(`orderbook:${message.exchange}:${symbol}`, JSON.stringify(message)).catch((error: unknown) => {
        log.debug({ error: messageOf(error) }, "a live message was not published");
      });
    },
    close: async () => {
      redis.disconnect();
    },
  };
}

import type { IncomingMessage, Server } from "node:http";
import type { Log, RoleContext } from "@banksman/kit";
import type { Collector } from "../collector.ts";
import type { CollectorConfig } from "../config.ts";
import { FLAGS } from "../symbol-book.ts";
import type { LiveMessage, LiveOutlet } from "./live-sink.ts";
import { websocketOutlet } from "./websocket-outlet.ts";

type Parts = {
  server: Server;
  mayListen: (request: IncomingMessage) => boolean;
  onStop: RoleContext["onStop"];
  log: Log;
};

/** Opens the outlets that the configurations name; each library is loaded only when it is wanted. */
export async function openOutlets(
  collectors: readonly Collector[],
  { server, mayListen, onStop, log }: Parts,
): Promise<Map<Collector, LiveOutlet[]>> {
  const outlets = new Map<Collector, LiveOutlet[]>(collectors.map((one) => [one, []]));
  const onSocket = collectors.filter((one) => one.config.live.websocket);
  if (onSocket.length > 0) {
    const live = websocketOutlet(server, mayListen, (symbols) =>
      onSocket.flatMap((one) => firstMessages(one, symbols)),
    );
    onStop("close the live feed", live.close);
    for (const one of onSocket) outlets.get(one)?.push(live);
  }
  for (const one of collectors) {
    const { redis, kafka }: CollectorConfig["live"] = one.config.live;
    if (redis !== undefined) {
      const { redisOutlet } = await import("./redis-outlet.ts");
      const outlet = redisOutlet(redis, log);
      onStop("close Redis", outlet.close);
      outlets.get(one)?.push(outlet);
    }
    if (kafka !== undefined) {
      const { kafkaOutlet } = await import("./kafka-outlet.ts");
      const outlet = kafkaOutlet(kafka, log);
      onStop("close Kafka", outlet.close);
      outlets.get(one)?.push(outlet);
    }
  }
  return outlets;
}

/** Whoever starts to listen gets each book whole before its first change. */
function firstMessages(collector: Collector, symbols: ReadonlySet<string> | null): LiveMessage[] {
  const received_ms = collector.wall.now();
  return collector.books.flatMap((book) => {
    const { pair } = book.market;
    if (symbols !== null && !symbols.has(pair)) return [];
    const snapshot = collector.checkpoint(book, Number.POSITIVE_INFINITY);
    if (!snapshot) return [];
    const { id: last_id, bids, asks } = snapshot;
    const exchange = collector.config.product.connector;
    return [
      { type: "snapshot" as const, exchange, symbol: pair, received_ms, last_id, flags: FLAGS.snapshot, bids, asks },
    ];
  });
}

import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "@banksman/kit";
import type { Connection } from "./connection.ts";
import type { Product, Topic } from "./exchange.ts";
import { Shard, type ShardHandlers } from "./shard.ts";

export type FeedOptions = {
  product: Product;
  wsBase: string;
  maxBackoffMs: number;
  lifeMs: number;
  idleMs: number;
  pingMs: number;
  maxTopics?: number | undefined;
  log: Log;
};

export type FeedHandlers = ShardHandlers & {
  /** The exchange won't send this topic, for this reason. */
  onRejected: (topic: Topic, reason: string) => void;
};

const FIRST_BACKOFF_MS = 500;

/** All connections of one collector: spreads topics over them within the exchange's limits. */
export class Feed {
  readonly #options: FeedOptions;
  readonly #handlers: FeedHandlers;
  readonly #shards = new Set<Shard>();
  readonly #bySymbol = new Map<string, Set<Shard>>();
  readonly #byConnection = new WeakMap<Connection, Shard>();
  readonly #started = new WeakSet<Shard>();
  #numbers = 0;
  #nextConnectAt = 0;

  constructor(options: FeedOptions, handlers: FeedHandlers) {
    this.#options = options;
    this.#handlers = handlers;
  }

  /** Subscribes to the topics: on new connections, or on old ones that have room. */
  add(topics: readonly Topic[]): void {
    for (const group of Map.groupBy(topics, (topic) => topic.route).values()) {
      for (const symbolTopics of Map.groupBy(group, (topic) => topic.symbol).values()) this.#place(symbolTopics);
    }
    for (const shard of this.#shards) if (!this.#started.has(shard)) this.#start(shard);
  }

  remove(symbol: string): void {
    for (const shard of this.#bySymbol.get(symbol) ?? []) {
      shard.remove([...shard.topics.values()].filter((topic) => topic.symbol === symbol));
      if (shard.topics.size === 0) this.#end(shard);
    }
    this.#bySymbol.delete(symbol);
  }

  /** Asks for the symbol's book again on the same connection. */
  resubscribe(symbol: string): void {
    for (const shard of this.#bySymbol.get(symbol) ?? [])
      shard.resubscribe(
        [...shard.topics.values()].filter((topic) => topic.symbol === symbol && topic.channel === "book"),
      );
  }

  /** Moves a symbol to a connection of its own: what to do when asking again on the old one did not help. */
  move(symbol: string): void {
    const shards = [...(this.#bySymbol.get(symbol) ?? [])];
    const topics = shards.flatMap((shard) => [...shard.topics.values()].filter((topic) => topic.symbol === symbol));
    this.remove(symbol);
    for (const group of Map.groupBy(topics, (topic) => topic.route).values()) {
      const shard = this.#newShard(group);
      this.#start(shard);
    }
  }

  /** A book's frame came: a connection that is to take over has one symbol fewer to wait for. */
  seen(connection: Connection, symbol: string): void {
    this.#byConnection.get(connection)?.seen(connection, symbol);
  }

  accepted(connection: Connection, request: string | null, names: readonly string[] | null): void {
    connection.settle(request, names);
  }

  /** One bad topic fails the whole request on some exchanges: halves are asked again until the bad ones stand alone. */
  rejected(connection: Connection, request: string | null, names: readonly string[] | null, reason: string): void {
    const { topics, isSubscribe } = connection.settle(request, names);
    if (!isSubscribe) return;
    const wanted = topics.filter((topic) => connection.topics.has(topic.name));
    const [only] = wanted;
    if (wanted.length === 1 && only) {
      this.#handlers.onRejected(only, reason);
      return;
    }
    const half = Math.ceil(wanted.length / 2);
    for (const part of [wanted.slice(0, half), wanted.slice(half)]) if (part.length > 0) connection.subscribe(part);
  }

  /** The exchange is about to close this connection. */
  leaving(connection: Connection, reason: string): void {
    this.#byConnection.get(connection)?.replace(reason);
  }

  /** Ends the connection and opens another one, as after too many bad frames. */
  reset(connection: Connection, reason: string): void {
    connection.close(reason);
  }

  get connections(): Connection[] {
    return [...this.#shards].flatMap((shard) => shard.connections);
  }

  get shardCount(): number {
    return this.#shards.size;
  }

  stop(): void {
    for (const shard of this.#shards) shard.stop();
    this.#shards.clear();
  }

  #start(shard: Shard): void {
    this.#started.add(shard);
    shard.start();
  }

  #end(shard: Shard): void {
    this.#shards.delete(shard);
    shard.stop();
  }

  #place(topics: readonly Topic[]): void {
    const [first] = topics;
    if (!first) return;
    const shard = [...this.#shards].find((one) => this.#hasRoom(one, topics)) ?? this.#newShard([]);
    if (this.#started.has(shard)) shard.add(topics);
    else for (const topic of topics) shard.topics.set(topic.name, topic);
    this.#note(shard, first.symbol);
  }

  #hasRoom(shard: Shard, topics: readonly Topic[]): boolean {
    const { limits } = this.#options.product;
    const all = [...shard.topics.values(), ...topics];
    const most = Math.min(limits.topicsPerConnection, this.#options.maxTopics ?? Number.POSITIVE_INFINITY);
    const characters = all.reduce((sum, topic) => sum + topic.name.length, 0);
    const isSameRoute = all.every((topic) => topic.route === all[0]?.route);
    return isSameRoute && all.length <= most && characters <= (limits.charsPerConnection ?? Number.POSITIVE_INFINITY);
  }

  #newShard(topics: readonly Topic[]): Shard {
    const { product, wsBase, maxBackoffMs, lifeMs, idleMs, pingMs, log } = this.#options;
    const shard: Shard = new Shard(
      {
        product,
        wsBase,
        // Routes differ by topic; a shard holds topics of one route only.
        get route() {
          return [...shard.topics.values()][0]?.route;
        },
        backoff: { firstMs: FIRST_BACKOFF_MS, maxMs: maxBackoffMs },
        lifeMs: Math.min(lifeMs, (product.limits.lifeMs ?? Number.POSITIVE_INFINITY) - 60_000),
        idleMs,
        pingMs,
        log,
        turn: (signal) => this.#turn(signal),
        nextNumber: () => ++this.#numbers,
      },
      topics,
      {
        ...this.#handlers,
        onOpen: (connection) => this.#handlers.onOpen(connection),
        onFrame: (connection, frame, isBinary) => {
          if (!this.#byConnection.has(connection)) this.#byConnection.set(connection, shard);
          this.#handlers.onFrame(connection, frame, isBinary);
        },
      },
    );
    this.#shards.add(shard);
    for (const topic of topics) this.#note(shard, topic.symbol);
    return shard;
  }

  #note(shard: Shard, symbol: string): void {
    const shards = this.#bySymbol.get(symbol) ?? new Set();
    this.#bySymbol.set(symbol, shards.add(shard));
  }

  /** Exchanges count new connections too: they are opened one after the other, no faster than allowed. */
  async #turn(signal: AbortSignal): Promise<void> {
    const now = performance.now();
    const at = Math.max(now, this.#nextConnectAt);
    this.#nextConnectAt = at + 1_000 / this.#options.product.limits.connectsPerSecond;
    if (at > now) await sleep(at - now, undefined, { signal });
  }
}

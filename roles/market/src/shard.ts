import { setTimeout as sleep } from "node:timers/promises";
import { type Backoff, backoffMs, type Log } from "@banksman/kit";
import { Connection, type ConnectionHandlers } from "./connection.ts";
import type { Product, Topic } from "./exchange.ts";

export type ShardOptions = {
  product: Product;
  wsBase: string;
  route: string | undefined;
  backoff: Backoff;
  lifeMs: number;
  idleMs: number;
  pingMs: number;
  log: Log;
  /** Waits for a turn to open a connection: exchanges count those too. */
  turn: (signal: AbortSignal) => Promise<void>;
  nextNumber: () => number;
};

export type ShardHandlers = Omit<ConnectionHandlers, "onClose"> & {
  /** No connection of this shard is left; another one is on its way. */
  onLost: (shard: Shard, reason: string) => void;
  onReopened: (shard: Shard) => void;
};

/** How long the new connection may take to show every book before the old one is let go all the same. */
const OVERLAP_MS = 15_000;
/** How long the old one goes on beside the new one after that. */
const GRACE_MS = 500;

/**
 * The topics of one connection and the connection that carries them: opened again whenever it is lost, and replaced by
 * a second one before the exchange would cut it, so that no frame is missed.
 */
export class Shard {
  readonly topics = new Map<string, Topic>();
  readonly #options: ShardOptions;
  readonly #handlers: ShardHandlers;
  readonly #abort = new AbortController();
  #active: Connection | null = null;
  #incoming: { connection: Connection; unseen: Set<string>; timer: NodeJS.Timeout } | null = null;
  readonly #retiring = new Map<NodeJS.Timeout, Connection>();
  #attempts = 0;
  #lifeTimer: NodeJS.Timeout | undefined;
  #isOpening = false;

  constructor(options: ShardOptions, topics: readonly Topic[], handlers: ShardHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    for (const topic of topics) this.topics.set(topic.name, topic);
  }

  start(): void {
    void this.#open();
  }

  stop(): void {
    this.#abort.abort();
    clearTimeout(this.#lifeTimer);
    if (this.#incoming) clearTimeout(this.#incoming.timer);
    this.#incoming?.connection.close();
    this.#active?.close();
    for (const [timer, old] of this.#retiring) {
      clearTimeout(timer);
      old.close();
    }
  }

  get active(): Connection | null {
    return this.#active;
  }

  get connections(): Connection[] {
    return [this.#active, this.#incoming?.connection ?? null].filter((one) => one !== null);
  }

  add(topics: readonly Topic[]): void {
    for (const topic of topics) this.topics.set(topic.name, topic);
    for (const connection of this.connections) connection.subscribe(topics);
  }

  remove(topics: readonly Topic[]): void {
    for (const topic of topics) this.topics.delete(topic.name);
    for (const connection of this.connections) connection.unsubscribe(topics);
  }

  resubscribe(topics: readonly Topic[]): void {
    this.#active?.resubscribe(topics);
  }

  /** A book's frame came on the connection that is to take over; when all have, the old one goes. */
  seen(connection: Connection, symbol: string): void {
    const incoming = this.#incoming;
    if (incoming?.connection !== connection) return;
    incoming.unseen.delete(symbol);
    if (incoming.unseen.size === 0) this.#takeOver();
  }

  /** Opens a second connection now and drops the first one when the second shows everything. */
  replace(reason: string): void {
    if (this.#incoming || this.#isOpening || this.#abort.signal.aborted) return;
    this.#options.log.info(
      { reason, topics: this.topics.size },
      "opening a second connection before the first one ends",
    );
    void this.#open();
  }

  async #open(): Promise<void> {
    if (this.#isOpening) return;
    this.#isOpening = true;
    const { signal } = this.#abort;
    try {
      if (this.#attempts > 0) await sleep(backoffMs(this.#options.backoff, this.#attempts), undefined, { signal });
      await this.#options.turn(signal);
    } catch {
      return;
    } finally {
      this.#isOpening = false;
    }
    if (this.topics.size > 0) this.#connect();
  }

  #connect(): void {
    const { product, wsBase, route, idleMs, pingMs, nextNumber } = this.#options;
    const url = product.wsUrl ? product.wsUrl(wsBase, route) : wsBase;
    const { onFrame, onSend } = this.#handlers;
    const connection = new Connection(
      { number: nextNumber(), url, product, topics: [...this.topics.values()], idleMs, pingMs },
      {
        onFrame,
        ...(onSend && { onSend }),
        onOpen: (one) => this.#onOpen(one),
        onClose: (one, reason) => this.#onClose(one, reason),
      },
    );
    if (!this.#active) this.#active = connection;
    else {
      const books = [...this.topics.values()].filter((topic) => topic.channel === "book").map((topic) => topic.symbol);
      const timer = setTimeout(() => this.#takeOver(), OVERLAP_MS);
      this.#incoming = { connection, unseen: new Set(books), timer };
    }
  }

  #onOpen(connection: Connection): void {
    this.#handlers.onOpen(connection);
    if (this.#attempts > 0 && connection === this.#active) this.#handlers.onReopened(this);
    this.#attempts = 0;
    clearTimeout(this.#lifeTimer);
    this.#lifeTimer = setTimeout(() => this.replace("the connection's life is nearly over"), this.#options.lifeMs);
  }

  #takeOver(): void {
    const incoming = this.#incoming;
    if (!incoming) return;
    clearTimeout(incoming.timer);
    this.#incoming = null;
    const old = this.#active;
    this.#active = incoming.connection;
    // What the new one was ahead with is still on its way on the old one.
    if (old) this.#retire(old);
    this.#options.log.info({ connection: incoming.connection.number }, "the second connection took over");
  }

  #retire(old: Connection): void {
    const timer = setTimeout(() => {
      old.close();
      this.#retiring.delete(timer);
    }, GRACE_MS);
    this.#retiring.set(timer, old);
  }

  #onClose(connection: Connection, reason: string): void {
    if (this.#abort.signal.aborted) return;
    if (connection === this.#incoming?.connection) {
      clearTimeout(this.#incoming.timer);
      this.#incoming = null;
      this.#attempts++;
      void this.#open();
      return;
    }
    if (connection !== this.#active) return;
    this.#active = null;
    if (this.#incoming) {
      this.#takeOver();
      return;
    }
    this.#attempts++;
    this.#options.log.warn(
      { connection: connection.number, reason, attempt: this.#attempts },
      `connection lost: ${reason}`,
    );
    this.#handlers.onLost(this, reason);
    void this.#open();
  }
}

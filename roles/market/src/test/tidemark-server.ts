import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";

type Sides = { buy: Map<string, string>; sell: Map<string, string> };
type Pool = Sides & { base: string; quote: string; mark: number };
type Change = { side: keyof Sides; price: string; size: string };
export type TrueBook = { id: number; bids: string[]; asks: string[] };

const mark = (value: number) => `m-${value.toString(36)}`;
const written = (side: Map<string, string>) => [...side].map(([price, size]) => `${size}@${price}`);

/**
 * Serves Tidemark over real sockets, with the books it is right about. It shares no code with the driver, so that a
 * mistake is made once and not twice.
 */
export class TidemarkServer {
  address = "";
  /** References of subscriptions that were taken, in order. */
  readonly heard: string[] = [];
  readonly #pools = new Map<string, Pool>();
  readonly #topics = new Map<WebSocket, Set<string>>();
  readonly #http = createServer((request, response) => this.#answer(request.url ?? "/", response));
  readonly #sockets = new WebSocketServer({ server: this.#http, perMessageDeflate: false });
  #mark = 40_000;
  #deals = 0;

  async listen(pairs: readonly (readonly [base: string, quote: string])[]): Promise<this> {
    for (const [base, quote] of pairs) {
      const pool: Pool = { base, quote, mark: this.#mark, buy: new Map(), sell: new Map() };
      for (let step = 1; step <= 10; step++) {
        pool.buy.set((100 - step / 10).toFixed(1), "1.50");
        pool.sell.set((100 + step / 10).toFixed(1), "2.25");
      }
      this.#pools.set(`${base}~${quote}`.toLowerCase(), pool);
    }
    this.#sockets.on("connection", (socket) => this.#onSocket(socket));
    await new Promise<void>((resolve) => this.#http.listen(0, "127.0.0.1", resolve));
    this.address = `127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
    return this;
  }

  /** Topics listened to, over all connections. */
  get topics(): number {
    return [...this.#topics.values()].reduce((sum, topics) => sum + topics.size, 0);
  }

  /** Changes a pool's book and tells it, unless the frame is to get lost on its way. */
  push(name: string, changes: readonly Change[], isLost = false): void {
    const pool = this.#pool(name);
    const since = pool.mark;
    // All pools count together, so a pool's own marks skip some.
    this.#mark += 7;
    pool.mark = this.#mark;
    const told: Record<keyof Sides, string[]> = { buy: [], sell: [] };
    for (const { side, price, size } of changes) {
      if (size === "0") pool[side].delete(price);
      else pool[side].set(price, size);
      told[side].push(`${size}@${price}`);
    }
    const tide = { pool: name, since: mark(since), mark: mark(pool.mark), at: Date.now(), ...told };
    if (!isLost) this.#tell(`tide:${name}`, { tide });
  }

  /** Tells a deal. */
  deal(name: string, deal: string): void {
    const list = [{ no: `d${++this.#deals}`, deal, by: "buyer", at: Date.now() }];
    this.#tell(`deals:${name}`, { deals: { pool: name, list } });
  }

  /** The true book, best levels first, as `price size` without zeros at their ends. */
  truth(name: string): TrueBook {
    const { buy, sell, mark: id } = this.#pool(name);
    const rows = (side: Map<string, string>, sign: number) =>
      [...side]
        .sort(([a], [b]) => sign * (Number(a) - Number(b)))
        .map(([price, size]) => `${Number(price)} ${Number(size)}`);
    return { id, bids: rows(buy, -1), asks: rows(sell, 1) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#sockets.close();
    this.#http.closeAllConnections();
    await new Promise<void>((resolve) => this.#http.close(() => resolve()));
  }

  #pool(name: string): Pool {
    const pool = this.#pools.get(name);
    if (!pool) throw new RangeError(`no pool ${name}`);
    return pool;
  }

  #tell(topic: string, message: object): void {
    for (const [socket, topics] of this.#topics) if (topics.has(topic)) socket.send(JSON.stringify(message));
  }

  #onSocket(socket: WebSocket): void {
    const topics = new Set<string>();
    this.#topics.set(socket, topics);
    socket.on("close", () => this.#topics.delete(socket));
    socket.on("error", () => socket.terminate());
    socket.on("message", (data: Buffer) => {
      const { listen, ignore, ref, echo }: { listen?: string[]; ignore?: string[]; ref?: string; echo?: number } =
        JSON.parse(data.toString());
      if (echo !== undefined) socket.send(JSON.stringify({ echo }));
      if (ref === undefined) return;
      const unknown = listen?.find((name) => !this.#pools.has(name.slice(name.indexOf(":") + 1)));
      if (unknown !== undefined) {
        socket.send(JSON.stringify({ turned_away: { ref, why: `nothing flows in ${unknown}` } }));
        return;
      }
      for (const name of ignore ?? []) topics.delete(name);
      for (const name of listen ?? []) topics.add(name);
      this.heard.push(ref);
      socket.send(JSON.stringify({ heard: { ref } }));
    });
  }

  #answer(path: string, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(path, "http://tidemark");
    const pool = this.#pools.get(searchParams.get("pool") ?? "");
    const body = {
      "/now": () => ({ now: Date.now() }),
      "/pools": () => ({
        pools: [...this.#pools].map(([name, { base, quote }]) => ({ name, base, quote, open: true })),
      }),
      "/basin": () =>
        pool
          ? { basin: { mark: mark(pool.mark), buy: written(pool.buy), sell: written(pool.sell) } }
          : { trouble: "no_such_pool" },
    }[pathname];
    response.writeHead(body ? 200 : 404, { "content-type": "application/json" }).end(JSON.stringify(body?.() ?? {}));
  }
}

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { answerRest } from "./answer-rest.ts";
import type { Dialect, SimTopic } from "./dialect.ts";
import { Fault, FaultList, spoil } from "./faults.ts";
import { Link } from "./link.ts";
import { type Batch, type Level, TrueMarket, type View } from "./market.ts";

export type ExchangeOptions = {
  dialect: Dialect;
  host?: string;
  port?: number;
  /** Pairs such as BTC-USDT. */
  pairs: readonly string[];
  seed?: number;
  /** Book frames a second and symbol; 0: only when `step` is called. */
  rate?: number;
  /** Changes a frame. */
  changes?: number;
  now?: () => number;
};

/** A simulated exchange, with its truth to compare with. */
export type SimExchange = AsyncDisposable & {
  ws: string;
  rest: string;
  port: number;
  dialect: Dialect;
  /** Pushes one frame for every symbol, or for one, with extra levels where given. */
  step: (symbol?: string, levels?: { bids?: Level[]; asks?: Level[] }) => void;
  /** The true book of a symbol in the exchange's spelling. */
  truth: (symbol: string) => View;
  fault: (fault: Fault) => void;
  readonly links: number;
  /** Topics subscribed to, over all connections. */
  readonly topics: number;
  /** Paths of REST requests taken, in order. */
  readonly requests: readonly string[];
  /** Book frames pushed so far. */
  readonly pushed: number;
  close: () => Promise<void>;
};

const TICK_MS = 10;
const RECENT = 1_000;

/** Starts a WebSocket and REST server that speaks as the exchange does. Rejects when the address is taken. */
export async function startExchange(options: ExchangeOptions): Promise<SimExchange> {
  const exchange = new ExchangeServer(options);
  await exchange.listen(options.host ?? "127.0.0.1", options.port ?? 0);
  return exchange;
}

class ExchangeServer implements SimExchange {
  readonly dialect: Dialect;
  readonly requests: string[] = [];
  pushed = 0;
  ws = "";
  rest = "";
  port = 0;
  readonly #options: ExchangeOptions;
  readonly #now: () => number;
  readonly #faults = new FaultList();
  readonly #markets = new Map<string, TrueMarket>();
  readonly #recent = new Map<string, Batch[]>();
  readonly #links = new Set<Link>();
  readonly #http = createServer((request, response) => this.#onRequest(request, response));
  readonly #sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.dialect = options.dialect;
    this.#now = options.now ?? Date.now;
    for (const [at, pair] of options.pairs.entries()) {
      const [base = pair, quote = "USDT"] = pair.split("-");
      const market = new TrueMarket({ base, quote, seed: (options.seed ?? 1) + at, numbering: this.dialect.numbering });
      this.#markets.set(this.dialect.symbolOf(base, quote), market);
    }
  }

  async listen(host: string, port: number): Promise<void> {
    this.#http.on("upgrade", (request, socket, head) => {
      if (this.#faults.refusesUpgrade()) socket.end("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n");
      else this.#sockets.handleUpgrade(request, socket, head, (one) => this.#onSocket(one));
    });
    await new Promise<void>((resolve, reject) => this.#http.once("error", reject).listen(port, host, resolve));
    this.port = (this.#http.address() as AddressInfo).port;
    this.ws = `ws://${host}:${this.port}`;
    this.rest = `http://${host}:${this.port}`;
    const rate = this.#options.rate ?? 0;
    if (rate > 0) this.#run(rate);
  }

  step = (symbol?: string, levels: { bids?: Level[]; asks?: Level[] } = {}): void => {
    for (const [name, market] of this.#markets)
      if (symbol === undefined || symbol === name) this.#push(name, market, levels);
  };

  truth = (symbol: string): View => {
    const market = this.#markets.get(symbol);
    if (!market) throw new RangeError(`${this.dialect.connector} has no market ${symbol}`);
    return market.view(this.#now());
  };

  fault = (input: Fault): void => {
    const fault = Fault.parse(input);
    this.#faults.add(fault);
    switch (fault.kind) {
      case "half_open":
        for (const link of this.#links) link.goDead();
        return;
      case "reset":
        for (const link of this.#links) link.reset();
        return;
      case "close":
        for (const link of this.#links) link.close(1001, "going away");
        return;
      case "leaving":
        if (this.dialect.leaving) for (const link of this.#links) link.send(this.dialect.leaving);
        return;
      case "restart_ids":
        this.#restart(fault.symbol);
        return;
      case "cross":
      case "uncross":
        for (const [name, market] of this.#markets)
          if (name === fault.symbol) market.isCrossed = fault.kind === "cross";
        return;
      case "delist":
        this.#markets.delete(fault.symbol);
    }
  };

  get links(): number {
    return [...this.#links].filter((link) => link.isOpen).length;
  }

  get topics(): number {
    return [...this.#links].reduce((sum, link) => sum + link.topics.size, 0);
  }

  /** The exchange restarts: ids begin anew, and where the feed sends whole books it sends one. */
  #restart(symbol: string): void {
    this.#markets.get(symbol)?.restart();
    const market = this.#markets.get(symbol);
    if (!market || !this.dialect.full) return;
    for (const link of this.#links)
      for (const topic of link.topics.values())
        if (topic.symbol === symbol && this.dialect.startsFull(topic))
          link.send(this.dialect.full(topic, market.view(this.#now())));
  }

  #run(rate: number): void {
    let due = 0;
    this.#timer = setInterval(() => {
      due += (rate * TICK_MS) / 1_000;
      for (; due >= 1; due--) this.step();
    }, TICK_MS);
  }

  #push(symbol: string, market: TrueMarket, levels: { bids?: Level[]; asks?: Level[] }): void {
    const batch = market.step(this.#options.changes ?? 4, this.#now(), levels);
    const recent = this.#recent.get(symbol) ?? [];
    this.#recent.set(symbol, recent);
    recent.push(batch);
    if (recent.length > RECENT) recent.shift();
    const fault = this.#faults.frame(symbol);
    this.pushed++;
    for (const link of this.#links)
      for (const topic of link.topics.values())
        if (topic.symbol === symbol) this.#send(link, topic, market, batch, fault);
  }

  #send(link: Link, topic: SimTopic, market: TrueMarket, batch: Batch, fault: ReturnType<FaultList["frame"]>): void {
    const { dialect } = this;
    const view = () => market.view(batch.timeMs);
    switch (topic.channel) {
      case "book": {
        const wire = fault === "full" && dialect.full ? dialect.full(topic, view()) : dialect.diff(topic, batch);
        link.sendBook(topic, wire, fault, fault === null || fault === "full" ? wire : spoil(fault, wire));
        return;
      }
      case "trades":
        if (batch.trades.length > 0) link.send(dialect.trades(topic, batch));
        return;
      case "quotes":
        link.send(dialect.quote(topic, view()));
        return;
      case "marks":
        if (dialect.mark) link.send(dialect.mark(topic, view()));
    }
  }

  #onSocket(socket: WebSocket): void {
    const link = new Link(
      socket,
      this.dialect,
      this.#faults,
      (symbol) => this.#markets.has(symbol),
      (one, topic) => this.#onSubscribed(one, topic),
    );
    this.#links.add(link);
    socket.on("close", () => this.#links.delete(link));
  }

  #onSubscribed(link: Link, topic: SimTopic): void {
    const market = this.#markets.get(topic.symbol);
    if (market && this.dialect.full && this.dialect.startsFull(topic))
      link.send(this.dialect.full(topic, market.view(this.#now())));
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    answerRest(request, response, {
      dialect: this.dialect,
      faults: this.#faults,
      markets: this.#markets,
      recent: this.#recent,
      now: this.#now,
      control: this,
      note: (path) => this.requests.push(path),
    }).catch(() => response.destroy());
  }

  close = async (): Promise<void> => {
    clearInterval(this.#timer);
    for (const link of this.#links) link.reset();
    this.#sockets.close();
    this.#http.closeAllConnections();
    await new Promise<void>((resolve) => this.#http.close(() => resolve()));
  };

  [Symbol.asyncDispose] = (): Promise<void> => this.close();
}

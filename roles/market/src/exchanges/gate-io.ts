import { z } from "zod";
import { MarketErrors } from "../errors.ts";
import {
  type Channel,
  defineExchange,
  type FeedChoice,
  type MarketEvent,
  type Product,
  type RestReply,
  type Topic,
  type Trade,
} from "../exchange.ts";
import {
  decimal,
  id,
  isObject,
  type Json,
  level,
  levels,
  list,
  maybeDecimal,
  millis,
  object,
  parseJson,
  text,
} from "../fields.ts";
import { rangeRule } from "../join-rules.ts";
import { bodyProblem, commonProblem, gist } from "../rest-problems.ts";

/** Deeper REST snapshots come from a cache that is half a minute old, and diffs never touch deeper levels. */
const UPDATE_DEPTH = 100;
const OBU_DEPTHS = [50, 400];

function readFrame(frame: Buffer): MarketEvent {
  const message = parseJson(frame);
  const channel = typeof message.channel === "string" ? message.channel : "";
  const request = maybeDecimal(message.id);
  if (isObject(message.error))
    return { kind: "reject", request, topics: null, reason: `${message.error.code}: ${message.error.message}` };
  if (message.event === "subscribe" || message.event === "unsubscribe") return readAnswer(message.result, request);
  if (channel.endsWith(".pong")) return { kind: "pong" };
  switch (channel.slice(channel.indexOf(".") + 1)) {
    case "order_book_update":
    case "obu":
      return readBook(message);
    case "trades":
      return readTrades(message);
    case "book_ticker":
      return readQuote(message);
    case "tickers":
      return readTicker(message);
    default:
      throw MarketErrors.UNKNOWN_FRAME(channel || Object.keys(message).join(","));
  }
}

function readAnswer(result: unknown, request: string | null): MarketEvent {
  const status = isObject(result) ? result.status : undefined;
  return status === undefined || status === "success"
    ? { kind: "ack", request, topics: null }
    : { kind: "reject", request, topics: null, reason: String(status) };
}

function readBook(message: Json): MarketEvent {
  const result = object(message.result, "result");
  const last = id(result.u, "u");
  const common = {
    symbol: plainSymbol(text(result.s, "s")),
    bids: levels(result.b),
    asks: levels(result.a),
    engineMs: millis(result.t),
    pushMs: millis(message.time_ms ?? message.time),
  };
  if (result.full === true) return { kind: "snapshot", ...common, id: last };
  return { kind: "diff", ...common, first: id(result.U, "U"), last, prev: null };
}

/** `ob.BTC_USDT.400` names a book by its stream; elsewhere it is the symbol alone. */
const plainSymbol = (name: string) => /^(?:ob|futures)\.(.+)\.\d+$/.exec(name)?.[1] ?? name;

function readTrades(message: Json): MarketEvent {
  // Spot sends one object, futures a list.
  const entries = Array.isArray(message.result) ? message.result : [message.result];
  const trades = entries.map((entry: unknown) => readTrade(object(entry, "a trade")));
  const symbol = trades[0]?.symbol ?? null;
  return symbol === null
    ? { kind: "empty", symbol }
    : { kind: "trades", symbol, trades, pushMs: millis(message.time_ms) };
}

function readTrade(trade: Json): Trade & { symbol: string } {
  const signed = maybeDecimal(trade.size);
  const side = signed === null ? trade.side : signed.startsWith("-") ? "sell" : "buy";
  return {
    symbol: text(trade.currency_pair ?? trade.contract, "the symbol"),
    id: maybeDecimal(trade.id),
    price: decimal(trade.price, "the price"),
    size: signed === null ? decimal(trade.amount, "the amount") : signed.replace(/^-/, ""),
    side: side === "buy" || side === "sell" ? side : "unknown",
    timeMs: millis(trade.create_time_ms) ?? millis(trade.create_time) ?? 0,
  };
}

function readQuote(message: Json): MarketEvent {
  const result = object(message.result, "result");
  return {
    kind: "quote",
    symbol: text(result.s, "s"),
    bid: level(result.b, result.B),
    ask: level(result.a, result.A),
    id: result.u === undefined ? null : id(result.u, "u"),
    engineMs: millis(result.t),
    pushMs: millis(message.time_ms),
  };
}

function readTicker(message: Json): MarketEvent {
  const entries = Array.isArray(message.result) ? message.result : [message.result];
  const ticker = object(entries[0], "a ticker");
  return {
    kind: "mark",
    symbol: text(ticker.contract ?? ticker.currency_pair, "the symbol"),
    markPrice: maybeDecimal(ticker.mark_price),
    indexPrice: maybeDecimal(ticker.index_price),
    fundingRate: maybeDecimal(ticker.funding_rate),
    nextFundingMs: null,
    pushMs: millis(message.time_ms),
  };
}

const usesObu = (choice: FeedChoice) => choice.depthChannel !== "diff";
const obuDepth = ({ depth, speed }: FeedChoice) =>
  (speed === "20ms" || depth <= 50 ? OBU_DEPTHS[0] : OBU_DEPTHS[1]) ?? 400;

const CHANNELS: Record<Channel, string> = {
  book: "order_book_update",
  trades: "trades",
  quotes: "book_ticker",
  marks: "tickers",
};

/** A topic's name is its channel and its payload, which no frame of the exchange shows together. */
function topicOf(market: string, symbol: string, channel: Channel, choice: FeedChoice): Topic {
  const obu = channel === "book" && usesObu(choice);
  const payload = obu ? [`ob.${symbol}.${obuDepth(choice)}`] : payloadOf(market, symbol, channel, choice);
  return { symbol, channel, name: `${market}.${obu ? "obu" : CHANNELS[channel]} ${payload.join(" ")}` };
}

function payloadOf(market: string, symbol: string, channel: Channel, { speed }: FeedChoice): string[] {
  if (channel !== "book") return [symbol];
  return market === "spot" ? [symbol, speed] : [symbol, speed, speed === "20ms" ? "20" : String(UPDATE_DEPTH)];
}

const frames = (event: string) => (topics: readonly Topic[], request: number) => {
  const [channel = "", ...payload] = (topics[0]?.name ?? "").split(" ");
  return JSON.stringify({ time: Math.floor(Date.now() / 1_000), id: request, channel, event, payload });
};

function problem(reply: RestReply) {
  // A refusal by status says how long to wait, so it comes first.
  const common = commonProblem(reply, { forbiddenMs: 300_000 });
  if (common) return common;
  const told = bodyProblem(reply, "label", {
    INVALID_CURRENCY_PAIR: { kind: "delisted", waitMs: 0 },
    INVALID_CURRENCY: { kind: "delisted", waitMs: 0 },
    CONTRACT_NOT_FOUND: { kind: "delisted", waitMs: 0 },
    TOO_MANY_REQUESTS: { kind: "throttled", waitMs: 10_000 },
  });
  if (told) return told;
  return reply.status === 200 ? null : { kind: "failed" as const, reason: gist(reply), waitMs: 0 };
}

const rest = (own: Pick<Product["rest"], "snapshot" | "instruments" | "readInstruments">): Product["rest"] => ({
  ...own,
  readSnapshot: (symbol, body) => {
    const book = object(body, "the snapshot");
    return {
      kind: "snapshot",
      symbol,
      id: id(book.id, "id"),
      bids: levels(list(book.bids, "bids")),
      asks: levels(list(book.asks, "asks")),
      engineMs: millis(book.update),
      pushMs: millis(book.current),
    };
  },
  time: { path: "/api/v4/spot/time", weight: 1 },
  readTimeMs: (body) => millis(object(body, "the time").server_time) ?? 0,
  problem,
  budget: [{ weight: 200, perMs: 10_000 }],
});

const depthOf = (depth: number) => Math.min(UPDATE_DEPTH, depth);

function product(
  market: "spot" | "futures",
  own: Pick<Product, "connector" | "aliases" | "endpoints" | "rest">,
): Product {
  return {
    ...own,
    symbolOf: (base, quote) => `${base}_${quote}`.toUpperCase(),
    topics: (symbol, choice) =>
      choice.channels
        .filter((channel) => channel !== "marks" || market === "futures")
        .map((channel) => topicOf(market, symbol, channel, choice)),
    subscribe: frames("subscribe"),
    unsubscribe: frames("unsubscribe"),
    limits: { topicsPerFrame: 1, topicsPerConnection: 200, framesPerSecond: 20, connectsPerSecond: 2 },
    keepalive: {
      everyMs: 10_000,
      frame: (now) => JSON.stringify({ time: Math.floor(now / 1_000), channel: `${market}.ping` }),
    },
    read: readFrame,
    // In both channels a `full` frame may come at any time; order_book_update starts from a REST snapshot besides.
    rule: rangeRule("rest"),
    ruleFor: (choice) => rangeRule(usesObu(choice) ? "push" : "rest"),
    maintainedDepth: (choice) => (usesObu(choice) ? obuDepth(choice) : choice.speed === "20ms" ? 20 : UPDATE_DEPTH),
  };
}

const spot = product("spot", {
  connector: "gate_io",
  aliases: ["gateio", "gate", "gate.io", "gate-io"],
  endpoints: { ws: "wss://api.gateio.ws/ws/v4/", rest: "https://api.gateio.ws" },
  rest: rest({
    snapshot: (symbol, depth) => ({
      path: `/api/v4/spot/order_book?currency_pair=${symbol}&limit=${depthOf(depth)}&with_id=true`,
      weight: 1,
    }),
    instruments: { path: "/api/v4/spot/currency_pairs", weight: 1 },
    readInstruments: (body) =>
      list(body, "currency_pairs")
        .filter(isObject)
        .map((one) => ({
          symbol: text(one.id, "id"),
          base: text(one.base, "base"),
          quote: text(one.quote, "quote"),
          trading: one.trade_status === undefined || one.trade_status === "tradable",
        })),
  }),
});

const linear: Product = {
  ...product("futures", {
    connector: "gate_io_perpetual",
    aliases: ["gateio_perpetual", "gate_perpetual", "gate_io_linear"],
    endpoints: { ws: "wss://fx-ws.gateio.ws/v4/ws/usdt", rest: "https://api.gateio.ws" },
    rest: rest({
      snapshot: (symbol, depth) => ({
        path: `/api/v4/futures/usdt/order_book?contract=${symbol}&limit=${depthOf(depth)}&with_id=true`,
        weight: 1,
      }),
      instruments: { path: "/api/v4/futures/usdt/contracts", weight: 1 },
      readInstruments: (body) =>
        list(body, "contracts")
          .filter(isObject)
          .map((one) => {
            const symbol = text(one.name, "name");
            const [base = symbol, quote = "USDT"] = symbol.split("_");
            const contractSize = maybeDecimal(one.quanto_multiplier);
            return { symbol, base, quote, trading: one.in_delisting !== true, ...(contractSize && { contractSize }) };
          }),
    }),
  }),
  // Sizes as decimal texts: without it fractions of a contract would be cut off.
  sizeUnit: "contract",
  wsHeaders: { "X-Gate-Size-Decimal": "1" },
};

export const gateIo = defineExchange({
  id: "gate-io",
  title: "Gate.io",
  options: z.object({}),
  products: [spot, linear],
});

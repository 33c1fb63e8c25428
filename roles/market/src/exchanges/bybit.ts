import { z } from "zod";
import { MarketErrors } from "../errors.ts";
import {
  type Channel,
  defineExchange,
  type FeedChoice,
  type MarketEvent,
  type Product,
  type RestReply,
  type Trade,
} from "../exchange.ts";
import {
  decimal,
  id,
  isObject,
  type Json,
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

const TEN_MINUTES = 600_000;
/** The depths that the exchange offers; a wrong one fails the whole subscription. */
const DEPTHS = [50, 200, 1_000];

// Spot writes `ts` before `type`, futures after it: members are found by name, never by place.
function readFrame(frame: Buffer): MarketEvent {
  const message = parseJson(frame);
  if (typeof message.topic !== "string") return readControl(message);
  const [channel = ""] = message.topic.split(".", 1);
  switch (channel) {
    case "orderbook":
      return readBook(message, message.topic);
    case "publicTrade":
      return readTrades(message);
    case "tickers":
      return readTicker(message);
    default:
      throw MarketErrors.UNKNOWN_FRAME(message.topic);
  }
}

function readBook(message: Json, topic: string): MarketEvent {
  const data = object(message.data, "data");
  const last = id(data.u, "u");
  const common = {
    symbol: text(data.s, "s"),
    bids: levels(data.b),
    asks: levels(data.a),
    engineMs: millis(message.cts ?? message.ts),
    pushMs: millis(message.ts),
  };
  // The first level's topic is for quotes here: it skips ids that concern deeper levels.
  if (topic.startsWith("orderbook.1."))
    return {
      kind: "quote",
      symbol: common.symbol,
      bid: common.bids.at(-1) ?? null,
      ask: common.asks.at(-1) ?? null,
      id: last,
      engineMs: common.engineMs,
      pushMs: common.pushMs,
    };
  // u = 1 is a restarted service, whatever the frame calls itself.
  if (message.type === "snapshot" || last === 1)
    return { kind: "snapshot", ...common, id: last, restarted: last === 1 };
  return { kind: "diff", ...common, first: last, last, prev: null };
}

function readTrades(message: Json): MarketEvent {
  const trades = list(message.data, "data").map((one): Trade & { symbol: string } => {
    const trade = object(one, "a trade");
    return {
      symbol: text(trade.s, "s"),
      id: maybeDecimal(trade.i),
      price: decimal(trade.p, "p"),
      size: decimal(trade.v, "v"),
      side: trade.S === "Buy" ? "buy" : trade.S === "Sell" ? "sell" : "unknown",
      timeMs: millis(trade.T) ?? 0,
      isBlock: trade.BT === true,
    };
  });
  const symbol = trades[0]?.symbol ?? null;
  return symbol === null ? { kind: "empty", symbol } : { kind: "trades", symbol, trades, pushMs: millis(message.ts) };
}

function readTicker(message: Json): MarketEvent {
  const data = object(message.data, "data");
  return {
    kind: "mark",
    symbol: text(data.symbol, "symbol"),
    markPrice: maybeDecimal(data.markPrice),
    indexPrice: maybeDecimal(data.indexPrice),
    fundingRate: maybeDecimal(data.fundingRate),
    nextFundingMs: millis(data.nextFundingTime),
    pushMs: millis(message.ts),
  };
}

function readControl(message: Json): MarketEvent {
  if (message.op === "pong" || message.op === "ping" || message.ret_msg === "pong") return { kind: "pong" };
  const request = maybeDecimal(message.req_id);
  if (message.success === true) return { kind: "ack", request, topics: null };
  if (message.success === false)
    return { kind: "reject", request, topics: null, reason: maybeDecimal(message.ret_msg) ?? "refused" };
  throw MarketErrors.UNKNOWN_FRAME(Object.keys(message).join(","));
}

const depthOf = ({ depth }: FeedChoice) => DEPTHS.find((one) => one >= depth) ?? 1_000;

const TOPICS: Record<Channel, (choice: FeedChoice) => string> = {
  book: (choice) => `orderbook.${depthOf(choice)}`,
  trades: () => "publicTrade",
  quotes: () => "orderbook.1",
  marks: () => "tickers",
};

const frames = (op: string) => (topics: readonly { name: string }[], request: number) =>
  JSON.stringify({ req_id: String(request), op, args: topics.map((topic) => topic.name) });

function problem(reply: RestReply) {
  const common = commonProblem(reply, { forbiddenMs: TEN_MINUTES });
  if (common) return common;
  const told = bodyProblem(reply, "retCode", {
    "10006": { kind: "throttled", waitMs: 3_000 },
    "10001": { kind: "delisted", waitMs: 0 },
    "403": { kind: "forbidden", waitMs: TEN_MINUTES },
  });
  if (told) return told;
  const ok = reply.status === 200 && bodyProblem(reply, "retCode", { "0": { kind: "failed", waitMs: 0 } }) !== null;
  return ok ? null : { kind: "failed" as const, reason: gist(reply), waitMs: 0 };
}

const result = (body: unknown) => object(object(body, "the answer").result, "result");

function product(category: "spot" | "linear", own: Pick<Product, "connector" | "aliases">): Product {
  return {
    ...own,
    endpoints: { ws: `wss://stream.bybit.com/v5/public/${category}`, rest: "https://api.bybit.com" },
    symbolOf: (base, quote) => `${base}${quote}`.toUpperCase(),
    topics: (symbol, choice) =>
      choice.channels
        .filter((channel) => channel !== "marks" || category === "linear")
        .map((channel) => ({ symbol, channel, name: `${TOPICS[channel](choice)}.${symbol}` })),
    subscribe: frames("subscribe"),
    unsubscribe: frames("unsubscribe"),
    limits: {
      topicsPerFrame: 10,
      topicsPerConnection: 500,
      charsPerConnection: 20_000,
      framesPerSecond: 10,
      connectsPerSecond: 1.5,
    },
    keepalive: { everyMs: 20_000, frame: () => '{"op":"ping"}' },
    read: readFrame,
    rule: rangeRule("push"),
    maintainedDepth: depthOf,
    rest: {
      snapshot: (symbol, depth) => ({
        path: `/v5/market/orderbook?category=${category}&symbol=${symbol}&limit=${Math.min(1_000, depth)}`,
        weight: 1,
      }),
      readSnapshot: (symbol, body) => {
        const book = result(body);
        return {
          kind: "snapshot",
          symbol,
          id: id(book.u, "u"),
          bids: levels(list(book.b, "b")),
          asks: levels(list(book.a, "a")),
          engineMs: millis(book.cts),
          pushMs: millis(book.ts),
        };
      },
      instruments: { path: `/v5/market/instruments-info?category=${category}&limit=1000`, weight: 1 },
      readInstruments: (body) =>
        list(result(body).list, "list")
          .filter(isObject)
          .filter((one) => one.contractType === undefined || one.contractType === "LinearPerpetual")
          .map((one) => ({
            symbol: text(one.symbol, "symbol"),
            base: text(one.baseCoin, "baseCoin"),
            quote: text(one.quoteCoin, "quoteCoin"),
            trading: one.status === "Trading",
          })),
      time: { path: "/v5/market/time", weight: 1 },
      readTimeMs: (body) => {
        const answer = object(body, "the time");
        return millis(answer.time) ?? millis(result(body).timeNano) ?? 0;
      },
      problem,
      budget: [{ weight: 600, perMs: 5_000 }],
    },
  };
}

export const bybit = defineExchange({
  id: "bybit",
  title: "Bybit",
  options: z.object({}),
  products: [
    product("spot", { connector: "bybit", aliases: ["bybit_spot"] }),
    product("linear", { connector: "bybit_perpetual", aliases: ["bybit_linear"] }),
  ],
});

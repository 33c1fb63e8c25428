import { z } from "zod";
import { MarketErrors } from "../errors.ts";
import {
  type Channel,
  defineExchange,
  type FeedChoice,
  type MarketEvent,
  type Product,
  type RestReply,
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
import { previousIdRule, rangeRule } from "../join-rules.ts";
import { bodyProblem, commonProblem, gist } from "../rest-problems.ts";

const DAY = 24 * 3_600_000;

/** Both markets speak the same frames; what differs is the rule, the addresses and the limits. */
function readFrame(frame: Buffer): MarketEvent {
  const message = parseJson(frame);
  const data = isObject(message.data) ? message.data : message;
  // Diffs are nearly all there is: the order of these cases is the order of their number.
  switch (data.e) {
    case "depthUpdate":
      return readDiff(data);
    case "trade":
      return readTrade(data, data.t);
    case "aggTrade":
      return readTrade(data, data.a);
    case "bookTicker":
      return readQuote(data);
    case "markPriceUpdate":
      return readMark(data);
    case "serverShutdown":
      return { kind: "leaving", reason: "serverShutdown" };
    default:
      return data.e === undefined ? readControl(message, data) : unknown(String(data.e));
  }
}

const readDiff = (data: Json): MarketEvent => ({
  kind: "diff",
  symbol: text(data.s, "the symbol"),
  first: id(data.U, "U"),
  last: id(data.u, "u"),
  prev: data.pu === undefined ? null : id(data.pu, "pu"),
  bids: levels(data.b),
  asks: levels(data.a),
  engineMs: millis(data.T ?? data.E),
  pushMs: millis(data.E),
});

const readTrade = (data: Json, tradeId: unknown): MarketEvent => ({
  kind: "trades",
  symbol: text(data.s, "the symbol"),
  pushMs: millis(data.E),
  trades: [
    {
      id: maybeDecimal(tradeId),
      price: decimal(data.p, "the price"),
      size: decimal(data.q, "the size"),
      // m: the buyer was the maker, so the taker sold.
      side: data.m === true ? "sell" : data.m === false ? "buy" : "unknown",
      timeMs: millis(data.T) ?? 0,
      // Insurance fund and deleveraging, which no order of the book met.
      isBlock: data.X !== undefined && data.X !== "MARKET",
    },
  ],
});

const readQuote = (data: Json): MarketEvent => ({
  kind: "quote",
  symbol: text(data.s, "the symbol"),
  bid: level(data.b, data.B),
  ask: level(data.a, data.A),
  id: data.u === undefined ? null : id(data.u, "u"),
  engineMs: millis(data.T),
  pushMs: millis(data.E),
});

const readMark = (data: Json): MarketEvent => ({
  kind: "mark",
  symbol: text(data.s, "the symbol"),
  markPrice: maybeDecimal(data.p),
  indexPrice: maybeDecimal(data.i),
  fundingRate: maybeDecimal(data.r),
  nextFundingMs: millis(data.T),
  pushMs: millis(data.E),
});

function readControl(message: Json, data: Json): MarketEvent {
  const error = isObject(message.error) ? message.error : message;
  const request = maybeDecimal(message.id);
  if (error.msg !== undefined) return { kind: "reject", request, topics: null, reason: `${error.code}: ${error.msg}` };
  if (message.result === null) return { kind: "ack", request, topics: null };
  if (Array.isArray(message.result)) return { kind: "empty", symbol: null };
  // The spot feed's quotes name no event.
  if (data.b !== undefined && data.B !== undefined) return readQuote(data);
  return unknown(Object.keys(message).join(","));
}

function unknown(what: string): never {
  throw MarketErrors.UNKNOWN_FRAME(what);
}

const STREAMS: Record<Channel, (choice: FeedChoice) => string> = {
  // A market's slowest speed has no name: naming it is accepted and then silent.
  book: ({ speed }) => (speed === "1000ms" || speed === "250ms" ? "@depth" : `@depth@${speed}`),
  trades: () => "@trade",
  quotes: () => "@bookTicker",
  marks: () => "@markPrice@1s",
};

const frames = (method: string) => (topics: readonly { name: string }[], request: number) =>
  JSON.stringify({ method, params: topics.map((topic) => topic.name), id: request });

function problem(reply: RestReply) {
  const told = bodyProblem(reply, "code", {
    "-1121": { kind: "delisted", waitMs: 0 },
    "-1220": { kind: "delisted", waitMs: 0 },
    "-1003": { kind: "throttled", waitMs: 60_000 },
  });
  // A refusal by status says how long to wait, so it comes first.
  const common = commonProblem(reply, { forbiddenMs: 300_000 });
  if (common) return common;
  if (told) return told;
  return reply.status === 200 ? null : { kind: "failed" as const, reason: gist(reply), waitMs: 0 };
}

/** The weight of a snapshot by its depth: the first row whose depth suffices. */
const weightOf = (steps: readonly (readonly [depth: number, weight: number])[], depth: number) =>
  steps.find(([most]) => depth <= most) ?? steps.at(-1) ?? [depth, 50];

type Rest = { depthPath: string; steps: readonly (readonly [number, number])[]; prefix: string };

const rest = ({ depthPath, steps, prefix }: Rest, budget: Product["rest"]["budget"]): Product["rest"] => ({
  snapshot: (symbol, depth) => {
    const [limit, weight] = weightOf(steps, depth);
    return { path: `${depthPath}?symbol=${symbol}&limit=${limit}`, weight };
  },
  readSnapshot: (symbol, body) => {
    const answer = object(body, "the snapshot");
    return {
      kind: "snapshot",
      symbol,
      id: id(answer.lastUpdateId, "lastUpdateId"),
      bids: levels(list(answer.bids, "bids")),
      asks: levels(list(answer.asks, "asks")),
      engineMs: millis(answer.T),
      pushMs: millis(answer.E),
    };
  },
  instruments: { path: `${prefix}/exchangeInfo`, weight: 20 },
  readInstruments: (body) =>
    list(object(body, "exchangeInfo").symbols, "symbols")
      .filter(isObject)
      .filter((one) => one.contractType === undefined || one.contractType === "PERPETUAL")
      .map((one) => ({
        symbol: text(one.symbol, "symbol"),
        base: text(one.baseAsset, "baseAsset"),
        quote: text(one.quoteAsset, "quoteAsset"),
        trading: one.status === "TRADING",
      })),
  time: { path: `${prefix}/time`, weight: 1 },
  readTimeMs: (body) => millis(object(body, "the time").serverTime) ?? 0,
  problem,
  budget,
});

const shared = {
  symbolOf: (base: string, quote: string) => `${base}${quote}`.toUpperCase(),
  subscribe: frames("SUBSCRIBE"),
  unsubscribe: frames("UNSUBSCRIBE"),
  // The exchange pings; answering is enough.
  keepalive: null,
  read: readFrame,
};

const spot: Product = {
  ...shared,
  connector: "binance",
  aliases: ["binance_spot"],
  endpoints: { ws: "wss://stream.binance.com:9443", rest: "https://api.binance.com" },
  wsUrl: (ws) => `${ws}/stream`,
  topics: (symbol, choice) =>
    choice.channels
      .filter((channel) => channel !== "marks")
      .map((channel) => ({ symbol, channel, name: symbol.toLowerCase() + STREAMS[channel](choice) })),
  // 5 messages a second and connection, pongs included: two are left for those.
  limits: { topicsPerFrame: 100, topicsPerConnection: 1_000, framesPerSecond: 3, lifeMs: DAY, connectsPerSecond: 0.9 },
  rule: rangeRule("rest"),
  rest: rest(
    {
      depthPath: "/api/v3/depth",
      prefix: "/api/v3",
      steps: [
        [100, 5],
        [500, 25],
        [1_000, 50],
        [5_000, 250],
      ],
    },
    [{ weight: 6_000, perMs: 60_000 }],
  ),
};

/** Books, trades and quotes come on one endpoint, mark prices on another; asking the wrong one is silently ignored. */
const routeOf = (channel: Channel) => (channel === "marks" ? "market" : "public");

const linear: Product = {
  ...shared,
  connector: "binance_perpetual",
  aliases: ["binance_linear", "binance_futures"],
  endpoints: { ws: "wss://fstream.binance.com", rest: "https://fapi.binance.com" },
  wsUrl: (ws, route) => `${ws}/${route ?? "public"}/stream`,
  topics: (symbol, choice) =>
    choice.channels.map((channel) => ({
      symbol,
      channel,
      name: symbol.toLowerCase() + STREAMS[channel](choice),
      route: routeOf(channel),
    })),
  limits: { topicsPerFrame: 100, topicsPerConnection: 200, framesPerSecond: 5, lifeMs: DAY, connectsPerSecond: 0.9 },
  rule: previousIdRule,
  rest: rest(
    {
      depthPath: "/fapi/v1/depth",
      prefix: "/fapi/v1",
      steps: [
        [5, 2],
        [10, 2],
        [20, 2],
        [50, 2],
        [100, 5],
        [500, 10],
        [1_000, 20],
      ],
    },
    [{ weight: 2_400, perMs: 60_000 }],
  ),
};

export const binance = defineExchange({
  id: "binance",
  title: "Binance",
  options: z.object({}),
  products: [spot, linear],
});

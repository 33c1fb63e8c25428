import { z } from "zod";
import { MarketErrors } from "../errors.ts";
import {
  type Channel,
  type Diff,
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
  levels,
  list,
  maybeDecimal,
  millis,
  object,
  parseExactJson,
  parseJson,
  text,
} from "../fields.ts";
import { rangeRule } from "../join-rules.ts";
import { bodyProblem, commonProblem, gist, jsonOf } from "../rest-problems.ts";
import { readPush } from "./mexc-frames.ts";

const DAY = 24 * 3_600_000;
/** The firewall before both APIs answers 403 for about so long after a burst. */
const FIREWALL_MS = 90_000;
const OPENING_BRACE = 0x7b;

/** Control frames are text, data is protobuf; the first byte tells them apart whatever the frame calls itself. */
function readSpot(frame: Buffer): MarketEvent {
  return frame[0] === OPENING_BRACE ? readSpotControl(parseJson(frame)) : readPush(frame);
}

function readSpotControl(message: Json): MarketEvent {
  if (message.c !== undefined || message.d !== undefined)
    throw MarketErrors.UNKNOWN_FRAME("a JSON push, which the exchange switched off in August 2025");
  const said = typeof message.msg === "string" ? message.msg : "";
  if (said === "PONG") return { kind: "pong" };
  const request = maybeDecimal(message.id) === "0" ? null : maybeDecimal(message.id);
  // A refusal has code 0 too: only a message that repeats the channels is a yes.
  const names = said.match(/spot@public[^\s,\]]+/g);
  if (/^spot@/.test(said)) return { kind: "ack", request, topics: names };
  if (said !== "") return { kind: "reject", request, topics: names, reason: said };
  throw MarketErrors.UNKNOWN_FRAME(Object.keys(message).join(","));
}

const SPOT_CHANNELS: Record<Channel, string | null> = {
  book: "aggre.depth",
  trades: "aggre.deals",
  quotes: "aggre.bookTicker",
  marks: null,
};

function spotProblem(reply: RestReply) {
  const common = commonProblem(reply, { forbiddenMs: FIREWALL_MS });
  if (common) return common;
  const told = bodyProblem(reply, "code", {
    "-1121": { kind: "delisted", waitMs: 0 },
    "10007": { kind: "delisted", waitMs: 0 },
    "429": { kind: "throttled", waitMs: 10_000 },
    "510": { kind: "throttled", waitMs: 3_000 },
  });
  if (told) return told;
  const refused = reply.status !== 200 || hasCode(reply);
  return refused ? { kind: "failed" as const, reason: gist(reply), waitMs: 0 } : null;
}

const hasCode = (reply: RestReply) => {
  const body = jsonOf(reply);
  return isObject(body) && body.code !== undefined && body.code !== 0 && body.code !== 200;
};

const spotFrames = (method: string) => (topics: readonly Topic[], request: number) =>
  JSON.stringify({ method, params: topics.map((topic) => topic.name), id: request });

const spot: Product = {
  connector: "mexc",
  aliases: ["mexc_spot"],
  endpoints: { ws: "wss://wbs-api.mexc.com/ws", rest: "https://api.mexc.com" },
  symbolOf: (base, quote) => `${base}${quote}`.toUpperCase(),
  topics: (symbol, { channels, speed }) =>
    channels.flatMap((channel) => {
      const feed = SPOT_CHANNELS[channel];
      return feed === null ? [] : [{ symbol, channel, name: `spot@public.${feed}.v3.api.pb@${speed}@${symbol}` }];
    }),
  subscribe: spotFrames("SUBSCRIPTION"),
  unsubscribe: spotFrames("UNSUBSCRIPTION"),
  limits: { topicsPerFrame: 15, topicsPerConnection: 30, framesPerSecond: 10, lifeMs: DAY, connectsPerSecond: 2 },
  // Quiet symbols need it: without traffic the connection dies after a minute without a word.
  keepalive: { everyMs: 15_000, frame: () => '{"method":"PING"}' },
  read: readSpot,
  rule: rangeRule("rest"),
  rest: {
    snapshot: (symbol, depth) => ({
      path: `/api/v3/depth?symbol=${symbol}&limit=${Math.min(5_000, Math.max(depth, 100))}`,
      weight: 1,
    }),
    readSnapshot: (symbol, body) => readSnapshot(symbol, object(body, "the snapshot"), "lastUpdateId"),
    // The firewall counts requests, whatever the documentation weighs them.
    instruments: { path: "/api/v3/exchangeInfo", weight: 1 },
    readInstruments: (body) =>
      list(object(body, "exchangeInfo").symbols, "symbols")
        .filter(isObject)
        .map((one) => ({
          symbol: text(one.symbol, "symbol"),
          base: text(one.baseAsset, "baseAsset"),
          quote: text(one.quoteAsset, "quoteAsset"),
          trading: ["1", "ENABLED", "TRADING"].includes(String(one.status)),
        })),
    time: { path: "/api/v3/time", weight: 1 },
    readTimeMs: (body) => millis(object(body, "the time").serverTime) ?? 0,
    problem: spotProblem,
    // Documented as 500 in 10 s; the firewall's patience ends far earlier.
    budget: [{ weight: 50, perMs: 10_000 }],
  },
};

function readSnapshot(symbol: string, book: Json, idMember: string) {
  return {
    kind: "snapshot" as const,
    symbol,
    id: id(book[idMember], idMember),
    bids: levels(list(book.bids, "bids")),
    asks: levels(list(book.asks, "asks")),
    engineMs: millis(book.cts ?? book.timestamp),
    pushMs: millis(book.timestamp),
  };
}

function readLinear(frame: Buffer): MarketEvent {
  const message = parseExactJson(frame);
  const channel = typeof message.channel === "string" ? message.channel : "";
  switch (channel) {
    case "push.depth":
      return readLinearDiff(message.symbol, object(message.data, "data"), message.ts);
    case "push.deal":
      return readDeals(message);
    case "push.ticker":
      return readTicker(message);
    case "pong":
      return { kind: "pong" };
    case "rs.error":
      return { kind: "reject", request: null, topics: null, reason: String(message.data) };
    default:
      if (/^rs\.u?n?sub\./.test(channel)) return acknowledged(message.data);
      if (channel.startsWith("push.")) return { kind: "empty", symbol: maybeDecimal(message.symbol) };
      throw MarketErrors.UNKNOWN_FRAME(channel || Object.keys(message).join(","));
  }
}

const acknowledged = (said: unknown): MarketEvent =>
  typeof said !== "string" || said === "success"
    ? { kind: "ack", request: null, topics: null }
    : { kind: "reject", request: null, topics: null, reason: said };

/** Pushes are merged: `begin` to `end` where given, else the version alone. */
function readLinearDiff(symbol: unknown, data: Json, ts: unknown): Diff {
  return {
    kind: "diff",
    symbol: text(symbol, "symbol"),
    first: id(firstTold(data.begin, data.version, data.end), "begin"),
    last: id(firstTold(data.end, data.version), "end"),
    prev: null,
    bids: levels(data.bids),
    asks: levels(data.asks),
    engineMs: millis(data.cts) ?? millis(ts),
    pushMs: millis(ts),
  };
}

/** The first that is there and not 0, which says nothing. */
const firstTold = (...ids: readonly unknown[]) => ids.find((one) => one !== null && one !== "" && Number(one) > 0);

/** The taker's side by its number. */
const SIDES: Record<string, Trade["side"]> = { 1: "buy", 2: "sell" };

function readDeals(message: Json): MarketEvent {
  // A list since 2025, one object before.
  const entries = Array.isArray(message.data) ? message.data : [message.data];
  const trades = entries.map((entry: unknown) => {
    const deal = object(entry, "a deal");
    return {
      id: maybeDecimal(deal.i),
      price: decimal(deal.p, "p"),
      size: decimal(deal.v, "v"),
      side: SIDES[String(deal.T)] ?? "unknown",
      timeMs: millis(deal.t) ?? 0,
    };
  });
  return { kind: "trades", symbol: text(message.symbol, "symbol"), trades, pushMs: millis(message.ts) };
}

function readTicker(message: Json): MarketEvent {
  const data = object(message.data, "data");
  return {
    kind: "mark",
    symbol: text(message.symbol ?? data.symbol, "symbol"),
    markPrice: maybeDecimal(data.fairPrice),
    indexPrice: maybeDecimal(data.indexPrice),
    fundingRate: maybeDecimal(data.fundingRate),
    nextFundingMs: null,
    pushMs: millis(message.ts),
  };
}

const LINEAR_CHANNELS: Record<Channel, string | null> = {
  book: "depth",
  trades: "deal",
  marks: "ticker",
  quotes: null,
};

/** One symbol a frame; the topic's name is method and symbol. */
const linearFrames = (prefix: string) => (topics: readonly Topic[]) => {
  const [channel = "", symbol = ""] = (topics[0]?.name ?? "").split(" ");
  const param = channel === "depth" ? { symbol, compress: false } : { symbol };
  return JSON.stringify({ method: `${prefix}.${channel}`, param, gzip: false });
};

function linearProblem(reply: RestReply) {
  const common = commonProblem(reply, { forbiddenMs: FIREWALL_MS });
  if (common) return common;
  const told = bodyProblem(reply, "code", {
    "510": { kind: "throttled", waitMs: 3_000 },
    "1001": { kind: "delisted", waitMs: 0 },
  });
  if (told) return told;
  const body = jsonOf(reply);
  const good = reply.status === 200 && isObject(body) && body.success !== false;
  return good ? null : { kind: "failed" as const, reason: gist(reply), waitMs: 0 };
}

const data = (body: unknown) => object(body, "the answer").data;

const linear: Product = {
  connector: "mexc_perpetual",
  aliases: ["mexc_linear", "mexc_futures"],
  endpoints: { ws: "wss://contract.mexc.com/edge", rest: "https://contract.mexc.com" },
  symbolOf: (base, quote) => `${base}_${quote}`.toUpperCase(),
  topics: (symbol, { channels }: FeedChoice) =>
    channels.flatMap((channel) => {
      const feed = LINEAR_CHANNELS[channel];
      return feed === null ? [] : [{ symbol, channel, name: `${feed} ${symbol}` }];
    }),
  subscribe: linearFrames("sub"),
  unsubscribe: linearFrames("unsub"),
  limits: { topicsPerFrame: 1, topicsPerConnection: 200, framesPerSecond: 20, connectsPerSecond: 2 },
  keepalive: { everyMs: 15_000, frame: () => '{"method":"ping"}' },
  read: readLinear,
  rule: rangeRule("rest"),
  sizeUnit: "contract",
  rest: {
    snapshot: (symbol, depth) => ({
      path: `/api/v1/contract/depth/${symbol}?limit=${Math.min(1_500, depth)}`,
      weight: 1,
    }),
    readSnapshot: (symbol, body) => readSnapshot(symbol, object(data(body), "data"), "version"),
    repair: {
      request: (symbol, ids) => ({ path: `/api/v1/contract/depth_commits/${symbol}/${ids}`, weight: 1 }),
      read: (symbol, body) =>
        list(data(body), "data").map((one) => readLinearDiff(symbol, object(one, "a commit"), null)),
      max: 1_000,
    },
    instruments: { path: "/api/v1/contract/detail", weight: 1 },
    readInstruments: (body) =>
      list(data(body), "data")
        .filter(isObject)
        .map((one) => {
          const contractSize = maybeDecimal(one.contractSize);
          return {
            symbol: text(one.symbol, "symbol"),
            base: text(one.baseCoin, "baseCoin"),
            quote: text(one.quoteCoin, "quoteCoin"),
            trading: one.state === undefined || one.state === 0,
            ...(contractSize && { contractSize }),
          };
        }),
    time: { path: "/api/v1/contract/ping", weight: 1 },
    readTimeMs: (body) => millis(data(body)) ?? 0,
    problem: linearProblem,
    // About 10 in 2 s, counted for both of its hosts together.
    budget: [{ weight: 8, perMs: 2_000 }],
  },
};

export const mexc = defineExchange({ id: "mexc", title: "MEXC", options: z.object({}), products: [spot, linear] });

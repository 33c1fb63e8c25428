import {
  type Dialect,
  kindOf,
  member,
  type Request,
  requestId,
  type SimChannel,
  type SimTopic,
  texts,
} from "../dialect.ts";
import type { Batch } from "../market.ts";

const stream = (topic: SimTopic, data: object) => JSON.stringify({ stream: topic.name, data });

const CHANNELS: Record<string, SimChannel> = {
  depth: "book",
  trade: "trades",
  bookTicker: "quotes",
  markPrice: "marks",
};

/** Only lower-case names of known streams have data; any other is accepted and stays silent. */
function topicOf(name: string): SimTopic | null {
  const match = /^([a-z0-9]+)@(depth|trade|bookTicker|markPrice)(@\w+)?$/.exec(name);
  const channel = CHANNELS[match?.[2] ?? ""];
  return match?.[1] && channel ? { name, symbol: match[1].toUpperCase(), channel } : null;
}

const shared = {
  symbolOf: (base: string, quote: string) => base + quote,
  request: (message: unknown): Request => ({
    kind: kindOf(member(message, "method"), "SUBSCRIBE", "UNSUBSCRIBE", "PING"),
    id: requestId(member(message, "id")),
    names: texts(member(message, "params")),
    raw: message,
  }),
  topic: topicOf,
  acceptsAnything: true,
  accepted: ({ id }: Request) => JSON.stringify({ result: null, id }),
  refused: ({ id }: Request, name: string, reason: string) =>
    JSON.stringify({ error: { code: 2, msg: `${reason}: ${name}` }, id }),
  pong: ({ id }: Request) => JSON.stringify({ result: null, id }),
  full: null,
  startsFull: () => false,
  leaving: JSON.stringify({ e: "serverShutdown", E: 1 }),
  timeBody: (now: number) => ({ serverTime: Math.round(now) }),
  noSuchSymbol: { status: 400, body: { code: -1121, msg: "Invalid symbol." } },
  depthBody: (_symbol: string, view: { id: number; bids: unknown; asks: unknown }): unknown => ({
    lastUpdateId: view.id,
    bids: view.bids,
    asks: view.asks,
  }),
};

/** Trades of one push come one a frame; the last one is enough for a simulator. */
const trade = (batch: Batch) => {
  const [one] = batch.trades;
  return { t: one?.id, p: one?.price, q: one?.size, T: one?.timeMs, m: one?.side === "sell" };
};

const restOf =
  (prefix: string): Dialect["rest"] =>
  (path, query) => {
    if (path === `${prefix}/depth`)
      return { kind: "depth", symbol: query.get("symbol") ?? "", limit: Number(query.get("limit") ?? 100) };
    if (path === `${prefix}/exchangeInfo`) return { kind: "instruments" };
    return path === `${prefix}/time` ? { kind: "time" } : null;
  };

const spot: Dialect = {
  ...shared,
  connector: "binance",
  numbering: "change",
  diff: (topic, { first, last, bids, asks, timeMs }) =>
    stream(topic, { e: "depthUpdate", E: timeMs, s: topic.symbol, U: first, u: last, b: bids, a: asks }),
  trades: (topic, batch) => stream(topic, { e: "trade", E: batch.timeMs, s: topic.symbol, ...trade(batch), M: true }),
  quote: (topic, { id, bids, asks }) =>
    stream(topic, { u: id, s: topic.symbol, b: bids[0]?.[0], B: bids[0]?.[1], a: asks[0]?.[0], A: asks[0]?.[1] }),
  mark: null,
  rest: restOf("/api/v3"),
  instrumentsBody: (listings) => ({
    symbols: listings.map(({ symbol, base, quote }) => ({
      symbol,
      status: "TRADING",
      baseAsset: base,
      quoteAsset: quote,
    })),
  }),
};

const linear: Dialect = {
  ...shared,
  connector: "binance_perpetual",
  numbering: "shared",
  diff: (topic, { first, last, prev, bids, asks, timeMs }) =>
    stream(topic, {
      e: "depthUpdate",
      E: timeMs + 2,
      T: timeMs,
      s: topic.symbol,
      U: first,
      u: last,
      pu: prev,
      b: bids,
      a: asks,
      st: 1,
    }),
  trades: (topic, batch) =>
    stream(topic, { e: "trade", E: batch.timeMs, s: topic.symbol, ...trade(batch), X: "MARKET" }),
  quote: (topic, { id, bids, asks, timeMs }) =>
    stream(topic, {
      e: "bookTicker",
      u: id,
      s: topic.symbol,
      b: bids[0]?.[0],
      B: bids[0]?.[1],
      a: asks[0]?.[0],
      A: asks[0]?.[1],
      T: timeMs,
      E: timeMs,
    }),
  mark: (topic, { bids, timeMs }) =>
    stream(topic, {
      e: "markPriceUpdate",
      E: timeMs,
      s: topic.symbol,
      p: bids[0]?.[0],
      i: bids[0]?.[0],
      r: "0.0001",
      T: timeMs + 3_600_000,
    }),
  rest: restOf("/fapi/v1"),
  depthBody: (_symbol, { id, bids, asks, timeMs }) => ({ lastUpdateId: id, E: timeMs, T: timeMs, bids, asks }),
  instrumentsBody: (listings) => ({
    symbols: listings.map(({ symbol, base, quote }) => ({
      symbol,
      status: "TRADING",
      contractType: "PERPETUAL",
      baseAsset: base,
      quoteAsset: quote,
    })),
  }),
};

export const binanceDialects: readonly Dialect[] = [spot, linear];

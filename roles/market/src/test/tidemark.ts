import { z } from "zod";
import { MarketErrors } from "../errors.ts";
import { defineExchange, type Level, type MarketEvent, type Product, type Snapshot, type Trade } from "../exchange.ts";
import { id, isObject, type Json, list, millis, object, parseJson, text } from "../fields.ts";
import { previousIdRule } from "../join-rules.ts";
import { bodyProblem, commonProblem } from "../rest-problems.ts";

// Tidemark doesn't exist: it is the exchange of docs/how-to/add-an-exchange.md, as strange as the real ones are.

/** Marks count up over all of its books together, as `m-` and base 36. */
function mark(value: unknown, what: string): number {
  const digits = /^m-([0-9a-z]+)$/.exec(text(value, what))?.[1];
  return id(digits === undefined ? undefined : Number.parseInt(digits, 36), what);
}

/** Levels are texts: `size@price`. */
const levels = (value: unknown): Level[] =>
  list(value, "a side of the book").map((one) => {
    const [size = "", price = ""] = text(one, "a level").split("@");
    return [text(price, "a price"), text(size, "a size")];
  });

/** The number that `subscribe` was given, without the letter. */
const request = ({ ref }: Json) => text(ref, "ref").slice(1);

/** A frame has one member, whose name says what it is: {"tide":{…}}. */
function readFrame(message: Json): MarketEvent {
  if (isObject(message.tide)) return readTide(message.tide);
  if (isObject(message.deals)) return readDeals(message.deals);
  if (isObject(message.heard)) return { kind: "ack", request: request(message.heard), topics: null };
  if (isObject(message.turned_away)) {
    const reason = text(message.turned_away.why, "why");
    return { kind: "reject", request: request(message.turned_away), topics: null, reason };
  }
  if ("echo" in message) return { kind: "pong" };
  throw MarketErrors.UNKNOWN_FRAME(Object.keys(message).join(","));
}

function readTide(tide: Json): MarketEvent {
  const prev = mark(tide.since, "since");
  const last = mark(tide.mark, "mark");
  return {
    kind: "diff",
    symbol: text(tide.pool, "pool"),
    first: prev + 1,
    last,
    prev,
    bids: levels(tide.buy),
    asks: levels(tide.sell),
    engineMs: millis(tide.at),
    pushMs: millis(tide.at),
  };
}

function readDeals(deals: Json): MarketEvent {
  const trades = list(deals.list, "list").map((one): Trade => {
    const deal = object(one, "a deal");
    const [level] = levels([deal.deal]);
    const [price = "", size = ""] = level ?? [];
    const side = deal.by === "buyer" ? "buy" : deal.by === "seller" ? "sell" : "unknown";
    return { id: text(deal.no, "no"), price, size, side, timeMs: millis(deal.at) ?? 0 };
  });
  return { kind: "trades", symbol: text(deals.pool, "pool"), trades, pushMs: null };
}

function readSnapshot(symbol: string, body: unknown): Snapshot {
  const basin = object(object(body, "the answer").basin, "basin");
  const [bids, asks] = [levels(basin.buy), levels(basin.sell)];
  return { kind: "snapshot", symbol, id: mark(basin.mark, "mark"), bids, asks, engineMs: null, pushMs: null };
}

const spot: Product = {
  connector: "tidemark", // in configurations, metrics and files; perpetuals: tidemark_perpetual
  aliases: ["tide"],
  endpoints: { ws: "wss://stream.tidemark.example", rest: "https://api.tidemark.example" },
  symbolOf: (base, quote) => `${base}~${quote}`.toLowerCase(),
  topics: (symbol, { channels }) =>
    channels
      .filter((channel) => channel === "book" || channel === "trades")
      .map((channel) => ({ symbol, channel, name: `${channel === "book" ? "tide" : "deals"}:${symbol}` })),
  subscribe: (topics, request) => JSON.stringify({ listen: topics.map((topic) => topic.name), ref: `r${request}` }),
  unsubscribe: (topics, request) => JSON.stringify({ ignore: topics.map((topic) => topic.name), ref: `r${request}` }),
  limits: { topicsPerFrame: 2, topicsPerConnection: 50, framesPerSecond: 20, connectsPerSecond: 5 },
  keepalive: { everyMs: 15_000, frame: (nowMs) => JSON.stringify({ echo: nowMs }) }, // null: answering pings is enough
  read: (frame) => readFrame(parseJson(frame)), // one frame → one event
  rule: previousIdRule, // how diffs follow one another: only `since` tells
  rest: {
    snapshot: (symbol, depth) => ({ path: `/basin?pool=${symbol}&depth=${depth}`, weight: 5 }),
    readSnapshot,
    instruments: { path: "/pools", weight: 1 },
    readInstruments: (body) =>
      list(object(body, "the answer").pools, "pools").map((one) => {
        const pool = object(one, "a pool");
        const [base, quote] = [text(pool.base, "base"), text(pool.quote, "quote")];
        return { symbol: text(pool.name, "name"), base, quote, trading: pool.open === true };
      }),
    time: { path: "/now", weight: 1 },
    readTimeMs: (body) => millis(object(body, "the answer").now) ?? 0,
    problem: (reply) =>
      commonProblem(reply, { forbiddenMs: 60_000 }) ??
      bodyProblem(reply, "trouble", {
        slow_down: { kind: "throttled", waitMs: 100 },
        no_such_pool: { kind: "delisted", waitMs: 0 },
      }),
    budget: [{ weight: 600, perMs: 60_000 }],
  },
};

export const tidemark = defineExchange({ id: "tidemark", title: "Tidemark", options: z.object({}), products: [spot] });

import {
  type Dialect,
  type Listing,
  member,
  type Request,
  requestId,
  type SimChannel,
  type SimTopic,
  texts,
} from "../dialect.ts";
import type { Level } from "../market.ts";

const CHANNELS: Record<string, SimChannel> = {
  order_book_update: "book",
  obu: "book",
  trades: "trades",
  book_ticker: "quotes",
  tickers: "marks",
};

/** A subscription's name is its channel with the payload behind it. */
function topicOf(name: string): SimTopic | null {
  const [channel = "", first = ""] = name.split(" ");
  const kind = CHANNELS[channel.split(".")[1] ?? ""];
  const symbol = /^ob\.(.+)\.\d+$/.exec(first)?.[1] ?? first;
  return kind && symbol ? { name, symbol, channel: kind } : null;
}

const KINDS: Record<string, Request["kind"]> = { subscribe: "subscribe", unsubscribe: "unsubscribe" };

function requestOf(message: unknown): Request {
  const channel = String(member(message, "channel") ?? "");
  const kind = channel.endsWith(".ping") ? "ping" : (KINDS[String(member(message, "event"))] ?? "other");
  const names = kind === "ping" ? [] : [[channel, ...texts(member(message, "payload"))].join(" ")];
  return { kind, id: requestId(member(message, "id")), names, raw: message };
}

const channelOf = (topic: SimTopic) => topic.name.split(" ")[0] ?? "";
const isObu = (topic: SimTopic) => channelOf(topic).endsWith(".obu");

function dialect(market: "spot" | "futures", connector: string): Dialect {
  const push = (topic: SimTopic, timeMs: number, result: unknown) =>
    JSON.stringify({
      time: Math.floor(timeMs / 1_000),
      time_ms: timeMs + 3,
      channel: channelOf(topic),
      event: "update",
      result,
    });
  // Futures write levels as objects in their older channel.
  const side = (topic: SimTopic, levels: readonly Level[]) =>
    market === "futures" && !isObu(topic) ? levels.map(([p, s]) => ({ p, s })) : levels;
  const name = (topic: SimTopic) => (isObu(topic) ? (topic.name.split(" ")[1] ?? "") : topic.symbol);
  const reply = ({ id, names, raw }: Request, event: string, rest: object) =>
    JSON.stringify({
      time: member(raw, "time"),
      time_ms: 1,
      id,
      conn_id: "sim",
      channel: names[0]?.split(" ")[0],
      event,
      payload: member(raw, "payload"),
      ...rest,
    });
  return {
    connector,
    numbering: "change",
    symbolOf: (base, quote) => `${base}_${quote}`,
    request: requestOf,
    topic: topicOf,
    accepted: (request) => reply(request, request.kind, { result: { status: "success" } }),
    refused: (request, _name, reason) =>
      reply(request, request.kind, { error: { code: 2, message: reason }, result: null }),
    pong: () => JSON.stringify({ time: 1, channel: `${market}.pong`, event: "", result: null }),
    diff: (topic, { first, last, bids, asks, timeMs }) =>
      push(topic, timeMs, {
        t: timeMs,
        e: "depthUpdate",
        s: name(topic),
        U: first,
        u: last,
        b: side(topic, bids),
        a: side(topic, asks),
      }),
    full: (topic, { id, bids, asks, timeMs }) =>
      push(topic, timeMs, { t: timeMs, full: true, s: name(topic), u: id, b: side(topic, bids), a: side(topic, asks) }),
    startsFull: isObu,
    trades: (topic, { trades, timeMs }) =>
      push(
        topic,
        timeMs,
        market === "spot"
          ? spotTrade(topic, trades[0])
          : trades.map((one) => ({
              size: one.side === "sell" ? `-${one.size}` : one.size,
              id: one.id,
              create_time: Math.floor(one.timeMs / 1_000),
              create_time_ms: one.timeMs,
              price: one.price,
              contract: topic.symbol,
            })),
      ),
    quote: (topic, { id, bids, asks, timeMs }) =>
      push(topic, timeMs, {
        t: timeMs,
        u: id,
        s: topic.symbol,
        b: bids[0]?.[0],
        B: bids[0]?.[1],
        a: asks[0]?.[0],
        A: asks[0]?.[1],
      }),
    mark:
      market === "spot"
        ? null
        : (topic, { bids, timeMs }) =>
            push(topic, timeMs, [
              { contract: topic.symbol, mark_price: bids[0]?.[0], index_price: bids[0]?.[0], funding_rate: "0.0001" },
            ]),
    leaving: null,
    rest: (path, query) => {
      const symbol = query.get("currency_pair") ?? query.get("contract") ?? "";
      if (path.endsWith("/order_book")) return { kind: "depth", symbol, limit: Number(query.get("limit") ?? 10) };
      if (path.endsWith("/currency_pairs") || path.endsWith("/contracts")) return { kind: "instruments" };
      return path.endsWith("/time") ? { kind: "time" } : null;
    },
    depthBody: (_symbol, { id, bids, asks, timeMs }) => ({
      id,
      current: timeMs / 1_000,
      update: timeMs / 1_000,
      asks: market === "spot" ? asks : asks.map(([p, s]) => ({ s, p })),
      bids: market === "spot" ? bids : bids.map(([p, s]) => ({ s, p })),
    }),
    instrumentsBody: (listings) => (market === "spot" ? listings.map(spotListing) : listings.map(futuresListing)),
    timeBody: (now) => ({ server_time: Math.round(now) }),
    noSuchSymbol: { status: 400, body: { label: "INVALID_CURRENCY_PAIR", message: "Invalid currency pair" } },
  };
}

const spotTrade = (
  topic: SimTopic,
  one: { id: number; price: string; size: string; side: string; timeMs: number } | undefined,
) => ({
  id: one?.id,
  create_time: Math.floor((one?.timeMs ?? 0) / 1_000),
  create_time_ms: `${one?.timeMs}.0`,
  side: one?.side,
  currency_pair: topic.symbol,
  amount: one?.size,
  price: one?.price,
});

const spotListing = ({ symbol, base, quote }: Listing) => ({ id: symbol, base, quote, trade_status: "tradable" });
const futuresListing = ({ symbol }: Listing) => ({ name: symbol, quanto_multiplier: "0.0001", in_delisting: false });

export const gateDialects: readonly Dialect[] = [dialect("spot", "gate_io"), dialect("futures", "gate_io_perpetual")];

import { type Dialect, kindOf, member, requestId, type SimTopic, texts } from "../dialect.ts";
import type { View } from "../market.ts";

const DEPTHS = ["1", "50", "200", "1000"];

function topicOf(name: string): SimTopic | null {
  const [kind = "", depth = "", symbol = ""] = name.split(".");
  if (kind === "orderbook" && DEPTHS.includes(depth) && symbol)
    return { name, symbol, channel: depth === "1" ? "quotes" : "book" };
  if (kind === "publicTrade" && depth) return { name, symbol: depth, channel: "trades" };
  return kind === "tickers" && depth ? { name, symbol: depth, channel: "marks" } : null;
}

/** Spot writes the time before the type, futures after it. */
function frame(category: "spot" | "linear", topic: SimTopic, type: string, ts: number, data: unknown, cts?: number) {
  const head = category === "spot" ? { topic: topic.name, ts, type } : { topic: topic.name, type, ts };
  return JSON.stringify({ ...head, data, ...(cts !== undefined && { cts }) });
}

function dialect(category: "spot" | "linear", connector: string): Dialect {
  const full = (topic: SimTopic, { id, bids, asks, timeMs }: View) =>
    frame(category, topic, "snapshot", timeMs + 2, { s: topic.symbol, b: bids, a: asks, u: id, seq: id * 7 }, timeMs);
  return {
    connector,
    numbering: "push",
    symbolOf: (base, quote) => base + quote,
    request: (message) => ({
      kind: kindOf(member(message, "op"), "subscribe", "unsubscribe", "ping"),
      id: requestId(member(message, "req_id")),
      names: texts(member(message, "args")),
      raw: message,
    }),
    topic: topicOf,
    refusesWhole: true,
    accepted: ({ id, kind }) =>
      JSON.stringify({
        success: true,
        ret_msg: category === "spot" ? kind : "",
        conn_id: "sim",
        req_id: String(id ?? ""),
        op: kind,
      }),
    refused: ({ id, kind }, name) =>
      JSON.stringify({
        success: false,
        ret_msg: `error:handler not found,topic:${name}`,
        conn_id: "",
        req_id: String(id ?? ""),
        op: kind,
      }),
    pong: ({ id }) =>
      JSON.stringify({ success: true, ret_msg: "pong", conn_id: "sim", req_id: String(id ?? ""), op: "ping" }),
    diff: (topic, { last, bids, asks, timeMs }) =>
      frame(
        category,
        topic,
        "delta",
        timeMs + 2,
        { s: topic.symbol, b: bids, a: asks, u: last, seq: last * 7 },
        timeMs,
      ),
    full,
    startsFull: (topic) => topic.channel === "book",
    trades: (topic, { trades, timeMs }) =>
      frame(
        category,
        topic,
        "snapshot",
        timeMs,
        trades.map((one) => ({
          T: one.timeMs,
          s: topic.symbol,
          S: one.side === "buy" ? "Buy" : "Sell",
          v: one.size,
          p: one.price,
          ...(category === "linear" && { L: "PlusTick" }),
          i: String(2_280_000_001_739_000 + one.id),
          BT: false,
          RPI: false,
          seq: one.id,
        })),
      ),
    quote: (topic, view) => full(topic, { ...view, bids: view.bids.slice(0, 1), asks: view.asks.slice(0, 1) }),
    mark:
      category === "spot"
        ? null
        : (topic, { bids, timeMs }) =>
            frame(category, topic, "snapshot", timeMs, {
              symbol: topic.symbol,
              markPrice: bids[0]?.[0],
              indexPrice: bids[0]?.[0],
              fundingRate: "0.0001",
              nextFundingTime: String(timeMs + 3_600_000),
            }),
    leaving: null,
    rest: (path, query) => {
      if (path === "/v5/market/orderbook")
        return { kind: "depth", symbol: query.get("symbol") ?? "", limit: Number(query.get("limit") ?? 25) };
      if (path === "/v5/market/instruments-info") return { kind: "instruments" };
      return path === "/v5/market/time" ? { kind: "time" } : null;
    },
    depthBody: (symbol, { id, bids, asks, timeMs }) =>
      answer({ s: symbol, b: bids, a: asks, ts: timeMs, u: id, seq: id * 7, cts: timeMs }),
    instrumentsBody: (listings) =>
      answer({
        category,
        list: listings.map(({ symbol, base, quote }) => ({
          symbol,
          baseCoin: base,
          quoteCoin: quote,
          status: "Trading",
          ...(category === "linear" && { contractType: "LinearPerpetual" }),
        })),
      }),
    timeBody: (now) => ({
      ...answer({ timeSecond: String(Math.floor(now / 1_000)), timeNano: `${Math.round(now)}000000` }),
      time: Math.round(now),
    }),
    noSuchSymbol: { status: 200, body: { retCode: 10001, retMsg: "Not supported symbols", result: {} } },
  };
}

const answer = (result: unknown) => ({ retCode: 0, retMsg: "OK", result, retExtInfo: {} });

export const bybitDialects: readonly Dialect[] = [dialect("spot", "bybit"), dialect("linear", "bybit_perpetual")];

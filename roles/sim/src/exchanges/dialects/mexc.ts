import { type Dialect, kindOf, member, requestId, type SimChannel, type SimTopic, texts } from "../dialect.ts";
import type { Batch, Level } from "../market.ts";
import { ProtobufWriter } from "../protobuf-writer.ts";

const SPOT_CHANNELS: Record<string, SimChannel> = {
  "aggre.depth": "book",
  "aggre.deals": "trades",
  "aggre.bookTicker": "quotes",
};

function spotTopic(name: string): SimTopic | null {
  const match = /^spot@public\.(aggre\.\w+)\.v3\.api\.pb@(?:10|100)ms@([A-Z0-9]+)$/.exec(name);
  const channel = SPOT_CHANNELS[match?.[1] ?? ""];
  return channel && match?.[2] ? { name, symbol: match[2], channel } : null;
}

/** The wrapper of every push: channel, symbol, the body under its own field, the time it was sent. */
const push = (topic: SimTopic, sendMs: number, field: number, body: ProtobufWriter): Buffer =>
  new ProtobufWriter().text(1, topic.name).text(3, topic.symbol).integer(6, sendMs).message(field, body).finish();

const level = ([price, size]: Level) => new ProtobufWriter().text(1, price).text(2, size);

function depthBody({ first, last, bids, asks, timeMs }: Batch): ProtobufWriter {
  const body = new ProtobufWriter();
  for (const one of asks) body.message(1, level(one));
  for (const one of bids) body.message(2, level(one));
  return body
    .text(3, "spot@public.aggre.depth.v3.api.pb@100ms")
    .text(4, String(first))
    .text(5, String(last))
    .integer(6, timeMs);
}

function dealsBody({ trades }: Batch): ProtobufWriter {
  const body = new ProtobufWriter();
  for (const one of trades)
    body.message(
      1,
      new ProtobufWriter()
        .text(1, one.price)
        .text(2, one.size)
        .integer(3, one.side === "buy" ? 1 : 2)
        .integer(4, one.timeMs)
        .text(5, `${one.id}X0_${one.id + 1}X0`),
    );
  return body.text(2, "spot@public.aggre.deals.v3.api.pb@100ms");
}

const spot: Dialect = {
  connector: "mexc",
  numbering: "change",
  symbolOf: (base, quote) => base + quote,
  request: (message) => ({
    kind: kindOf(member(message, "method"), "SUBSCRIPTION", "UNSUBSCRIPTION", "PING"),
    id: requestId(member(message, "id")),
    names: texts(member(message, "params")),
    raw: message,
  }),
  topic: spotTopic,
  accepted: ({ id, names }) => JSON.stringify({ id: id ?? 0, code: 0, msg: names.join(",") }),
  // A refusal has code 0 like a yes; only the words differ.
  refused: ({ id }, name, reason) =>
    JSON.stringify({ id: id ?? 0, code: 0, msg: `Not Subscribed successfully! [${name}].  Reason： ${reason}! ` }),
  pong: ({ id }) => JSON.stringify({ id: id ?? 0, code: 0, msg: "PONG" }),
  diff: (topic, batch) => push(topic, batch.timeMs + 2, 313, depthBody(batch)),
  full: null,
  startsFull: () => false,
  trades: (topic, batch) => push(topic, batch.timeMs + 2, 314, dealsBody(batch)),
  quote: (topic, { id, bids, asks, timeMs }) => {
    const parts = [bids[0]?.[0], bids[0]?.[1], asks[0]?.[0], asks[0]?.[1], String(id)];
    const body = new ProtobufWriter();
    for (const [at, part] of parts.entries()) if (part !== undefined) body.text(at + 1, part);
    return push(topic, timeMs + 2, 315, body.integer(6, timeMs));
  },
  mark: null,
  leaving: null,
  rest: (path, query) => {
    if (path === "/api/v3/depth")
      return { kind: "depth", symbol: query.get("symbol") ?? "", limit: Number(query.get("limit") ?? 100) };
    if (path === "/api/v3/exchangeInfo") return { kind: "instruments" };
    return path === "/api/v3/time" ? { kind: "time" } : null;
  },
  // Snapshots are padded where pushes are trimmed.
  depthBody: (_symbol, { id, bids, asks, timeMs }) => ({
    lastUpdateId: id,
    bids: bids.map(([price, size]) => [`${price}00`, size]),
    asks: asks.map(([price, size]) => [`${price}00`, size]),
    timestamp: timeMs,
  }),
  instrumentsBody: (listings) => ({
    symbols: listings.map(({ symbol, base, quote }) => ({ symbol, status: "1", baseAsset: base, quoteAsset: quote })),
  }),
  timeBody: (now) => ({ serverTime: Math.round(now) }),
  noSuchSymbol: { status: 400, body: { code: -1121, msg: "Invalid symbol." } },
};

const LINEAR_CHANNELS: Record<string, SimChannel> = { depth: "book", deal: "trades", ticker: "marks" };

function linearTopic(name: string): SimTopic | null {
  const [kind = "", symbol = ""] = name.split(" ");
  const channel = LINEAR_CHANNELS[kind];
  return channel && symbol ? { name, symbol, channel } : null;
}

/** Prices and contracts are numbers here, with the number of orders behind them. */
const numbers = (levels: readonly Level[]) =>
  levels.map(([price, size]) => [Number(price), Number(size), Number(size) === 0 ? 0 : 1]);

const linear: Dialect = {
  connector: "mexc_perpetual",
  numbering: "change",
  symbolOf: (base, quote) => `${base}_${quote}`,
  request: (message) => {
    const [verb = "", channel = ""] = String(member(message, "method") ?? "").split(".");
    return {
      kind: kindOf(verb, "sub", "unsub", "ping"),
      id: null,
      names: channel === "" ? [] : [`${channel} ${member(member(message, "param"), "symbol")}`],
      raw: message,
    };
  },
  topic: linearTopic,
  accepted: ({ kind, names }) =>
    JSON.stringify({
      channel: `rs.${kind === "subscribe" ? "sub" : "unsub"}.${names[0]?.split(" ")[0]}`,
      data: "success",
      ts: 1,
    }),
  refused: () => JSON.stringify({ channel: "rs.error", data: "Contract doesn't exist!", ts: "1" }),
  pong: () => JSON.stringify({ channel: "pong", data: 1 }),
  diff: (topic, { first, last, bids, asks, timeMs }) =>
    JSON.stringify({
      symbol: topic.symbol,
      data: { cts: timeMs, asks: numbers(asks), bids: numbers(bids), end: last, begin: first, version: last },
      channel: "push.depth",
      ts: timeMs + 3,
    }),
  full: null,
  startsFull: () => false,
  trades: (topic, { trades, timeMs }) =>
    JSON.stringify({
      symbol: topic.symbol,
      data: trades.map((one) => ({
        p: Number(one.price),
        v: Number(one.size),
        T: one.side === "buy" ? 1 : 2,
        O: 3,
        M: 2,
        t: one.timeMs,
        i: String(one.id),
        cts: one.timeMs,
      })),
      channel: "push.deal",
      ts: timeMs,
    }),
  quote: () => "",
  mark: (topic, { bids, timeMs }) =>
    JSON.stringify({
      symbol: topic.symbol,
      data: {
        symbol: topic.symbol,
        fairPrice: Number(bids[0]?.[0]),
        indexPrice: Number(bids[0]?.[0]),
        fundingRate: 0.0001,
      },
      channel: "push.ticker",
      ts: timeMs,
    }),
  leaving: null,
  rest: (path, query) => {
    const depth = /^\/api\/v1\/contract\/depth\/(.+)$/.exec(path)?.[1];
    if (depth) return { kind: "depth", symbol: depth, limit: Number(query.get("limit") ?? 20) };
    const [, symbol, count] = /^\/api\/v1\/contract\/depth_commits\/([^/]+)\/(\d+)$/.exec(path) ?? [];
    if (symbol) return { kind: "repair", symbol, count: Number(count) };
    if (path === "/api/v1/contract/detail") return { kind: "instruments" };
    return path === "/api/v1/contract/ping" ? { kind: "time" } : null;
  },
  depthBody: (_symbol, { id, bids, asks, timeMs }) =>
    answer({ cts: null, asks: numbers(asks), bids: numbers(bids), version: id, timestamp: timeMs }),
  repairBody: (_symbol, batches) =>
    answer(
      batches.map(({ first, last, bids, asks }) => ({
        asks: numbers(asks),
        bids: numbers(bids),
        begin: first,
        end: last,
        version: last,
      })),
    ),
  instrumentsBody: (listings) =>
    answer(
      listings.map(({ symbol, base, quote }) => ({
        symbol,
        baseCoin: base,
        quoteCoin: quote,
        contractSize: 0.0001,
        state: 0,
        apiAllowed: true,
      })),
    ),
  timeBody: (now) => answer(Math.round(now)),
  noSuchSymbol: { status: 200, body: { success: false, code: 1001, message: "Contract does not exist" } },
};

const answer = (data: unknown) => ({ success: true, code: 0, data });

export const mexcDialects: readonly Dialect[] = [spot, linear];

import { MarketErrors } from "../errors.ts";
import type { Level, MarketEvent, Trade } from "../exchange.ts";
import { id } from "../fields.ts";
import { ProtobufReader } from "../protobuf.ts";

/** Fields of the wrapper that concern us; the exchange's own definition numbers bodies from 301 on. */
const CHANNEL = 1;
const SYMBOL = 3;
const CREATE_TIME = 5;
const SEND_TIME = 6;
const BODIES = new Set([301, 302, 303, 304, 305, 306, 307, 308, 309, 310, 311, 312, 313, 314, 315]);
const LIMIT_DEPTHS = 303;
const AGGRE_DEPTHS = 313;
const AGGRE_DEALS = 314;
const BOOK_TICKER = 305;
const AGGRE_BOOK_TICKER = 315;

/** The taker's side by its number. */
const SIDES: Record<number, Trade["side"]> = { 1: "buy", 2: "sell" };

type Wrapper = { channel: string; symbol: string; createMs: number | null; sendMs: number | null };

/** Reads a binary push of the spot feed. The body may stand before the fields that say what it is about. */
export function readPush(frame: Buffer): MarketEvent {
  const wrapper: Wrapper = { channel: "", symbol: "", createMs: null, sendMs: null };
  const reader = new ProtobufReader(frame);
  let body: { field: number; reader: ProtobufReader } | null = null;
  while (reader.next()) {
    if (reader.field === CHANNEL) wrapper.channel = reader.name();
    else if (reader.field === SYMBOL) wrapper.symbol = reader.name();
    else if (reader.field === CREATE_TIME) wrapper.createMs = reader.integer();
    else if (reader.field === SEND_TIME) wrapper.sendMs = reader.integer();
    else if (reader.field > 300) body = { field: reader.field, reader: reader.message() };
  }
  const symbol = wrapper.symbol || (wrapper.channel.split("@").at(-1) ?? "");
  if (symbol === "") throw MarketErrors.BAD_FRAME("a push without channel and symbol");
  // A wrapper without a body does occur and means nothing.
  if (body === null) return { kind: "empty", symbol };
  return readBody(body.field, body.reader, { ...wrapper, symbol });
}

function readBody(field: number, body: ProtobufReader, wrapper: Wrapper): MarketEvent {
  switch (field) {
    case AGGRE_DEPTHS:
      return readDiff(body, wrapper);
    case AGGRE_DEALS:
      return readTrades(body, wrapper);
    case AGGRE_BOOK_TICKER:
    case BOOK_TICKER:
      return readQuote(body, wrapper);
    case LIMIT_DEPTHS:
      return readLimitDepth(body, wrapper);
    default:
      if (BODIES.has(field)) return { kind: "empty", symbol: wrapper.symbol };
      throw MarketErrors.UNKNOWN_FRAME(`body ${field} of ${wrapper.channel}`);
  }
}

/** Asks come before bids; a side without changes is left out. */
function readDiff(body: ProtobufReader, { symbol, sendMs }: Wrapper): MarketEvent {
  const asks: Level[] = [];
  const bids: Level[] = [];
  let [from, to] = ["", ""];
  let orderMs: number | null = null;
  while (body.next()) {
    if (body.field === 1) asks.push(readLevel(body.message()));
    else if (body.field === 2) bids.push(readLevel(body.message()));
    else if (body.field === 4) from = body.text();
    else if (body.field === 5) to = body.text();
    else if (body.field === 6) orderMs = body.integer();
  }
  const [first, last] = [id(from, "fromVersion"), id(to, "toVersion")];
  return { kind: "diff", symbol, first, last, prev: null, bids, asks, engineMs: orderMs || sendMs, pushMs: sendMs };
}

/** The best levels only: what they say about the book is its top, so they are quotes here. */
function readLimitDepth(body: ProtobufReader, { symbol, sendMs }: Wrapper): MarketEvent {
  let ask: Level | null = null;
  let bid: Level | null = null;
  let version = "";
  while (body.next()) {
    if (body.field === 1) ask ??= readLevel(body.message());
    else if (body.field === 2) bid ??= readLevel(body.message());
    else if (body.field === 4) version = body.text();
  }
  return {
    kind: "quote",
    symbol,
    bid,
    ask,
    id: version ? id(version, "version") : null,
    engineMs: sendMs,
    pushMs: sendMs,
  };
}

function readLevel(item: ProtobufReader): Level {
  let price = "";
  let quantity = "";
  while (item.next()) {
    if (item.field === 1) price = item.text();
    else if (item.field === 2) quantity = item.text();
  }
  if (price === "" || quantity === "") throw MarketErrors.BAD_FRAME("a level without price or quantity");
  return [price, quantity];
}

function readTrades(body: ProtobufReader, { symbol, sendMs }: Wrapper): MarketEvent {
  const trades: Trade[] = [];
  while (body.next()) if (body.field === 1) trades.push(readTrade(body.message()));
  return { kind: "trades", symbol, trades, pushMs: sendMs };
}

function readTrade(item: ProtobufReader): Trade {
  const trade: Trade = { id: null, price: "", size: "", side: "unknown", timeMs: 0 };
  while (item.next()) {
    if (item.field === 1) trade.price = item.text();
    else if (item.field === 2) trade.size = item.text();
    else if (item.field === 3) trade.side = SIDES[item.integer()] ?? "unknown";
    else if (item.field === 4) trade.timeMs = item.integer();
    else if (item.field === 5) trade.id = item.text();
  }
  if (trade.price === "" || trade.size === "") throw MarketErrors.BAD_FRAME("a trade without price or quantity");
  return trade;
}

function readQuote(body: ProtobufReader, { symbol, sendMs }: Wrapper): MarketEvent {
  const parts = ["", "", "", "", ""];
  let orderMs: number | null = null;
  while (body.next()) {
    if (body.field >= 1 && body.field <= 5) parts[body.field - 1] = body.text();
    else if (body.field === 6) orderMs = body.integer();
  }
  const [bidPrice = "", bidSize = "", askPrice = "", askSize = "", version = ""] = parts;
  return {
    kind: "quote",
    symbol,
    bid: bidPrice === "" ? null : [bidPrice, bidSize],
    ask: askPrice === "" ? null : [askPrice, askSize],
    id: version === "" ? null : id(version, "version"),
    engineMs: orderMs || sendMs,
    pushMs: sendMs,
  };
}

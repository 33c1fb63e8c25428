import type { z } from "zod";

/** Price and size as the exchange wrote them; the size is absolute, 0 deletes the level. */
export type Level = readonly [price: string, size: string];

/** Ids `first` to `last` of a book's changes. `prev` is the last id before, where the exchange says it. Times in ms. */
export type Diff = {
  kind: "diff";
  symbol: string;
  first: number;
  last: number;
  prev: number | null;
  bids: readonly Level[];
  asks: readonly Level[];
  engineMs: number | null;
  pushMs: number | null;
};

/** A whole book at id `id`. `restarted` says that the exchange began to count anew. */
export type Snapshot = {
  kind: "snapshot";
  symbol: string;
  id: number;
  bids: readonly Level[];
  asks: readonly Level[];
  engineMs: number | null;
  pushMs: number | null;
  restarted?: boolean;
};

/** `side` is the taker's. `id` is null where the exchange gives none. */
export type Trade = {
  id: string | null;
  price: string;
  size: string;
  side: "buy" | "sell" | "unknown";
  timeMs: number;
  isBlock?: boolean;
};
export type Trades = { kind: "trades"; symbol: string; trades: readonly Trade[]; pushMs: number | null };

export type Quote = {
  kind: "quote";
  symbol: string;
  bid: Level | null;
  ask: Level | null;
  id: number | null;
  engineMs: number | null;
  pushMs: number | null;
};

/** Prices beside the book; what a frame doesn't say is null. */
export type Mark = {
  kind: "mark";
  symbol: string;
  markPrice: string | null;
  indexPrice: string | null;
  fundingRate: string | null;
  nextFundingMs: number | null;
  pushMs: number | null;
};

/** Answers to subscriptions name the request or the topics; where they name neither, the oldest open one is meant. */
export type Ack = { kind: "ack"; request: string | null; topics: readonly string[] | null };
export type Reject = { kind: "reject"; request: string | null; topics: readonly string[] | null; reason: string };

export type MarketEvent =
  | Diff
  | Snapshot
  | Trades
  | Quote
  | Mark
  | Ack
  | Reject
  | { kind: "pong" }
  /** The exchange is about to close the connection: open another one first. */
  | { kind: "leaving"; reason: string }
  /** A frame without content, or one that is of no interest. */
  | { kind: "empty"; symbol: string | null };

/** How diffs follow one another and a snapshot; all pure. */
export type JoinRule = {
  /** `rest`: fetched while diffs are buffered; `push`: the feed sends it after subscribing. */
  snapshot: "rest" | "push";
  /** Everything in the diff is already in a book at id `last`. */
  isOld: (diff: Diff, last: number) => boolean;
  /** The diff may be the first one applied on a snapshot of id `id`. */
  joins: (diff: Diff, id: number) => boolean;
  /** The diff continues a book at id `last`. */
  continues: (diff: Diff, last: number) => boolean;
  /** How many ids lie between `last` and the diff. */
  missing: (diff: Diff, last: number) => number;
};

/** A thing to subscribe to: `name` is unique on a connection, `route` picks the endpoint where there are several. */
export type Topic = { symbol: string; channel: Channel; name: string; route?: string };
export type Channel = "book" | "trades" | "quotes" | "marks";

export type RestRequest = { path: string; weight: number };
export type RestReply = { status: number; header: (name: string) => string | null; text: string };

/** Why an answer is no data: decided by its body, never by the status alone. */
export type RestProblem = {
  kind: "throttled" | "banned" | "forbidden" | "delisted" | "failed";
  reason: string;
  /** No request to this host before so long has passed, in ms. */
  waitMs: number;
};

/** A market as the exchange lists it. `contractSize` is in base units, where sizes are counted in contracts. */
export type Instrument = { symbol: string; base: string; quote: string; trading: boolean; contractSize?: string };

export type FeedChoice = {
  channels: readonly Channel[];
  depth: number;
  speed: string;
  depthChannel: "auto" | "obu" | "diff";
};

/** One kind of market of an exchange: data and pure functions, no I/O. */
export type Product = {
  /** The name in configurations, metrics and files, as Hummingbot calls it: `binance`, `binance_perpetual`. */
  connector: string;
  /** Other spellings taken in configurations. */
  aliases: readonly string[];
  endpoints: { ws: string; rest: string };
  /** The full address of a connection, from the endpoint and the topics' route. */
  wsUrl?: (ws: string, route: string | undefined) => string;
  wsHeaders?: Readonly<Record<string, string>>;
  /** The exchange's spelling of a pair. */
  symbolOf: (base: string, quote: string) => string;
  topics: (symbol: string, choice: FeedChoice) => Topic[];
  subscribe: (topics: readonly Topic[], request: number) => string;
  unsubscribe: (topics: readonly Topic[], request: number) => string;
  /** What sizes count; base units where nothing is said. */
  sizeUnit?: "base" | "contract";
  limits: {
    topicsPerFrame: number;
    topicsPerConnection: number;
    /** Characters of all topic names of one connection. */
    charsPerConnection?: number;
    framesPerSecond: number;
    /** The exchange cuts a connection after so long. */
    lifeMs?: number;
    /** Connections a second that may be opened. */
    connectsPerSecond: number;
  };
  /** What the client must send so that the exchange keeps a quiet connection. */
  keepalive: { everyMs: number; frame: (nowMs: number) => string } | null;
  /** Reads one frame. Throws MARKET_BAD_FRAME or MARKET_UNKNOWN_FRAME. */
  read: (frame: Buffer, isBinary: boolean) => MarketEvent;
  rule: JoinRule;
  /** Another rule for some choices, where the exchange has two kinds of feed. */
  ruleFor?: (choice: FeedChoice) => JoinRule;
  /** Levels a side the feed maintains; a book keeps no more. Absent: the whole depth. */
  maintainedDepth?: (choice: FeedChoice) => number;
  rest: {
    snapshot: (symbol: string, depth: number) => RestRequest;
    readSnapshot: (symbol: string, body: unknown) => Snapshot;
    /** Diffs the exchange can send again, for gaps of at most so many ids. */
    repair?: {
      request: (symbol: string, ids: number) => RestRequest;
      read: (symbol: string, body: unknown) => Diff[];
      max: number;
    };
    instruments: RestRequest;
    readInstruments: (body: unknown) => Instrument[];
    time: RestRequest;
    readTimeMs: (body: unknown) => number;
    problem: (reply: RestReply) => RestProblem | null;
    budget: readonly { weight: number; perMs: number }[];
  };
};

export type Exchange = {
  /** File name, documentation anchor. */
  id: string;
  title: string;
  options: z.ZodType;
  products: readonly Product[];
};

/** Declares an exchange; a file of exchanges/ exports one. */
export const defineExchange = (exchange: Exchange): Exchange => exchange;

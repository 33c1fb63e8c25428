import type { Batch, Numbering, View } from "./market.ts";

export type Wire = string | Buffer;
export type SimChannel = "book" | "trades" | "quotes" | "marks";
/** A subscription: `name` is the exchange's own word for it, `symbol` the exchange's own spelling. */
export type SimTopic = { name: string; symbol: string; channel: SimChannel };

/** What a client asked. `names` are topics as the client wrote them. */
export type Request = {
  kind: "subscribe" | "unsubscribe" | "ping" | "other";
  id: number | string | null;
  names: string[];
  raw: unknown;
};

/** What a REST path asks for. */
export type RestCall =
  | { kind: "depth"; symbol: string; limit: number }
  | { kind: "repair"; symbol: string; count: number }
  | { kind: "instruments" }
  | { kind: "time" };

export type Listing = { symbol: string; base: string; quote: string };

/** How one market of one exchange speaks. All pure: the server holds sockets, time and faults. */
export type Dialect = {
  /** As the collector's `connector_name`. */
  connector: string;
  numbering: Numbering;
  symbolOf: (base: string, quote: string) => string;
  request: (message: unknown) => Request;
  /** The topic behind a name, or null when there is none such: the exchange then refuses, or stays silent. */
  topic: (name: string) => SimTopic | null;
  /** One bad name among several fails all of them. */
  refusesWhole?: boolean;
  /** Names that don't exist are accepted, and nothing ever comes. */
  acceptsAnything?: boolean;
  accepted: (request: Request) => Wire;
  refused: (request: Request, name: string, reason: string) => Wire;
  pong: (request: Request) => Wire;
  diff: (topic: SimTopic, batch: Batch) => Wire;
  /** The whole book in the feed: at the start where the exchange sends one, or at any time. Null: it never does. */
  full: ((topic: SimTopic, view: View) => Wire) | null;
  /** Whether the topic starts with a whole book. */
  startsFull: (topic: SimTopic) => boolean;
  trades: (topic: SimTopic, batch: Batch) => Wire;
  quote: (topic: SimTopic, view: View) => Wire;
  mark: ((topic: SimTopic, view: View) => Wire) | null;
  /** Says that the connection is about to be closed, where the exchange does so. */
  leaving: Wire | null;
  rest: (path: string, query: URLSearchParams) => RestCall | null;
  depthBody: (symbol: string, view: View) => unknown;
  repairBody?: (symbol: string, batches: readonly Batch[]) => unknown;
  instrumentsBody: (listings: readonly Listing[]) => unknown;
  timeBody: (nowMs: number) => unknown;
  /** Status and body for a symbol that isn't there. */
  noSuchSymbol: { status: number; body: unknown };
};

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A member of a message whose shape is not known, or undefined. */
export const member = (value: unknown, name: string): unknown => (isRecord(value) ? value[name] : undefined);

export const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

export const requestId = (value: unknown): number | string | null =>
  typeof value === "number" || typeof value === "string" ? value : null;

export const kindOf = (method: unknown, subscribe: string, unsubscribe: string, ping: string): Request["kind"] => {
  if (method === subscribe) return "subscribe";
  if (method === unsubscribe) return "unsubscribe";
  return method === ping ? "ping" : "other";
};

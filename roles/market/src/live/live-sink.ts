import type { Diff, Mark, Quote, Snapshot, Trade } from "../exchange.ts";
import { noSink, type Sink } from "../sink.ts";
import type { GapNote } from "../symbol-book.ts";

/** One message of the live feed, as JSON: what changed, for one symbol, in the book's order. */
export type LiveMessage = {
  type: "diff" | "snapshot" | "trades" | "quote" | "mark" | "gap" | "joined";
  exchange: string;
  symbol: string;
  received_ms: number;
} & Record<string, unknown>;

/** Where live messages go. `isWanted` spares the work for symbols that nobody listens to. */
export type LiveOutlet = {
  isWanted: (symbol: string) => boolean;
  publish: (symbol: string, message: LiveMessage) => void;
};

/** A sink that tells outlets what happens, after the book took it: a listener never sees a diff out of order. */
export function liveSink(exchange: string, outlets: readonly LiveOutlet[], now: () => number): Sink {
  const tell = (type: LiveMessage["type"], symbol: string, received_ms: number, rest: Record<string, unknown>) => {
    for (const outlet of outlets)
      if (outlet.isWanted(symbol)) outlet.publish(symbol, { type, exchange, symbol, received_ms, ...rest });
  };
  return {
    ...noSink,
    diff: (symbol, diff: Diff, flags, { receivedMs }) =>
      tell("diff", symbol, receivedMs, {
        first_id: diff.first,
        last_id: diff.last,
        flags,
        engine_ms: diff.engineMs,
        bids: diff.bids,
        asks: diff.asks,
      }),
    snapshot: (symbol, snapshot: Snapshot, flags, { receivedMs }) =>
      tell("snapshot", symbol, receivedMs, { last_id: snapshot.id, flags, bids: snapshot.bids, asks: snapshot.asks }),
    trades: (symbol, trades: readonly Trade[], _pushMs, { receivedMs }) =>
      tell("trades", symbol, receivedMs, { trades }),
    quote: (symbol, { bid, ask, id }: Quote, { receivedMs }) =>
      tell("quote", symbol, receivedMs, { last_id: id, bid, ask }),
    mark: (symbol, { markPrice, indexPrice, fundingRate, nextFundingMs }: Mark, { receivedMs }) =>
      tell("mark", symbol, receivedMs, {
        mark_price: markPrice,
        index_price: indexPrice,
        funding_rate: fundingRate,
        next_funding_ms: nextFundingMs,
      }),
    gapOpened: (symbol, { gap, cause }: GapNote, nowMs) => tell("gap", symbol, nowMs, { ...gap, cause }),
    gapClosed: (symbol) => tell("joined", symbol, now(), {}),
  };
}

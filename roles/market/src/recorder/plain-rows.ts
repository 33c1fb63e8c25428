import type { Mark, Quote, Trade } from "../exchange.ts";
import type { Arrival } from "../symbol-book.ts";
import type { PlainRow } from "./table-columns.ts";

/** Rows of the trades table. `unit` is what sizes count: base units or contracts. */
export function tradeRows(
  trades: readonly Trade[],
  pushMs: number | null,
  { receivedMs, sequence }: Arrival,
  unit: "base" | "contract",
): PlainRow[] {
  return trades.map((trade) => ({
    timestamp: trade.timeMs || (pushMs ?? receivedMs),
    received_timestamp: receivedMs,
    trade_id: trade.id,
    side: trade.side,
    price: trade.price,
    amount: trade.size,
    price_str: trade.price,
    amount_str: trade.size,
    amount_unit: unit,
    is_block: trade.isBlock === true,
    seq: sequence,
  }));
}

/** The row of the quotes table. */
export const quoteRow = ({ bid, ask, id, engineMs, pushMs }: Quote, { receivedMs }: Arrival): PlainRow => ({
  timestamp: engineMs ?? pushMs ?? receivedMs,
  received_timestamp: receivedMs,
  update_id: id,
  bid_price: bid?.[0] ?? null,
  bid_amount: bid?.[1] ?? null,
  ask_price: ask?.[0] ?? null,
  ask_amount: ask?.[1] ?? null,
});

/** The row of the marks table. */
export const markRow = (mark: Mark, { receivedMs }: Arrival): PlainRow => ({
  timestamp: mark.pushMs ?? receivedMs,
  received_timestamp: receivedMs,
  mark_price: mark.markPrice,
  index_price: mark.indexPrice,
  funding_rate: mark.fundingRate,
  next_funding_time: mark.nextFundingMs,
});

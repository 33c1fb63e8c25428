import { dialects } from "../roles/sim/src/exchanges/dialects/index.ts";
import { type Level, TrueMarket, type View } from "../roles/sim/src/exchanges/market.ts";

export type Frames = { snapshot: View; frames: Buffer[]; symbol: string };

/** `count` frames of one simulated book with about `levels` changed levels each, and the book before the first one. */
export function framesOf(connector: string, base: string, count: number, levels: number): Frames {
  const dialect = dialects.find((one) => one.connector === connector);
  if (!dialect) throw new Error(`no exchange ${connector}`);
  const market = new TrueMarket({
    base,
    quote: "USDT",
    seed: base.length + levels,
    numbering: dialect.numbering,
    history: 0,
  });
  const symbol = dialect.symbolOf(base, "USDT");
  const names: Record<string, string> = {
    binance: `${symbol.toLowerCase()}@depth@100ms`,
    binance_perpetual: `${symbol.toLowerCase()}@depth@100ms`,
    bybit: `orderbook.200.${symbol}`,
    bybit_perpetual: `orderbook.200.${symbol}`,
    gate_io: `spot.order_book_update ${symbol} 100ms`,
    gate_io_perpetual: `futures.order_book_update ${symbol} 100ms`,
    mexc: `spot@public.aggre.depth.v3.api.pb@100ms@${symbol}`,
    mexc_perpetual: `depth ${symbol}`,
  };
  const topic = dialect.topic(names[connector] ?? "");
  if (!topic) throw new Error(`no topic of ${connector}`);
  const snapshot = market.view(1_790_000_000_000);
  const frames = Array.from({ length: count }, (_, at) =>
    Buffer.from(dialect.diff(topic, padded(market.step(Math.ceil(levels * 1.15), 1_790_000_000_000 + at * 100)))),
  );
  return { snapshot, frames, symbol };
}

/** Binance and others pad decimals to eight places. */
function padded<T extends { bids: Level[]; asks: Level[] }>(batch: T): T {
  const pad = ([price, size]: Level): Level => [Number(price).toFixed(8), Number(size).toFixed(8)];
  return { ...batch, bids: batch.bids.map(pad), asks: batch.asks.map(pad) };
}

/** CPU seconds of this process for `work`, all threads. */
export function cpuOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

import { type Log, messageOf } from "@banksman/kit";
import type { Product } from "./exchange.ts";
import type { RestClient } from "./rest.ts";
import { guessPairs, type Market, resolvePairs } from "./symbols.ts";

export type FoundMarkets = {
  markets: Market[];
  /** The symbols the exchange lists; null when its list can't be had. */
  listed: ReadonlySet<string> | null;
  /** Pairs that it doesn't list, with a sentence that names the nearest one. */
  refused: Map<string, string>;
};

const PATIENCE_MS = 15_000;

/** Looks the configured pairs up in the exchange's own list; without one they are taken as they are spelt. */
export async function findMarkets(
  product: Product,
  names: readonly string[],
  rest: RestClient,
  signal: AbortSignal,
  log: Log,
): Promise<FoundMarkets> {
  const refused = new Map<string, string>();
  try {
    const body = await rest.get(product.rest.instruments, AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]));
    const instruments = product.rest.readInstruments(body).filter((one) => one.trading);
    const { markets, unknown } = resolvePairs(names, instruments);
    for (const { pair, nearest } of unknown) {
      const sentence = `${product.connector} has no market ${pair}${nearest === null ? "" : `; did you mean ${nearest}?`}`;
      refused.set(pair, sentence);
      log.error({ symbol: pair, nearest }, sentence);
    }
    return { markets, listed: new Set(instruments.map((one) => one.symbol)), refused };
  } catch (error) {
    const why = "the exchange's list of markets can't be had; taking the pairs as they are spelt";
    log.warn({ error: messageOf(error) }, why);
    return { markets: guessPairs(names, product), listed: null, refused };
  }
}

import type { Exchange, Product } from "../exchange.ts";
import { binance } from "./binance.ts";
import { bybit } from "./bybit.ts";
import { gateIo } from "./gate-io.ts";
import { mexc } from "./mexc.ts";

/** Every exchange, in the order of the file names. */
export const exchanges: readonly Exchange[] = [binance, bybit, gateIo, mexc];

/** The market that a configuration's `connector_name` means, by its name or another spelling; undefined if none. */
export function productOf(connector: string, all: readonly Exchange[] = exchanges): Product | undefined {
  const name = connector.trim().toLowerCase();
  return all
    .flatMap((exchange) => exchange.products)
    .find((product) => product.connector === name || product.aliases.includes(name));
}

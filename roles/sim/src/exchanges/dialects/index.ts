import type { Dialect } from "../dialect.ts";
import { binanceDialects } from "./binance.ts";
import { bybitDialects } from "./bybit.ts";
import { gateDialects } from "./gate-io.ts";
import { mexcDialects } from "./mexc.ts";

/** Every market of every exchange that can be simulated. */
export const dialects: readonly Dialect[] = [...binanceDialects, ...bybitDialects, ...gateDialects, ...mexcDialects];

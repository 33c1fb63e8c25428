import { z } from "zod";

/**
 * What a mine earns by, told from outside: `btc_price` in USD, network `difficulty`, `subsidy_btc` and `fees_btc` of a
 * block, and `hashprice`, USD a PH/s and day, where a pool states its own.
 */
export const MarketFactName = z.enum(["btc_price", "difficulty", "subsidy_btc", "fees_btc", "hashprice"]);
export type MarketFactName = z.infer<typeof MarketFactName>;

/** A block may carry no fees, and one day no subsidy; a price or difficulty of 0 is a fault of who tells it. */
const MAY_BE_ZERO: readonly MarketFactName[] = ["subsidy_btc", "fees_btc"];

export const MarketFact = z
  .object({
    name: MarketFactName,
    value: z.number().nonnegative(),
    /** When it held. */
    at: z.iso.datetime(),
    /** Who tells it, such as binance BTC-USDT. */
    source: z.string().min(1).max(100),
  })
  .refine(({ name, value }) => value > 0 || MAY_BE_ZERO.includes(name), { error: "must be above 0", path: ["value"] });
export type MarketFact = z.infer<typeof MarketFact>;

/** Facts of the market, from a market collector (or anybody with a key) to the server. */
export const MarketReadings = z.object({ version: z.literal(1), facts: z.array(MarketFact).min(1).max(100) });
export type MarketReadings = z.infer<typeof MarketReadings>;

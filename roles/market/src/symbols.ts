import type { Instrument, Product } from "./exchange.ts";

/** A market of the configuration: `pair` as in metrics and files (BTC-USDT), `symbol` as the exchange spells it. */
export type Market = { pair: string; symbol: string; contractSize: string | null };

/** A pair of the configuration that the exchange doesn't list, with the one it most likely means. */
export type UnknownPair = { pair: string; nearest: string | null };

/** Quote currencies by which a pair without a separator is cut when the exchange's list can't be had; longest first. */
const QUOTES = [
  "FDUSD",
  "USDT",
  "USDC",
  "USDE",
  "TUSD",
  "BUSD",
  "USD1",
  "USD",
  "EUR",
  "GBP",
  "TRY",
  "BRL",
  "JPY",
  "BTC",
  "ETH",
  "BNB",
  "MX",
];

/** Letters of any script: without those of 币安人生USDT it would be any other such coin. */
const bare = (name: string) => name.toUpperCase().replace(/[^\p{L}\p{N}]/gu, "");

/** Cuts `AUKIUSDT`, `virtual-usdt`, `BTC_USDT` or `BTC/USDT` into base and quote by their spelling alone. */
export function splitPair(name: string): { base: string; quote: string } {
  const upper = name.trim().toUpperCase();
  const [base, quote, ...rest] = upper.split(/[-_/:]/);
  if (base && quote && rest.length === 0) return { base, quote };
  const found = QUOTES.find((one) => bare(upper).endsWith(one) && bare(upper).length > one.length);
  return found ? { base: bare(upper).slice(0, -found.length), quote: found } : { base: bare(upper), quote: "USDT" };
}

/** The markets meant by `names`, in any spelling, as the exchange's own list has them; each once. */
export function resolvePairs(
  names: readonly string[],
  instruments: readonly Instrument[],
): { markets: Market[]; unknown: UnknownPair[] } {
  const listed = new Map(instruments.map((one) => [bare(one.base + one.quote), one]));
  const markets = new Map<string, Market>();
  const unknown: UnknownPair[] = [];
  for (const name of names) {
    const found = listed.get(bare(name));
    if (found) markets.set(found.symbol, marketOf(found));
    else unknown.push({ pair: pairText(splitPair(name)), nearest: nearestPair(name, instruments) });
  }
  return { markets: [...markets.values()], unknown };
}

/** The markets meant by `names` when the exchange's list can't be had. */
export function guessPairs(names: readonly string[], product: Product): Market[] {
  const markets = names.map((name) => {
    const { base, quote } = splitPair(name);
    return { pair: pairText({ base, quote }), symbol: product.symbolOf(base, quote), contractSize: null };
  });
  return [...new Map(markets.map((market) => [market.symbol, market])).values()];
}

const pairText = ({ base, quote }: { base: string; quote: string }) => `${base}-${quote}`.toUpperCase();

const marketOf = (one: Instrument): Market => ({
  pair: pairText(one),
  symbol: one.symbol,
  contractSize: one.contractSize ?? null,
});

/** The listed pair whose spelling is least far away, if any is near enough to be meant. */
export function nearestPair(name: string, instruments: readonly Instrument[]): string | null {
  const wanted = bare(name);
  let best: { pair: string; distance: number } | null = null;
  for (const one of instruments) {
    const distance = editDistance(wanted, bare(one.base + one.quote), best?.distance ?? 4);
    if (distance < (best?.distance ?? 4)) best = { pair: pairText(one), distance };
  }
  return best?.pair ?? null;
}

/** Insertions, deletions and replacements from `a` to `b`; gives up with `limit` when there are at least so many. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
    if (Math.min(...row) >= limit) return limit;
  }
  return row[b.length] ?? limit;
}

import { MarketErrors } from "./errors.ts";
import { type Part, readManifest } from "./recorder/manifest.ts";

export type PartFilter = {
  dir: string;
  exchange?: string | undefined;
  symbol?: string | undefined;
  fromMs?: number;
  toMs?: number;
};

const bare = (text: string) => text.toUpperCase().replace(/[^A-Z0-9]/g, "");

/** The ticks files of the folder that the filter lets through, in the order of their rows. */
export async function tickParts({ dir, exchange, symbol, fromMs, toMs }: PartFilter): Promise<Part[]> {
  const { parts } = await readManifest(dir);
  const found = parts
    .filter((part) => part.table === "ticks")
    .filter((part) => exchange === undefined || part.exchange === exchange)
    .filter((part) => symbol === undefined || bare(part.symbol) === bare(symbol))
    .filter((part) => (fromMs === undefined || part.max_ms >= fromMs) && (toMs === undefined || part.min_ms <= toMs));
  if (found.length === 0)
    throw MarketErrors.NO_FILES(`${dir}${symbol === undefined ? "" : ` (${exchange ?? "any exchange"} ${symbol})`}`);
  return found.toSorted((a, b) => a.min_ms - b.min_ms || a.path.localeCompare(b.path));
}

/** Whether the file has the reference's thirteen columns only. */
export const isReferencePart = ({ path }: Part): boolean => /^[^/]+_\d{8}\/part_\d+\.parquet$/.test(path);

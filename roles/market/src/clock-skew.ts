import type { Clock } from "@banksman/kit";
import type { Product } from "./exchange.ts";
import type { RestClient } from "./rest.ts";

/** A trip longer than this says too little about a moment in it. */
const LONGEST_TRIP_MS = 5_000;

/** The exchange's clock less this machine's in seconds, from the middle of a request; null when it can't be told. */
export async function measureSkew(
  product: Product,
  rest: RestClient,
  clock: Clock,
  signal: AbortSignal,
): Promise<number | null> {
  const before = clock.monotonic();
  const body = await rest.get(product.rest.time, signal);
  const trip = clock.monotonic() - before;
  const theirs = product.rest.readTimeMs(body);
  if (theirs <= 0 || trip > LONGEST_TRIP_MS) return null;
  return (theirs - (clock.now() - trip / 2)) / 1_000;
}

import { type Clock, type Log, messageOf, VERSION } from "@banksman/kit";
import { type MarketReadings, UPLOAD_HEADERS } from "@banksman/wire/ingest";
import type { Collector } from "./collector.ts";

export type ServerOptions = { url: string; key: string; site?: string | undefined; pair: string; every_s: number };

const TIMEOUT_MS = 10_000;

/** The middle of a live book as a number, or null while it is not live, one-sided or crossed. */
export function middleOf(book: Collector["books"][number]): number | null {
  const { bids, asks } = book.book.top(1);
  const [bid, ask] = [Number(bids[0]?.[0]), Number(asks[0]?.[0])];
  return book.isLive && bid > 0 && ask > bid ? (bid + ask) / 2 : null;
}

/** Tells a Banksman server the price of bitcoin now and then, over its own upload interface. */
export async function tellServer(
  options: ServerOptions,
  collectors: readonly Collector[],
  parts: { clock: Clock; log: Log; signal: AbortSignal },
): Promise<void> {
  const { clock, log, signal } = parts;
  let isTold = true;
  while (!signal.aborted) {
    try {
      await clock.sleep(options.every_s * 1_000, signal);
      await tellOnce(options, collectors, clock, signal);
      if (!isTold) log.info("the server takes prices again");
      isTold = true;
    } catch (error) {
      if (signal.aborted) return;
      if (isTold) log.warn({ error: messageOf(error) }, `the server did not take the price: ${messageOf(error)}`);
      isTold = false;
    }
  }
}

async function tellOnce(
  options: ServerOptions,
  collectors: readonly Collector[],
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  for (const collector of collectors) {
    const book = collector.books.find((one) => one.market.pair === options.pair);
    const value = book ? middleOf(book) : null;
    if (value === null) continue;
    const source = `${collector.config.product.connector} ${options.pair}`;
    const body: MarketReadings = {
      version: 1,
      facts: [{ name: "btc_price", value, at: new Date(clock.now()).toISOString(), source }],
    };
    const response = await fetch(`${options.url.replace(/\/$/, "")}/api/market/readings`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        [UPLOAD_HEADERS.key]: options.key,
        [UPLOAD_HEADERS.version]: VERSION,
        ...(options.site !== undefined && { [UPLOAD_HEADERS.site]: options.site }),
      },
      body: JSON.stringify(body),
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(`HTTP ${response.status} ${answer.slice(0, 200)}`);
    return;
  }
}

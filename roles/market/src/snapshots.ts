import { backoffMs, type Clock, type Log, messageOf } from "@banksman/kit";
import type { Product, Snapshot } from "./exchange.ts";
import { bump, type CollectorFigures } from "./figures.ts";
import { type RestClient, RestRefusal } from "./rest.ts";

type Parts = {
  product: Product;
  rest: RestClient;
  depth: number;
  clock: Clock;
  figures: CollectorFigures;
  log: Log;
  signal: AbortSignal;
  maxBackoffMs: number;
  /** Takes a snapshot and answers whether it was of use; if not, another one is fetched. */
  take: (snapshot: Snapshot) => boolean;
  /** Whether the symbol still needs one: a feed may have sent a snapshot itself in the meantime. */
  isWanted: (symbol: string) => boolean;
  onFailed: (symbol: string, reason: string, attempt: number) => void;
  onDelisted: (symbol: string, reason: string) => void;
};

const AT_ONCE = 4;

/** Fetches the snapshots that books ask for: a few at once, each again and again with a growing wait until one joins. */
export class SnapshotQueue {
  readonly #parts: Parts;
  readonly #waiting: string[] = [];
  readonly #known = new Set<string>();
  #running = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  want(symbol: string): void {
    if (this.#known.has(symbol)) return;
    this.#known.add(symbol);
    this.#waiting.push(symbol);
    this.#pump();
  }

  #pump(): void {
    while (this.#running < AT_ONCE) {
      const symbol = this.#waiting.shift();
      if (symbol === undefined) return;
      this.#running++;
      this.#fetchUntilJoined(symbol)
        .catch((error: unknown) => {
          if (!this.#parts.signal.aborted) this.#parts.log.error({ err: error, symbol }, "fetching a snapshot ended");
        })
        .finally(() => {
          this.#running--;
          this.#known.delete(symbol);
          this.#pump();
        });
    }
  }

  async #fetchUntilJoined(symbol: string): Promise<void> {
    const { product, rest, depth, figures, signal, take, isWanted, onFailed, onDelisted } = this.#parts;
    for (let attempt = 1; isWanted(symbol); attempt++) {
      try {
        const body = await rest.get(product.rest.snapshot(symbol, depth), signal);
        bump(figures.snapshotRequests, "ok");
        const snapshot = product.rest.readSnapshot(symbol, body);
        if (take(snapshot)) return;
        onFailed(symbol, "the snapshot does not meet the diffs", attempt);
      } catch (error) {
        if (signal.aborted) return;
        const kind = error instanceof RestRefusal ? error.problem.kind : "failed";
        bump(figures.snapshotRequests, kind);
        if (kind === "delisted") return onDelisted(symbol, messageOf(error));
        onFailed(symbol, messageOf(error), attempt);
      }
      await this.#pause(attempt);
    }
  }

  #pause(attempt: number): Promise<void> {
    const { clock, signal, maxBackoffMs } = this.#parts;
    return clock.sleep(backoffMs({ firstMs: 500, maxMs: maxBackoffMs }, attempt), signal);
  }
}

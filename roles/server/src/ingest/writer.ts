import type { Log } from "@banksman/kit";
import type { Batch, IngestStore, Written } from "./store.ts";

/** Rows of one transaction: more would hold the lock on latest for too long. */
const MAX_ROWS = 20_000;
/** Rows waiting; beyond it the server says 503 instead of filling its memory. */
const MAX_WAITING_ROWS = 100_000;

type Waiting<F> = { batch: Batch<F>; resolve: (written: Written<F>) => void; reject: (error: unknown) => void };

/**
 * One writer: while a transaction runs, batches gather and go together in the next. When a transaction of several fails,
 * each is tried alone, so that one that can't be written does not sink its neighbours.
 */
export function createWriter<F>(store: Pick<IngestStore, "write">, log: Log) {
  let waiting: Waiting<F>[] = [];
  let waitingRows = 0;
  let running: Promise<void> | null = null;

  const takeNext = (): Waiting<F>[] => {
    let rows = 0;
    const count = waiting.findIndex(({ batch }) => {
      rows += batch.rows.count;
      return rows > MAX_ROWS;
    });
    const taken = count === -1 ? waiting : waiting.slice(0, Math.max(1, count));
    waiting = waiting.slice(taken.length);
    waitingRows -= taken.reduce((sum, { batch }) => sum + batch.rows.count, 0);
    return taken;
  };

  const writeTogether = async (taken: Waiting<F>[]): Promise<void> => {
    try {
      const written = await store.write(taken.map(({ batch }) => batch));
      taken.forEach(({ resolve, reject }, index) => {
        const result = written[index];
        if (result) resolve(result);
        else reject(new Error("the store answered for fewer batches than it was given"));
      });
    } catch (error) {
      if (taken.length === 1) return taken[0]?.reject(error);
      log.warn({ err: error, batches: taken.length }, "a transaction of several batches failed; trying each alone");
      for (const one of taken) await writeTogether([one]);
    }
  };

  const run = async (): Promise<void> => {
    while (waiting.length > 0) await writeTogether(takeNext());
    running = null;
  };

  return {
    /** Whether another `rows` fit; when not, the caller should come back later. */
    hasRoom: (rows: number): boolean => waitingRows === 0 || waitingRows + rows <= MAX_WAITING_ROWS,
    write: (batch: Batch<F>): Promise<Written<F>> =>
      new Promise((resolve, reject) => {
        waiting.push({ batch, resolve, reject });
        waitingRows += batch.rows.count;
        running ??= run();
      }),
    /** Resolves when nothing is being written. */
    drained: async (): Promise<void> => {
      while (running) await running;
    },
  };
}

import type { CameraAnswer } from "@banksman/video";

/** One fetch of each part however many want it, and the newest ones kept, bounded by their bytes. */
export type PartCache = {
  get: (key: string, fetch: () => Promise<CameraAnswer>) => Promise<CameraAnswer>;
  bytes: () => number;
};

/** What failed is not asked for again at once by everybody who waits. */
const FAILED_MS = 1_500;
const MOST_FAILED = 5_000;

export function createPartCache(mostBytes: number, now: () => number = Date.now): PartCache {
  /** In the order of their last use, the oldest first. */
  const kept = new Map<string, CameraAnswer>();
  const coming = new Map<string, Promise<CameraAnswer>>();
  const failed = new Map<string, { error: unknown; untilMs: number }>();
  let bytes = 0;

  const keep = (key: string, answer: CameraAnswer): void => {
    kept.set(key, answer);
    bytes += answer.body.length;
    for (const [oldest, { body }] of kept) {
      if (bytes <= mostBytes) return;
      kept.delete(oldest);
      bytes -= body.length;
    }
  };

  return {
    get: async (key, fetch) => {
      const found = kept.get(key);
      if (found) {
        kept.delete(key);
        kept.set(key, found);
        return found;
      }
      const failure = failed.get(key);
      if (failure && failure.untilMs > now()) throw failure.error;
      const running = coming.get(key);
      if (running) return running;
      const fetched = fetch()
        .then(
          (answer) => {
            keep(key, answer);
            return answer;
          },
          (error: unknown) => {
            if (failed.size >= MOST_FAILED) failed.clear();
            failed.set(key, { error, untilMs: now() + FAILED_MS });
            throw error;
          },
        )
        .finally(() => coming.delete(key));
      coming.set(key, fetched);
      return fetched;
    },
    bytes: () => bytes,
  };
}

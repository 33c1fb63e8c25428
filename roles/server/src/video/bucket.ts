/** A rate that is kept to. What was taken beyond it is a debt that those who come next wait for, one after another. */
export type Bucket = {
  /** Resolves when `bytes` may pass. */
  take: (bytes: number) => Promise<void>;
  /** Books what has passed already. */
  spend: (bytes: number) => void;
};

/** How much may pass at once after a pause. */
const BURST_S = 0.25;

/** `now` in milliseconds, of a clock that only runs forward. */
export function createBucket(bytesPerS: number, now: () => number = () => performance.now()): Bucket {
  let free = bytesPerS * BURST_S;
  let at = now();
  let last: Promise<void> = Promise.resolve();
  const fill = (): void => {
    const time = now();
    free = Math.min(bytesPerS * BURST_S, free + ((time - at) / 1_000) * bytesPerS);
    at = time;
  };
  const takeOne = async (bytes: number): Promise<void> => {
    fill();
    if (free < 0) await new Promise((resolve) => setTimeout(resolve, (-free / bytesPerS) * 1_000));
    fill();
    free -= bytes;
  };
  return {
    take: (bytes) => {
      last = last.then(() => takeOne(bytes));
      return last;
    },
    spend: (bytes) => {
      fill();
      free -= bytes;
    },
  };
}

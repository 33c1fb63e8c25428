type Waiting<T> = { items: readonly T[]; resolve: () => void; reject: (error: unknown) => void };

/** While one run is under way, items gather and go together in the next: a hundred callers share one commit. */
export function createBatcher<T>(run: (items: T[]) => Promise<void>, maxItems: number) {
  let waiting: Waiting<T>[] = [];
  let running: Promise<void> | null = null;

  const takeNext = (): Waiting<T>[] => {
    let count = 0;
    const end = waiting.findIndex(({ items }) => {
      count += items.length;
      return count > maxItems;
    });
    const taken = end === -1 ? waiting : waiting.slice(0, Math.max(1, end));
    waiting = waiting.slice(taken.length);
    return taken;
  };
  const runAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      const taken = takeNext();
      try {
        await run(taken.flatMap(({ items }) => items));
        for (const { resolve } of taken) resolve();
      } catch (error) {
        for (const { reject } of taken) reject(error);
      }
    }
    running = null;
  };
  return {
    /** Resolves when the run that these items went with is done, and rejects with what it failed of. */
    add: (items: readonly T[]): Promise<void> =>
      new Promise((resolve, reject) => {
        waiting.push({ items, resolve, reject });
        running ??= runAll();
      }),
    drained: async (): Promise<void> => {
      while (running) await running;
    },
  };
}

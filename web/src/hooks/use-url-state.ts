import { useCallback } from "react";
import { useSearchParams } from "react-router";

type Change = Record<string, string | null>;

/**
 * What the page shows lives in its address. `set` changes some members (null removes one) without a new history entry;
 * `push` makes one, so that Back undoes it: for drawers and whatever feels like going somewhere.
 */
export function useUrlState() {
  const [params, setParams] = useSearchParams();
  const apply = useCallback(
    (change: Change, replace: boolean) => {
      // From the address itself: two clicks between two renders must not undo each other.
      const next = new URLSearchParams(window.location.search);
      for (const [name, value] of Object.entries(change)) {
        if (value === null || value === "") next.delete(name);
        else next.set(name, value);
      }
      setParams(next, { replace });
    },
    [setParams],
  );
  const set = useCallback((change: Change) => apply(change, true), [apply]);
  const push = useCallback((change: Change) => apply(change, false), [apply]);
  return { params, set, push };
}

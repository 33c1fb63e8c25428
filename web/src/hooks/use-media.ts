import { useSyncExternalStore } from "react";
import { tokens } from "../theme/tokens.ts";

/** Whether a media query holds now. */
export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (notify) => {
      const list = matchMedia(query);
      list.addEventListener("change", notify);
      return () => list.removeEventListener("change", notify);
    },
    () => matchMedia(query).matches,
  );
}

const { phone, tablet, desk, wall } = tokens.breakpoint;
export const usePhone = (): boolean => useMedia(`(max-width: ${phone - 1}px)`);
export const useTablet = (): boolean => useMedia(`(max-width: ${tablet - 1}px)`);
/** Wide enough for a side panel beside the main one. */
export const useDesk = (): boolean => useMedia(`(min-width: ${desk}px)`);
export const useWall = (): boolean => useMedia(`(min-width: ${wall}px)`);

import { type RefObject, useEffect, useState, useSyncExternalStore } from "react";
import { useNow } from "../../hooks/use-now.ts";
import type { Pictures } from "./pictures.ts";

/** Renders again when pictures change their words, and each second since their ages do; gives the server's time. */
export function usePictures(pictures: Pictures): number {
  useSyncExternalStore(pictures.subscribe, pictures.version);
  return useNow();
}

/** Whether the page is in sight: not another tab's, not a minimised window's. */
export function usePageSeen(): boolean {
  return useSyncExternalStore(
    (notify) => {
      document.addEventListener("visibilitychange", notify);
      return () => document.removeEventListener("visibilitychange", notify);
    },
    () => !document.hidden,
  );
}

/** Whether an element is on the screen of a page that is seen. */
export function useSeen(ref: RefObject<HTMLElement | null>): boolean {
  const [isInView, setInView] = useState(false);
  const isPageSeen = usePageSeen();
  useEffect(() => {
    if (ref.current === null) return;
    const observer = new IntersectionObserver((entries) => setInView(entries.at(-1)?.isIntersecting ?? false));
    observer.observe(ref.current);
    return () => observer.disconnect();
  }, [ref]);
  return isInView && isPageSeen;
}

import { useSyncExternalStore } from "react";
import { serverNow } from "../api/server-clock.ts";

/** One timer ticks for every age and clock on the page; it stops when none is shown. */
const listeners = new Set<() => void>();
let timer = 0;
let now = serverNow();

function tick(): void {
  now = serverNow();
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (timer === 0) timer = window.setInterval(tick, 1_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    window.clearInterval(timer);
    timer = 0;
  };
}

/** The server's time in ms, renewed once a second. */
export const useNow = (): number => useSyncExternalStore(subscribe, () => now);

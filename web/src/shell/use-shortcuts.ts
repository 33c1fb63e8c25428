import { useEffect, useRef } from "react";
import { useNavigate } from "react-router";
import { useCurrentSiteId, useSites } from "./use-current-site.ts";

/** The keys that open the search, as this computer's keyboard names them. */
export const SEARCH_KEYS = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘K" : "Ctrl K";

const SEQUENCE_MS = 1_200;

/** Keys typed into a field, or with a modifier, belong to the field or the browser. */
export function isTyping(event: KeyboardEvent): boolean {
  const target = event.target;
  if (event.ctrlKey || event.metaKey || event.altKey) return true;
  if (target instanceof HTMLInputElement) return !/^(radio|checkbox|button|range)$/.test(target.type);
  return target instanceof HTMLElement && (target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName));
}

/** Calls a handler for a key pressed anywhere but in a field. */
export function useKey(keys: string, handler: (key: string, event: KeyboardEvent) => void): void {
  const latest = useRef(handler);
  latest.current = handler;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (!isTyping(event) && event.key.length === 1 && keys.includes(event.key)) latest.current(event.key, event);
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [keys]);
}

const isSearchChord = (event: KeyboardEvent) => (event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k";

/** The shortcuts that hold on every page: search, help, and `g` followed by where to go. */
export function useShortcuts({ onSearch, onHelp }: { onSearch: () => void; onHelp: () => void }): void {
  const navigate = useNavigate();
  const current = useCurrentSiteId();
  const { data } = useSites();
  const site = encodeURIComponent(current ?? data?.sites[0]?.site_id ?? "");
  const places: Record<string, string> = {
    o: "/",
    a: "/alerts",
    s: "/sites",
    ...(site ? { m: `/monitor/${site}`, r: `/sites/${site}/racks`, c: `/sites/${site}/collector` } : {}),
  };
  const pressedG = useRef(0);
  useKey("goasmrc/?", (key, event) => {
    const place = places[key];
    if (key === "g") pressedG.current = event.timeStamp;
    else if (key === "?") onHelp();
    else if (key === "/") {
      event.preventDefault();
      onSearch();
    } else if (place !== undefined && event.timeStamp - pressedG.current < SEQUENCE_MS) {
      pressedG.current = 0;
      void navigate(place);
    }
  });
  const search = useRef(onSearch);
  search.current = onSearch;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (!isSearchChord(event)) return;
      event.preventDefault();
      search.current();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}

import { number } from "../read/number.ts";

/** The members of an Avalon status text: `Key[value] Key[v v v]…`, keys once each, brackets never nested. */
export type Tokens = ReadonlyMap<string, string>;

/** Reads the text in one pass. A key is what stands between the bracket and the one before, without `'STATS':{`. */
export function tokens(text: string): Tokens {
  const found = new Map<string, string>();
  let from = 0;
  for (;;) {
    const open = text.indexOf("[", from);
    if (open < 0) return found;
    const close = text.indexOf("]", open);
    if (close < 0) return found;
    const before = text.slice(from, open);
    const key = before.slice(before.lastIndexOf("{") + 1).trim();
    if (key !== "") found.set(key, text.slice(open + 1, close).trim());
    from = close + 1;
  }
}

/** The figures of a member: `[26907.01 26025.06]`; a value that is no figure is null in its place. */
export function figures(all: Tokens, key: string): (number | null)[] {
  const value = all.get(key);
  return value === undefined || value === "" ? [] : value.split(/\s+/).map(number);
}

/** The single figure of a member, or null. */
export const figure = (all: Tokens, key: string): number | null => figures(all, key)[0] ?? null;

import type { LocalText } from "../alert.ts";

/** Words of one language by their names. */
export const wordsIn = <K extends string>(lang: keyof LocalText, words: Record<K, LocalText>): Record<K, string> =>
  Object.fromEntries(Object.entries<LocalText>(words).map(([name, text]) => [name, text[lang]])) as Record<K, string>;

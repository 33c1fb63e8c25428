/** The word that is being typed at `caret`: what stands before it as far as names go. */
export function wordAt(text: string, caret: number): { word: string; from: number } {
  const before = /[A-Za-z_][A-Za-z0-9_]*$/.exec(text.slice(0, caret));
  return before ? { word: before[0], from: caret - before[0].length } : { word: "", from: caret };
}

export type Suggestion = { name: string; insert: string; about: string; kind: "field" | "function" };

const MOST = 8;

/** What may be meant by the word: names that begin with it first, then names that hold it. */
export function suggest(all: readonly Suggestion[], word: string): Suggestion[] {
  if (word === "") return [];
  const wanted = word.toLowerCase();
  const begins = all.filter(({ name }) => name.toLowerCase().startsWith(wanted));
  const holds = all.filter(({ name }) => !name.toLowerCase().startsWith(wanted) && name.toLowerCase().includes(wanted));
  const found = [...begins, ...holds];
  return found.length === 1 && found[0]?.name === word ? [] : found.slice(0, MOST);
}

/** The text with the word at `caret` replaced, and where the caret then stands. */
export function accept(text: string, caret: number, insert: string): { text: string; caret: number } {
  const { from } = wordAt(text, caret);
  return { text: text.slice(0, from) + insert + text.slice(caret), caret: from + insert.length };
}

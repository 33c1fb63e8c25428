/** Gives each text a number, so that a row of figures and texts is one Float64Array. */
export class Texts {
  readonly #ids = new Map<string, number>();
  readonly #words: string[] = [];
  readonly #lists = new Map<number, ReadonlySet<number>>();

  id(text: string): number {
    const known = this.#ids.get(text);
    if (known !== undefined) return known;
    const id = this.#words.length;
    this.#ids.set(text, id);
    this.#words.push(text);
    return id;
  }

  word(id: number): string {
    return this.#words[id] ?? "";
  }

  /** A list of texts as one number; the order does not count. */
  listId(texts: readonly string[]): number {
    const sorted = texts.toSorted();
    const id = this.id(`\u0000${sorted.join("\u0000")}`);
    if (!this.#lists.has(id)) this.#lists.set(id, new Set(sorted.map((text) => this.id(text))));
    return id;
  }

  listHas(listId: number, textId: number): boolean {
    return this.#lists.get(listId)?.has(textId) ?? false;
  }
}

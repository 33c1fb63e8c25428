/**
 * A JSON reader for what real firmwares send. It walks the text token by token, so nothing inside a string is ever
 * taken for structure, and it names every liberty it had to take.
 */

/** The liberties, by name; they appear in a reading's warnings. */
export const REPAIRS = {
  missing_comma: "members stood side by side without a comma",
  extra_comma: "a comma stood where no member follows or precedes",
  not_a_number: "nan or inf stood for a number and was read as absent",
  bare_word: "an unquoted word stood for a value and was read as absent",
  illegal_escape: "a string held an escape that JSON does not know",
  control_character: "a string held a raw line feed or control character",
  list_as_map: 'a list held "name": value pairs',
  missing_brace: "the answer began without its first brace",
  second_object: "two objects came in one answer",
  trailing_bytes: "bytes followed the answer",
  truncated: "the answer was cut off; what was complete is kept",
} as const;
export type Repair = keyof typeof REPAIRS;

export type Repaired = { value: unknown; repairs: ReadonlySet<Repair> };

/** Nesting beyond this is nothing a miner sends, only something that exhausts the stack. */
const MAX_DEPTH = 64;

/** Stops the walk: nothing after this place can be trusted. Never leaves this file. */
class Unreadable extends Error {}
/** The text ended inside a value. Never leaves this file. */
const CUT: unique symbol = Symbol("cut");

/** Reads `text` as the miners meant it, or gives null where no object or list can be made out. */
export function repairJson(text: string): Repaired | null {
  const reader = new Reader(text);
  try {
    const value = reader.document();
    return value === null || typeof value !== "object" ? null : { value, repairs: reader.repairs };
  } catch (error) {
    if (error instanceof Unreadable) return null;
    throw error;
  }
}

class Reader {
  readonly repairs = new Set<Repair>();
  #at = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  document(): unknown {
    this.#space();
    if (this.#peek() === "," || this.#peek() === '"') {
      this.repairs.add("missing_brace");
      if (this.#peek() === ",") this.#at++;
      return this.#members(0);
    }
    let value = this.#value(0);
    if (value === CUT) return null;
    this.#space();
    if (this.#peek() === "{" && isRecord(value)) value = this.#secondObject(value);
    if (this.#at < this.#text.length) this.repairs.add("trailing_bytes");
    return value;
  }

  /** Two replies in a row are read as one; where both have a member, the first one's counts. */
  #secondObject(first: Record<string, unknown>): unknown {
    const start = this.#at;
    const second = this.#value(0);
    if (!isRecord(second)) {
      this.#at = start;
      return first;
    }
    this.repairs.add("second_object");
    return { ...second, ...first };
  }

  #value(depth: number): unknown {
    if (depth > MAX_DEPTH) throw new Unreadable();
    this.#space();
    const next = this.#peek();
    if (next === "{") {
      this.#at++;
      return this.#members(depth + 1);
    }
    if (next === "[") {
      this.#at++;
      return this.#items(depth + 1);
    }
    return next === '"' ? this.#string() : this.#word();
  }

  /** The inside of an object, up to and with its closing brace. */
  #members(depth: number): Record<string, unknown> {
    const record: Record<string, unknown> = {};
    for (let first = true; ; first = false) {
      const more = this.#separator("}", first);
      if (!more) return record;
      const name = this.#string();
      this.#space();
      if (name === CUT || this.#peek() === undefined) return this.#cut(record);
      if (this.#peek() !== ":") throw new Unreadable();
      this.#at++;
      const value = this.#value(depth);
      if (value === CUT) return this.#cut(record);
      put(record, String(name), value);
    }
  }

  /** The inside of a list, up to and with its closing bracket. */
  #items(depth: number): unknown[] {
    const list: unknown[] = [];
    for (let first = true; ; first = false) {
      const more = this.#separator("]", first);
      if (!more) return list;
      const value = this.#value(depth);
      if (value === CUT) return this.#cut(list);
      this.#space();
      if (this.#peek() !== ":" || typeof value !== "string") {
        list.push(value);
        continue;
      }
      this.#at++;
      this.repairs.add("list_as_map");
      const paired = this.#value(depth);
      if (paired === CUT) return this.#cut(list);
      const record: Record<string, unknown> = {};
      put(record, value, paired);
      list.push(record);
    }
  }

  /** Stands before a member. False when the container ends here, by its bracket or by the end of the text. */
  #separator(close: "}" | "]", first: boolean): boolean {
    let commas = 0;
    for (;;) {
      this.#space();
      const next = this.#peek();
      if (next === undefined) {
        this.repairs.add("truncated");
        return false;
      }
      if (next === close) {
        this.#at++;
        if (commas > 0) this.repairs.add("extra_comma");
        return false;
      }
      if (next === "}" || next === "]") throw new Unreadable();
      if (next !== ",") break;
      commas++;
      this.#at++;
    }
    if (first ? commas > 0 : commas > 1) this.repairs.add("extra_comma");
    if (!first && commas === 0) this.repairs.add("missing_comma");
    if (close === "}" && this.#peek() !== '"') throw new Unreadable();
    return true;
  }

  #cut<T>(container: T): T {
    this.repairs.add("truncated");
    return container;
  }

  #string(): string | typeof CUT {
    if (this.#peek() !== '"') throw new Unreadable();
    const start = ++this.#at;
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (Number.isNaN(code)) return CUT;
      if (code === QUOTE) return this.#decoded(start, this.#at++);
      this.#at += code === BACKSLASH ? 2 : 1;
    }
  }

  /** The string between two places. JSON's own decoder does the work unless it refuses. */
  #decoded(start: number, end: number): string {
    const raw = this.#text.slice(start, end);
    let legal = "";
    for (let i = 0; i < raw.length; i++) {
      const code = raw.charCodeAt(i);
      if (code === BACKSLASH) {
        const legalEscape = LEGAL_ESCAPE.exec(raw.slice(i, i + 6))?.[0];
        if (legalEscape === undefined) {
          this.repairs.add("illegal_escape");
          legal += raw[i + 1] === "'" ? "" : "\\\\";
          continue;
        }
        legal += legalEscape;
        i += legalEscape.length - 1;
      } else if (code < 0x20) {
        this.repairs.add("control_character");
        legal += `\\u${code.toString(16).padStart(4, "0")}`;
      } else legal += raw[i];
    }
    const decoded: unknown = JSON.parse(`"${legal}"`);
    return typeof decoded === "string" ? decoded : "";
  }

  /** A number, true, false, null, or whatever word stands in their place. */
  #word(): unknown {
    const start = this.#at;
    while (this.#at < this.#text.length && !ENDS_WORD.has(this.#text[this.#at] ?? "")) this.#at++;
    if (this.#at === this.#text.length) return CUT;
    const word = this.#text.slice(start, this.#at);
    if (word === "") throw new Unreadable();
    if (word in LITERALS) return LITERALS[word];
    if (NUMBER.test(word)) return Number(word);
    this.repairs.add(NAN_OR_INF.test(word) ? "not_a_number" : "bare_word");
    return null;
  }

  #space(): void {
    while (SPACE.has(this.#text[this.#at] ?? "")) this.#at++;
  }

  #peek(): string | undefined {
    return this.#text[this.#at];
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = new Set([" ", "\t", "\r", "\n"]);
const ENDS_WORD = new Set([",", "}", "]", "{", "[", ":", '"', " ", "\t", "\r", "\n"]);
const LITERALS: Record<string, unknown> = Object.assign(Object.create(null), { true: true, false: false, null: null });
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const NAN_OR_INF = /^[+-]?(?:nan|inf|infinity)(?:\(\w*\))?$/i;
const LEGAL_ESCAPE = /^\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Sets an own member whatever its name: `__proto__` is only a name here. */
function put(record: Record<string, unknown>, name: string, value: unknown): void {
  if (name === "__proto__")
    Object.defineProperty(record, name, { value, enumerable: true, configurable: true, writable: true });
  else record[name] = value;
}

import { type Place, syntaxError, type Token, tokensOf } from "./tokens.ts";

/** A value of a libconfig file, with the place it stands at. Lists hold anything, arrays scalars of one type. */
export type Setting =
  | { type: "string"; value: string; place: Place }
  | { type: "int"; value: number | bigint; place: Place }
  | { type: "float"; value: number; place: Place }
  | { type: "bool"; value: boolean; place: Place }
  | { type: "list" | "array"; value: Setting[]; place: Place }
  | Group;
export type Group = { type: "group"; value: Map<string, Setting>; place: Place };

/** Deeper nesting than this is a mistake or an attack. */
const DEEPEST = 100;

/** Parses a libconfig file; throws CONFIG_SYNTAX with `file:line:column` and what is wrong there. */
export function parseLibconfig(text: string, file: string): Group {
  const reader = new TokenReader(tokensOf(text.replace(/^\uFEFF/, ""), file));
  const place = { file, line: 1, column: 1 };
  return { type: "group", value: settingsUntil(reader, "end", 0), place };
}

class TokenReader {
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** The token in front. The last one is an end, which is never passed. */
  get front(): Token {
    const token = this.#tokens[Math.min(this.#next, this.#tokens.length - 1)];
    if (!token) throw new Error("no tokens");
    return token;
  }

  pass(): void {
    this.#next++;
  }

  isMark(...marks: string[]): boolean {
    return this.front.type === "mark" && marks.includes(this.front.text);
  }
}

function settingsUntil(reader: TokenReader, close: "}" | "end", depth: number): Map<string, Setting> {
  const settings = new Map<string, Setting>();
  while (!(close === "end" ? reader.front.type === "end" : reader.isMark(close))) {
    const { front } = reader;
    if (front.type !== "name") throw syntaxError(front.place, `expected a name${orClose(close)}, found ${tell(front)}`);
    if (settings.has(front.text)) throw syntaxError(front.place, `"${front.text}" is set a second time`);
    reader.pass();
    if (!reader.isMark("=", ":"))
      throw syntaxError(reader.front.place, `expected = after "${front.text}", found ${tell(reader.front)}`);
    reader.pass();
    settings.set(front.text, readValue(reader, depth));
    if (reader.isMark(";", ",")) reader.pass();
  }
  return settings;
}

const orClose = (close: "}" | "end") => (close === "}" ? " or }" : "");

function readValue(reader: TokenReader, depth: number): Setting {
  const { front } = reader;
  const { place } = front;
  if (depth > DEEPEST) throw syntaxError(place, "groups and lists are nested too deeply");
  if (front.type === "string") return textOf(reader, place);
  if (front.type === "int" || front.type === "float" || front.type === "bool") {
    reader.pass();
    return front;
  }
  if (reader.isMark("{")) {
    reader.pass();
    const value = settingsUntil(reader, "}", depth + 1);
    reader.pass();
    return { type: "group", value, place };
  }
  if (reader.isMark("(")) return { type: "list", value: elementsUntil(reader, ")", depth + 1), place };
  if (reader.isMark("[")) return { type: "array", value: oneTyped(elementsUntil(reader, "]", depth + 1)), place };
  const hint = front.type === "name" ? "; a text needs quotation marks" : "";
  throw syntaxError(place, `expected a value, found ${tell(front)}${hint}`);
}

/** Texts that stand one after the other are one text. */
function textOf(reader: TokenReader, place: Place): Setting {
  let value = "";
  for (let { front } = reader; front.type === "string"; front = reader.front) {
    value += front.text;
    reader.pass();
  }
  return { type: "string", value, place };
}

function elementsUntil(reader: TokenReader, close: ")" | "]", depth: number): Setting[] {
  reader.pass();
  const elements: Setting[] = [];
  while (!reader.isMark(close)) {
    elements.push(readValue(reader, depth));
    if (reader.isMark(",")) reader.pass();
    else if (!reader.isMark(close))
      throw syntaxError(reader.front.place, `expected , or ${close}, found ${tell(reader.front)}`);
  }
  reader.pass();
  return elements;
}

function oneTyped(elements: Setting[]): Setting[] {
  for (const element of elements) {
    if (element.type === "group" || element.type === "list" || element.type === "array")
      throw syntaxError(element.place, "an array holds only texts, numbers or booleans; use ( ) for a list");
    if (element.type !== elements[0]?.type)
      throw syntaxError(element.place, "all elements of an array are of one type");
  }
  return elements;
}

function tell(token: Token): string {
  if (token.type === "end") return "the end of the file";
  if (token.type === "string") return "a text";
  return "text" in token ? `"${token.text}"` : String(token.value);
}

import { ConfigErrors } from "@banksman/kit";

/** Where a token or a setting stands: file, line and column, both from 1. */
export type Place = { file: string; line: number; column: number };

export type Token =
  | { type: "name" | "string" | "mark"; text: string; place: Place }
  | { type: "int"; value: number | bigint; place: Place }
  | { type: "float"; value: number; place: Place }
  | { type: "bool"; value: boolean; place: Place }
  | { type: "end"; place: Place };

export const placeText = ({ file, line, column }: Place) => `${file}:${line}:${column}`;

/** A mistake in the file's syntax: the same for tokens and for settings. */
export const syntaxError = (place: Place, what: string) => ConfigErrors.SYNTAX(placeText(place), what);

const SPACE = /[ \t\r\n\f\v]+|#[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
const NAME = /[A-Za-z*][-A-Za-z0-9_*]*/y;
const FLOAT = /[-+]?(?:\d*\.\d*(?:[eE][-+]?\d+)?|\d+[eE][-+]?\d+)(?![\w.])/y;
const INTEGER = /[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oOqQ][0-7]+|\d+)(?:L{1,2})?(?![\w.])/y;
const MARK = /[{}()[\]=:;,]/y;

/** Splits libconfig text into tokens; throws CONFIG_SYNTAX with `file:line:column`. */
export function tokensOf(text: string, file: string): Token[] {
  const tokens: Token[] = [];
  const lines = lineStarts(text);
  let at = 0;
  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? null;
    if (found !== null) at += found.length;
    return found;
  };
  for (;;) {
    while (take(SPACE) !== null);
    const place = placeOf(lines, at, file);
    if (at >= text.length) return [...tokens, { type: "end", place }];
    if (text[at] === '"') {
      const { value, next } = readString(text, at, place);
      tokens.push({ type: "string", text: value, place });
      at = next;
      continue;
    }
    tokens.push(plainToken(take, text[at] ?? "", place));
  }
}

function plainToken(take: (pattern: RegExp) => string | null, sign: string, place: Place): Token {
  const float = sign === "." || /[-+\d]/.test(sign) ? take(FLOAT) : null;
  if (float !== null && /\d/.test(float)) return { type: "float", value: Number(float), place };
  const integer = take(INTEGER);
  if (integer !== null) return { type: "int", value: integerOf(integer), place };
  const name = take(NAME);
  if (name !== null) {
    const isBool = /^(?:true|false)$/i.test(name);
    return isBool ? { type: "bool", value: /^t/i.test(name), place } : { type: "name", text: name, place };
  }
  const mark = take(MARK);
  if (mark !== null) return { type: "mark", text: mark, place };
  if (sign === "@") throw syntaxError(place, "@include is not supported: put the settings into this file");
  if (sign === "/") throw syntaxError(place, "a comment is opened with /* and never closed");
  throw syntaxError(place, `${JSON.stringify(sign)} is not expected here`);
}

/** Hexadecimal numbers are bit patterns: 0xFFFFFFFF is -1, as the library reads it. */
function integerOf(text: string): number | bigint {
  const digits = text.replace(/L+$/, "").replace(/^\+/, "").replace(/0[qQ]/, "0o");
  const isNegative = digits.startsWith("-");
  const plain = isNegative ? digits.slice(1) : digits;
  const decimal = /^\d+$/.test(plain) ? plain.replace(/^0+(?=\d)/, "") : plain;
  const magnitude = BigInt(decimal);
  const isPattern = /^0[xXbBoO]/.test(decimal) && !/L$/.test(text) && magnitude <= 0xffff_ffffn;
  const value = isPattern ? BigInt.asIntN(32, magnitude) : magnitude;
  const signed = isNegative ? -value : value;
  return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed;
}

const ESCAPES: Record<string, string> = {
  n: "\n",
  r: "\r",
  t: "\t",
  f: "\f",
  a: "\x07",
  b: "\b",
  v: "\v",
  "\\": "\\",
  '"': '"',
};

function readString(text: string, from: number, place: Place): { value: string; next: number } {
  let value = "";
  for (let at = from + 1; at < text.length; at++) {
    const sign = text[at] ?? "";
    if (sign === '"') return { value, next: at + 1 };
    if (sign !== "\\") {
      value += sign;
      continue;
    }
    const hex = /^x([0-9a-fA-F]{2})/.exec(text.slice(at + 1, at + 4));
    const letter = text[at + 1] ?? "";
    value += hex ? String.fromCharCode(Number.parseInt(hex[1] ?? "", 16)) : (ESCAPES[letter] ?? letter);
    at += hex ? 3 : 1;
  }
  throw syntaxError(place, 'a text is opened with " and never closed');
}

/** Offsets at which lines begin. */
function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

function placeOf(starts: readonly number[], at: number, file: string): Place {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= at) low = middle;
    else high = middle - 1;
  }
  return { file, line: low + 1, column: at - (starts[low] ?? 0) + 1 };
}

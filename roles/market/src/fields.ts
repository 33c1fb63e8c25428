import { MarketErrors } from "./errors.ts";
import type { Level } from "./exchange.ts";

/** A JSON object whose members are yet to be looked at. */
export type Json = { readonly [member: string]: unknown };

export const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

type Reviver = (key: string, member: unknown, context?: { source?: string }) => unknown;

/** Parses a text frame. Throws MARKET_BAD_FRAME when it is no JSON object. */
export const parseJson = (frame: Buffer): Json => parse(frame.toString());

function parse(text: string, reviver?: Reviver): Json {
  let value: unknown;
  try {
    value = JSON.parse(text, reviver);
  } catch (error) {
    throw MarketErrors.BAD_FRAME(`not valid JSON: ${text.slice(0, 60)}`, { cause: error });
  }
  if (isObject(value)) return value;
  throw MarketErrors.BAD_FRAME(`no JSON object: ${text.slice(0, 60)}`);
}

/** A number of more digits may be more than a double keeps. */
const SAFE_DIGITS = 16;

/** Whether digits and points stand anywhere in a row too long for a double; texts with such count too, at no harm. */
function hasLongNumber(frame: Buffer): boolean {
  let run = 0;
  for (let at = 0; at < frame.length; at++) {
    const code = frame[at] ?? 0;
    if (code >= 46 && code <= 57) {
      if (++run > SAFE_DIGITS) return true;
    } else run = 0;
  }
  return false;
}

const keepLongNumbers: Reviver = (_key, member, context) => {
  const source = context?.source;
  return typeof member === "number" && source !== undefined && source.length > SAFE_DIGITS ? source : member;
};

/** As `parseJson`, for feeds that write prices as numbers: those that a double would round come as text. */
export const parseExactJson = (frame: Buffer): Json =>
  parse(frame.toString(), hasLongNumber(frame) ? keepLongNumbers : undefined);

export function object(value: unknown, what: string): Json {
  if (isObject(value)) return value;
  throw MarketErrors.BAD_FRAME(`${what} is missing`);
}

export function list(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw MarketErrors.BAD_FRAME(`${what} is no list`);
}

export function text(value: unknown, what: string): string {
  if (typeof value === "string" && value !== "") return value;
  throw MarketErrors.BAD_FRAME(`${what} is missing`);
}

/** A sequence id, as number or digits; ids beyond 2^53 would silently be rounded and are refused. */
export function id(value: unknown, what: string): number {
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  if (typeof number === "number" && Number.isSafeInteger(number) && number >= 0) return number;
  throw MarketErrors.BAD_FRAME(`${what} is no id: ${String(value).slice(0, 30)}`);
}

/** Milliseconds since 1970 from a time in s, ms, µs or ns, as number or text; null when absent, empty or 0. */
export function millis(value: unknown): number | null {
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  if (typeof number !== "number" || !Number.isFinite(number) || number <= 0) return null;
  if (number < 1e11) return number * 1e3;
  if (number < 1e14) return number;
  return number < 1e17 ? number / 1e3 : number / 1e6;
}

/** A decimal number as text, as the exchange wrote it. */
export function decimal(value: unknown, what: string): string {
  if (typeof value === "string" && value !== "") return value;
  if (typeof value === "number" && Number.isFinite(value)) return String(value);
  throw MarketErrors.BAD_FRAME(`${what} is no number`);
}

/** As `decimal`, but null for what isn't said. */
export const maybeDecimal = (value: unknown): string | null =>
  (typeof value === "string" && value !== "") || (typeof value === "number" && Number.isFinite(value))
    ? String(value)
    : null;

const NONE: readonly Level[] = [];

const isLevel = (value: unknown): value is Level =>
  Array.isArray(value) && typeof value[0] === "string" && typeof value[1] === "string";

function areLevels(value: unknown): value is readonly Level[] {
  return Array.isArray(value) && value.every(isLevel);
}

/** Levels written as [price, size, …], texts or numbers; an absent side is an empty one. */
export function levels(value: unknown): readonly Level[] {
  if (value === undefined || value === null) return NONE;
  if (areLevels(value)) return value;
  return list(value, "a side of the book").map((level: unknown): Level => {
    const parts = isObject(level) ? [level.p, level.s] : list(level, "a level");
    return [decimal(parts[0], "a price"), decimal(parts[1], "a size")];
  });
}

/** One level from its parts, or null when a side of the book is empty. */
export function level(price: unknown, size: unknown): Level | null {
  const [a, b] = [maybeDecimal(price), maybeDecimal(size)];
  return a === null || b === null ? null : [a, b];
}

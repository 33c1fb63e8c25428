import { MarketErrors } from "./errors.ts";

/**
 * A price as a whole number of its book's smallest step. Exact for every price: a plain number while it fits, a bigint
 * beyond; JavaScript compares the two exactly.
 */
export type Ticks = number | bigint;

/** The deepest scale a price may need; more decimals than this are refused. */
export const MAX_SCALE = 24;

const POWERS = Array.from({ length: 16 }, (_, power) => 10 ** power);
const DECIMAL = /^\+?(\d*)\.?(\d*)(?:[eE]([+-]?\d{1,3}))?$/;
const ZERO = 48;
const NINE = 57;
const POINT = 46;
const PLUS = 43;

/**
 * `text` × 10^`scale` as a whole number, or null when `text` has more decimals than that. Trailing zeros don't count.
 * Throws MARKET_BAD_DECIMAL for anything that is no unsigned decimal number.
 */
export function ticksOf(text: string, scale: number): Ticks | null {
  const length = text.length;
  // 15 digits always fit a double exactly; anything longer or stranger goes the slow way.
  if (length === 0 || scale > 15) return slowTicks(text, scale);
  let value = 0;
  let digits = 0;
  let decimals = -1;
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code === POINT && decimals < 0 && length > 1) decimals = 0;
    else if (code < ZERO || code > NINE) return slowTicks(text, scale);
    else if (decimals < scale) {
      value = value * 10 + (code - ZERO);
      digits++;
      if (decimals >= 0) decimals++;
    } else if (code !== ZERO) return slowTicks(text, scale);
  }
  const ticks = value * (POWERS[scale - Math.max(0, decimals)] ?? 1);
  return digits <= 15 && ticks <= Number.MAX_SAFE_INTEGER ? ticks : slowTicks(text, scale);
}

function slowTicks(text: string, scale: number): Ticks | null {
  const { digits, decimals } = significant(text);
  if (decimals > scale) return null;
  const ticks = BigInt(digits) * 10n ** BigInt(scale - decimals);
  return ticks <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(ticks) : ticks;
}

/** Whole digits and how many of them stand behind the point, without useless zeros. */
function significant(text: string): { digits: string; decimals: number } {
  const match = DECIMAL.exec(text);
  const [, whole = "", fraction = "", exponent = "0"] = match ?? [];
  if (!match || whole + fraction === "") throw MarketErrors.BAD_DECIMAL(text.slice(0, 40));
  let digits = whole + fraction;
  let decimals = fraction.length - Number(exponent);
  if (decimals < 0) {
    digits += "0".repeat(-decimals);
    decimals = 0;
  }
  while (decimals > 0 && digits.endsWith("0")) {
    digits = digits.slice(0, -1);
    decimals--;
  }
  if (decimals > MAX_SCALE) throw MarketErrors.BAD_DECIMAL(text.slice(0, 40));
  return { digits: digits || "0", decimals: digits === "" ? 0 : decimals };
}

/** How many decimals a price needs: 2 for "61760.50", 0 for "61760.00". */
export const scaleOf = (text: string): number => significant(text).decimals;

/** Whole steps back to text without trailing zeros: (6176050, 2) → "61760.5". */
export function decimalText(ticks: Ticks, scale: number): string {
  const digits = String(ticks).padStart(scale + 1, "0");
  if (scale === 0) return digits;
  const fraction = digits.slice(-scale).replace(/0+$/, "");
  return fraction === "" ? digits.slice(0, -scale) : `${digits.slice(0, -scale)}.${fraction}`;
}

/**
 * Whether a size means "this level is gone": 0, 0.00000000, 0E-8. Throws MARKET_BAD_DECIMAL for what doesn't begin as an
 * unsigned number does.
 */
export function isZero(text: string): boolean {
  const first = text.charCodeAt(0);
  if (first > ZERO && first <= NINE) return false;
  if (first !== ZERO && first !== POINT && first !== PLUS) throw MarketErrors.BAD_DECIMAL(text.slice(0, 40));
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 69 || code === 101) return at > 0;
    if (code !== ZERO && code !== POINT) return false;
  }
  return text.length > 0;
}

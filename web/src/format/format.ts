import { shownTemperature, temperatureSign } from "./temperature-unit.ts";

/** The one place where figures become text. Wire units in, screen units out; null is a dash and never 0. */
export type Lang = "en" | "zh";

export const MISSING = "–";
export const THIN_SPACE = "\u2009";
const MINUS = "\u2212";

/** A figure and its unit, apart so that the unit can be set smaller. */
export type Figure = { text: string; unit: string };

type Nullable = number | null | undefined;
const isFigure = (value: Nullable): value is number => typeof value === "number" && Number.isFinite(value);

const formatters = new Map<number, Intl.NumberFormat>();
function grouped(value: number, digits: number): string {
  if (value === 0) return "0";
  let formatter = formatters.get(digits);
  if (formatter === undefined) {
    formatter = new Intl.NumberFormat("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
    formatters.set(digits, formatter);
  }
  // What rounds to nothing from below would read as a negative nothing.
  return formatter
    .format(value)
    .replace(/^-(?=[0.]*$)/, "")
    .replace("-", MINUS);
}

/** A number with thousands separators and fixed decimals, or a dash. A real 0 is written `0`. */
export const number = (value: Nullable, digits = 0): string => (isFigure(value) ? grouped(value, digits) : MISSING);

const figure = (value: Nullable, divisor: number, digits: number, unit: string): Figure => ({
  text: isFigure(value) ? grouped(value / divisor, digits) : MISSING,
  unit,
});

/** `column` is a site's figure below a heading that has the unit, which therefore never changes. */
export type Scale = "miner" | "site" | "column";
const ABOVE_100_EXAHASHES = 1e11;
/** Of few miners: a customer's 13 kW are no 0.01 MW. */
const isSmall = (value: Nullable, below: number, scale: Scale): boolean =>
  scale === "miner" || (scale === "site" && isFigure(value) && value > 0 && value < below);

/** GH/s as TH/s for a miner and PH/s for sites, but for those below 1 PH/s; EH/s only above 100 EH/s. */
export function hashrate(ghs: Nullable, scale: Scale): Figure {
  if (isSmall(ghs, 1e6, scale)) return figure(ghs, 1e3, 1, "TH/s");
  return isFigure(ghs) && ghs > ABOVE_100_EXAHASHES ? figure(ghs, 1e9, 1, "EH/s") : figure(ghs, 1e6, 1, "PH/s");
}

/** Watts as kW for a miner and MW for sites, but for those below 1 MW. */
export const power = (watts: Nullable, scale: Scale): Figure =>
  isSmall(watts, 1e6, scale) ? figure(watts, 1e3, scale === "miner" ? 2 : 1, "kW") : figure(watts, 1e6, 2, "MW");

/** Watts and GH/s as J/TH; a dash when either is missing or nothing is hashed. */
export const efficiency = (watts: Nullable, ghs: Nullable, digits = 1): Figure =>
  figure(isFigure(watts) && isFigure(ghs) && ghs > 0 ? watts / (ghs / 1e3) : null, 1, digits, "J/TH");

/** Degrees Celsius in the unit of this installation. */
export const temperature = (celsius: Nullable): Figure => figure(shownTemperature(celsius), 1, 0, temperatureSign());

/** A share of 1 as percent, `95.9 %` with a thin space; rejects take two decimals. */
export const percent = (share: Nullable, digits = 1): string =>
  isFigure(share) ? `${grouped(share * 100, digits)}${THIN_SPACE}%` : MISSING;

/** One figure as a share of another; null when either is missing or the whole is 0. */
export const shareOf = (part: Nullable, whole: Nullable): number | null =>
  isFigure(part) && isFigure(whole) && whole !== 0 ? part / whole : null;

/** Rejected shares as a share of all that were sent; null before the first one. */
export const rejectShare = (accepted: Nullable, rejected: Nullable): number | null =>
  isFigure(accepted) && isFigure(rejected) ? shareOf(rejected, accepted + rejected) : null;

/** A figure and its unit as one text. */
export const joined = ({ text, unit }: Figure): string => `${text}${THIN_SPACE}${unit}`;

/** Bytes of text, as `412 B` or `3.1 kB`. */
export const bytes = (count: number): string =>
  count < 1_000 ? `${count}${THIN_SPACE}B` : `${grouped(count / 1_000, 1)}${THIN_SPACE}kB`;

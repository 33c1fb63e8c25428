import { z } from "zod";

const SI: Record<string, number> = { "": 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12, p: 1e15, e: 1e18, z: 1e21 };

/**
 * A hashrate written with its unit, such as `30000 MH/s`, `13.7 Gh/s`, `1.48T` or `0`, in H/s; null when it is none.
 * The letter's case says nothing: pools write Gh/s, GH/s and gh/s.
 */
export function parseHashrate(text: string): number | null {
  const match = /^\s*(\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s*([kmgtpez]?)(?:i?h(?:ash(?:es)?)?)?(?:\/?s(?:ec)?)?\s*$/i.exec(
    text,
  );
  if (!match) return null;
  const factor = SI[(match[2] ?? "").toLowerCase()];
  return factor === undefined ? null : Number(match[1]) * factor;
}

/** What one of a unit is in H/s, such as 1e9 for Gh/s; null for a word that is no unit. */
export const unitFactor = (unit: string): number | null => parseHashrate(`1 ${unit}`);

/** A number that some pools send as text and others as a number; it must be there. */
export const GivenNumber = z.union([z.number(), z.string().min(1)], "is missing").transform((value, context) => {
  const number = Number(value);
  if (Number.isFinite(number)) return number;
  context.addIssue({ code: "custom", message: `"${value}" is no number` });
  return z.NEVER;
});

/** The same where a pool may leave it out; "" and null are null. */
export const Numeric = z
  .union([z.literal("").transform(() => null), GivenNumber])
  .nullish()
  .transform((value) => value ?? null);

/** Seconds or milliseconds since 1970, whichever the size tells; 0 and null are "never". */
export const EpochTime = Numeric.transform((value) =>
  value === null || value <= 0 ? null : new Date(value > 1e11 ? value : value * 1_000),
);

/** RFC 3339 in UTC with any number of fractional digits, or none; a time without zone is UTC. */
export const UtcTime = z
  .string()
  .nullish()
  .transform((text, context) => {
    if (text === null || text === undefined || text === "") return null;
    const zoned = /(?:z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`;
    const time = Date.parse(zoned.replace(" ", "T").replace(/(\.\d{3})\d+/, "$1"));
    if (!Number.isNaN(time)) return time <= 0 ? null : new Date(time);
    context.addIssue({ code: "custom", message: `"${text}" is no time` });
    return z.NEVER;
  });

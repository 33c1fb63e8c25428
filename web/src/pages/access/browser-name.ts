const NAMES: readonly [RegExp, string][] = [
  [/Edg\//, "Edge"],
  [/OPR\//, "Opera"],
  [/Firefox\//, "Firefox"],
  [/Chrome\//, "Chrome"],
  [/Safari\//, "Safari"],
  [/^curl\//, "curl"],
];
const SYSTEMS: readonly [RegExp, string][] = [
  [/iPhone|iPad/, "iOS"],
  [/Android/, "Android"],
  [/Windows/, "Windows"],
  [/Mac OS X/, "macOS"],
  [/Linux/, "Linux"],
];
const first = (table: readonly [RegExp, string][], text: string) => table.find(([pattern]) => pattern.test(text))?.[1];

/** What a client calls itself, short: `Firefox, Windows`; what is not known is cut. Null where it said nothing. */
export function browserOf(userAgent: string | null): string | null {
  if (userAgent === null) return null;
  const named = [first(NAMES, userAgent), first(SYSTEMS, userAgent)].filter((word) => word !== undefined);
  return named.length > 0 ? named.join(", ") : userAgent.slice(0, 40);
}

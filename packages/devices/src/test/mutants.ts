import { readFileSync } from "node:fs";
import { basename } from "node:path";

/** One small mistake in a driver: `from` at an offset of a file becomes `to`. */
export type Mutant = {
  file: string;
  line: number;
  from: string;
  to: string;
  kind: "unit" | "field" | "sentinel";
  source: string;
};

/** A mistake by its place and kind. */
export const nameOf = ({ file, line, kind, from, to }: Mutant): string =>
  `${basename(file)}, line ${line}: ${kind} ${from} -> ${to}`;

/** Names of units, and what each is mistaken for. */
const UNITS: readonly (readonly [from: RegExp, to: string])[] = [
  [/\bmegahashes\b/g, "gigahashes"],
  [/\bterahashes\b/g, "gigahashes"],
  // 0 and "not a number" are the same in any unit.
  [/\bgigahashes\b(?!_|\((?:0|Number\.NaN)\))/g, "megahashes"],
  [/ \/ 1_000\b/g, " / 1"],
  [/ \/ 1e6\b/g, " / 1e3"],
  [/ \/ 100\b/g, " / 1"],
];

/** Rules by which a value that says nothing is told from one that does. */
const SENTINELS: readonly (readonly [from: RegExp, to: string])[] = [
  [/\bwarmCelsius\(/g, "celsius("],
  [/\bpositiveWatts\(/g, "amount("],
  [/\bpositive\(/g, "nothingMissing("],
  [/\bCOLDEST = -40\b/g, "COLDEST = -400"],
  [/\bHOTTEST = 130\b/g, "HOTTEST = 1300"],
  [/\bTOO_FAR_BELOW = 30\b/g, "TOO_FAR_BELOW = 300"],
  [/\bvalue === 0 \? null : value\b/g, "value"],
];

/** A member of a device's answers: `info.hashRate`, `summary?.["MHS av"]`, `at(x, "miner", "power")`, `["MHS 5s"]`. */
const QUOTED = /"([^"\n]{2,60})"/g;
const DOTTED = /\??\.([A-Za-z_][A-Za-z0-9_]*)/g;

/** What a mutated file needs beside its own imports. */
const HELP = "\nfunction nothingMissing(value) { return value; }\n";

/**
 * Every mistake of the three kinds in a driver's file. `members` are the names that recorded answers have: a text that
 * isn't one of them is no field.
 */
export function mutantsOf(file: string, members: ReadonlySet<string>): Mutant[] {
  const source = readFileSync(file, "utf8");
  const mutants: Mutant[] = [];
  const add = (kind: Mutant["kind"], index: number, from: string, to: string) => {
    if (isBesideThePoint(source, index)) return;
    const changed = source.slice(0, index) + to + source.slice(index + from.length);
    const line = source.slice(0, index).split("\n").length;
    mutants.push({ file, line, from, to, kind, source: withImports(changed) });
  };
  for (const [kind, rules] of [
    ["unit", UNITS],
    ["sentinel", SENTINELS],
  ] as const) {
    for (const [from, to] of rules) for (const hit of source.matchAll(from)) add(kind, hit.index, hit[0], to);
  }
  for (const hit of source.matchAll(QUOTED)) {
    if (members.has(hit[1] ?? "")) add("field", hit.index, hit[0], `"${hit[1]}~"`);
  }
  for (const hit of source.matchAll(DOTTED)) {
    const [, name = ""] = hit;
    if (members.has(name) && !OURS.has(name)) add("field", hit.index + hit[0].length - name.length, name, `${name}_x`);
  }
  return mutants;
}

/** Names that our own values have as well: a dot before them says nothing of a device's answer. */
const OURS = new Set([
  "boards",
  "pools",
  "fans",
  "summary",
  "version",
  "model",
  "firmware",
  "power",
  "stats",
  "status",
  "errors",
  "hardware",
  "network",
  "mining",
  "telemetry",
  "system",
  "info",
  "text",
  "list",
  "mode",
  "chips",
  "voltage",
  "frequency",
  "serial",
  "url",
  "user",
  "active",
  "accepted",
  "rejected",
  "mac",
  "temperature",
  "hashrate",
  "get",
  "type",
  "make",
  "id",
  "level",
]);

/** Imports, comments and the names under which a driver itself is known. */
function isBesideThePoint(source: string, index: number): boolean {
  const start = source.lastIndexOf("\n", index) + 1;
  const line = source.slice(start, source.indexOf("\n", index));
  // The kind of advice, which follows a fault's level, is a word of ours; what is asked, a socket shows (captures.test.ts).
  if (/(?:"(?:urgent|severe|warning|info)", |\b(?:command|port|only): )$/.test(source.slice(start, index))) return true;
  return /^\s*(?:import\b|\*|\/\/|\/\*|id:|title:|types:|make:|transport:|\{ command: |only: |when: |port:|export (?:const|function) \w+ = \(?value|code:)|\bfrom "/.test(
    line,
  );
}

const EXTRA: readonly (readonly [name: string, from: string])[] = [
  ["megahashes", "@banksman/wire/model"],
  ["gigahashes", "@banksman/wire/model"],
  ["amount", "../read/number.ts"],
  ["celsius", "../read/sensors.ts"],
];

/** What a mutation calls must be there: imported unless the file has it. */
function withImports(source: string): string {
  const missing = EXTRA.filter(
    ([name]) =>
      new RegExp(`\\b${name}\\b`).test(source) &&
      !new RegExp(`(?:import[^;]*\\b${name}\\b[^;]*from|(?:const|function) ${name}\\b)`, "s").test(source),
  );
  const imports = missing.map(([name, from]) => `import { ${name} } from "${from}";\n`).join("");
  return imports + source + (source.includes("nothingMissing(") ? HELP : "");
}

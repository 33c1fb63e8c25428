import { fileURLToPath } from "node:url";
import { type ThemeMode, tokens } from "./src/theme/tokens.ts";

/**
 * Checks the promises of tokens.json, as `node web/check-contrast.ts` or from a test: text readable and graphics visible
 * on each surface, data scales monotone in lightness, neighbours and statuses apart for red-green blind eyes.
 */
const TEXT = 4.5;
const GRAPHIC = 3;
const HIGH_CONTRAST = 7;
const NEIGHBOURS_APART = 5;
const STATES_APART = 10;

type Triple = readonly [number, number, number];
type Matrix = readonly [Triple, Triple, Triple];

/** Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB. */
const BLINDNESS: Record<string, Matrix> = {
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
};

const channel = (hex: string, at: number): number => {
  const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
};
const linear = (hex: string): Triple => [channel(hex, 1), channel(hex, 3), channel(hex, 5)];
const luminance = ([r, g, b]: Triple) => 0.2126 * r + 0.7152 * g + 0.0722 * b;

/** WCAG contrast of two colours, 1 to 21. */
export function contrast(a: string, b: string): number {
  const [x, y] = [luminance(linear(a)), luminance(linear(b))];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

const clamp = (value: number) => Math.min(1, Math.max(0, value));
const dot = (row: Triple, [r, g, b]: Triple) => row[0] * r + row[1] * g + row[2] * b;
const seenBy = (colour: Triple, matrix: Matrix): Triple => [
  clamp(dot(matrix[0], colour)),
  clamp(dot(matrix[1], colour)),
  clamp(dot(matrix[2], colour)),
];

const root = (value: number) => (value > 0.008856 ? Math.cbrt(value) : 7.787 * value + 16 / 116);
function lab(colour: Triple): Triple {
  const x = root(dot([0.4124, 0.3576, 0.1805], colour) / 0.9505);
  const y = root(dot([0.2126, 0.7152, 0.0722], colour));
  const z = root(dot([0.0193, 0.1192, 0.9505], colour) / 1.089);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** How far apart two colours are for an eye that sees through a matrix (ΔE 1976). */
export function distance(a: string, b: string, matrix: Matrix): number {
  const [one, two] = [lab(seenBy(linear(a), matrix)), lab(seenBy(linear(b), matrix))];
  return Math.hypot(one[0] - two[0], one[1] - two[1], one[2] - two[2]);
}

type Named = readonly [name: string, colour: string];
const named = (group: object): Named[] =>
  Object.entries(group).filter((entry): entry is [string, string] => typeof entry[1] === "string");

/** Every broken promise in words; empty when all hold. `checks` is how many were made. */
export function brokenPromises(): { broken: string[]; checks: number } {
  const results = (["light", "dark"] as const).flatMap((mode) => [
    ...texts(mode),
    ...graphics(mode),
    ...scales(mode),
    ...apart(mode),
  ]);
  return { broken: results.filter((result) => result !== null), checks: results.length };
}

type Result = string | null;
const atLeast = (least: number, what: string, [name, colour]: Named, [ground, on]: Named): Result => {
  const ratio = contrast(colour, on);
  return ratio >= least ? null : `${what} ${name} on ${ground}: ${ratio.toFixed(2)}, needs ${least}`;
};

const surfacesOf = (mode: ThemeMode) => named(tokens[mode].surface).filter(([name]) => name !== "scrim");
const overAll = (least: number, what: string, colours: readonly Named[], grounds: readonly Named[]) =>
  colours.flatMap((colour) => grounds.map((ground) => atLeast(least, what, colour, ground)));

function texts(mode: ThemeMode): Result[] {
  const theme = tokens[mode];
  const surfaces = surfacesOf(mode);
  const inks = named(theme.text).filter(([name]) => !["disabled", "inverse"].includes(name));
  const reading = inks.filter(([name]) => ["primary", "secondary"].includes(name));
  const strong = named({ ...theme.text, ...tokens.highContrast[mode].text }).filter(
    ([name]) => !["disabled", "inverse", "link"].includes(name),
  );
  const plain = surfaces.filter(([name]) => name === "page" || name === "panel");
  return [
    ...overAll(TEXT, `${mode} text`, inks, surfaces),
    ...overAll(HIGH_CONTRAST, `${mode} high contrast text`, strong, plain),
    atLeast(TEXT, `${mode} accent`, ["on", theme.accent.on], ["solid", theme.accent.solid]),
    ...Object.entries(theme.status).flatMap(([name, status]) =>
      overAll(TEXT, `${mode} status`, [[name, status.text]], [...surfaces, ["its soft", status.soft]]),
    ),
    ...Object.entries(theme.level).flatMap(([name, level]) => [
      ...overAll(TEXT, `${mode} level`, [[name, level.text], ...reading], [["its soft", level.soft]]),
      ...overAll(TEXT, `${mode} level`, [[name, level.text]], surfaces),
      atLeast(TEXT, `${mode} level`, [`${name}.on`, level.on], ["its solid", level.solid]),
    ]),
  ];
}

function graphics(mode: ThemeMode): Result[] {
  const theme = tokens[mode];
  const surfaces = surfacesOf(mode);
  const charts = surfaces.filter(([name]) => ["panel", "sunken", "page"].includes(name));
  const lines = named(theme.data).filter(([name]) => !["band", "grid", "gap", "empty", "hatch"].includes(name));
  const inside = charts.filter(([name]) => name !== "page");
  const controls: Named[] = [
    ["border.control", theme.border.control],
    ["border.focus", theme.border.focus],
    ["accent.solid", theme.accent.solid],
  ];
  return [
    ...overAll(GRAPHIC, mode, controls, surfaces),
    ...Object.entries(theme.status).flatMap(([name, status]) =>
      overAll(GRAPHIC, `${mode} status`, [[name, status.mark]], [...surfaces, ["its soft", status.soft]]),
    ),
    ...Object.entries(theme.level).flatMap(([name, level]) =>
      overAll(GRAPHIC, `${mode} level`, [[name, "edge" in level ? level.edge : level.solid]], surfaces),
    ),
    ...overAll(GRAPHIC, `${mode} quality`, named(theme.quality), charts),
    ...overAll(GRAPHIC, `${mode} series`, named(theme.data.series), charts),
    ...overAll(GRAPHIC, `${mode} data`, lines, inside),
  ];
}

const lightnessOf = (scale: readonly string[]) => scale.map((hex) => lab(linear(hex))[0]);
/** Whether each value lies above the one before by more than `least`. */
const rises = (values: readonly number[], least = 0) =>
  values.every((value, index) => index === 0 || value - (values[index - 1] ?? value) > least);

function scales(mode: ThemeMode): Result[] {
  const { sequential, diverging } = tokens[mode].data;
  const sign = mode === "light" ? 1 : -1;
  const heat = lightnessOf(sequential).map((value) => -sign * value);
  const both = lightnessOf(diverging).map((value) => sign * value);
  const middle = Math.floor(diverging.length / 2);
  const monotone = rises(heat, 3) && rises(both.slice(0, middle + 1)) && rises(both.slice(middle).toReversed());
  return [monotone ? null : `${mode}: a data scale is not monotone in lightness`];
}

const tooClose = (what: string, a: Named, b: Named, least: number): Result[] =>
  Object.entries(BLINDNESS).map(([eyes, matrix]) => {
    const gap = distance(a[1], b[1], matrix);
    return gap >= least ? null : `${what} ${a[0]} and ${b[0]}: ${gap.toFixed(1)} apart with ${eyes}, needs ${least}`;
  });
const pairs = (list: readonly Named[]) => list.flatMap((a, index) => list.slice(index + 1).map((b) => [a, b] as const));

function apart(mode: ThemeMode): Result[] {
  const { data, status, level } = tokens[mode];
  const neighbours = [named(data.sequential), named(data.diverging)].flatMap((scale) =>
    scale.slice(1).map((colour, index) => [scale[index] ?? colour, colour] as const),
  );
  const marks = Object.entries(status).map(([name, one]): Named => [name, one.mark]);
  const solids = Object.entries(level).map(([name, one]): Named => [name, one.solid]);
  return [
    ...neighbours.flatMap(([a, b]) => tooClose(`${mode} scale`, a, b, NEIGHBOURS_APART)),
    ...pairs(marks).flatMap(([a, b]) => tooClose(`${mode} status`, a, b, STATES_APART)),
    ...pairs(solids).flatMap(([a, b]) => tooClose(`${mode} level`, a, b, STATES_APART)),
  ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { broken, checks } = brokenPromises();
  for (const line of broken) console.log(line);
  console.log(`${checks} checks, ${broken.length} broken`);
  process.exitCode = broken.length > 0 ? 1 : 0;
}

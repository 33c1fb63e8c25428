import tokens from "./tokens.json" with { type: "json" };

export { tokens };
export type ThemeMode = "light" | "dark";

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

const walk = (root: unknown, path: string): unknown =>
  path.split(".").reduce<unknown>((node, key) => (isRecord(node) ? node[key] : undefined), root);

/** A token by its dotted path, from the theme first and then from what both themes share; undefined when there is none. */
export const findToken = (path: string, mode: ThemeMode): unknown => walk(tokens[mode], path) ?? walk(tokens, path);

/** A colour, shadow or font of the theme by its dotted path. Throws when the path names none: a typo must not go grey. */
export function colour(path: string, mode: ThemeMode): string {
  const value = findToken(path, mode);
  if (typeof value !== "string") throw new Error(`no token ${path} in the ${mode} theme`);
  return value;
}

/** Groups that are not shared values; and members that are prose for readers. */
const skip = new Set(["about", "antd", "echarts", "light", "dark", "highContrast", "status", "level"]);
const prose = new Set(["note", "gapRule"]);
const pixels = new Set(["size", "line", "space", "radius", "breakpoint"]);
const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

function* leaves(node: unknown, path: string[]): Generator<[string[], string | number]> {
  if (typeof node === "string" || typeof node === "number") yield [path, node];
  else if (Array.isArray(node))
    for (const [index, item] of node.entries()) yield* leaves(item, [...path, String(index)]);
  else if (isRecord(node))
    for (const [key, item] of Object.entries(node)) if (!prose.has(key)) yield* leaves(item, [...path, key]);
}

function unitOf(path: string[]): string {
  if (path[0] === "motion") return "ms";
  return path.some((part) => pixels.has(part)) ? "px" : "";
}

const declaration = ([path, value]: [string[], string | number]) =>
  `--bm-${path.map(kebab).join("-")}:${typeof value === "number" ? `${value}${unitOf(path)}` : value};`;

const block = (selector: string, node: unknown, prefix: string[] = []) =>
  `${selector}{${[...leaves(node, prefix)].map(declaration).join("")}}`;

/** The style sheet of CSS variables, `--bm-<group>-<name>`: shared ones, both themes, and the high-contrast overlays. */
export function cssVariables(): string {
  const shared = Object.fromEntries(Object.entries(tokens).filter(([key]) => !skip.has(key)));
  return [
    block(":root", shared),
    block(":root,[data-theme=light]", tokens.light),
    block("[data-theme=dark]", tokens.dark),
    `@media (prefers-color-scheme:dark){${block(":root:not([data-theme])", tokens.dark)}}`,
    `@media (prefers-contrast:more){${block("[data-theme=light]", tokens.highContrast.light)}${block("[data-theme=dark]", tokens.highContrast.dark)}}`,
    "[data-theme=light]{color-scheme:light}[data-theme=dark]{color-scheme:dark}",
  ].join("\n");
}

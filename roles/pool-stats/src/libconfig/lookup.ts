import { ConfigErrors } from "@banksman/kit";
import type { Group, Setting } from "./libconfig.ts";
import { placeText } from "./tokens.ts";

/**
 * Reads settings by dotted path the way the original program does: one that is absent, or whose type is another, leaves
 * the default in place. The latter is noted in `warnings`, for the original said nothing.
 */
export class Lookup {
  readonly #root: Group;
  readonly warnings: string[] = [];

  constructor(root: Group) {
    this.#root = root;
  }

  string(path: string, fallback: string): string {
    const found = this.#typed(path, "string", `"${fallback}"`);
    return found?.type === "string" ? found.value : fallback;
  }

  /** A text without which the role can't start; throws CONFIG_INVALID. */
  requiredString(path: string): string {
    const found = this.find(path);
    if (found?.type === "string") return found.value;
    const where = found ? placeText(found.place) : this.#root.place.file;
    const problem = found ? `must be a text in quotation marks, not ${typeName(found)}` : "is missing";
    throw ConfigErrors.INVALID(where, `"${path}" ${problem}`);
  }

  int(path: string, fallback: number): number {
    const found = this.#typed(path, "int", String(fallback));
    return found?.type === "int" && typeof found.value === "number" ? found.value : fallback;
  }

  /** A whole number from `low` to `high`; throws CONFIG_INVALID for one outside. */
  intWithin(path: string, fallback: number, low: number, high: number): number {
    const value = this.int(path, fallback);
    if (value < low || value > high) this.refuse(path, `is ${value}: must be from ${low} to ${high}`);
    return value;
  }

  bool(path: string, fallback: boolean): boolean {
    const found = this.#typed(path, "bool", String(fallback));
    return found?.type === "bool" ? found.value : fallback;
  }

  /** One of the named words; throws CONFIG_INVALID for another. */
  oneOf<W extends string>(path: string, words: readonly W[], fallback: W): W {
    const text = this.string(path, fallback);
    const word = words.find((candidate) => candidate === text);
    return word ?? this.refuse(path, `is "${text}": must be one of ${words.map((w) => `"${w}"`).join(", ")}`);
  }

  /** Texts of a list or array, or of one text split at commas. */
  strings(path: string): string[] {
    const found = this.find(path);
    if (!found) return [];
    if (found.type === "string") return splitAtCommas(found.value);
    if (found.type !== "list" && found.type !== "array")
      return this.refuse(path, `must be a list of texts, not ${typeName(found)}`);
    return found.value.map((element) =>
      element.type === "string"
        ? element.value
        : this.refuse(path, `holds ${typeName(element)} where a text is wanted`),
    );
  }

  has(path: string): boolean {
    return this.find(path) !== undefined;
  }

  find(path: string): Setting | undefined {
    let setting: Setting | undefined = this.#root;
    for (const name of path.split(".")) setting = setting?.type === "group" ? setting.value.get(name) : undefined;
    return setting;
  }

  /** Throws CONFIG_INVALID for the setting at `path`. */
  refuse(path: string, problem: string): never {
    const found = this.find(path);
    throw ConfigErrors.INVALID(found ? placeText(found.place) : this.#root.place.file, `"${path}" ${problem}`);
  }

  #typed(path: string, type: Setting["type"], fallback: string): Setting | undefined {
    const found = this.find(path);
    if (found && found.type !== type)
      this.warnings.push(
        `${placeText(found.place)}: "${path}" is ${typeName(found)}, not ${NAMES[type]}: it is ignored, ${fallback} is used`,
      );
    return found?.type === type ? found : undefined;
  }
}

export const splitAtCommas = (text: string) =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");

const NAMES: Record<Setting["type"], string> = {
  string: "a text",
  int: "a whole number",
  float: "a number with a fraction",
  bool: "true or false",
  list: "a list",
  array: "an array",
  group: "a group",
};
const typeName = ({ type }: Setting) => NAMES[type];

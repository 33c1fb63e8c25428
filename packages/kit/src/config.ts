import { readFile } from "node:fs/promises";
import { type ParseError, parse as parseTolerantly, printParseErrorCode } from "jsonc-parser";
import { parseDocument } from "yaml";
import { z } from "zod";
import { type CodedError, codeOf, defineErrors } from "./errors.ts";
import { nearest } from "./nearest.ts";

/** Bad configuration or usage: the process ends with exit code 2 and this text. */
export const ConfigErrors = defineErrors("CONFIG", {
  NOT_FOUND: { text: (path: string, fix: string) => `${path}: no such file. ${fix}`, retry: false },
  UNREADABLE: { text: (path: string, why: string) => `${path}: can't be read (${why}).`, retry: false },
  SYNTAX: { text: (where: string, why: string) => `${where}: ${why}`, retry: false },
  INVALID: { text: (where: string, problems: string) => `${where}: ${problems}`, retry: false },
});

/**
 * Parses a .json file as strict JSON (other readers read it too) and anything else as YAML.
 * Throws CONFIG_SYNTAX with `file:line:column` and the offending line.
 */
export function parseConfigText(text: string, file: string): unknown {
  const clean = text.replace(/^\uFEFF/, "");
  return /\.json$/i.test(file) ? parseStrictJson(clean, file) : parseYaml(clean, file);
}

function parseStrictJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // V8 names no position for some mistakes, so a tolerant parser finds the first one.
    const mistakes: ParseError[] = [];
    parseTolerantly(text, mistakes, { disallowComments: true, allowTrailingComma: false });
    const mistake = mistakes[0];
    const what = mistake ? printParseErrorCode(mistake.error) : "not valid JSON";
    throw syntaxError(text, file, mistake?.offset ?? 0, `not valid JSON: ${what}`, error);
  }
}

function parseYaml(text: string, file: string): unknown {
  const document = parseDocument(text, { prettyErrors: false, uniqueKeys: true });
  const mistake = document.errors[0];
  if (mistake) throw syntaxError(text, file, mistake.pos[0], `not valid YAML: ${mistake.message}`, mistake);
  try {
    return document.toJS();
  } catch (error) {
    // An alias (*name) that no anchor has. The library's text repeats it, and it may be a password that starts with *.
    throw ConfigErrors.SYNTAX(file, "not valid YAML: a value starts with * but names no anchor; put it in quotes", {
      cause: error,
    });
  }
}

function syntaxError(text: string, file: string, offset: number, what: string, cause: unknown): CodedError {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  const column = before.length - before.lastIndexOf("\n");
  const shown = text.split("\n")[line - 1]?.trim() ?? "";
  return ConfigErrors.SYNTAX(`${file}:${line}:${column}`, `${what}. The line reads: ${hideSecrets(shown)}`, { cause });
}

/**
 * Text for an error with its secrets taken out: what follows `key:`, `password=` and the like, and the password of an
 * address such as `postgresql://user:password@host`. Takes rather too much than too little: passwords hold any sign.
 */
const hideSecrets = (text: string) =>
  text
    .replace(/("?\w*(?:key|password|token|secret)"?\s*[:=]\s*).+/i, "$1(hidden)")
    .replace(/:(?!\/\/|\s).*@/, ":(hidden)@");

/** Reads and parses a JSON or YAML file. `missingFix` says what to do when it isn't there. */
export async function readConfigFile(path: string, missingFix: string): Promise<unknown> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") throw ConfigErrors.NOT_FOUND(path, missingFix, { cause: error });
    throw ConfigErrors.UNREADABLE(path, codeOf(error) ?? "unknown reason", { cause: error });
  });
  return parseConfigText(text, path);
}

/** Validates `raw`; throws CONFIG_INVALID listing every problem with its key, its value and the fix. */
export function checkConfig<S extends z.ZodType>(schema: S, raw: unknown, where: string): z.output<S> {
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  const known = keysOf(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }));
  const problems = flatten(result.error.issues).map((issue) => describeIssue(issue, raw, known));
  throw ConfigErrors.INVALID(where, problems.join("\n  "));
}

function flatten(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue[] {
  return issues.flatMap((issue): z.core.$ZodIssue[] => {
    if (issue.code !== "unrecognized_keys") return [issue];
    return issue.keys.map((key) => ({ ...issue, path: [...issue.path, key], keys: [key] }));
  });
}

/** Every key that a schema knows, at whatever depth. */
function keysOf(schema: unknown): string[] {
  if (typeof schema !== "object" || schema === null) return [];
  const own = "properties" in schema ? Object.keys(schema.properties ?? {}) : [];
  return [...new Set([...own, ...Object.values(schema).flatMap(keysOf)])];
}

const isSecret = (key: string) => /key$|password|token|secret/i.test(key);

function describeIssue(issue: z.core.$ZodIssue, raw: unknown, known: readonly string[]): string {
  const key = issue.path.reduce<string>((path, part) => {
    if (typeof part === "number") return `${path}[${part}]`;
    return path === "" ? String(part) : `${path}.${String(part)}`;
  }, "");
  let value: unknown = raw;
  for (const part of issue.path) {
    value = typeof value === "object" && value !== null ? Reflect.get(value, part) : undefined;
  }
  const name = key === "" ? "the whole file" : `"${key}"`;
  if (issue.code === "unrecognized_keys") {
    const meant = nearest(String(issue.path.at(-1)), known);
    return `${name} is not a known key; ${meant === null ? "remove it or correct its spelling" : `did you mean "${meant}"?`}`;
  }
  if (value === undefined) return `${name} is missing: ${issue.message}`;
  const shown = isSecret(String(issue.path.at(-1) ?? "")) ? "(hidden)" : hideSecrets(JSON.stringify(value));
  const clipped = shown.length > 80 ? `${shown.slice(0, 77)}…` : shown;
  return `${name} is ${clipped}: ${issue.message}`;
}

/**
 * Lays environment variables over a file's members: `{ DATABASE_URL: "database_url" }`; a dot leads into a section. An empty variable counts as
 * unset, because compose files and unit files produce empty ones. An empty file has no members; throws CONFIG_INVALID
 * when `raw` is anything but members, which laying over would hide.
 */
export function overlayEnvironment(
  raw: unknown,
  environment: NodeJS.ProcessEnv,
  names: Record<string, string>,
  where = "the configuration",
): Record<string, unknown> {
  const members = raw ?? {};
  if (typeof members !== "object" || Array.isArray(members)) {
    const found = hideSecrets(JSON.stringify(members)).slice(0, 80);
    throw ConfigErrors.INVALID(
      where,
      `the whole file is ${found}: must be keys with their values, such as "key: value"`,
    );
  }
  const merged: Record<string, unknown> = { ...members };
  for (const [variable, key] of Object.entries(names)) {
    const value = environment[variable];
    if (value !== undefined && value !== "") lay(merged, key.split("."), value);
  }
  return merged;
}

/** Sets a member, also one within another: `display.language`. What is no section there is left for the check to refuse. */
function lay(members: Record<string, unknown>, [name = "", ...rest]: string[], value: string): void {
  if (rest.length === 0) {
    members[name] = value;
    return;
  }
  const inner = members[name] ?? {};
  if (typeof inner !== "object" || Array.isArray(inner)) return;
  const copy: Record<string, unknown> = { ...inner };
  lay(copy, rest, value);
  members[name] = copy;
}

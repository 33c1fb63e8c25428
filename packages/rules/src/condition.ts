import { nearest } from "@banksman/kit";
import type { FieldType, LocalText, RuleField } from "@banksman/wire/model";
import {
  type ASTNode,
  TypeError as CelTypeError,
  Environment,
  EvaluationError,
  ParseError,
} from "@marcbachmann/cel-js";
import type { AlertFunction } from "./functions/alert-function.ts";
import { alertFunctions } from "./functions/index.ts";

/** What is wrong with a condition, with its place in the text. */
export type ConditionProblem = { message: LocalText; from: number | null; to: number | null; nearest: string | null };

export type Parsed = { ast: ASTNode; fields: string[]; windows: { field: string; ms: number }[] };
export type Checked = { ok: true; parsed: Parsed } | { ok: false; problems: ConditionProblem[] };

/** No condition people write comes near; what goes beyond is meant to keep the server busy. */
const LIMITS = { maxAstNodes: 300, maxDepth: 40, maxListElements: 100, maxCallArguments: 2 };
export const LONGEST_WINDOW_MS = 6 * 3_600_000;
const UNIT_MS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000 };
const TEXT_METHODS = ["startsWith", "endsWith", "contains"];
const BINARY = ["==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "&&", "||", "in"] as const;
const CEL_TYPES: Record<FieldType, string> = { number: "double", text: "string", bool: "bool", texts: "list<string>" };

/** Milliseconds of a window such as 30s, 10m or 1h; null when it is none. */
export function windowMs(text: string): number | null {
  const [, amount, unit] = /^(\d+)([smh])$/.exec(text) ?? [];
  const ms = Number(amount) * (UNIT_MS[unit ?? ""] ?? Number.NaN);
  return ms > 0 && ms <= LONGEST_WINDOW_MS ? ms : null;
}

class Refusal extends Error {
  readonly problem: ConditionProblem;
  constructor(node: ASTNode | null, zh: string, en: string, near: string | null = null) {
    super(en);
    this.problem = { message: { zh, en }, from: node?.start ?? null, to: node?.end ?? null, nearest: near };
  }
}

/**
 * Parses a condition and checks it against a target's fields. What is not on the list below is refused, comprehensions
 * and `matches` among it: they can keep a core busy for minutes on a hundred characters.
 */
export function checkCondition(
  text: string,
  fields: readonly RuleField[],
  functions: readonly AlertFunction[] = alertFunctions,
): Checked {
  try {
    const { source, places } = withDoubles(text);
    const env = environmentOf(fields, functions);
    const parsed = env.parse(source);
    const found: Parsed = { ast: parsed.ast, fields: [], windows: [] };
    // Words the library does not know are named first, with what was perhaps meant.
    const back = (place: number) => place - 2 * places.filter((inserted) => inserted < place - 1).length;
    try {
      walk(parsed.ast, { fields, functions }, found);
      const { valid, type, error } = parsed.check();
      if (!valid && error) throw error;
      if (type !== "bool")
        throw new Refusal(
          parsed.ast,
          `条件必须是真或假，而不是 ${type}`,
          `a condition is true or false, this is a ${type}`,
        );
    } catch (error) {
      return { ok: false, problems: [moved(problemOf(error), back)] };
    }
    found.fields = [...new Set(found.fields)];
    return { ok: true, parsed: found };
  } catch (error) {
    return { ok: false, problems: [problemOf(error)] };
  }
}

/**
 * In CEL `2 * hashrate` is a type error and `1 / 2` is 0, since 2 is a whole number. Every figure here is a double, so
 * whole literals are written as such before the library looks at them.
 */
function withDoubles(text: string): { source: string; places: number[] } {
  const { ast } = new Environment({ unlistedVariablesAreDyn: true, limits: LIMITS }).parse(text);
  const places: number[] = [];
  const visit = (node: ASTNode) => {
    if (node.op === "value" && typeof node.args === "bigint" && /^\d+$/.test(text.slice(node.start, node.end)))
      places.push(node.end);
    for (const child of childrenOf(node)) visit(child);
  };
  visit(ast);
  places.sort((a, b) => a - b);
  const source = places.reduceRight((done, place) => `${done.slice(0, place)}.0${done.slice(place)}`, text);
  return { source, places: places.map((place, index) => place + 2 * index) };
}

/** The nodes right below one. */
export function childrenOf(node: ASTNode): ASTNode[] {
  switch (node.op) {
    case "value":
    case "id":
      return [];
    case ".":
    case ".?":
      return [node.args[0]];
    case "call":
      return node.args[1];
    case "rcall":
      return [node.args[1], ...node.args[2]];
    case "list":
      return node.args;
    case "map":
      return node.args.flat();
    case "!_":
    case "-_":
      return [node.args];
    default:
      return [...node.args];
  }
}

const isBinary = (op: string): boolean => (BINARY as readonly string[]).includes(op);

type Known = { fields: readonly RuleField[]; functions: readonly AlertFunction[] };

function walk(node: ASTNode, known: Known, found: Parsed): void {
  switch (node.op) {
    case "value":
      if (node.args === null || !["string", "number", "bigint", "boolean"].includes(typeof node.args))
        throw new Refusal(node, "只能用数字、文字、true 和 false", "only numbers, texts, true and false stand here");
      return;
    case "id":
      field(node, node.args, known.fields, found);
      return;
    case "call":
      call(node, node.args[0], node.args[1], known, found);
      return;
    case "rcall":
      if (!TEXT_METHODS.includes(node.args[0])) {
        const near = nearest(node.args[0], TEXT_METHODS);
        throw new Refusal(node, `不支持 .${node.args[0]}()`, `.${node.args[0]}() is not taken here`, near);
      }
      break;
    case "?:":
    case "!_":
    case "-_":
    case "list":
      break;
    default:
      if (!isBinary(node.op)) throw new Refusal(node, `不支持 ${node.op}`, `${node.op} is not taken here`);
  }
  for (const child of childrenOf(node)) walk(child, known, found);
}

function field(node: ASTNode, name: string, fields: readonly RuleField[], found: Parsed): void {
  if (!fields.some((one) => one.name === name)) {
    const names = fields.map((one) => one.name);
    const near = nearest(name, names);
    const hint = near === null ? ["", ""] : [`，是否指 ${near}？`, `; did you mean ${near}?`];
    throw new Refusal(node, `没有字段 ${name}${hint[0]}`, `there is no field ${name}${hint[1]}`, near);
  }
  found.fields.push(name);
}

function call(node: ASTNode, name: string, args: ASTNode[], { fields, functions }: Known, found: Parsed): void {
  const [first, second] = args;
  const asked = functions.find(({ id }) => id === name);
  if (name !== "known" && !asked) {
    const near = nearest(name, ["known", ...functions.map(({ id }) => id)]);
    const hint = near === null ? ["", ""] : [`，是否指 ${near}？`, `; did you mean ${near}?`];
    throw new Refusal(node, `没有函数 ${name}${hint[0]}`, `there is no function ${name}${hint[1]}`, near);
  }
  if (first?.op !== "id") throw new Refusal(node, `${name} 的第一个参数是字段名`, `${name} takes a field's name first`);
  field(first, first.args, fields, found);
  if (!asked) return;
  const window = second?.op === "value" && typeof second.args === "string" ? windowMs(second.args) : null;
  if (window === null)
    throw new Refusal(
      second ?? node,
      '时间窗写作 "30s"、"10m" 或 "2h"，最长 6 小时',
      'a window is "30s", "10m" or "2h", 6 hours at most',
    );
  const type = fields.find((one) => one.name === first.args)?.type;
  if (type === "texts" || (asked.takes === "number" && type !== "number"))
    throw new Refusal(first, `${name} 不能用于 ${first.args}`, `${name} can't be taken of ${first.args}`);
  found.windows.push({ field: first.args, ms: window });
}

const environments = new WeakMap<readonly RuleField[], WeakMap<readonly AlertFunction[], Environment>>();

function environmentOf(fields: readonly RuleField[], functions: readonly AlertFunction[]): Environment {
  const byFunctions = environments.get(fields) ?? new WeakMap<readonly AlertFunction[], Environment>();
  environments.set(fields, byFunctions);
  const made = byFunctions.get(functions);
  if (made) return made;
  const env = new Environment({ limits: LIMITS });
  for (const { name, type } of fields) env.registerVariable(name, CEL_TYPES[type]);
  env.registerFunction("known(dyn): bool", () => true);
  for (const { id, gives } of functions)
    env.registerFunction(`${id}(dyn, string): ${gives === "number" ? "double" : "bool"}`, () => 0);
  byFunctions.set(functions, env);
  return env;
}

function moved(problem: ConditionProblem, back: (place: number) => number): ConditionProblem {
  const at = (place: number | null) => (place === null ? null : back(place));
  return { ...problem, from: at(problem.from), to: at(problem.to) };
}

function problemOf(error: unknown): ConditionProblem {
  if (error instanceof Refusal) return error.problem;
  if (error instanceof ParseError || error instanceof CelTypeError || error instanceof EvaluationError) {
    const { summary, range } = error;
    return {
      message: { zh: `表达式有误：${summary}`, en: summary },
      from: range?.start ?? null,
      to: range?.end ?? null,
      nearest: null,
    };
  }
  throw error;
}

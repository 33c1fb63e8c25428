import type { FieldType, RuleField } from "@banksman/wire/model";
import type { ASTNode } from "@marcbachmann/cel-js";
import { childrenOf, type Parsed, windowMs } from "./condition.ts";
import type { AlertFunction, Stretch } from "./functions/alert-function.ts";
import type { History } from "./history.ts";
import type { Texts } from "./texts.ts";

/** What a condition is told of: a target's row at a moment, and what some of its fields told before. */
export type Context = { at: number; row: Float64Array; history: History | null };

/**
 * A compiled expression. All is numbers: false 0, true 1, texts by their number. NaN is "nobody told", and what needs it
 * is NaN itself; only `false && …` and `true || …` are known without it, as in CEL, where a null is an error.
 */
export type Evaluate = (context: Context) => number;

/** Where the fields of a target lie in its rows and in its history. */
export type Layout = { column: (field: string) => number; seriesOf: (field: string) => number };

type Typed = { type: FieldType; run: Evaluate };
type Scope = {
  layout: Layout;
  texts: Texts;
  fields: readonly RuleField[];
  functions: readonly AlertFunction[];
};

const COMPARISONS = ["<", "<=", ">", ">=", "==", "!="];

/**
 * Compiles a checked condition into closures. The library's own evaluator throws on a null, and one reading in ten has
 * some: closures that carry "nobody told" along are a hundred times faster there.
 */
export const compile = ({ ast }: Parsed, scope: Scope): Evaluate => build(ast, scope).run;

function build(node: ASTNode, scope: Scope): Typed {
  switch (node.op) {
    case "value":
      return literal(node.args, scope.texts);
    case "id": {
      const column = scope.layout.column(node.args);
      return { type: typeOf(node.args, scope.fields), run: ({ row }) => row[column] ?? Number.NaN };
    }
    case "call":
      return call(node.args[0], node.args[1], scope);
    case "rcall":
      return textMethod(node.args[0], node.args[1], node.args[2], scope);
    case "!_": {
      const { run } = build(node.args, scope);
      return { type: "bool", run: (context) => 1 - run(context) };
    }
    case "-_": {
      const { run } = build(node.args, scope);
      return { type: "number", run: (context) => -run(context) };
    }
    case "?:": {
      const [test, yes, no] = childrenOf(node).map((child) => build(child, scope));
      if (!test || !yes || !no) throw new Error("?: has three parts");
      return {
        type: yes.type,
        run: (context) => {
          const chosen = test.run(context);
          if (Number.isNaN(chosen)) return Number.NaN;
          return chosen === 1 ? yes.run(context) : no.run(context);
        },
      };
    }
    default:
      return binary(node, scope);
  }
}

const typeOf = (name: string, fields: readonly RuleField[]): FieldType =>
  fields.find((field) => field.name === name)?.type ?? "number";

function literal(value: unknown, texts: Texts): Typed {
  if (typeof value === "string") {
    const id = texts.id(value);
    return { type: "text", run: () => id };
  }
  const number = typeof value === "boolean" ? (value ? 1 : 0) : Number(value);
  return { type: typeof value === "boolean" ? "bool" : "number", run: () => number };
}

function binary(node: ASTNode, scope: Scope): Typed {
  const [first, second] = childrenOf(node);
  if (!first || !second) throw new Error(`${node.op} has two parts`);
  if (node.op === "in") return membership(first, second, scope);
  const [a, b] = [build(first, scope).run, build(second, scope).run];
  if (COMPARISONS.includes(node.op)) return { type: "bool", run: comparison(node.op, a, b) };
  switch (node.op) {
    case "&&":
      return { type: "bool", run: both(a, b) };
    case "||":
      return { type: "bool", run: either(a, b) };
    case "+":
      return { type: "number", run: (context) => a(context) + b(context) };
    case "-":
      return { type: "number", run: (context) => a(context) - b(context) };
    case "*":
      return { type: "number", run: (context) => a(context) * b(context) };
    case "/":
      return { type: "number", run: (context) => a(context) / b(context) };
    default:
      throw new Error(`${node.op} was let through by the check`);
  }
}

const both =
  (a: Evaluate, b: Evaluate): Evaluate =>
  (context) => {
    const left = a(context);
    if (left === 0) return 0;
    const right = b(context);
    return right === 0 ? 0 : left * right;
  };

const either =
  (a: Evaluate, b: Evaluate): Evaluate =>
  (context) => {
    const left = a(context);
    if (left === 1) return 1;
    const right = b(context);
    return right === 1 ? 1 : left + right;
  };

/** One closure an operator: a shared one that calls the comparison would be as slow again. */
function comparison(op: string, a: Evaluate, b: Evaluate): Evaluate {
  const told = (left: number, right: number, holds: boolean): number =>
    Number.isNaN(left) || Number.isNaN(right) ? Number.NaN : holds ? 1 : 0;
  switch (op) {
    case "<":
      return (context) => {
        const [left, right] = [a(context), b(context)];
        return told(left, right, left < right);
      };
    case "<=":
      return (context) => {
        const [left, right] = [a(context), b(context)];
        return told(left, right, left <= right);
      };
    case ">":
      return (context) => {
        const [left, right] = [a(context), b(context)];
        return told(left, right, left > right);
      };
    case ">=":
      return (context) => {
        const [left, right] = [a(context), b(context)];
        return told(left, right, left >= right);
      };
    case "==":
      return (context) => {
        const [left, right] = [a(context), b(context)];
        return told(left, right, left === right);
      };
    default:
      return (context) => {
        const [left, right] = [a(context), b(context)];
        return told(left, right, left !== right);
      };
  }
}

function membership(item: ASTNode, list: ASTNode, scope: Scope): Typed {
  const wanted = build(item, scope).run;
  if (list.op !== "list") {
    const lists = build(list, scope).run;
    return {
      type: "bool",
      run: (context) => {
        const [text, listId] = [wanted(context), lists(context)];
        if (Number.isNaN(text) || Number.isNaN(listId)) return Number.NaN;
        return scope.texts.listHas(listId, text) ? 1 : 0;
      },
    };
  }
  const choices = list.args.map((choice) => build(choice, scope).run);
  return {
    type: "bool",
    run: (context) => {
      const value = wanted(context);
      if (Number.isNaN(value)) return Number.NaN;
      let found = 0;
      for (const choice of choices) {
        const other = choice(context);
        if (Number.isNaN(other)) return Number.NaN;
        if (other === value) found = 1;
      }
      return found;
    },
  };
}

function call(name: string, args: ASTNode[], { layout, fields, functions }: Scope): Typed {
  const [first, second] = args;
  if (first?.op !== "id") throw new Error(`${name} takes a field`);
  if (name === "known") {
    const column = layout.column(first.args);
    return { type: "bool", run: ({ row }) => (Number.isNaN(row[column] ?? Number.NaN) ? 0 : 1) };
  }
  const asked = functions.find(({ id }) => id === name);
  const ms = second?.op === "value" && typeof second.args === "string" ? windowMs(second.args) : null;
  if (!asked || ms === null) throw new Error(`${name} was let through by the check`);
  const place = layout.seriesOf(first.args);
  const stretch: Stretch = { times: new Float64Array(), values: new Float64Array(), from: 0, to: 0 };
  return {
    type: asked.gives === "bool" ? "bool" : typeOf(first.args, fields),
    run: ({ at, history }) => {
      if (!history) return Number.NaN;
      history.window(stretch, place, at, ms);
      return asked.compute(stretch);
    },
  };
}

function textMethod(method: string, receiver: ASTNode, args: ASTNode[], scope: Scope): Typed {
  const [of, part] = [build(receiver, scope).run, args[0] ? build(args[0], scope).run : () => Number.NaN];
  const { texts } = scope;
  const test: (text: string, what: string) => boolean =
    method === "startsWith"
      ? (text, what) => text.startsWith(what)
      : method === "endsWith"
        ? (text, what) => text.endsWith(what)
        : (text, what) => text.includes(what);
  return {
    type: "bool",
    run: (context) => {
      const [text, what] = [of(context), part(context)];
      if (Number.isNaN(text) || Number.isNaN(what)) return Number.NaN;
      return test(texts.word(text), texts.word(what)) ? 1 : 0;
    },
  };
}

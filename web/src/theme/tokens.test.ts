import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { antdTheme } from "./antd-theme.ts";
import { colour, cssVariables, tokens } from "./tokens.ts";

const src = join(import.meta.dirname, "..");
const sources = globSync("**/*.{ts,tsx,css}", { cwd: src }).filter((file) => !file.endsWith(".test.ts"));
const textOf = (file: string) => readFileSync(join(src, file), "utf8");

test("no colour is written anywhere but in tokens.json", () => {
  const colours = /#(?:[0-9a-f]{8}|[0-9a-f]{6}|[0-9a-f]{3,4})\b(?![^"]*\.test)|\brgba?\(|\bhsla?\(/gi;
  const found = sources.flatMap((file) => [...textOf(file).matchAll(colours)].map((match) => `${file}: ${match[0]}`));
  assert.deepEqual(found, []);
});

test("every CSS variable that a style or a component names exists", () => {
  const defined = new Set([...cssVariables().matchAll(/(--bm-[\w-]+):/g)].map((match) => match[1]));
  const unknown = sources.flatMap((file) =>
    [...textOf(file).matchAll(/var\((--bm-[\w-]+)\)/g)].flatMap(([, name]) =>
      defined.has(name) ? [] : `${file}: ${name}`,
    ),
  );
  assert.deepEqual(unknown, []);
  assert.ok(defined.size > 150);
});

test("both themes define the same variables", () => {
  const shape = (node: unknown): unknown =>
    typeof node === "object" && node !== null ? Object.entries(node).map(([key, value]) => [key, shape(value)]) : 0;
  assert.deepEqual(shape(tokens.dark), shape(tokens.light));
});

test("the antd theme has a value for each token path", () => {
  for (const mode of ["light", "dark"] as const) {
    const values = Object.entries(antdTheme(mode).token ?? {});
    const paths = values.filter(([, value]) => typeof value === "string" && /^\w+\.\w+/.test(value));
    assert.deepEqual(paths, []);
    assert.equal(antdTheme(mode).token?.colorPrimary, tokens[mode].accent.solid);
  }
});

test("a path that names no colour is an error, not grey", () => {
  assert.throws(() => colour("status.hashing.markk", "light"), /no token status.hashing.markk/);
});

import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { en } from "./en.ts";
import { zh } from "./zh.ts";

function* leaves(node: unknown, path: string[] = []): Generator<[string, string]> {
  if (typeof node === "string") yield [path.join("."), node];
  else if (typeof node === "object" && node !== null)
    for (const [key, value] of Object.entries(node)) yield* leaves(value, [...path, key]);
}
const english = new Map(leaves(en));
const chinese = new Map(leaves(zh));
const places = (text: string) => [...text.matchAll(/\{\{(\w+)/g)].map((match) => match[1]).toSorted();

test("both languages have the same texts, apart from singulars that Chinese lacks", () => {
  const plural = [...english.keys()].filter((key) => !key.endsWith("_one"));
  assert.deepEqual([...chinese.keys()].toSorted(), plural.toSorted());
});

test("a translation names the same parameters", () => {
  for (const [key, text] of chinese) assert.deepEqual(places(text), places(english.get(key) ?? ""), key);
});

test("no sentence shouts, and Chinese has no half-width full stop", () => {
  for (const [key, text] of [...english, ...chinese]) assert.doesNotMatch(text, /[!！]/, key);
  for (const [key, text] of chinese) assert.doesNotMatch(text, /[\u4e00-\u9fff]\.(?:\s|$)/, key);
});

test("every text is used", () => {
  const src = join(import.meta.dirname, "..");
  const code = globSync("**/*.{ts,tsx}", { cwd: src, exclude: ["i18n/**"] })
    .map((file) => readFileSync(join(src, file), "utf8"))
    .join("\n");
  const isUsed = (key: string) => {
    const name = key.replace(/_(one|other)$/, "");
    const group = name.replace(/\.[^.]+$/, "");
    // Keys made up at run time name their group in a template.
    return code.includes(`"${name}"`) || code.includes(`\`${group}.\${`) || code.includes(`\`${group}.role_\${`);
  };
  assert.deepEqual(
    [...english.keys()].filter((key) => !isUsed(key)),
    [],
  );
});

test("the way to a key reads in Chinese as the collector's manual says", () => {
  const way = [zh.nav.hosting, zh.nav.sites, zh.monitor.collector, zh.collector.generate];
  assert.deepEqual(way, ["托管管理", "站点管理", "采集器设置", "生成新密钥"]);
});

import assert from "node:assert/strict";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { tempFolder } from "@banksman/testkit";
import { Reading } from "@banksman/wire/model";
import { z } from "zod";
import { checkRule } from "./check.ts";
import { alertFunctions } from "./functions/index.ts";
import { loadExtensions } from "./plugins.ts";
import { processors } from "./processors/index.ts";
import { rangeCheck } from "./processors/range-check.ts";

const files = async (folder: string, besides: string) =>
  (await readdir(new URL(folder, import.meta.url))).filter((file) => ![besides, "index.ts"].includes(file)).toSorted();

test("each index lists every file of its folder once, by its name; options say what they are", async () => {
  assert.deepEqual(
    alertFunctions.map(({ id }) => `${id}.ts`),
    await files("functions", "alert-function.ts"),
  );
  assert.deepEqual(
    processors.map(({ id }) => `${id}.ts`),
    await files("processors", "processor.ts"),
  );
  for (const { id, options } of processors) {
    assert.ok(options instanceof z.ZodObject, id);
    for (const [name, field] of Object.entries(options.shape))
      assert.ok((field as z.ZodType).description, `${id}: ${name} is not described`);
  }
  for (const { id, example } of alertFunctions) assert.match(example, new RegExp(`^${id}\\(\\w+, "\\d+[smh]"\\)`));
});

test("a package adds functions that conditions may call; one that does not fit is named", async () => {
  await using folder = await tempFolder();
  const write = (name: string, text: string) => writeFile(join(folder.path, name), text);
  await write("package.json", '{"type":"module"}');
  const head =
    "id: 'spread', title: {zh:'',en:''}, about: {zh:'',en:''}, gives: 'number', takes: 'number', example: 'x'";
  await write("good.js", `export const alertFunctions = [{ ${head}, compute: () => 7 }];`);
  await write("none.js", "export const x = 1;");
  await write("bad.js", `export const alertFunctions = [{ ${head} }];`);
  await write("twice.js", `export const alertFunctions = [{ ${head.replace("spread", "avg")}, compute: () => 7 }];`);
  const { functions } = await loadExtensions(["./good.js"], folder.path);
  const rule = {
    name: { zh: "a", en: "a" },
    target: "miner",
    condition: 'spread(temperature_max, "10m") > 5',
    level: "info",
    title: { zh: "a", en: "a" },
  };
  assert.equal(checkRule(rule).problems.length, 1);
  assert.deepEqual(checkRule(rule, functions).problems, []);
  for (const [name, message] of [
    ["./none.js", /neither/],
    ["./bad.js", /compute/],
    ["./twice.js", /already a "avg"/],
    ["./missing.js", /not installed/],
  ] as const)
    await assert.rejects(loadExtensions([name], folder.path), { code: /^CONFIG_PLUGIN_/, message });
});

test("the range check makes what no device gives unknown, and says so", () => {
  const check = rangeCheck.create(rangeCheck.options.parse({}));
  const reading = Reading.parse({ miner_id: "a", online: true, temperature_max: 65_535, hashrate_ghs: 5 });
  const { temperature_max, hashrate_ghs, warnings } = check(reading) ?? {};
  assert.deepEqual([temperature_max, hashrate_ghs], [null, 5]);
  assert.deepEqual(warnings, [{ code: "out_of_range", text: "temperature_max 65535" }]);
});

import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { z } from "zod";

/** The field reference: docs/logs.md, one row a field. */
const reference = new Map(
  [...readFileSync("docs/logs.md", "utf8").matchAll(/^\| `(\w+)` \| (\w+) \|/gm)].map((row) => [
    row[1] ?? "",
    row[2] ?? "",
  ]),
);

const isTest = (file: string) => /\.test\.ts$|[\\/]test[\\/]/.test(file);
const sources = globSync(["packages/*/src/**/*.ts", "roles/*/src/**/*.ts"]).filter((file) => !isTest(file));

/** The names of the members that a log call is given, as far as they stand in its braces. */
function loggedFields(text: string): string[] {
  const calls = text.matchAll(/\blog\??\.(?:trace|debug|info|warn|error|fatal)\(\s*\{((?:[^{}]|\{[^{}]*\})*)\}/g);
  return [...calls].flatMap(([, members = ""]) =>
    members
      .replaceAll(/\{[^{}]*\}|\([^()]*\)|`[^`]*`|"[^"]*"/g, "")
      .split(",")
      .flatMap((member) => /^\s*([A-Za-z_]\w*)/.exec(member)?.[1] ?? []),
  );
}

test("every field that a role logs is in the field reference", () => {
  const unknown = sources.flatMap((file) =>
    loggedFields(readFileSync(file, "utf8"))
      .filter((field) => !reference.has(field))
      .map((field) => `${file}: ${field}`),
  );
  assert.deepEqual(unknown, []);
});

const Template = z.object({
  template: z.object({
    mappings: z.object({
      dynamic: z.literal(false),
      properties: z.record(z.string(), z.looseObject({ type: z.string().optional() })),
    }),
  }),
});

test("the index template has each field of the reference with its type, and no other of ours", () => {
  const { properties } = Template.parse(JSON.parse(readFileSync("deploy/elk/index-template.json", "utf8"))).template
    .mappings;
  const typed = Object.entries(properties).map(([name, { type }]) => [name, type ?? "object"]);
  const fromBeats = new Set(["@timestamp", "host", "tags"]);
  assert.deepEqual(typed.filter(([name]) => !fromBeats.has(name ?? "")).toSorted(), [...reference].toSorted());
});

test("the Logstash pipeline names no field that is not in the reference", () => {
  const pipeline = readFileSync("deploy/elk/logstash.conf", "utf8");
  const named = [...pipeline.matchAll(/\[(\w+)\] ==|match => \["(\w+)"|=> "(msg|level)"|add_field => \{ "(\w+)"/g)].map(
    ([, ...groups]) => groups.find((group) => group !== undefined) ?? "",
  );
  assert.ok(named.length >= 4, "the pattern finds the fields");
  assert.deepEqual(
    named.filter((field) => !reference.has(field)),
    [],
  );
});

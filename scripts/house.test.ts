import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { test } from "node:test";

/** Where each part of the tree may import from; everything points downward. */
const LAYERS: Record<string, readonly string[]> = {
  "packages/kit": [],
  "packages/wire": ["packages/kit"],
  "packages/devices": ["packages/kit", "packages/wire"],
  "packages/monitoring": ["packages/kit"],
  "packages/rules": ["packages/kit", "packages/wire"],
  "packages/pools": ["packages/kit"],
  "packages/notify": ["packages/kit"],
  "packages/replay": ["packages/kit"],
  "packages/testkit": ["packages/kit"],
  "packages/video": ["packages/kit", "packages/wire"],
  "roles/edge": ["packages/kit", "packages/wire", "packages/devices", "packages/video"],
  "roles/server": [
    "packages/kit",
    "packages/wire",
    "packages/pools",
    "packages/notify",
    "packages/rules",
    "packages/monitoring",
    "packages/video",
  ],
  "roles/pool-stats": ["packages/kit", "packages/wire"],
  "roles/pool-watch": ["packages/kit", "packages/wire", "packages/pools", "packages/notify"],
  "roles/market": ["packages/kit", "packages/wire", "packages/monitoring"],
  "roles/sim": ["packages/kit", "packages/wire", "packages/devices", "packages/replay"],
  "roles/demo": ["packages/kit", "packages/wire"],
  cli: [
    "packages/kit",
    "packages/monitoring",
    "roles/edge",
    "roles/server",
    "roles/sim",
    "roles/demo",
    "roles/pool-stats",
    "roles/pool-watch",
    "roles/market",
  ],
  web: ["packages/wire"],
};
/** Tests may also use these, besides what their own part may. */
const FOR_TESTS = ["packages/testkit", "packages/replay", "packages/wire", "packages/kit"];

const PACKAGE_HOME: Record<string, string> = { banksman: "cli", "@banksman/web": "web" };
for (const part of Object.keys(LAYERS)) PACKAGE_HOME[`@banksman/${part.split("/")[1] ?? part}`] ??= part;

const sources = globSync(
  [
    "packages/**/*.{ts,tsx}",
    "roles/**/*.{ts,tsx}",
    "cli/**/*.ts",
    "web/**/*.{ts,tsx}",
    "scripts/*.ts",
    "bench/**/*.ts",
  ],
  {
    exclude: (name) => ["node_modules", "dist", "generated"].includes(name),
  },
);
const partOf = (file: string) => Object.keys(LAYERS).find((part) => file.startsWith(part + sep));
const isTest = (file: string) => /\.test\.ts$|[\\/]test[\\/]/.test(file);

function importsOf(file: string): string[] {
  const text = readFileSync(file, "utf8");
  return [...text.matchAll(/(?:\bfrom\s+|\bimport\s*\(?\s*)"([^"]+)"/g)].map((match) => match[1] ?? "");
}

/** The part of the tree an import leads to, or undefined for a library or Node itself. */
function targetOf(file: string, specifier: string): string | undefined {
  if (specifier.startsWith(".")) return partOf(join(dirname(file), specifier));
  const name = specifier.startsWith("@") ? specifier.split("/").slice(0, 2).join("/") : (specifier.split("/")[0] ?? "");
  return PACKAGE_HOME[name];
}

test("imports point downward only, and no role imports another role", () => {
  const wrong: string[] = [];
  for (const file of sources) {
    const part = partOf(file);
    if (!part) continue;
    const allowed = new Set([part, ...(LAYERS[part] ?? []), ...(isTest(file) ? FOR_TESTS : [])]);
    for (const specifier of importsOf(file)) {
      const target = targetOf(file, specifier);
      if (target && !allowed.has(target)) wrong.push(`${file} imports ${specifier}`);
      if (specifier.startsWith(".") && target !== part) wrong.push(`${file} leaves its part by ${specifier}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test("the web program imports wire/model and wire/api alone", () => {
  const others = sources
    .filter((file) => file.startsWith(`web${sep}`) && !isTest(file))
    .flatMap((file) => importsOf(file).map((specifier) => ({ file, specifier })))
    .filter(({ specifier }) => specifier.startsWith("@banksman/"))
    .filter(({ specifier }) => !["@banksman/wire/model", "@banksman/wire/api"].includes(specifier));
  assert.deepEqual(others, []);
});

test("inside the server a slice imports another slice's service type, never its store", () => {
  const root = join("roles", "server", "src");
  const slice = (file: string) => relative(root, file).split(sep)[0];
  const wrong = sources
    .filter((file) => file.startsWith(root + sep) && !isTest(file) && relative(root, file).includes(sep))
    .flatMap((file) =>
      importsOf(file)
        .filter((specifier) => specifier.startsWith("../") && /store\.ts$/.test(specifier))
        .filter((specifier) => slice(join(dirname(file), specifier)) !== slice(file))
        .map((specifier) => `${file} imports ${specifier}`),
    );
  assert.deepEqual(wrong, []);
});

test("no source file is over 400 lines without a stated reason", () => {
  const long = sources.filter((file) => {
    const text = readFileSync(file, "utf8");
    return text.split("\n").length > 401 && !/^\/\/ long because: \S/m.test(text);
  });
  assert.deepEqual(long, []);
});

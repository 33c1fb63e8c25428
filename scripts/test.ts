import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { ensureDebianPackages } from "./debian-packages.ts";

/**
 * Every check of the project, in the order of their cost: lint, types, build, tests. `--long` runs the long tests
 * (hundreds of kills, simulated days) instead of the short ones. Arguments that name files run just those.
 */
const args = process.argv.slice(2);
const long = args.includes("--long");
const named = args.filter((arg) => !arg.startsWith("--"));

function step(title: string, command: string, commandArgs: string[]): void {
  const started = Date.now();
  console.log(`\n▶ ${title}`);
  const result = spawnSync(command, commandArgs, { stdio: "inherit", env: { ...process.env, NODE_ENV: "test" } });
  const seconds = ((Date.now() - started) / 1_000).toFixed(1);
  if (result.status !== 0) {
    console.error(`✖ ${title} failed after ${seconds} s`);
    process.exit(result.status ?? 1);
  }
  console.log(`✔ ${title} (${seconds} s)`);
}

const missing = ensureDebianPackages();
if (missing !== null) {
  console.error(missing);
  process.exit(1);
}

if (named.length === 0) {
  step("lint and format", "biome", ["ci", ".", "--error-on-warnings"]);
  step("types", "tsc", ["--noEmit", "-p", "tsconfig.json"]);
}
step("web build", process.execPath, ["web/build.ts", "--if-stale"]);

const isLong = (file: string) => file.endsWith(".long.test.ts");
const found = globSync(
  ["packages/**/*.test.ts", "roles/**/*.test.ts", "cli/**/*.test.ts", "web/**/*.test.ts", "scripts/**/*.test.ts"],
  {
    exclude: (name) => name === "node_modules" || name === "dist",
  },
);
const files = named.length > 0 ? named : found.filter((file) => isLong(file) === long).toSorted();
const isBrowser = (file: string) => /^web[\\/]test[\\/]/.test(file);

function runTests(title: string, chosen: string[], concurrency: number): void {
  if (chosen.length === 0) return;
  step(`${title}: ${chosen.length} files`, process.execPath, [
    "--test",
    `--test-concurrency=${concurrency}`,
    `--test-timeout=${long ? 3_600_000 : 180_000}`,
    "--test-reporter=spec",
    ...chosen,
  ]);
}

// A browser beside thousands of simulated miners on two cores is late for reasons of its own: it has its turn alone.
// The others wait for processes more than they compute: three at a time keep two cores busy.
runTests("browser tests", files.filter(isBrowser), 1);
runTests(
  "tests",
  files.filter((file) => !isBrowser(file)),
  3,
);

import { existsSync, globSync } from "node:fs";
import { leave } from "@banksman/kit";
import { runVectors } from "../roles/pool-stats/src/test/vectors/run.ts";

/**
 * `npm run vectors -- FOLDER [--whole]` plays recorded scenarios of statshttpd through the real parts, and prints every
 * difference. Exit code 1 where one of them is not deliberate. `--whole` prints answers in full.
 */
const folder = process.argv.slice(2).find((arg) => !arg.startsWith("--")) ?? "roles/pool-stats/captures/statshttpd";
const isWhole = process.argv.includes("--whole");
const shown = (text: string) => (isWhole || text.length <= 400 ? text : `${text.slice(0, 400)}… (--whole shows all)`);

if (!existsSync(folder) || globSync(`${folder}/*.json`).length === 0) {
  console.error(`${folder}: no scenarios (*.json) there. npm run vectors -- FOLDER`);
  process.exit(2);
}
const results = await runVectors(folder);
let steps = 0;
let equal = 0;
let undeclared = 0;
for (const { file, comparison } of results) {
  steps += comparison.steps;
  equal += comparison.equal;
  console.log(`${file}: ${comparison.equal} of ${comparison.steps} steps equal`);
  for (const { step, recorded, ours, because } of comparison.differences) {
    if (because === null) undeclared++;
    console.log(
      `  step ${step}: ${because === null ? "DIFFERENT, not deliberate" : `deliberate: ${because.join("; ")}`}`,
    );
    console.log(`    recorded ${shown(recorded)}\n    ours     ${shown(ours)}`);
  }
}
console.log(`${steps - equal - undeclared} differences are deliberate, ${undeclared} are not`);
console.log(`${equal} of ${steps} steps equal`);
// What is printed goes out first, also into a pipe.
await leave(undeclared === 0 ? 0 : 1);

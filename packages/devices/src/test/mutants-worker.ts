import { parentPort, workerData } from "node:worker_threads";
import { knownMutants, nameOf } from "./known-mutants.ts";
import { allMutants, survives } from "./run-mutants.ts";

/** Makes one part of all the mistakes; each leaves a copy of the drivers in memory, which ends with the thread. */
const { part, parts } = workerData as { part: number; parts: number };
const known = knownMutants();
const unseen: string[] = [];
for (const [i, mutant] of allMutants().entries()) {
  if (i % parts !== part || known.has(nameOf(mutant))) continue;
  if (await survives(mutant)) unseen.push(`${nameOf(mutant)}, line ${mutant.line}`);
}
parentPort?.postMessage(unseen);

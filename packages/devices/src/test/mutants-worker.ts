import { parentPort, workerData } from "node:worker_threads";
import { nameOf } from "./mutants.ts";
import { allMutants, survives } from "./run-mutants.ts";

/** Makes one part of all the mistakes; each leaves a copy of the drivers in memory, which ends with the thread. */
const { part, parts } = workerData as { part: number; parts: number };
const unseen: string[] = [];
for (const [i, mutant] of allMutants().entries()) {
  if (i % parts === part && (await survives(mutant))) unseen.push(nameOf(mutant));
}
parentPort?.postMessage(unseen);

import { after, before, describe, test } from "node:test";
import { type KafkaMock, type PrivateMariaDb, startKafkaMock, startMariaDb } from "@banksman/testkit";
import { killRun } from "./test/kill-run.ts";

let kafka: KafkaMock;
let database: PrivateMariaDb;
before(async () => {
  [kafka, database] = await Promise.all([startKafkaMock(), startMariaDb()]);
});
after(() => Promise.all([kafka[Symbol.asyncDispose](), database[Symbol.asyncDispose]()]));

/** Before it reads, while it reads, and when it has written and writes again. */
const KILLS = [/HTTP on/, /reading \d+ partitions/, /flush to DB\.\.\. done[\s\S]*flush to DB\.\.\./];

// Each has its own topic, database and files; most of the time passes in waiting for the group.
describe("killed at any moment, its rows are those of an undisturbed run", { concurrency: true }, () => {
  for (const [name, settings, hasSnapshot] of [
    ["tmp", "", false],
    ["direct", 'flush = "direct";', false],
    ["snapshot", 'flush = "direct";', true],
  ] as const)
    test(name, () => killRun({ kafka, database, name: `kill_${name}`, settings, hasSnapshot, kills: KILLS }));
});

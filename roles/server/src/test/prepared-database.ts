import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { createLog } from "@banksman/kit";
import { preparedFolder } from "@banksman/testkit";
import { openDatabase } from "../db/connect.ts";
import { embeddedData } from "../db/embedded.ts";
import { migrate } from "../db/migrations.ts";

const DB = join(import.meta.dirname, "..", "db");

/** Gives `dataDir` an embedded database with today's schema and nothing in it, as if a server had stopped there once. */
export async function prepareDatabase(dataDir: string): Promise<void> {
  const sources = globSync("**/*.ts", { cwd: DB }).toSorted();
  const hash = createHash("sha256");
  for (const source of sources) hash.update(readFileSync(join(DB, source)));
  await preparedFolder(`schema-${hash.digest("hex").slice(0, 16)}`, makeSchema, embeddedData(dataDir));
}

async function makeSchema(data: string): Promise<void> {
  const log = createLog("test", "silent");
  const dataDir = `${data}.server`;
  const database = await openDatabase(undefined, dataDir, log);
  await migrate(database.pool, log);
  await database.close();
  await rename(embeddedData(dataDir), data);
  await rm(dataDir, { recursive: true });
}

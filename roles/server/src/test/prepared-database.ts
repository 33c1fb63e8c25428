import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { appendFile, mkdir, rename, rm } from "node:fs/promises";
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
  for (const source of [...sources.map((name) => join(DB, name)), import.meta.filename])
    hash.update(readFileSync(source));
  await mkdir(dataDir, { recursive: true });
  await preparedFolder(`schema-${hash.digest("hex").slice(0, 16)}`, makeSchema, embeddedData(dataDir));
}

async function makeSchema(data: string): Promise<void> {
  const log = createLog("test", "silent");
  const dataDir = `${data}.server`;
  const database = await openDatabase(undefined, dataDir, log);
  await migrate(database.pool, log);
  await database.close();
  // No test cuts the power: what was written is there for whoever reads it, also after a kill -9.
  await appendFile(join(embeddedData(dataDir), "postgresql.conf"), "fsync = off\nfull_page_writes = off\n");
  await rename(embeddedData(dataDir), data);
  await rm(dataDir, { recursive: true });
}

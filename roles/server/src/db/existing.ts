import { existsSync } from "node:fs";
import type { Log } from "@banksman/kit";
import type { ServerConfig } from "../config.ts";
import { ServerUsage } from "../errors.ts";
import { type Database, openDatabase } from "./connect.ts";
import { embeddedData } from "./embedded.ts";

/**
 * Opens a database that a server has made, for commands that work beside it; with `beside` the one that a server of this
 * machine runs is used. Rejects with USAGE_NO_DATABASE where there is none, and then makes nothing.
 */
export async function openExisting(
  { database_url: url, data_dir }: Pick<ServerConfig, "database_url" | "data_dir">,
  log: Log,
  options: { beside?: boolean } = {},
): Promise<Database> {
  if (url === undefined && !existsSync(embeddedData(data_dir))) throw ServerUsage.NO_DATABASE(`in ${data_dir}`);
  const database = await openDatabase(url, data_dir, log, options);
  try {
    const { rows } = await database.pool.query<{ here: boolean }>(
      "select to_regclass('schema_versions') is not null as here",
    );
    if (!rows[0]?.here) throw ServerUsage.NO_DATABASE(url === undefined ? `in ${data_dir}` : `at ${database.where}`);
  } catch (error) {
    await database.close();
    throw error;
  }
  return database;
}

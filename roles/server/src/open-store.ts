import { ConfigErrors, type RoleContext } from "@banksman/kit";
import type { ServerConfig } from "./config.ts";
import { createPlacement, distribute } from "./db/citus.ts";
import { type Database, openDatabase } from "./db/connect.ts";
import { migrate } from "./db/migrations.ts";
import { migrateAsOwner } from "./db/owner.ts";
import { COOLING_TABLES, type Flavour, nativeFlavour, usualDays } from "./db/partitions.ts";
import { chooseFlavour } from "./db/timescale.ts";
import type { Job } from "./jobs/job.ts";

type Store = {
  database: Database;
  flavour: Flavour;
  /** What the database itself wants done from time to time. */
  jobs: Job[];
};

/** Opens the database and brings its schema up to date. Throws CONFIG_INVALID for settings that it can't fulfil. */
export async function openStore(config: ServerConfig, { log, health, onStop }: RoleContext): Promise<Store> {
  const database = await openDatabase(config.database_url, config.data_dir, log);
  const { pool } = database;
  onStop("database", () => database.close(), { within: 8_000 });
  health.addHealthCheck("database", () => database.check());
  const { database_url, database_owner_url, placement } = config;
  if (database_url !== undefined && database_owner_url !== undefined)
    await migrateAsOwner(database_owner_url, pool, log);
  else await migrate(pool, log);
  const flavour = await chooseFlavour(pool, nativeFlavour(pool), log);
  const isDistributed = await distribute(pool);
  const isPlaced = Object.keys(placement).length > 0;
  if (isPlaced && !isDistributed)
    throw ConfigErrors.INVALID(
      "placement",
      "needs the extension Citus in the database: create it there, or remove this",
    );
  await flavour.ensure(usualDays(Date.now()));
  await flavour.ensure(usualDays(Date.now()), COOLING_TABLES);
  const name = isDistributed ? "citus" : flavour.name;
  log.info({ database: database.where, version: database.version, flavour: name }, "database ready");
  return {
    database,
    flavour,
    jobs: isPlaced ? [{ name: "placement", cron: "31 * * * *", run: createPlacement(pool, placement, log) }] : [],
  };
}

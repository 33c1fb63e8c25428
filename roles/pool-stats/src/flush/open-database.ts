import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import type { Clock, Log } from "@banksman/kit";
import type { NamesOf } from "../api/json-api.ts";
import type { PoolStatsConfig } from "../config.ts";
import { GroupTarget } from "../scale/group-target.ts";
import { MinuteStore } from "../scale/minute-store.ts";
import { mysqlDialect, postgresDialect } from "../scale/part-sql.ts";
import { PartStore, type Session } from "../scale/part-store.ts";
import { MysqlSession } from "./mysql-session.ts";
import { MysqlTarget } from "./mysql-target.ts";
import { PostgresSession } from "./postgres-session.ts";
import { PostgresTarget } from "./postgres-target.ts";
import { readNames } from "./read-names.ts";
import type { Target } from "./target.ts";

/** Where figures go and names come from. `group` is there where several instances share the log. */
export type Outlet = {
  target: Target | null;
  group: GroupTarget | null;
  /** Sums by the minute of all instances; null where there is one. */
  minutes: MinuteStore | null;
  namesOf: NamesOf;
  close: () => Promise<void>;
};

/** Everything that the configuration says of the database; no connection is opened before it is needed. */
export function openDatabase(config: PoolStatsConfig, log: Log, clock: Pick<Clock, "now">): Outlet {
  const { pooldb, compat, flush, scaleOut } = config;
  if (pooldb === null)
    return { target: null, group: null, minutes: null, namesOf: async () => new Map(), close: async () => undefined };
  const { mode, chunkRows } = flush;
  const isPostgres = pooldb.type === "postgresql";
  const table: Target = isPostgres
    ? new PostgresTarget({ config: pooldb, compat, chunkRows, log })
    : new MysqlTarget({ config: pooldb, compat, mode, chunkRows, log });
  const session = (): Session => (isPostgres ? new PostgresSession(pooldb) : new MysqlSession(pooldb));
  const names = session();
  const dialect = isPostgres ? postgresDialect : mysqlDialect;
  const parts = new PartStore(session(), dialect, log);
  const minutes = scaleOut ? new MinuteStore(session(), dialect, log) : null;
  const group = scaleOut ? new GroupTarget({ table, parts, instance: ownName(), log }, clock.now()) : null;
  const target = group ?? table;
  return {
    target,
    group,
    minutes,
    namesOf: readNames(names, log),
    close: async () => {
      await Promise.all([target.close(), names.close(), minutes?.close()]);
    },
  };
}

/** A name that no other process has, also not this one's next run; it tells a reader of the table which machine it is. */
function ownName(): string {
  const host = hostname()
    .replace(/[^A-Za-z0-9.-]/g, "")
    .slice(0, 40);
  return `${host}-${process.pid}-${randomBytes(4).toString("hex")}`;
}

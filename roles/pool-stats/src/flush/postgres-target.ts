import type { Log } from "@banksman/kit";
import type { PooldbConfig } from "../config.ts";
import type { Compat } from "../share/status.ts";
import type { Figures } from "../windows/figures.ts";
import { type Insert, insertChunks } from "./insert-chunks.ts";
import { FIGURE_COLUMNS, figuresRow, NAME_COLUMNS, nameRow, UPDATED_COLUMNS } from "./mysql-rows.ts";
import type { TableLimits } from "./mysql-schema.ts";
import { createTable, readPostgresLimits } from "./postgres-schema.ts";
import { isPostgresRowError, PostgresSession } from "./postgres-session.ts";
import { columnTime } from "./row-values.ts";
import type { Target, WorkerName, Written } from "./target.ts";

export type PostgresTargetOptions = { config: PooldbConfig; compat: Compat; chunkRows: number; log: Log };

const BYTES_A_STATEMENT = 2_000_000;

/**
 * S3's table in PostgreSQL. Rows go straight to mining_workers: a statement there is whole or not at all, so the detour
 * through mining_workers_tmp would gain nothing.
 */
export class PostgresTarget implements Target {
  readonly #options: PostgresTargetOptions;
  readonly #figures: PostgresSession;
  readonly #names: PostgresSession;
  #limits: TableLimits | null = null;

  constructor(options: PostgresTargetOptions) {
    this.#options = options;
    this.#figures = new PostgresSession(options.config);
    this.#names = new PostgresSession(options.config);
  }

  prepare = async (): Promise<void> => {
    await this.#limitsOf();
  };

  write = async (figures: () => Iterable<Figures>, now: number): Promise<Written> => {
    const limits = await this.#limitsOf();
    const { compat } = this.#options;
    const time = columnTime(now);
    function* rows(): Generator<string> {
      for (const one of figures()) yield figuresRow(one, compat, limits, time);
    }
    const updates = UPDATED_COLUMNS[compat].map((column) => `${column}=EXCLUDED.${column}`);
    return await insertChunks(this.#insert(this.#figures, FIGURE_COLUMNS[compat], updates), rows());
  };

  writeNames = async (names: readonly WorkerName[], now: number): Promise<Written> => {
    const { nameWidth, agentWidth } = await this.#limitsOf();
    const time = columnTime(now);
    const fitting = names.filter(({ name, agent }) => name.length <= nameWidth && agent.length <= agentWidth);
    const refused = names.length - fitting.length;
    if (refused > 0) this.#options.log.error({ refused }, "insert worker name failure");
    const updates = [
      // A worker whose group is 0 was deleted; it is back, so it returns to its user's default group.
      "group_id=CASE WHEN mining_workers.group_id=0 THEN EXCLUDED.group_id ELSE mining_workers.group_id END",
      ...["worker_name", "miner_agent", "updated_at"].map((column) => `${column}=EXCLUDED.${column}`),
    ];
    const newest = new Map(fitting.map((name) => [`${name.userId}/${name.workerId}`, name]));
    const rows = [...newest.values()].map((name) => nameRow(name, time));
    const written = await insertChunks(this.#insert(this.#names, NAME_COLUMNS, updates), rows);
    return { rows: written.rows, refused: refused + written.refused };
  };

  close = async (): Promise<void> => {
    await Promise.all([this.#figures.close(), this.#names.close()]);
  };

  async #limitsOf(): Promise<TableLimits> {
    if (this.#limits) return this.#limits;
    await createTable(this.#figures, this.#options.compat);
    this.#limits = await readPostgresLimits(this.#figures, this.#options.compat);
    return this.#limits;
  }

  #insert(session: PostgresSession, columns: readonly string[], updates: readonly string[]): Insert {
    return {
      before: `INSERT INTO mining_workers(${columns.join(",")}) VALUES `,
      after: ` ON CONFLICT (puid, worker_id) DO UPDATE SET ${updates.join(",")}`,
      run: (sql) => session.query(sql),
      isRowError: isPostgresRowError,
      rows: this.#options.chunkRows,
      bytes: BYTES_A_STATEMENT,
      log: this.#options.log,
    };
  }
}

import { type Log, messageOf } from "@banksman/kit";
import type { PooldbConfig } from "../config.ts";
import type { Compat } from "../share/status.ts";
import type { Figures } from "../windows/figures.ts";
import { insertChunks } from "./insert-chunks.ts";
import { directInsert, figuresRow, type InsertParts, mergeSql, nameRow, namesInsert, tmpInsert } from "./mysql-rows.ts";
import { prepareTables, type TableLimits } from "./mysql-schema.ts";
import { isRowError, MysqlSession } from "./mysql-session.ts";
import { columnTime } from "./row-values.ts";
import type { Target, WorkerName, Written } from "./target.ts";

export type MysqlTargetOptions = {
  config: PooldbConfig;
  compat: Compat;
  /** tmp fills mining_workers_tmp and merges it, as S3; direct writes to mining_workers. */
  mode: "tmp" | "direct";
  /** Rows of one statement. */
  chunkRows: number;
  log: Log;
};

/** How long one instance waits for another that fills the same table, in seconds. */
const LOCK_SECONDS = 10;

/** S3's tables in MySQL or MariaDB. Names have a connection of their own, so that they don't wait for a flush. */
export class MysqlTarget implements Target {
  readonly #options: MysqlTargetOptions;
  readonly #figures: MysqlSession;
  readonly #names: MysqlSession;
  #limits: TableLimits | null = null;

  constructor(options: MysqlTargetOptions) {
    this.#options = options;
    this.#figures = new MysqlSession(options.config);
    this.#names = new MysqlSession(options.config);
  }

  prepare = async (): Promise<void> => {
    await this.#limitsOf();
  };

  write = async (figures: () => Iterable<Figures>, now: number): Promise<Written> => {
    const limits = await this.#limitsOf();
    const { compat, mode } = this.#options;
    const time = columnTime(now);
    function* rows(): Generator<string> {
      for (const one of figures()) yield figuresRow(one, compat, limits, time);
    }
    return mode === "direct" ? this.#insert(this.#figures, directInsert(compat), rows()) : this.#throughTmp(rows);
  };

  writeNames = async (names: readonly WorkerName[], now: number): Promise<Written> => {
    const { nameWidth, agentWidth } = await this.#limitsOf();
    const time = columnTime(now);
    const fitting = names.filter(({ name, agent }) => name.length <= nameWidth && agent.length <= agentWidth);
    const refused = names.length - fitting.length;
    if (refused > 0) this.#options.log.error({ refused }, "insert worker name failure");
    const written = await this.#insert(
      this.#names,
      namesInsert,
      fitting.map((name) => nameRow(name, time)),
    );
    return { rows: written.rows, refused: refused + written.refused };
  };

  close = async (): Promise<void> => {
    await Promise.all([this.#figures.close(), this.#names.close()]);
  };

  async #limitsOf(): Promise<TableLimits> {
    this.#limits ??= await prepareTables(this.#figures, this.#options.compat);
    return this.#limits;
  }

  /** S3's way: all rows into mining_workers_tmp, then one merge. The lock keeps two programs out of one table. */
  async #throughTmp(rows: () => Iterable<string>): Promise<Written> {
    const session = this.#figures;
    const lock = `CONCAT(DATABASE(), '.mining_workers_tmp')`;
    const [got] = await session.query(`SELECT GET_LOCK(${lock}, ${LOCK_SECONDS}) AS got`);
    if (Number(got?.got) !== 1) throw new Error("another program fills mining_workers_tmp: is one running twice?");
    try {
      await session.query("DROP TABLE IF EXISTS `mining_workers_tmp`");
      await session.query("CREATE TABLE `mining_workers_tmp` LIKE `mining_workers`");
      const written = await this.#insert(session, tmpInsert(this.#options.compat), rows());
      await session.query(mergeSql(this.#options.compat));
      return written;
    } catch (error) {
      if (!isRowError(error)) throw error;
      this.#options.log.error(
        { err: error },
        `the merge was refused, rows are written one part at a time: ${messageOf(error)}`,
      );
      return await this.#insert(session, directInsert(this.#options.compat), rows());
    } finally {
      await session.query(`SELECT RELEASE_LOCK(${lock})`).catch(() => undefined);
    }
  }

  #insert(session: MysqlSession, parts: InsertParts, rows: Iterable<string>): Promise<Written> {
    const insert = {
      ...parts,
      run: (sql: string) => session.query(sql),
      isRowError,
      rows: this.#options.chunkRows,
      // A quarter of what the server takes leaves room for whatever wraps the statement.
      bytes: Math.min(4_000_000, (this.#limits?.packetBytes ?? 1_048_576) / 4),
      log: this.#options.log,
    };
    return insertChunks(insert, rows);
  }
}

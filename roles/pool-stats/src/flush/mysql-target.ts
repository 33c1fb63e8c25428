import { type Log, messageOf } from "@banksman/kit";
import type { PooldbConfig } from "../config.ts";
import type { Compat } from "../share/status.ts";
import type { Figures } from "../windows/figures.ts";
import { Filler } from "./mysql-fill.ts";
import { figureColumns, figuresLine, mergeSql, nameRow, namesInsert, plainInsert, upsert } from "./mysql-rows.ts";
import { prepareTables, type TableLimits } from "./mysql-schema.ts";
import { isDatabaseError, isRowError, MysqlSession } from "./mysql-session.ts";
import { columnTime } from "./row-values.ts";
import type { Target, WorkerName, Written } from "./target.ts";

export type MysqlTargetOptions = {
  config: PooldbConfig;
  compat: Compat;
  /** tmp fills mining_workers_tmp and merges it, as S3; direct writes to mining_workers what has changed. */
  mode: "tmp" | "direct";
  /** Rows of one insert. */
  chunkRows: number;
  log: Log;
};

/** How long one program waits for another that fills the same table, in seconds. */
const LOCK_SECONDS = 10;
/** Rows merged in one statement in direct mode: row locks are held that long and no longer. */
const MERGED_AT_ONCE = 10_000;
const TMP = "mining_workers_tmp";
/** A temporary table of the connection, which nobody else sees. */
const CHANGED = "banksman_changed_rows";

/** S3's tables in MySQL or MariaDB. Names have a connection of their own, so that they don't wait for a flush. */
export class MysqlTarget implements Target {
  readonly #options: MysqlTargetOptions;
  readonly #figures: MysqlSession;
  readonly #names: MysqlSession;
  readonly #filler: Filler;
  #limits: Promise<TableLimits> | null = null;

  constructor(options: MysqlTargetOptions) {
    this.#options = options;
    this.#figures = new MysqlSession(options.config);
    this.#names = new MysqlSession(options.config);
    this.#filler = new Filler(options.chunkRows, options.log);
  }

  prepare = async (): Promise<void> => {
    await this.#limitsOf();
  };

  write = async (figures: () => Iterable<Figures>, now: number): Promise<Written> => {
    const limits = await this.#limitsOf();
    const { compat, mode } = this.#options;
    const time = columnTime(now);
    function* rows(): Generator<string> {
      for (const one of figures()) yield figuresLine(one, compat, limits, time);
    }
    try {
      if (mode === "tmp") return await this.#locked(() => this.#writeAll(rows, limits));
      return await this.#writeChanged(rows(), limits);
    } catch (error) {
      // Somebody may have changed or dropped the tables: they are looked at again.
      this.#limits = null;
      throw error;
    }
  };

  writeNames = async (names: readonly WorkerName[], now: number): Promise<Written> => {
    const { nameWidth, agentWidth, packetBytes } = await this.#limitsOf();
    const time = columnTime(now);
    const fitting = names.filter(({ name, agent }) => name.length <= nameWidth && agent.length <= agentWidth);
    const tooLong = names.length - fitting.length;
    if (tooLong > 0) this.#options.log.error({ events: tooLong }, "insert worker name failure");
    const rows = fitting.map((name) => nameRow(name, time));
    const { rows: count, refused } = await this.#filler.insertRows(this.#names, namesInsert, rows, packetBytes);
    return { rows: count, refused: refused + tooLong };
  };

  close = async (): Promise<void> => {
    await Promise.all([this.#figures.close(), this.#names.close()]);
  };

  /** Looked at once; again where that failed. */
  #limitsOf(): Promise<TableLimits> {
    this.#limits ??= this.#locked(() => prepareTables(this.#figures, this.#options.compat)).catch((error: unknown) => {
      this.#limits = null;
      throw error;
    });
    return this.#limits;
  }

  /** Keeps other programs away from mining_workers_tmp meanwhile. */
  #locked<R>(work: () => Promise<R>): Promise<R> {
    return this.#figures.hold(() => this.#workLocked(work));
  }

  async #workLocked<R>(work: () => Promise<R>): Promise<R> {
    const lock = `CONCAT(IFNULL(DATABASE(), ''), '.${TMP}')`;
    const [got] = await this.#figures.query(`SELECT GET_LOCK(${lock}, ${LOCK_SECONDS}) AS got`);
    if (Number(got?.got) !== 1) throw new Error(`another program fills ${TMP}: is one running twice?`);
    try {
      return await work();
    } finally {
      await this.#figures.query(`SELECT RELEASE_LOCK(${lock})`).catch(() => undefined);
    }
  }

  /** S3's way: all rows into mining_workers_tmp, then one merge. */
  async #writeAll(rows: () => Iterable<string>, limits: TableLimits): Promise<Written> {
    await this.#remake();
    const written = await this.#fill(TMP, rows, limits);
    return await this.#merge(TMP, written, rows, limits);
  }

  async #remake(): Promise<void> {
    await this.#figures.query(`DROP TABLE IF EXISTS \`${TMP}\``);
    await this.#figures.query(`CREATE TABLE \`${TMP}\` LIKE \`mining_workers\``);
  }

  /** What has changed, a part at a time, through a table of this connection's own. */
  async #writeChanged(rows: Iterator<string>, limits: TableLimits): Promise<Written> {
    const total = { rows: 0, refused: 0 };
    for (let part = take(rows, MERGED_AT_ONCE); part.length > 0; part = take(rows, MERGED_AT_ONCE)) {
      const written = await this.#writePart(part, limits);
      total.rows += written.rows;
      total.refused += written.refused;
    }
    return total;
  }

  async #writePart(part: readonly string[], limits: TableLimits): Promise<Written> {
    const session = this.#figures;
    try {
      await session.query(`DROP TEMPORARY TABLE IF EXISTS \`${CHANGED}\``);
      await session.query(`CREATE TEMPORARY TABLE \`${CHANGED}\` SELECT * FROM \`mining_workers\` LIMIT 0`);
    } catch (error) {
      // The account may not, or the server's replication does not allow it: there is another way.
      if (!isDatabaseError(error)) throw error;
      return this.#upsert(part, limits);
    }
    const loaded = await this.#filler.load(session, CHANGED, figureColumns(this.#options.compat), part);
    if (loaded === false) return this.#upsert(part, limits);
    return this.#merge(CHANGED, { rows: loaded, refused: 0 }, () => part, limits);
  }

  async #fill(table: string, rows: () => Iterable<string>, { packetBytes }: TableLimits): Promise<Written> {
    const { compat } = this.#options;
    const loaded = await this.#filler.load(this.#figures, table, figureColumns(compat), rows());
    if (loaded !== false) return { rows: loaded, refused: 0 };
    await this.#remake();
    return this.#filler.insert(this.#figures, plainInsert(table, compat), rows(), packetBytes);
  }

  /** Merges a table into mining_workers; where one row is refused there, writes the others. */
  async #merge(table: string, written: Written, rows: () => Iterable<string>, limits: TableLimits): Promise<Written> {
    try {
      await this.#figures.query(mergeSql(table, this.#options.compat));
      return written;
    } catch (error) {
      if (!isRowError(error)) throw error;
      this.#options.log.error(`the merge was refused, rows are written one by one: ${messageOf(error)}`);
      return this.#upsert(rows(), limits);
    }
  }

  #upsert(rows: Iterable<string>, { packetBytes }: TableLimits): Promise<Written> {
    return this.#filler.insert(this.#figures, upsert(this.#options.compat), rows, packetBytes);
  }
}

function take(rows: Iterator<string>, most: number): string[] {
  const taken: string[] = [];
  for (let next = rows.next(); !next.done; next = rows.next()) {
    taken.push(next.value);
    if (taken.length >= most) break;
  }
  return taken;
}

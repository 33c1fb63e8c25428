import { type Clock, type Log, messageOf } from "@banksman/kit";
import { insertChunks } from "../flush/insert-chunks.ts";
import type { MinuteSums } from "../history/minute-sums.ts";
import type { Dialect } from "./part-sql.ts";
import type { Session } from "./part-store.ts";

const TABLE = "mining_workers_minutes";
const MINUTE_S = 60;
const EVERY_MS = 10_000;
/** The longest series, and a margin for those who ask while it is tidied. */
const KEPT_S = 2 * 3_600;

/**
 * Accepted difficulty by the minute, of users and of the pool (user 0), where several instances count. Rows are of
 * partitions, not of instances: who takes a partition over writes the same rows again.
 */
export class MinuteStore {
  readonly #session: Session;
  readonly #dialect: Dialect;
  readonly #log: Log;
  #isPrepared = false;

  constructor(session: Session, dialect: Dialect, log: Log) {
    this.#session = session;
    this.#dialect = dialect;
    this.#log = log;
  }

  close = (): Promise<void> => this.#session.close();

  /** Writes what is due until the signal aborts; what can't be written waits. */
  async keepWriting(sums: MinuteSums, clock: Clock, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const now = Math.floor(clock.now() / 1_000);
      await this.write(sums, now).catch((error: unknown) => this.#log.debug(`minute sums: ${messageOf(error)}`));
      sums.tidy(now);
      await clock.sleep(EVERY_MS, signal).catch(() => undefined);
    }
  }

  /** Writes the minutes that are over at `now`, in Unix seconds; throws where the database is away. */
  async write(sums: MinuteSums, now: number): Promise<void> {
    await this.#prepare();
    const rows = [...sums.due(now)].flat();
    try {
      await insertChunks(
        {
          before: `INSERT INTO ${TABLE} (kafka_partition,puid,minute_no,accepted) VALUES `,
          after: this.#dialect.keepGreater(["kafka_partition", "puid", "minute_no"], TABLE, "accepted"),
          run: (sql) => this.#session.query(sql),
          isRowError: () => false,
          rows: 2_000,
          bytes: 1_000_000,
          log: this.#log,
        },
        rows.map(({ at, partition, puid, accepted }) => `(${partition},${puid},${minuteOf(at)},${accepted})`),
      );
      await this.#session.query(`DELETE FROM ${TABLE} WHERE minute_no < ${Math.floor((now - KEPT_S) / MINUTE_S)}`);
    } catch (error) {
      sums.putBack(rows);
      throw error;
    }
  }

  /** Accepted difficulty by the number of the minute since 1970, of a user or (null) of the pool, from `since` on. */
  async series(userId: number | null, since: number): Promise<ReadonlyMap<number, number>> {
    await this.#prepare();
    const rows = await this.#session.query(
      `SELECT minute_no, SUM(accepted) AS accepted FROM ${TABLE} ` +
        `WHERE puid = ${userId ?? 0} AND minute_no >= ${since} GROUP BY minute_no`,
    );
    return new Map(rows.map((row) => [Number(row.minute_no), Number(row.accepted)]));
  }

  async #prepare(): Promise<void> {
    if (this.#isPrepared) return;
    await this.#session.query(this.#dialect.lock);
    try {
      await this.#session.query(
        `CREATE TABLE IF NOT EXISTS ${TABLE} (kafka_partition int NOT NULL, puid int NOT NULL, minute_no int NOT NULL,
          accepted double precision NOT NULL, PRIMARY KEY (puid, minute_no, kafka_partition))`,
      );
      this.#isPrepared = true;
    } finally {
      await this.#session.query(this.#dialect.unlock).catch(() => undefined);
    }
  }
}

const minuteOf = (at: string) => Date.parse(at) / 1_000 / MINUTE_S;

import type { Log } from "@banksman/kit";
import { insertChunks } from "../flush/insert-chunks.ts";
import { COLUMNS, createTables, type Dialect, insertRows, KEYS, rowOf, rowText } from "./part-sql.ts";
import type { PeerRow } from "./peer-figures.ts";

/** What both database sessions are. */
export type Session = {
  query: (sql: string) => Promise<Record<string, unknown>[]>;
  /** Runs statements that need one connection: where it breaks meanwhile the next of them fails. */
  hold: <R>(work: () => Promise<R>) => Promise<R>;
  close: () => Promise<void>;
};

/** An instance that counts partitions: rows up to `round` are whole; another `epoch` means that it began anew. */
export type Claim = { instance: string; epoch: number; round: number; partitions: number[] };

const ROWS_AT_ONCE = 10_000;
const TABLE = "mining_workers_part";

/** The tables by which the instances of a group tell each other what they counted. */
export class PartStore {
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

  /** Runs `work` while no other instance writes. */
  async locked<T>(work: () => Promise<T>): Promise<T> {
    if (!this.#isPrepared) await this.#prepare();
    return await this.#locked(work);
  }

  #locked<T>(work: () => Promise<T>): Promise<T> {
    return this.#session.hold(() => this.#workLocked(work));
  }

  async #workLocked<T>(work: () => Promise<T>): Promise<T> {
    const [row] = await this.#session.query(this.#dialect.lock);
    if (Number(row?.got) !== 1) throw new Error("another instance holds the lock on mining_workers_part for too long");
    try {
      return await work();
    } finally {
      await this.#session.query(this.#dialect.unlock).catch(() => undefined);
    }
  }

  async claims(): Promise<Claim[]> {
    if (!this.#isPrepared) await this.#prepare();
    const rows = await this.#session.query("SELECT * FROM mining_workers_claims ORDER BY kafka_partition");
    const claims = new Map<string, Claim>();
    for (const row of rows) {
      const instance = String(row.instance);
      const claim = claims.get(instance) ?? {
        instance,
        epoch: Number(row.epoch),
        round: Number(row.round),
        partitions: [],
      };
      claim.partitions.push(Number(row.kafka_partition));
      claims.set(instance, claim);
    }
    return [...claims.values()];
  }

  /** Says that these partitions, and no others, are counted by this instance, with rows up to `round`. */
  async claim({ instance, epoch, round, partitions }: Claim): Promise<void> {
    const mine = `instance='${instance}'`;
    const none = partitions.length === 0;
    await this.#session.query(
      `DELETE FROM mining_workers_claims WHERE ${mine}${none ? "" : ` AND kafka_partition NOT IN (${partitions.join(",")})`}`,
    );
    if (none) return;
    const rows = partitions.map((partition) => `(${partition},'${instance}',${epoch},${round})`).join(",");
    const after = this.#dialect.onConflict(["kafka_partition"], ["instance", "epoch", "round"]);
    await this.#session.query(
      `INSERT INTO mining_workers_claims (kafka_partition,instance,epoch,round) VALUES ${rows}${after}`,
    );
  }

  /** Writes rows of this instance. */
  async write(instance: string, round: number, rows: readonly PeerRow[]): Promise<void> {
    const insert = {
      ...insertRows(this.#dialect),
      run: (sql: string) => this.#session.query(sql),
      isRowError: () => false,
      rows: 2_000,
      bytes: 1_000_000,
      log: this.#log,
    };
    await insertChunks(
      insert,
      rows.map((row) => rowText(instance, round, row)),
    );
  }

  /** Rows of an instance that it wrote after round `above` and up to round `upTo`, a part at a time. */
  async *rows(instance: string, above: number, upTo: number): AsyncGenerator<PeerRow[]> {
    const order = "round, puid, worker_id";
    let after = `round > ${above}`;
    for (;;) {
      const found = await this.#session.query(
        `SELECT ${COLUMNS.join(",")} FROM ${TABLE} WHERE instance='${instance}' AND ${after} AND round <= ${upTo} ` +
          `ORDER BY ${order} LIMIT ${ROWS_AT_ONCE}`,
      );
      if (found.length > 0) yield found.map(rowOf);
      const last = found.at(-1);
      if (!last || found.length < ROWS_AT_ONCE) return;
      const { round, puid, worker_id } = last;
      after = `(round > ${round} OR (round = ${round} AND (puid > ${puid} OR (puid = ${puid} AND worker_id > ${worker_id}))))`;
    }
  }

  /** Instances that have rows here. */
  async instances(): Promise<string[]> {
    const rows = await this.#session.query(`SELECT DISTINCT instance FROM ${TABLE}`);
    return rows.map(({ instance }) => String(instance));
  }

  /** Forgets what an instance wrote before a round. */
  async drop(instance: string, below: number): Promise<void> {
    await this.#session.query(`DELETE FROM ${TABLE} WHERE ${KEYS[0]}='${instance}' AND round < ${below}`);
  }

  /** Forgets this instance's workers whose last share is older than `before`, in Unix seconds. */
  async dropSilent(instance: string, before: number): Promise<void> {
    await this.#session.query(`DELETE FROM ${TABLE} WHERE instance='${instance}' AND last_share_time < ${before}`);
  }

  /** Two that create a table at once can fail each other, "if not exists" or not. */
  async #prepare(): Promise<void> {
    await this.#locked(async () => {
      for (const statement of createTables(this.#dialect)) await this.#session.query(statement);
    });
    this.#isPrepared = true;
  }
}

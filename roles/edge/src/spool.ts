import { accessSync, constants, existsSync, mkdirSync } from "node:fs";
import { userInfo } from "node:os";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { type Clock, type CodedError, codeOf, type Log, messageOf } from "@banksman/kit";
import { EdgeUsage } from "./errors.ts";
import { countsOf, notesOf, type OtherSite, otherSitesOf, type SpoolCounts, type SpoolNotes } from "./spool-facts.ts";
import { lockSpool } from "./spool-lock.ts";
import { diskRoom, FLOOR_BYTES, type Room } from "./spool-room.ts";
import { openSpoolFile } from "./spool-schema.ts";

/** Readings of one sweep, or part of it, as they go up: `body` is gzip JSON, `collectedAt` in ms since the epoch. */
export type Batch = { batchId: string; siteId: string; collectedAt: number; readings: number; body: Uint8Array };

export type SpoolOptions = {
  path: string;
  siteId: string;
  maxBytes: number;
  maxAgeMs: number;
  clock: Clock;
  log: Log;
  room?: Room;
};

/** A batch that the server refused this often, while it took others, is the problem itself. */
const POISON_AFTER = 10;
/** From here on it waits behind the rest of the backlog, so that one poison batch blocks nobody. */
const SUSPECT_AFTER = 3;
const DEAD_LETTERS_KEPT = 500;

/**
 * The edge's durable store of batches that the server has not acknowledged. Every change is a transaction that is on
 * disk when the call returns (WAL, synchronous=FULL): neither kill -9 nor a power cut loses a stored batch.
 */
export class Spool {
  readonly #db: DatabaseSync;
  readonly #room: Room;
  readonly #options: SpoolOptions;
  readonly #release: () => void;
  /** Acknowledged, but a full disk kept their rows from being deleted: never to be sent again. */
  readonly #acknowledged = new Set<string>();
  #sweep: number;
  #accepted = 0;
  #saidFull = false;

  constructor(db: DatabaseSync, room: Room, options: SpoolOptions, release: () => void) {
    this.#db = db;
    this.#room = room;
    this.#options = options;
    this.#release = release;
    this.#sweep = Number(db.prepare("SELECT coalesce(max(sweep), 0) AS sweep FROM batch").get()?.sweep ?? 0);
  }

  /**
   * Stores one sweep's batches in one transaction, after making room by the quota. False when the disk has no room:
   * then nothing of it is stored, and what is there stays intact.
   */
  store(batches: readonly Batch[]): boolean {
    this.#enforceQuota();
    if (this.#room.freeBytes() < FLOOR_BYTES) return false;
    const insert = this.#db.prepare(
      "INSERT INTO batch (batch_id, sweep, site_id, collected_at, readings, bytes, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
    );
    const sweep = this.#sweep + 1;
    // Not on the ballast: used up for storing, it would be gone when deleting needs it.
    const stored = this.#attempt(() => {
      for (const batch of batches) {
        const { batchId, siteId, collectedAt, readings, body } = batch;
        insert.run(batchId, sweep, siteId, Math.round(collectedAt), readings, body.length, body);
      }
    });
    if (stored) this.#sweep = sweep;
    return stored;
  }

  /**
   * What to upload next: the newest sweep first, so that the screen is live; behind it the backlog, oldest first. With
   * a full disk, batches already acknowledged but not yet deletable are passed over.
   */
  next(): Batch | null {
    if (this.#acknowledged.size > 0) this.#forgetAcknowledged();
    const bind = { site: this.#options.siteId, done: JSON.stringify([...this.#acknowledged]) };
    const row =
      this.#db.prepare(nextWhere(`sweep = ${this.#sweep} AND refusals < ${SUSPECT_AFTER}`)).get(bind) ??
      this.#db.prepare(nextWhere("true")).get(bind);
    return row ? toBatch(row) : null;
  }

  /** The server has it: the batch leaves the spool. */
  acknowledge(batchId: string): void {
    this.#accepted++;
    this.#acknowledged.add(batchId);
    this.#forgetAcknowledged();
  }

  /** The server can't take it, now or ever: kept aside with the reason, out of the queue's way. */
  bury(batchId: string, status: number, reason: string): void {
    const now = Math.round(this.#options.clock.now());
    const buried = this.#write(() => {
      this.#db
        .prepare(
          "INSERT OR REPLACE INTO dead_letter (batch_id, site_id, collected_at, buried_at, readings, bytes, status, reason, body) " +
            "SELECT batch_id, site_id, collected_at, ?, readings, bytes, ?, ?, body FROM batch WHERE batch_id = ?",
        )
        .run(now, status, reason.slice(0, 2_000), batchId);
      this.#db.prepare("DELETE FROM batch WHERE batch_id = ?").run(batchId);
      this.#db
        .prepare("DELETE FROM dead_letter WHERE seq <= (SELECT max(seq) FROM dead_letter) - ?")
        .run(DEAD_LETTERS_KEPT);
    });
    if (!buried) this.#acknowledged.add(batchId);
  }

  /**
   * Counts a failure that may be the batch's own fault (the server broke on it). Returns true when the batch is
   * poison: refused ten times, while the server took others in between.
   */
  countRefusal(batchId: string): boolean {
    this.#attempt(() =>
      this.#db
        .prepare(
          "UPDATE batch SET refusals = refusals + 1, refused_after = coalesce(refused_after, ?) WHERE batch_id = ?",
        )
        .run(this.#accepted, batchId),
    );
    const row = this.#db.prepare("SELECT refusals, refused_after FROM batch WHERE batch_id = ?").get(batchId);
    return row !== undefined && Number(row.refusals) >= POISON_AFTER && Number(row.refused_after) < this.#accepted;
  }

  /** All that is in the file, whatever its site. */
  counts(): SpoolCounts {
    return countsOf(this.#db);
  }

  /** Batches of this edge's own site: what `next` will give. */
  get pending(): number {
    return countsOf(this.#db, this.#options.siteId).batches;
  }

  /** Share of the quota that waiting batches take, 0 to 1. Dead letters don't count: they give way first. */
  get fullness(): number {
    return this.counts().bytes / this.#options.maxBytes;
  }

  /** What waits for a site that isn't this edge's. */
  otherSites(): OtherSite[] {
    return otherSitesOf(this.#db, this.#options.siteId);
  }

  notes(): SpoolNotes {
    return notesOf(this.#db);
  }

  /** Keeps a fact for `--status`; a full disk may swallow it. */
  note(changes: Partial<SpoolNotes>): void {
    const put = this.#db.prepare(
      "INSERT INTO note (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    );
    this.#attempt(() => {
      for (const [name, value] of Object.entries(changes)) put.run(name, JSON.stringify(value));
    });
  }

  /** Counts readings that will never arrive, for whatever reason, and says so loudly. */
  countLoss(readings: number, why: string): void {
    const total = this.notes().lost_readings + readings;
    this.note({ lost_readings: total });
    this.#options.log.error({ lost_readings: readings, lost_in_all: total }, `${readings} readings lost: ${why}`);
  }

  close(): void {
    this.#db.close();
    this.#release();
  }

  #forgetAcknowledged(): void {
    const ids = [...this.#acknowledged];
    const remove = this.#db.prepare("DELETE FROM batch WHERE batch_id = ?");
    const gone = this.#write(() => {
      for (const id of ids) remove.run(id);
    });
    if (!gone) return;
    this.#acknowledged.clear();
    this.#attempt(() => this.#db.exec("PRAGMA incremental_vacuum(256)"));
    this.#room.layBallast();
  }

  #enforceQuota(): void {
    const { maxBytes, maxAgeMs, clock } = this.#options;
    const tooOld = clock.now() - maxAgeMs;
    const expired = this.#drop("collected_at < ?", tooOld);
    if (expired > 0) this.countLoss(expired, `older than the spool's ${Math.round(maxAgeMs / 86_400_000)} days`);
    const excess = this.counts().bytes + this.#deadBytes() - maxBytes;
    if (excess <= 0) return;
    this.#write(() => this.#db.exec("DELETE FROM dead_letter"));
    const still = this.counts().bytes - maxBytes;
    if (still <= 0) return;
    const running =
      "seq <= (SELECT min(seq) FROM (SELECT seq, sum(bytes) OVER (ORDER BY seq) AS upto FROM batch) WHERE upto >= ?)";
    const dropped = this.#drop(running, still);
    this.countLoss(
      dropped,
      `the spool reached its quota of ${(maxBytes / 1024 ** 3).toFixed(2)} GiB and dropped the oldest`,
    );
  }

  #deadBytes(): number {
    return Number(this.#db.prepare("SELECT coalesce(sum(bytes), 0) AS n FROM dead_letter").get()?.n ?? 0);
  }

  #drop(condition: string, value: number): number {
    const readings = Number(
      this.#db.prepare(`SELECT coalesce(sum(readings), 0) AS n FROM batch WHERE ${condition}`).get(value)?.n ?? 0,
    );
    if (readings === 0) return 0;
    return this.#write(() => this.#db.prepare(`DELETE FROM batch WHERE ${condition}`).run(value)) ? readings : 0;
  }

  /** Runs `work` in a transaction. A full disk gives false, after one more try without the ballast; other errors throw. */
  #write(work: () => void): boolean {
    if (this.#attempt(work)) return true;
    return this.#room.dropBallast() && this.#attempt(work);
  }

  #attempt(work: () => void): boolean {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      work();
      this.#db.exec("COMMIT");
      this.#saidFull = false;
      return true;
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      if (!isDiskFull(error)) throw error;
      if (!this.#saidFull)
        this.#options.log.error({ err: error }, `the disk of the spool is full: ${messageOf(error)}`);
      this.#saidFull = true;
      return false;
    }
  }
}

/** The inner choice runs on the index that leaves the bodies out, so that a long backlog costs no reading of it. */
const nextWhere = (condition: string) =>
  "SELECT batch_id, site_id, collected_at, readings, body FROM batch WHERE seq = (SELECT seq FROM batch " +
  "WHERE site_id = :site AND batch_id NOT IN (SELECT value FROM json_each(:done)) AND " +
  `${condition} ORDER BY refusals >= ${SUSPECT_AFTER}, seq LIMIT 1)`;

/** SQLITE_FULL, and the I/O errors (10) that a full disk gives through the write-ahead log. */
function isDiskFull(error: unknown): boolean {
  if (typeof error !== "object" || error === null || !("errcode" in error)) return false;
  const primary = Number(error.errcode) & 0xff;
  return primary === 13 || primary === 10;
}

function toBatch(row: Record<string, unknown>): Batch {
  if (!(row.body instanceof Uint8Array)) throw new TypeError("a spooled batch has no body");
  return {
    batchId: String(row.batch_id),
    siteId: String(row.site_id),
    collectedAt: Number(row.collected_at),
    readings: Number(row.readings),
    body: row.body,
  };
}

/** Opens the spool for this process alone. Throws USAGE_SPOOL_BUSY or USAGE_SPOOL_UNWRITABLE. */
export function openSpool(options: SpoolOptions): Spool {
  const { path, clock, log } = options;
  try {
    makeFolder(dirname(path));
    accessSync(dirname(path), constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw unwritable(path, cause);
  }
  const lock = lockOrExplain(path);
  try {
    const stamp = new Date(clock.now()).toISOString().replace(/[:.]/g, "-");
    const { db, movedAside } = openSpoolFile(path, stamp);
    if (movedAside !== null)
      log.warn({ moved_to: movedAside }, `${path} was another program's file; it was renamed to ${movedAside}`);
    const room = options.room ?? diskRoom(path);
    room.layBallast();
    return new Spool(db, room, options, lock.release);
  } catch (error) {
    lock.release();
    throw codeOf(error) === "ERR_SQLITE_ERROR" ? unwritable(path, error) : error;
  }
}

/** Step by step, because a recursive mkdir never ends where the parent takes no folders but says "no such file" (/proc). */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path, { mode: 0o750 });
}

function lockOrExplain(path: string): { release: () => void } {
  try {
    return lockSpool(path);
  } catch (error) {
    throw codeOf(error) === "ERR_SQLITE_ERROR" ? unwritable(path, error) : error;
  }
}

function unwritable(path: string, cause: unknown): CodedError {
  return EdgeUsage.SPOOL_UNWRITABLE(
    path,
    codeOf(cause) === "ERR_SQLITE_ERROR" ? messageOf(cause) : (codeOf(cause) ?? messageOf(cause)),
    userInfo().username,
    { cause },
  );
}

import type { PoolMinute } from "@banksman/wire/ingest";
import { ACCEPTED, STALE } from "../share/status.ts";
import type { TapeShare } from "../windows/tape-codes.ts";

/** Sums of one user or of the pool in one minute: accepted, stale and rejected difficulty, accepted shares. */
type Sums = Float64Array;
type Minute = { pool: Sums; users: Map<number, Sums>; isSent: boolean };
type Partition = { first: number; minutes: Map<number, Minute> };

const MINUTE_S = 60;
/** A minute is told when it has been over for this long; what comes later tells it again. */
const SETTLED_S = 30;
/** Shares are counted up to an hour late. */
const KEPT_S = 3_900;
/** Rows that wait for a server that is away; above this the oldest minutes are forgotten. */
const MOST_ROWS = 500_000;

/** Whose sums a row holds when it is of nobody alone. */
const POOL = 0;

/**
 * What each partition of the share log adds up to by the minute and user. Partitions are kept apart so that one which
 * moves to another instance, and is read there again, takes the place of its own rows alone.
 */
export class MinuteSums {
  readonly #partitions = new Map<number, Partition>();
  #partition: Partition | null = null;
  #minute: Minute | null = null;
  #minuteNo = -1;

  /** The shares that follow are of this partition; `timestampMs` is when the first of them was written to the log. */
  begin(partition: number, timestampMs: number): void {
    const known = this.#partitions.get(partition);
    // Reading began within this minute: it would be told as less than it was.
    this.#partition = known ?? { first: Math.floor(timestampMs / 1_000 / MINUTE_S), minutes: new Map() };
    if (!known) this.#partitions.set(partition, this.#partition);
    this.#minute = null;
    this.#minuteNo = -1;
  }

  /** Adds one share that was counted. */
  add(userId: number, share: Readonly<TapeShare>): void {
    const minuteNo = Math.floor(share.time / MINUTE_S);
    if (minuteNo !== this.#minuteNo) this.#turnTo(minuteNo);
    const minute = this.#minute;
    if (!minute) return;
    minute.isSent = false;
    const difficulty = (share.difficultyHi >>> 0) * 2 ** 32 + (share.difficultyLo >>> 0);
    addTo(minute.pool, share.kind, difficulty);
    let user = minute.users.get(userId);
    if (!user) {
      user = new Float64Array(4);
      minute.users.set(userId, user);
    }
    addTo(user, share.kind, difficulty);
  }

  /** Minutes that are over at `now` (Unix seconds) and not told yet, oldest first. */
  *due(now: number): Generator<PoolMinute[]> {
    for (const { partition, no, minute } of this.#waiting(now)) {
      minute.isSent = true;
      const at = new Date(no * MINUTE_S * 1_000).toISOString();
      const users = [...minute.users].map(([puid, sums]) => rowOf(at, partition, puid, sums));
      yield [rowOf(at, partition, POOL, minute.pool), ...users];
    }
  }

  /** The server didn't take these rows: their minutes are due again. */
  putBack(rows: readonly PoolMinute[]): void {
    for (const { at, partition } of rows) {
      const minute = this.#partitions.get(partition)?.minutes.get(Date.parse(at) / 1_000 / MINUTE_S);
      if (minute) minute.isSent = false;
    }
  }

  /** Forgets told minutes that nothing can be added to any more; gives how many untold ones had to go for want of room. */
  tidy(now: number): number {
    for (const { minutes } of this.#partitions.values())
      for (const [no, { isSent }] of minutes) if (isSent && no * MINUTE_S < now - KEPT_S) minutes.delete(no);
    let rows = 0;
    let lost = 0;
    for (const { partition, no, minute } of this.#waiting(now).toReversed()) {
      rows += minute.users.size + 1;
      if (rows <= MOST_ROWS) continue;
      this.#partitions.get(partition)?.minutes.delete(no);
      lost++;
    }
    return lost;
  }

  /** Forgets everything: the log is read again. */
  clear(): void {
    this.#partitions.clear();
    this.#partition = this.#minute = null;
    this.#minuteNo = -1;
  }

  #turnTo(minuteNo: number): void {
    this.#minuteNo = minuteNo;
    const partition = this.#partition;
    if (!partition || minuteNo <= partition.first) {
      this.#minute = null;
      return;
    }
    let minute = partition.minutes.get(minuteNo);
    if (!minute) {
      minute = { pool: new Float64Array(4), users: new Map(), isSent: false };
      partition.minutes.set(minuteNo, minute);
    }
    this.#minute = minute;
  }

  #waiting(now: number) {
    const found: { partition: number; no: number; minute: Minute }[] = [];
    for (const [partition, { minutes }] of this.#partitions)
      for (const [no, minute] of minutes)
        if (!minute.isSent && (no + 1) * MINUTE_S + SETTLED_S <= now) found.push({ partition, no, minute });
    return found.sort((a, b) => a.no - b.no);
  }
}

function addTo(sums: Sums, kind: TapeShare["kind"], difficulty: number): void {
  const place = kind === ACCEPTED ? 0 : kind === STALE ? 1 : 2;
  sums[place] = (sums[place] ?? 0) + difficulty;
  if (kind === ACCEPTED) sums[3] = (sums[3] ?? 0) + 1;
}

function rowOf(at: string, partition: number, puid: number, sums: Sums): PoolMinute {
  const [accepted = 0, stale = 0, rejected = 0, shares = 0] = sums;
  return { at, partition, puid, accepted, stale, rejected, shares };
}

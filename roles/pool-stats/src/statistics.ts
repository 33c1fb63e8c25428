import type { Share } from "./share/share.ts";
import { ACCEPTED, type Compat, kindOf, REJECTED } from "./share/status.ts";
import { Figures } from "./windows/figures.ts";
import { Gathered, HOUR, NEVER } from "./windows/gathered.ts";
import { KeyTable } from "./windows/key-table.ts";
import { ALIVE, AT, DENSE, DIRTY, HAS_IPV6, HAS_ODD_REASONS, IS_USER, offsetOf, Records } from "./windows/records.ts";
import { Ring } from "./windows/ring.ts";
import { Tapes } from "./windows/tape.ts";
import type { TapeShare } from "./windows/tape-codes.ts";

export type StatisticsOptions = {
  compat: Compat;
  /** Count stale work as accepted. */
  acceptStale?: boolean;
  /** Shares dated further ahead of the clock than this many seconds are refused. */
  maxFutureSeconds?: number;
};

/** What became of a share: counted, or too old or too far ahead of the clock to count. */
export type Outcome = "counted" | "late" | "future";

/** Chunks of a tape (128 bytes each) from which a ring of a fixed size is smaller. */
const RING_FROM_CHUNKS = 350;

/**
 * The windows of every worker, every user and the pool. Times are Unix seconds; a share's own time says which second it
 * belongs to, the caller's clock (`now`) which seconds a window holds.
 *
 * Workers and users are named by handles, small numbers that are valid until the object expires.
 */
export class Statistics {
  readonly compat: Compat;
  readonly #acceptStale: boolean;
  readonly #maxFuture: number;
  readonly #slot: number;
  readonly #workers = new KeyTable(4096);
  readonly #users = new KeyTable(256);
  readonly #records = new Records();
  readonly #tapes = new Tapes();
  readonly #rings: (Ring | undefined)[] = [];
  /** Statuses beyond 0 to 63 that an object was rejected for, by its handle. */
  readonly #oddReasons = new Map<number, number[]>();
  readonly #gathered = new Gathered();
  readonly #entry: TapeShare = { time: 0, difficultyHi: 0, difficultyLo: 0, kind: ACCEPTED, status: 0 };
  #pool = 0;

  constructor({ compat, acceptStale = false, maxFutureSeconds = 60 }: StatisticsOptions) {
    this.compat = compat;
    this.#acceptStale = acceptStale;
    this.#maxFuture = maxFutureSeconds;
    // The later generation keeps accepted shares in slots of ten seconds.
    this.#slot = compat === "g4" ? 10 : 1;
    this.#pool = this.#takePool();
  }

  /** How many workers and users are live. */
  get workerCount(): number {
    return this.#workers.size;
  }
  get userCount(): number {
    return this.#users.size;
  }

  /** The handle of the pool itself. */
  get pool(): number {
    return this.#pool;
  }

  /** Bytes taken from the system for all of it. */
  get bytes(): number {
    const rings = this.#rings.reduce((sum, ring) => sum + (ring?.bytes ?? 0), 0);
    return this.#workers.bytes + this.#users.bytes + this.#records.bytes + this.#tapes.bytes + rings;
  }

  /** Counts a share for its worker, its user and the pool. `now` in Unix seconds. */
  add(share: Share, now: number): Outcome {
    const { time } = share;
    if (now > time + HOUR) return "late";
    if (time > now + this.#maxFuture) return "future";
    const worker = this.#workerOf(share);
    const words = this.#records.pageOf(worker);
    const at = offsetOf(worker);
    const entry = this.#entry;
    entry.time = time;
    entry.difficultyHi = share.difficultyHi;
    entry.difficultyLo = share.difficultyLo;
    entry.status = this.compat === "g2" ? 0 : share.status;
    entry.kind = kindOf(share.status, this.compat, this.#acceptStale);
    if (entry.kind === ACCEPTED) {
      words[at + AT.acceptedHi] = share.difficultyHi;
      words[at + AT.acceptedLo] = share.difficultyLo;
    } else if (this.compat === "g4") capReject(entry, words[at + AT.acceptedHi] ?? 0, words[at + AT.acceptedLo] ?? 0);
    this.#count(worker, words, at, share, now);
    const user = words[at + AT.link] ?? 0;
    this.#count(user, this.#records.pageOf(user), offsetOf(user), share, now);
    this.#count(this.#pool, this.#records.pageOf(this.#pool), offsetOf(this.#pool), share, now);
    return "counted";
  }

  /** The handle of a live worker, or -1. The id comes as its two 32-bit halves. */
  findWorker(userId: number, hi: number, lo: number): number {
    return this.#workers.get(userId, hi, lo);
  }

  /** The handle of a user with live workers, or -1. */
  findUser(userId: number): number {
    return this.#users.get(userId, 0, 0);
  }

  /** Fills `figures` with what is known at `now`. A handle of -1 gives the figures of nobody, with the ids left alone. */
  read(handle: number, now: number, figures: Figures = new Figures()): Figures {
    if (handle < 0) {
      figures.clear();
      return figures;
    }
    const words = this.#records.pageOf(handle);
    const at = offsetOf(handle);
    this.#gather(words, at, now);
    figures.takeRecord(words, at);
    figures.takeSums(this.#gathered, this.#reasonsOf(handle, words, at), this.compat === "g4");
    if (handle === this.#pool) figures.workers = this.#workers.size;
    else figures.workers = ((words[at] ?? 0) & IS_USER) === 0 ? 0 : (words[at + AT.link] ?? 0);
    return figures;
  }

  /** Handles of all live workers, or of all users with live workers. */
  *live(what: "workers" | "users"): Generator<number> {
    const wanted = what === "users" ? IS_USER : 0;
    for (let handle = 0; handle < this.#records.end; handle++) {
      const flags = this.#records.pageOf(handle)[offsetOf(handle)] ?? 0;
      if ((flags & ALIVE) !== 0 && (flags & IS_USER) === wanted && handle !== this.#pool) yield handle;
    }
  }

  /** Handles of the live workers of one user. */
  *workersOf(userId: number): Generator<number> {
    for (const handle of this.live("workers")) {
      if (this.#records.pageOf(handle)[offsetOf(handle) + AT.userId] === userId) yield handle;
    }
  }

  /**
   * Handles of live workers, then of users, whose figures at `now` differ from when they were last taken; they count as
   * taken from then on. What was not written after all goes to `putBack`.
   */
  *takeChanged(now: number): Generator<number> {
    for (const what of ["workers", "users"] as const) {
      for (const handle of this.live(what)) {
        const words = this.#records.pageOf(handle);
        const at = offsetOf(handle);
        const isDirty = ((words[at] ?? 0) & DIRTY) !== 0;
        if (!isDirty && (words[at + AT.stableUntil] ?? 0) > now) continue;
        words[at] = (words[at] ?? 0) & ~DIRTY;
        // The reading that follows sets the time until which these figures are stable.
        words[at + AT.stableUntil] = NEVER;
        yield handle;
      }
    }
  }

  /** Handles of all live workers, then of all users; their figures count as taken. */
  *takeAll(): Generator<number> {
    for (const what of ["workers", "users"] as const) {
      for (const handle of this.live(what)) {
        const words = this.#records.pageOf(handle);
        words[offsetOf(handle)] = (words[offsetOf(handle)] ?? 0) & ~DIRTY;
        yield handle;
      }
    }
  }

  /** Counts these handles as changed again. */
  putBack(handles: Iterable<number>): void {
    for (const handle of handles) {
      const words = this.#records.pageOf(handle);
      const at = offsetOf(handle);
      if (((words[at] ?? 0) & ALIVE) !== 0) words[at] = (words[at] ?? 0) | DIRTY;
    }
  }

  /** Forgets workers and users that have been silent for more than an hour. */
  expire(now: number): { workers: number; users: number } {
    const isSilent = (handle: number) => {
      const time = (this.#records.pageOf(handle)[offsetOf(handle) + AT.lastShareTime] ?? 0) >>> 0;
      return time + HOUR < now;
    };
    const workers = [...this.live("workers")].filter(isSilent);
    for (const handle of workers) this.#forgetWorker(handle);
    const users = [...this.live("users")].filter(isSilent);
    for (const handle of users) this.#forgetUser(handle);
    return { workers: workers.length, users: users.length };
  }

  /** Forgets everything, as before the first share. */
  clear(): void {
    this.#workers.clear();
    this.#users.clear();
    this.#records.clear();
    this.#tapes.clear();
    this.#rings.length = 0;
    this.#oddReasons.clear();
    this.#pool = this.#takePool();
  }

  #takePool(): number {
    const pool = this.#records.take();
    this.#makeDense(this.#records.pageOf(pool), offsetOf(pool));
    return pool;
  }

  #workerOf({ userId, workerHi, workerLo, time }: Share): number {
    const known = this.#workers.get(userId, workerHi, workerLo);
    if (known >= 0) return known;
    const user = this.#userOf(userId, time);
    const userWords = this.#records.pageOf(user);
    const userAt = offsetOf(user);
    userWords[userAt + AT.link] = (userWords[userAt + AT.link] ?? 0) + 1;
    const worker = this.#records.take();
    const words = this.#records.pageOf(worker);
    const at = offsetOf(worker);
    words[at + AT.userId] = userId;
    words[at + AT.workerHi] = workerHi;
    words[at + AT.workerLo] = workerLo;
    words[at + AT.link] = user;
    words[at + AT.acceptedLo] = 1;
    words[at + AT.since] = time;
    this.#workers.add(userId, workerHi, workerLo, worker);
    return worker;
  }

  #userOf(userId: number, time: number): number {
    const known = this.#users.get(userId, 0, 0);
    if (known >= 0) return known;
    const user = this.#records.take();
    const words = this.#records.pageOf(user);
    const at = offsetOf(user);
    words[at] = (words[at] ?? 0) | IS_USER;
    words[at + AT.userId] = userId;
    words[at + AT.since] = time;
    this.#users.add(userId, 0, 0, user);
    const poolWords = this.#records.pageOf(this.#pool);
    if (poolWords[offsetOf(this.#pool) + AT.since] === 0) poolWords[offsetOf(this.#pool) + AT.since] = time;
    return user;
  }

  /** Counts the share in hand (`#entry`, with its difficulty as it is to count) for one object. */
  #count(handle: number, words: Int32Array, at: number, share: Share, now: number): void {
    const entry = this.#entry;
    let flags = (words[at] ?? 0) | DIRTY;
    if (entry.kind === ACCEPTED) words[at + AT.acceptCount] = (words[at + AT.acceptCount] ?? 0) + 1;
    else if (entry.kind === REJECTED) flags |= this.#noteReason(handle, words, at, entry.status);
    // A share that comes late doesn't take the place of a newer one's address and time.
    if (entry.time >= (words[at + AT.lastShareTime] ?? 0) >>> 0) {
      words[at + AT.lastShareTime] = entry.time;
      if (share.hasIp) flags = takeIp(words, at, share, flags);
    }
    words[at] = flags;
    if ((flags & DENSE) !== 0) this.#rings[words[at + AT.chunks] ?? 0]?.add(entry);
    else {
      this.#tapes.append(words, at, entry, now);
      if ((words[at + AT.chunks] ?? 0) > RING_FROM_CHUNKS) this.#makeDense(words, at);
    }
  }

  /** Notes a reject's reason; gives the flag to set for one that has no bit. */
  #noteReason(handle: number, words: Int32Array, at: number, status: number): number {
    if (status >= 0 && status < 64) {
      const word = status < 32 ? AT.seenLo : AT.seenHi;
      words[at + word] = (words[at + word] ?? 0) | (1 << (status & 31));
      return 0;
    }
    const known = this.#oddReasons.get(handle);
    if (known === undefined) this.#oddReasons.set(handle, [status]);
    else if (!known.includes(status)) known.push(status);
    return HAS_ODD_REASONS;
  }

  /** The reasons an object was rejected for since it came to life, in ascending order. */
  #reasonsOf(handle: number, words: Int32Array, at: number): number[] {
    const found: number[] = [];
    for (const [word, first] of REASON_WORDS) {
      for (let bits = words[at + word] ?? 0; bits !== 0; bits &= bits - 1)
        found.push(first + 31 - Math.clz32(bits & -bits));
    }
    if (((words[at] ?? 0) & HAS_ODD_REASONS) === 0) return found;
    return [...found, ...(this.#oddReasons.get(handle) ?? [])].sort((a, b) => a - b);
  }

  #gather(words: Int32Array, at: number, now: number): void {
    this.#gathered.start(now, this.#slot);
    if (((words[at] ?? 0) & DENSE) === 0) this.#tapes.gather(words, at, this.#gathered);
    else this.#rings[words[at + AT.chunks] ?? 0]?.gather(this.#gathered);
    // Figures that have changed since they were taken stay so, whoever reads them meanwhile.
    if ((words[at + AT.stableUntil] ?? 0) > now) words[at + AT.stableUntil] = this.#gathered.next;
  }

  #makeDense(words: Int32Array, at: number): void {
    const ring = new Ring();
    this.#tapes.forEach(words, at, (share) => ring.add(share));
    this.#tapes.drop(words, at);
    const free = this.#rings.indexOf(undefined);
    const index = free < 0 ? this.#rings.length : free;
    this.#rings[index] = ring;
    words[at + AT.chunks] = index;
    words[at] = (words[at] ?? 0) | DENSE;
  }

  #forgetWorker(handle: number): void {
    const words = this.#records.pageOf(handle);
    const at = offsetOf(handle);
    this.#workers.remove(words[at + AT.userId] ?? 0, words[at + AT.workerHi] ?? 0, words[at + AT.workerLo] ?? 0);
    const user = words[at + AT.link] ?? 0;
    const userWords = this.#records.pageOf(user);
    const userAt = offsetOf(user);
    userWords[userAt + AT.link] = (userWords[userAt + AT.link] ?? 0) - 1;
    userWords[userAt] = (userWords[userAt] ?? 0) | DIRTY;
    this.#forget(handle, words, at);
  }

  #forgetUser(handle: number): void {
    const words = this.#records.pageOf(handle);
    const at = offsetOf(handle);
    // A user outlives its workers, or a worker would lead to another one's record.
    if ((words[at + AT.link] ?? 0) > 0) return;
    this.#users.remove(words[at + AT.userId] ?? 0, 0, 0);
    this.#forget(handle, words, at);
  }

  #forget(handle: number, words: Int32Array, at: number): void {
    if (((words[at] ?? 0) & DENSE) === 0) this.#tapes.drop(words, at);
    else this.#rings[words[at + AT.chunks] ?? 0] = undefined;
    this.#oddReasons.delete(handle);
    this.#records.giveBack(handle);
  }
}

const REASON_WORDS = [
  [AT.seenLo, 0],
  [AT.seenHi, 32],
] as const;

/** Cuts the difficulty of a stale or rejected share to four times the worker's last accepted one, modulo 2^64. */
function capReject(entry: TapeShare, acceptedHi: number, acceptedLo: number): void {
  const capHi = (acceptedHi << 2) | (acceptedLo >>> 30);
  const capLo = acceptedLo << 2;
  const isAbove =
    entry.difficultyHi === capHi ? entry.difficultyLo >>> 0 > capLo >>> 0 : entry.difficultyHi >>> 0 > capHi >>> 0;
  if (!isAbove) return;
  entry.difficultyHi = capHi;
  entry.difficultyLo = capLo;
}

/** Notes the share's address; gives the flags with the bit that says which kind it is. */
function takeIp(words: Int32Array, at: number, { ip0, ip1, ip2, ip3 }: Share, flags: number): number {
  words[at + AT.ip3] = ip3;
  if (ip0 === 0 && ip1 === 0 && ip2 === 0) return flags & ~HAS_IPV6;
  words[at + AT.ip0] = ip0;
  words[at + AT.ip1] = ip1;
  words[at + AT.ip2] = ip2;
  return flags | HAS_IPV6;
}

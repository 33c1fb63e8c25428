import type { Share } from "./share/share.ts";
import { ACCEPTED, type Compat, kindOf } from "./share/status.ts";
import { Figures } from "./windows/figures.ts";
import { HOUR } from "./windows/gathered.ts";
import { KeyTable } from "./windows/key-table.ts";
import { Objects, type ObjectsImage } from "./windows/objects.ts";
import { AT, IS_USER } from "./windows/records.ts";
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

/** All windows as they lie in memory. */
export type StatisticsImage = ObjectsImage & { compat: Compat; pool: number };

const KINDS = ["workers", "users"] as const;

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
  readonly #workers = new KeyTable(4096);
  readonly #users = new KeyTable(256);
  readonly #objects: Objects;
  readonly #entry: TapeShare = { time: 0, difficultyHi: 0, difficultyLo: 0, kind: ACCEPTED, status: 0 };
  #pool = 0;

  constructor({ compat, acceptStale = false, maxFutureSeconds = 60 }: StatisticsOptions) {
    this.compat = compat;
    this.#acceptStale = acceptStale;
    this.#maxFuture = maxFutureSeconds;
    // The later generation keeps accepted shares in slots of ten seconds.
    this.#objects = new Objects(compat === "g4" ? 10 : 1);
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
    return this.#workers.bytes + this.#users.bytes + this.#objects.bytes;
  }

  /** How the share that was counted last was counted; one object, filled again by the next. */
  get counted(): Readonly<TapeShare> {
    return this.#entry;
  }

  /** Counts a share for its worker, its user and the pool. `now` in Unix seconds. */
  add(share: Share, now: number): Outcome {
    const { time } = share;
    if (now > time + HOUR) return "late";
    if (time > now + this.#maxFuture) return "future";
    const objects = this.#objects;
    const worker = this.#workerOf(share);
    this.#setEntry(worker, share);
    objects.count(worker, this.#entry, share, now);
    objects.count(objects.get(worker, AT.link), this.#entry, share, now);
    objects.count(this.#pool, this.#entry, share, now);
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
    this.#objects.read(handle, now, this.compat === "g4", figures);
    const isUser = (this.#objects.get(handle, AT.flags) & IS_USER) !== 0;
    if (handle === this.#pool) figures.workers = this.#workers.size;
    else figures.workers = isUser ? this.#objects.get(handle, AT.link) : 0;
    return figures;
  }

  /** Handles of all live workers, or of all users with live workers. */
  *live(what: (typeof KINDS)[number]): Generator<number> {
    for (const handle of this.#objects.live(what === "users")) if (handle !== this.#pool) yield handle;
  }

  /** Handles of the live workers of one user. */
  *workersOf(userId: number): Generator<number> {
    for (const handle of this.live("workers")) if (this.#objects.get(handle, AT.userId) === userId) yield handle;
  }

  /**
   * Handles of live workers, then of users, whose figures at `now` differ from when they were last taken; they count as
   * taken from then on, and must be read at once. What was not written after all goes to `putBack`.
   */
  *takeChanged(now: number): Generator<number> {
    for (const what of KINDS) {
      for (const handle of this.live(what)) {
        if (!this.#objects.hasChanged(handle, now)) continue;
        this.#objects.markTaken(handle);
        yield handle;
      }
    }
  }

  /** Handles of all live workers, then of all users; their figures count as taken. */
  *takeAll(): Generator<number> {
    for (const what of KINDS) {
      for (const handle of this.live(what)) {
        this.#objects.markTaken(handle);
        yield handle;
      }
    }
  }

  /** Counts these handles as changed again. */
  putBack(handles: Iterable<number>): void {
    for (const handle of handles) this.#objects.markDirty(handle);
  }

  /**
   * Forgets workers and users that have been silent for more than an hour. `lastWords` is told the figures of those that
   * have counted a share since they were last taken; the object is its own.
   */
  expire(now: number, lastWords: (figures: Figures) => void = () => undefined): { workers: number; users: number } {
    const isSilent = (handle: number) => this.#objects.get(handle, AT.lastShareTime) >>> 0 < now - HOUR;
    const workers = [...this.live("workers")].filter(isSilent);
    const users = [...this.live("users")].filter(isSilent);
    for (const handle of [...workers, ...users]) if (this.#objects.isDirty(handle)) lastWords(this.read(handle, now));
    for (const handle of workers) this.#forgetWorker(handle);
    for (const handle of users) this.#forgetUser(handle);
    return { workers: workers.length, users: users.length };
  }

  /** Forgets everything, as before the first share. */
  clear(): void {
    this.#workers.clear();
    this.#users.clear();
    this.#objects.clear();
    this.#pool = this.#takePool();
  }

  /** Everything it holds, as blocks of its own memory. Until they are written nothing may be added or expired. */
  toImage(): StatisticsImage {
    return { ...this.#objects.toImage(), compat: this.compat, pool: this.#pool };
  }

  /**
   * Takes over an image, in place of what it held; all of it counts as changed. False where the image is of another
   * generation.
   */
  fromImage(image: StatisticsImage): boolean {
    if (image.compat !== this.compat) return false;
    this.clear();
    const objects = this.#objects;
    objects.fromImage(image);
    this.#pool = image.pool;
    for (const handle of this.live("users")) this.#users.add(objects.get(handle, AT.userId), 0, 0, handle);
    for (const handle of this.live("workers")) {
      const [hi, lo] = [objects.get(handle, AT.workerHi), objects.get(handle, AT.workerLo)];
      this.#workers.add(objects.get(handle, AT.userId), hi, lo, handle);
    }
    for (const what of KINDS) this.putBack(this.live(what));
    return true;
  }

  #takePool(): number {
    const pool = this.#objects.take();
    this.#objects.makeDense(pool);
    return pool;
  }

  /** Puts into `#entry` how the share counts for all three of its objects. */
  #setEntry(worker: number, share: Share): void {
    const entry = this.#entry;
    const objects = this.#objects;
    entry.time = share.time;
    entry.difficultyHi = share.difficultyHi;
    entry.difficultyLo = share.difficultyLo;
    entry.status = this.compat === "g2" ? 0 : share.status;
    entry.kind = kindOf(share.status, this.compat, this.#acceptStale);
    if (this.compat === "g2") return;
    if (entry.kind === ACCEPTED) {
      objects.set(worker, AT.acceptedHi, share.difficultyHi);
      objects.set(worker, AT.acceptedLo, share.difficultyLo);
    } else capReject(entry, objects.get(worker, AT.acceptedHi), objects.get(worker, AT.acceptedLo));
  }

  #workerOf({ userId, workerHi, workerLo, time }: Share): number {
    const known = this.#workers.get(userId, workerHi, workerLo);
    if (known >= 0) return known;
    const objects = this.#objects;
    const user = this.#userOf(userId, time);
    objects.set(user, AT.link, objects.get(user, AT.link) + 1);
    const worker = objects.take();
    objects.set(worker, AT.userId, userId);
    objects.set(worker, AT.workerHi, workerHi);
    objects.set(worker, AT.workerLo, workerLo);
    objects.set(worker, AT.link, user);
    objects.set(worker, AT.acceptedLo, 1);
    objects.set(worker, AT.since, time);
    this.#workers.add(userId, workerHi, workerLo, worker);
    return worker;
  }

  #userOf(userId: number, time: number): number {
    const known = this.#users.get(userId, 0, 0);
    if (known >= 0) return known;
    const objects = this.#objects;
    if (objects.get(this.#pool, AT.since) === 0) objects.set(this.#pool, AT.since, time);
    const user = objects.take();
    objects.set(user, AT.flags, objects.get(user, AT.flags) | IS_USER);
    objects.set(user, AT.userId, userId);
    objects.set(user, AT.since, time);
    this.#users.add(userId, 0, 0, user);
    return user;
  }

  #forgetWorker(handle: number): void {
    const objects = this.#objects;
    const [hi, lo] = [objects.get(handle, AT.workerHi), objects.get(handle, AT.workerLo)];
    this.#workers.remove(objects.get(handle, AT.userId), hi, lo);
    const user = objects.get(handle, AT.link);
    objects.set(user, AT.link, objects.get(user, AT.link) - 1);
    objects.forget(handle);
  }

  #forgetUser(handle: number): void {
    // A user outlives its workers, or a worker would lead to another one's record.
    if (this.#objects.get(handle, AT.link) > 0) return;
    this.#users.remove(this.#objects.get(handle, AT.userId), 0, 0);
    this.#objects.forget(handle);
  }
}

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

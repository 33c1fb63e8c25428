import type { Statistics } from "../statistics.ts";
import { Figures } from "../windows/figures.ts";
import { idHalves, idText } from "../windows/sums.ts";
import { PeerFigures } from "./peer-figures.ts";

/** The figures of the whole group: what this instance counts at any second, and what the others last wrote. */
export class View {
  readonly statistics: Statistics;
  readonly peers: PeerFigures;
  /** Of the others' users and workers, how many are not here too; counted once for each version of their figures. */
  #foreign = { version: -1, users: 0, workers: 0 };

  constructor(statistics: Statistics, peers: PeerFigures = new PeerFigures()) {
    this.statistics = statistics;
    this.peers = peers;
  }

  /** Instances whose figures are in, this one among them. */
  get instances(): number {
    return 1 + this.peers.instances.length;
  }

  get workerCount(): number {
    return this.statistics.workerCount + this.#countForeign().workers;
  }

  get userCount(): number {
    return this.statistics.userCount + this.#countForeign().users;
  }

  /** The pool's figures at `now`, in Unix seconds. */
  pool(now: number, into: Figures): Figures {
    this.statistics.read(this.statistics.pool, now, into);
    this.peers.addTo(into, 0, "0");
    into.workers = this.workerCount;
    return into;
  }

  /** False where nobody knows the user; `into` is then empty. */
  user(userId: number, now: number, into: Figures): boolean {
    const handle = this.statistics.findUser(userId);
    this.statistics.read(handle, now, into);
    const isForeign = this.peers.addTo(into, userId, "0");
    into.userId = userId;
    into.workerId = "0";
    if (isForeign) into.workers += this.#foreignWorkers(userId);
    return handle >= 0 || isForeign;
  }

  /** False where nobody knows the worker; `into` is then empty. */
  worker(userId: number, workerId: bigint, now: number, into: Figures): boolean {
    const { hi, lo } = idHalves(workerId);
    const handle = this.statistics.findWorker(userId, hi, lo);
    this.statistics.read(handle, now, into);
    const isForeign = this.peers.addTo(into, userId, String(workerId));
    into.userId = userId;
    into.workerId = idText(hi, lo);
    return handle >= 0 || isForeign;
  }

  /** Every user's figures; the one object is filled again and again. */
  *users(now: number, into: Figures = new Figures()): Generator<Figures> {
    for (const handle of this.statistics.live("users")) {
      this.statistics.read(handle, now, into);
      if (this.peers.addTo(into, into.userId, "0")) into.workers += this.#foreignWorkers(into.userId);
      yield into;
    }
    for (const userId of this.peers.users()) {
      if (this.statistics.findUser(userId) >= 0) continue;
      this.user(userId, now, into);
      yield into;
    }
  }

  /** Every worker's figures, or those of one user; the one object is filled again and again. */
  *workers(now: number, userId: number | null = null, into: Figures = new Figures()): Generator<Figures> {
    const { statistics, peers } = this;
    for (const handle of userId === null ? statistics.live("workers") : statistics.workersOf(userId)) {
      statistics.read(handle, now, into);
      peers.addTo(into, into.userId, into.workerId);
      yield into;
    }
    for (const owner of userId === null ? peers.users() : [userId])
      for (const workerId of peers.workersOf(owner)) {
        if (this.#isOurs(owner, workerId)) continue;
        this.worker(owner, BigInt(workerId), now, into);
        yield into;
      }
  }

  #countForeign() {
    const { version } = this.peers;
    if (this.#foreign.version === version) return this.#foreign;
    let [users, workers] = [0, 0];
    for (const userId of this.peers.users()) {
      if (this.statistics.findUser(userId) < 0) users++;
      workers += this.#foreignWorkers(userId);
    }
    this.#foreign = { version, users, workers };
    return this.#foreign;
  }

  #foreignWorkers(userId: number): number {
    let count = 0;
    for (const workerId of this.peers.workersOf(userId)) if (!this.#isOurs(userId, workerId)) count++;
    return count;
  }

  #isOurs(userId: number, workerId: string): boolean {
    const { hi, lo } = idHalves(BigInt(workerId));
    return this.statistics.findWorker(userId, hi, lo) >= 0;
  }
}

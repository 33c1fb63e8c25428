import type { Figures, RejectReason } from "../windows/figures.ts";
import { addSums, type Sum } from "../windows/sums.ts";

/** What another instance counted for one worker, for a user (worker "0"), or for the pool (user 0). */
export type PeerRow = {
  userId: number;
  workerId: string;
  accept: readonly Sum[];
  stale: readonly Sum[];
  reject: readonly Sum[];
  reasons: readonly RejectReason[];
  acceptCount: number;
  lastShareIp: string;
  lastShareTime: number;
  since: number;
};

/** A worker or user that has been silent for longer is forgotten by the instance that counted it. */
const HOUR = 3_600;

/** The figures of the other instances of the group, as each of them last wrote them. */
export class PeerFigures {
  /** By instance, then user, then worker. */
  readonly #rows = new Map<string, Map<number, Map<string, PeerRow>>>();
  #version = 0;

  /** Another number whenever rows have come or gone. */
  get version(): number {
    return this.#version;
  }

  get instances(): readonly string[] {
    return [...this.#rows.keys()];
  }

  /** Takes rows that an instance has written since it was last asked. */
  take(instance: string, rows: Iterable<PeerRow>): void {
    this.#version++;
    const users = this.#rows.get(instance) ?? new Map<number, Map<string, PeerRow>>();
    this.#rows.set(instance, users);
    for (const row of rows) {
      const workers = users.get(row.userId) ?? new Map<string, PeerRow>();
      users.set(row.userId, workers.set(row.workerId, row));
    }
  }

  /** Forgets instances that are no more. */
  keepOnly(instances: ReadonlySet<string>): void {
    this.#version++;
    for (const instance of this.#rows.keys()) if (!instances.has(instance)) this.#rows.delete(instance);
  }

  /** Forgets what has been silent for an hour at `now`, in Unix seconds. */
  expire(now: number): void {
    this.#version++;
    for (const users of this.#rows.values())
      for (const [userId, workers] of users) {
        for (const [workerId, row] of workers) if (row.lastShareTime + HOUR < now) workers.delete(workerId);
        if (workers.size === 0) users.delete(userId);
      }
  }

  /** Adds what the others counted for this worker (or user, or pool) to `figures`. True where one of them knows it. */
  addTo(figures: Figures, userId: number, workerId: string): boolean {
    let isKnown = false;
    for (const users of this.#rows.values()) {
      const row = users.get(userId)?.get(workerId);
      if (!row) continue;
      addRow(figures, row);
      isKnown = true;
    }
    return isKnown;
  }

  has(userId: number, workerId: string): boolean {
    return this.#rows.values().some((users) => users.get(userId)?.has(workerId));
  }

  /** Users that the others know, each once. */
  users(): Set<number> {
    const found = new Set<number>();
    for (const users of this.#rows.values())
      for (const [userId, workers] of users) if (userId !== 0 && workers.has("0")) found.add(userId);
    return found;
  }

  /** A user's workers that the others know, each once. */
  workersOf(userId: number): Set<string> {
    const found = new Set<string>();
    for (const users of this.#rows.values())
      for (const workerId of users.get(userId)?.keys() ?? []) if (workerId !== "0") found.add(workerId);
    return found;
  }
}

function addRow(figures: Figures, row: PeerRow): void {
  for (const kind of ["accept", "stale", "reject"] as const)
    for (const [i, sum] of row[kind].entries()) figures[kind][i] = addSums(figures[kind][i] ?? 0, sum);
  figures.reasons = addReasons(figures.reasons, row.reasons);
  figures.acceptCount = (figures.acceptCount + row.acceptCount) >>> 0;
  figures.since = figures.since === 0 ? row.since : Math.min(figures.since, row.since);
  if (row.lastShareTime <= figures.lastShareTime) return;
  figures.lastShareTime = row.lastShareTime;
  figures.lastShareIp = row.lastShareIp;
}

function addReasons(own: readonly RejectReason[], others: readonly RejectReason[]): RejectReason[] {
  const sums = new Map(own.map((reason) => [reason.status, reason]));
  for (const { status, m15, h1 } of others) {
    const known = sums.get(status);
    sums.set(status, { status, m15: addSums(known?.m15 ?? 0, m15), h1: addSums(known?.h1 ?? 0, h1) });
  }
  return [...sums.values()].sort((a, b) => a.status - b.status);
}

import { decodeShare } from "../../share/decode.ts";
import { ipText } from "../../share/ip.ts";
import { Share } from "../../share/share.ts";
import { type Compat, kindOf } from "../../share/status.ts";
import { Figures } from "../../windows/figures.ts";
import { idText, type Sum } from "../../windows/sums.ts";
import { ExactWindow, type ModelWindow, OriginalRing } from "./model-windows.ts";

/**
 * Faults of the original that are mended here. A model with all of them answers as the original did; one with none as
 * Banksman must. What a step may differ by is what the two models differ by.
 */
export const DEFECTS = {
  ring: "a share exactly one ring old lands in the newest slot, and a share of the future wipes the oldest slots and shows in the hour at once",
  future: "a share dated more than 60 s ahead is taken, and may stop a window for an hour",
  backwards: "the last share's address and time go back when an older share comes later",
  ipv6: "an IPv6 address is lost",
  year2020: "shares and jobs since 2020-01-01 are refused",
  unknown_worker: "the reply about an unknown worker is not JSON",
  bad_row: "one value out of its column's range stops the whole flush",
} as const;
export type Defect = keyof typeof DEFECTS;

const YEAR_2020 = 1_577_836_800;
const MAX_FUTURE = 60;
const HOUR = 3_600;

/** A worker, a user or the pool, the naive way. */
export class ModelObject {
  readonly userId: number;
  readonly workerId: string;
  readonly #slot: number;
  readonly #window: (length: number) => ModelWindow;
  readonly #accept: ModelWindow;
  readonly #stale: ModelWindow;
  readonly #reasons = new Map<number, ModelWindow>();
  acceptCount = 0;
  lastShareIp = "0.0.0.0";
  lastShareTime = 0;
  lastAccepted = 1n;

  constructor(userId: number, workerId: string, compat: Compat, isRing: boolean) {
    this.userId = userId;
    this.workerId = workerId;
    this.#slot = compat === "g4" ? 10 : 1;
    this.#window = (length) => (isRing ? new OriginalRing(length) : new ExactWindow());
    this.#accept = this.#window(HOUR / this.#slot);
    this.#stale = this.#window(60);
  }

  add(time: number, kind: 0 | 1 | 2, status: number, difficulty: bigint): void {
    const minute = Math.floor(time / 60);
    if (kind === 0) {
      this.acceptCount = (this.acceptCount + 1) >>> 0;
      this.#accept.insert(Math.floor(time / this.#slot), difficulty);
    } else if (kind === 1) this.#stale.insert(minute, difficulty);
    else {
      const window = this.#reasons.get(status) ?? this.#window(60);
      this.#reasons.set(status, window);
      window.insert(minute, difficulty);
    }
  }

  figures(now: number, compat: Compat): Figures {
    const figures = new Figures();
    const slots = Math.floor(now / this.#slot);
    for (const [i, seconds] of [60, 300, 900, HOUR].entries())
      figures.accept[i] = plain(this.#accept.sum(slots, seconds / this.#slot));
    const minute = Math.floor(now / 60);
    for (const [i, minutes] of [15, 60].entries()) {
      figures.stale[i] = plain(this.#stale.sum(minute, minutes));
      figures.reject[i] = plain(
        BigInt.asUintN(
          64,
          [...this.#reasons.values()].reduce((sum, window) => sum + window.sum(minute, minutes), 0n),
        ),
      );
    }
    if (compat === "g4") {
      figures.reasons = [...this.#reasons]
        .sort(([a], [b]) => a - b)
        .map(([status, window]) => ({ status, m15: plain(window.sum(minute, 15)), h1: plain(window.sum(minute, 60)) }));
    }
    figures.userId = this.userId;
    figures.workerId = this.workerId;
    figures.acceptCount = this.acceptCount;
    figures.lastShareIp = this.lastShareIp;
    figures.lastShareTime = this.lastShareTime;
    return figures;
  }
}

const plain = (sum: bigint): Sum => (sum <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(sum) : sum);
const wide = (hi: number, lo: number) => (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);

/** All objects and the rules by which shares come to them. */
export class Model {
  readonly compat: Compat;
  readonly defects: ReadonlySet<Defect>;
  readonly workers = new Map<string, ModelObject>();
  readonly users = new Map<number, ModelObject>();
  readonly pool: ModelObject;

  constructor(compat: Compat, defects: ReadonlySet<Defect>) {
    this.compat = compat;
    this.defects = defects;
    this.pool = this.#object(0, "0");
  }

  take(bytes: Uint8Array, now: number): void {
    const share = new Share();
    if (decodeShare(bytes, share, { compat: this.compat, singleUserPuid: null }) !== null) return;
    const jobTime = share.jobHi >>> 0;
    const isOld = share.layout === 1 && this.compat === "g2" && this.defects.has("year2020");
    if (isOld && (share.time >= YEAR_2020 || jobTime >= YEAR_2020)) return;
    this.add(share, now);
  }

  add(share: Share, now: number): void {
    if (now > share.time + HOUR) return;
    if (!this.defects.has("future") && share.time > now + MAX_FUTURE) return;
    const workerId = idText(share.workerHi, share.workerLo);
    const worker = this.#workerOf(share.userId, workerId);
    const user = this.users.get(share.userId) ?? this.#object(share.userId, "0");
    this.users.set(share.userId, user);
    const kind = kindOf(share.status, this.compat, false);
    let difficulty = wide(share.difficultyHi, share.difficultyLo);
    if (kind === 0) worker.lastAccepted = difficulty;
    else if (this.compat === "g4") {
      const cap = BigInt.asUintN(64, worker.lastAccepted * 4n);
      if (difficulty > cap) difficulty = cap;
    }
    for (const object of [worker, user, this.pool]) {
      object.add(share.time, kind, this.compat === "g2" ? 0 : share.status, difficulty);
      if (share.time < object.lastShareTime && !this.defects.has("backwards")) continue;
      object.lastShareTime = share.time;
      if (this.#hasIp(share)) object.lastShareIp = ipText(share.ip0, share.ip1, share.ip2, share.ip3);
    }
  }

  expire(now: number): void {
    for (const [key, worker] of this.workers) if (worker.lastShareTime + HOUR < now) this.workers.delete(key);
    for (const [key, user] of this.users) if (user.lastShareTime + HOUR < now) this.users.delete(key);
  }

  workersOf(userId: number): number {
    return [...this.workers.values()].filter((worker) => worker.userId === userId).length;
  }

  #workerOf(userId: number, workerId: string): ModelObject {
    const key = `${userId}/${workerId}`;
    const worker = this.workers.get(key) ?? this.#object(userId, workerId);
    this.workers.set(key, worker);
    return worker;
  }

  #object(userId: number, workerId: string): ModelObject {
    return new ModelObject(userId, workerId, this.compat, this.defects.has("ring"));
  }

  /** The original reads the address as an IPv4 one and keeps the former where it is none. */
  #hasIp({ hasIp, ip0, ip1, ip2 }: Share): boolean {
    return hasIp && (!this.defects.has("ipv6") || (ip0 === 0 && ip1 === 0 && ip2 === 0));
  }
}

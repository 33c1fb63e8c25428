import { ipText } from "../share/ip.ts";
import type { Gathered } from "./gathered.ts";
import { AT, HAS_IPV6 } from "./records.ts";
import { addSums, idText, type Sum, sumOf } from "./sums.ts";

/** Difficulty rejected for one reason in the last 15 minutes and in the last hour. */
export type RejectReason = { status: number; m15: Sum; h1: Sum };

/**
 * What is known of a worker, a user or the pool at one moment: sums of difficulty by window, exact modulo 2^64. One
 * object may be filled again and again.
 */
export class Figures {
  userId = 0;
  /** Signed 64-bit id as text; "0" for a user's total. */
  workerId = "0";
  /** Accepted in 1 minute, 5 minutes, 15 minutes, 1 hour. */
  readonly accept: Sum[] = [0, 0, 0, 0];
  /** In 15 minutes and 1 hour; stale is always 0 in g2. */
  readonly stale: Sum[] = [0, 0];
  readonly reject: Sum[] = [0, 0];
  /** In ascending order of status; empty in g2. A reason once seen stays, with sums of 0. */
  reasons: RejectReason[] = [];
  /** Accepted shares since the object came to life, modulo 2^32. */
  acceptCount = 0;
  lastShareIp = "0.0.0.0";
  /** Unix seconds; 0 where there was none. */
  lastShareTime = 0;
  /** Time of the first share since the object came to life, Unix seconds; 0 where there was none. */
  since = 0;
  /** Live workers of a user or of the pool. */
  workers = 0;

  /** As an object that nothing is known of. */
  clear(): void {
    this.accept.fill(0);
    this.stale.fill(0);
    this.reject.fill(0);
    this.reasons = [];
    this.acceptCount = this.lastShareTime = this.since = this.workers = 0;
    this.lastShareIp = "0.0.0.0";
  }

  /** Takes over the fields of a record. */
  takeRecord(words: Int32Array, at: number): void {
    this.userId = words[at + AT.userId] ?? 0;
    this.workerId = idText(words[at + AT.workerHi] ?? 0, words[at + AT.workerLo] ?? 0);
    this.acceptCount = (words[at + AT.acceptCount] ?? 0) >>> 0;
    this.lastShareTime = (words[at + AT.lastShareTime] ?? 0) >>> 0;
    this.since = words[at + AT.since] ?? 0;
    const isWide = ((words[at] ?? 0) & HAS_IPV6) !== 0;
    const word = (offset: number) => (isWide ? (words[at + offset] ?? 0) : 0);
    this.lastShareIp = ipText(word(AT.ip0), word(AT.ip1), word(AT.ip2), words[at + AT.ip3] ?? 0);
  }

  /** Takes over what was added up; `seen` are the reasons to list even where nothing of them is left. */
  takeSums(gathered: Gathered, seen: readonly number[], withReasons: boolean): void {
    gathered.accepted(this.accept);
    this.stale[0] = sumOf(gathered.stale.lo15, gathered.stale.hi15);
    this.stale[1] = sumOf(gathered.stale.lo60, gathered.stale.hi60);
    this.reject[0] = this.reject[1] = 0;
    for (const sums of gathered.reasons.values()) {
      this.reject[0] = addSums(this.reject[0] ?? 0, sumOf(sums.lo15, sums.hi15));
      this.reject[1] = addSums(this.reject[1] ?? 0, sumOf(sums.lo60, sums.hi60));
    }
    this.reasons = withReasons ? seen.map((status) => reasonOf(status, gathered)) : NO_REASONS;
  }
}

const NO_REASONS: RejectReason[] = [];

function reasonOf(status: number, { reasons }: Gathered): RejectReason {
  const sums = reasons.get(status);
  return sums
    ? { status, m15: sumOf(sums.lo15, sums.hi15), h1: sumOf(sums.lo60, sums.hi60) }
    : { status, m15: 0, h1: 0 };
}

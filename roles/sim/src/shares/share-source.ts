import type { Chance } from "./chance.ts";
import { type DefectKind, type DefectShare, drawDefect, spoil } from "./defects.ts";
import { encodeShare, FORMATS, type Format, ipText } from "./encode.ts";
import type { ShareFields } from "./share-fields.ts";
import type { ShareWorker } from "./share-roster.ts";

export type SourceOptions = {
  roster: readonly ShareWorker[];
  format: Format | "mixed";
  /** Of all shares, the part that the pool rejected. */
  rejects: number;
  defects: readonly DefectShare[];
  partitions: number;
  /** A worker's shares always go to the same partition. */
  keyed: boolean;
};

/** `timestamp` is what the log is dated, in ms as text; the brokers' own time where it is absent. */
export type ShareMessage = { partition: number; value: Buffer; key?: string; timestamp?: string };
export type Tally = { sent: number; accepted: number; rejected: number } & Partial<Record<DefectKind, number>>;

const REJECT_REASONS = [21, 22, 23, 31, 37];
const HEIGHT = 860_000;
const BITS = 0x17034219;

/** Shares of random workers, dated now, with what was ordered to be wrong; `tally` says what was made. */
export function shareSource(options: SourceOptions, chance: Chance) {
  const tally: Tally = { sent: 0, accepted: 0, rejected: 0 };
  const next = (nowSeconds: number): ShareMessage[] => {
    const index = chance.below(options.roster.length);
    const worker = options.roster[index];
    if (!worker) return [];
    const share = shareOf(worker, nowSeconds, chance, options.rejects);
    const format = options.format === "mixed" ? (FORMATS[chance.below(FORMATS.length)] ?? "v1") : options.format;
    const defect = drawDefect(options.defects, chance);
    const values = defect ? spoil(defect, format, share, chance) : [encodeShare(format, share)];
    if (defect) tally[defect] = (tally[defect] ?? 0) + 1;
    else tally[share.accepted ? "accepted" : "rejected"]++;
    tally.sent += values.length;
    const partition = options.keyed ? index % options.partitions : chance.below(options.partitions);
    return values.map((value) => ({ partition, value, ...(options.keyed && { key: String(worker.workerId) }) }));
  };
  return { next, tally };
}

function shareOf(worker: ShareWorker, nowSeconds: number, chance: Chance, rejects: number): ShareFields {
  const { workerId, userId, ip, difficulty } = worker;
  return {
    jobId: (BigInt(nowSeconds - 30) << 32n) | BigInt(chance.below(2 ** 32)),
    workerId,
    userId,
    ip,
    difficulty,
    time: nowSeconds,
    bits: BITS,
    height: HEIGHT,
    nonce: chance.below(2 ** 32),
    sessionId: chance.below(2 ** 24),
    accepted: chance.fraction() >= rejects,
    rejectStatus: REJECT_REASONS[chance.below(REJECT_REASONS.length)] ?? 0,
  };
}

/** The event by which a pool server tells a worker's name, in the form of the generation that writes this format. */
export function workerEvent(worker: ShareWorker, format: Format | "mixed", nowSeconds: number): string {
  const { userId, workerId, name, agent, ip } = worker;
  const created_at = new Date(nowSeconds * 1_000).toISOString().slice(0, 19).replace("T", " ");
  const content = { user_id: userId, worker_id: "WORKER_ID", worker_name: name, miner_agent: agent };
  const event =
    format === "v1"
      ? { created_at, type: "worker_update", content }
      : {
          created_at,
          type: "worker_update",
          action: "miner_connect",
          content: { ...content, ip: ipText(ip), desc: "new_conn" },
        };
  // A 64-bit number: JSON.stringify would need a double, which can't hold it.
  return JSON.stringify(event).replace('"WORKER_ID"', String(workerId));
}

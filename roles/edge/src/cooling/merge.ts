import type { Lane } from "@banksman/devices";
import { type CoolingRecord, type CoolingValue, isCoolingFigure } from "@banksman/wire/model";
import { canChange } from "./rates.ts";
import { SLOW_EVERY_MS } from "./schedule.ts";

/** What the edge keeps of a unit between its answers: the newest of each value, whichever lane told it. */
export type Kept = {
  values: ReadonlyMap<string, { told: CoolingValue; lane: Lane }>;
  /** The last of each figure that could be believed, to judge the next by. */
  believed: ReadonlyMap<string, { value: number; at: number }>;
  /** Fault codes that a fast answer has ever told: one that is not among them only a slow answer can take back. */
  fastFaults: ReadonlySet<string>;
  slowFaults: CoolingRecord["faults"];
  minersCount: number | null;
  /** When the slow lane was last answered. */
  slowAt: number | null;
  /** When the list of miners was last passed on. */
  listedAt: number | null;
};

export const NOTHING: Kept = {
  values: new Map(),
  believed: new Map(),
  fastFaults: new Set(),
  slowFaults: [],
  minersCount: null,
  slowAt: null,
  listedAt: null,
};

/** A value of the fast lane is old after so many intervals without a new one; one of the slow lane after so many of its. */
const STALE_INTERVALS = 3;
const STALE_SLOW = 2.5;
/** A value that no answer has had for a day is of a sensor that is no more. */
const FORGET_MS = 86_400_000;
/** A slow answer comes a little early or late. */
const LIST_EVERY_MS = SLOW_EVERY_MS - 30_000;

/**
 * A unit's whole record after an answer: what was told, judged by how fast it can change, and what only other answers
 * tell, each with its own time.
 */
export function merge(
  kept: Kept,
  told: CoolingRecord,
  lane: Lane,
  intervalMs: number,
): { record: CoolingRecord; kept: Kept } {
  const now = Date.parse(told.at);
  const values = new Map(kept.values);
  const believed = new Map(kept.believed);
  for (const [name, value] of Object.entries(told.values)) {
    const judged = judge(name, value, believed);
    values.set(name, { told: judged, lane: lane === "fast" ? "fast" : (kept.values.get(name)?.lane ?? lane) });
    if (judged.quality === "good" && typeof judged.value === "number")
      believed.set(name, { value: judged.value, at: Date.parse(judged.at) });
  }
  for (const [name, { told: value }] of values) if (now - Date.parse(value.at) > FORGET_MS) values.delete(name);
  const faults = faultsAfter(kept, told, lane);
  const isListed = (told.miners?.list.length ?? 0) > 0 && now - (kept.listedAt ?? 0) >= LIST_EVERY_MS;
  const minersCount = told.miners?.count ?? kept.minersCount;
  return {
    record: {
      ...told,
      values: Object.fromEntries([...values].map(([name, one]) => [name, aged(one, now, intervalMs, told.connected)])),
      faults: [
        ...told.faults,
        ...faults.slowFaults.filter(({ code }) => !told.faults.some((one) => one.code === code)),
      ],
      miners:
        told.miners === null && minersCount === null
          ? null
          : { count: minersCount, list: isListed ? (told.miners?.list ?? []) : [] },
    },
    kept: {
      values,
      believed,
      ...faults,
      minersCount,
      slowAt: lane === "slow" ? now : kept.slowAt,
      listedAt: isListed ? now : kept.listedAt,
    },
  };
}

/** Good as long as it can have got there since it was last believed. */
function judge(name: string, value: CoolingValue, believed: Kept["believed"]): CoolingValue {
  const before = believed.get(name);
  if (value.quality !== "good" || typeof value.value !== "number" || !before || !isCoolingFigure(name)) return value;
  const minutes = (Date.parse(value.at) - before.at) / 60_000;
  return canChange(name, before.value, value.value, minutes) ? value : { ...value, quality: "uncertain" };
}

function aged({ told, lane }: { told: CoolingValue; lane: Lane }, now: number, intervalMs: number, connected: boolean) {
  const limit = lane === "fast" ? STALE_INTERVALS * intervalMs : STALE_SLOW * Math.max(SLOW_EVERY_MS, intervalMs);
  const isOld = !connected || now - Date.parse(told.at) > limit;
  return isOld && told.quality !== "bad" ? { ...told, quality: "stale" as const } : told;
}

/** Which faults only slow answers tell: those of a slow answer that no fast one has ever had. */
function faultsAfter(kept: Kept, { faults }: CoolingRecord, lane: Lane): Pick<Kept, "fastFaults" | "slowFaults"> {
  const fastFaults =
    lane === "fast" ? new Set([...kept.fastFaults, ...faults.map(({ code }) => code)]) : kept.fastFaults;
  const candidates = lane === "slow" ? faults : kept.slowFaults;
  return { fastFaults, slowFaults: candidates.filter(({ code }) => !fastFaults.has(code)) };
}

import type { ReconciledWorker, Verdict } from "@banksman/wire/api";
import type { PoolAccountWorker } from "@banksman/wire/ingest";

/** A miner's own side of the last hour. Hashrate in H/s; a silent miner hashes 0, one that does not tell is null. */
export type DeviceSide = {
  miner_id: string;
  worker_name: string;
  mean_hs: number | null;
  is_hashing: boolean;
  /** How much of the last hour there are readings for. */
  covered_s: number;
};

export type PoolSide = Pick<
  PoolAccountWorker,
  "name" | "hashrate_hs" | "hashrate_1h_hs" | "state" | "reject_share" | "source_ip"
> & { last_share_at: Date | null };

const SILENT_AFTER_MS = 600_000;
/** Less than this and neither side's mean is one. */
const ENOUGH_S = 3_000;
/** A device that hashes for so long must be seen by its pool. */
const SEEN_AFTER_S = 1_200;
/** Pools steer each worker to some five shares a minute and more; so many in an hour at least. */
const SHARES_AN_HOUR = 300;
/** What is lost on a good day: rejects, stale shares, a firmware's fee. */
const USUAL_LOSS = 0.03;

/** How far a mean over an hour of shares may lie from the truth, three standard deviations and the usual loss. */
export const toleranceOf = (workers: number): number =>
  3 / Math.sqrt(SHARES_AN_HOUR * Math.max(workers, 1)) + USUAL_LOSS;

const tailOf = (name: string): string => name.slice(name.lastIndexOf(".") + 1);
const accountPart = (name: string): string | null => (name.includes(".") ? name.slice(0, name.indexOf(".")) : null);

/**
 * Sets every worker of an account beside the devices of the same name: exactly, then without regard to case, then by the
 * part after the last dot, which is all that some pools tell. Devices whose worker belongs to the account and that the
 * pool doesn't list come as workers of their own. `others` are the site's further accounts, whose devices are not ours.
 */
export function reconcile(
  account: string,
  others: readonly string[],
  pool: readonly PoolSide[],
  devices: readonly DeviceSide[],
  now: Date,
): ReconciledWorker[] {
  const own = devices.filter(({ worker_name }) => {
    const part = accountPart(worker_name)?.toLowerCase();
    return part === undefined || !others.some((other) => other.toLowerCase() === part);
  });
  const byName = Map.groupBy(own, ({ worker_name }) => worker_name.toLowerCase());
  const byTail = Map.groupBy(own, ({ worker_name }) => tailOf(worker_name).toLowerCase());
  const matched = new Set<DeviceSide>();
  const usualSource = mostCommon(pool.map(({ source_ip }) => source_ip));
  const rows = pool.map((worker): ReconciledWorker => {
    const found = devicesOf(worker.name, byName, byTail);
    for (const device of found.devices) matched.add(device);
    return {
      ...sidesOf(worker, found.devices),
      worker: worker.name,
      miner_ids: found.devices.map(({ miner_id }) => miner_id),
      verdict: found.isAmbiguous ? "ambiguous" : verdictOf(worker, found.devices, now),
      last_share_at: worker.last_share_at?.toISOString() ?? null,
      state: worker.state,
      reject_share: worker.reject_share,
      source_ip: worker.source_ip,
      is_elsewhere: worker.source_ip !== null && usualSource !== null && worker.source_ip !== usualSource,
    };
  });
  const unseen = own.filter(
    (device) => !matched.has(device) && accountPart(device.worker_name)?.toLowerCase() === account.toLowerCase(),
  );
  for (const [name, group] of Map.groupBy(unseen, ({ worker_name }) => worker_name))
    rows.push({
      ...sidesOf(null, group),
      worker: name,
      miner_ids: group.map(({ miner_id }) => miner_id),
      verdict: verdictOf(null, group, now),
      last_share_at: null,
      state: null,
      reject_share: null,
      source_ip: null,
      is_elsewhere: false,
    });
  return rows;
}

type Index = ReadonlyMap<string, DeviceSide[]>;

/** Several miners may work under one name; a tail that two different names end in says nothing of whose it is. */
function devicesOf(worker: string, byName: Index, byTail: Index): { devices: DeviceSide[]; isAmbiguous: boolean } {
  const named = byName.get(worker.toLowerCase());
  if (named) {
    const exact = named.filter(({ worker_name }) => worker_name === worker);
    return { devices: exact.length > 0 ? exact : named, isAmbiguous: false };
  }
  const devices = byTail.get(tailOf(worker).toLowerCase()) ?? [];
  const names = new Set(devices.map(({ worker_name }) => worker_name.toLowerCase()));
  return { devices, isAmbiguous: names.size > 1 };
}

const rateOf = (worker: PoolSide | null): number | null =>
  worker === null ? null : (worker.hashrate_1h_hs ?? worker.hashrate_hs);

function sidesOf(
  worker: PoolSide | null,
  devices: readonly DeviceSide[],
): Pick<ReconciledWorker, "pool_hs" | "device_hs" | "difference"> {
  const pool_hs = rateOf(worker);
  const device_hs = sumOf(devices.map(({ mean_hs }) => mean_hs));
  const difference =
    device_hs === null || device_hs === 0 || (pool_hs === null && worker !== null)
      ? null
      : ((pool_hs ?? 0) - device_hs) / device_hs;
  return { pool_hs, device_hs, difference };
}

function verdictOf(worker: PoolSide | null, devices: readonly DeviceSide[], now: Date): Verdict {
  const pool = rateOf(worker);
  const isRecent = worker?.last_share_at != null && now.getTime() - worker.last_share_at.getTime() <= SILENT_AFTER_MS;
  const poolHashes = isRecent || (worker?.last_share_at == null && (pool ?? 0) > 0);
  if (devices.length === 0) return poolHashes ? "unregistered" : "both_silent";
  const deviceHashes = devices.some(({ is_hashing }) => is_hashing);
  if (!poolHashes) {
    if (!deviceHashes) return "both_silent";
    return devices.some(({ is_hashing, covered_s }) => is_hashing && covered_s >= SEEN_AFTER_S)
      ? "pool_silent"
      : "unsure";
  }
  const { difference, device_hs } = sidesOf(worker, devices);
  if (!deviceHashes && device_hs === 0) return "device_silent";
  if (difference === null || devices.some(({ covered_s }) => covered_s < ENOUGH_S)) return "unsure";
  const tolerance = toleranceOf(1);
  if (difference < -tolerance) return "below_device";
  // What is lost is lost on one side only.
  return difference > tolerance - USUAL_LOSS ? "above_device" : "matching";
}

/** The sum of what is known; null when nothing is. */
export function sumOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
}

function mostCommon(values: readonly (string | null)[]): string | null {
  const counted = [
    ...Map.groupBy(
      values.filter((value) => value !== null),
      (value) => value,
    ),
  ];
  return counted.toSorted((a, b) => b[1].length - a[1].length)[0]?.[0] ?? null;
}

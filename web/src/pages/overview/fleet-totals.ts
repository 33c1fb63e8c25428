import type { Site } from "@banksman/wire/api";
import type { MinerHealth } from "@banksman/wire/model";
import type { HealthCounts } from "../../components/status-counters.tsx";

type SiteFigures = Pick<
  Site,
  "total" | "online" | "by_health" | "hashrate_ghs" | "expected_hashrate_ghs" | "power_consumption" | "power_miners"
>;

export type FleetTotals = {
  total: number;
  online: number;
  counts: HealthCounts;
  hashrate: number | null;
  expected: number | null;
  power: number | null;
  power_miners: number;
};

/** The sum of what is known; null when nothing is, which is not the same as 0. */
export function sumKnown(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
}

/** All sites together, from the same figures that their rows show. */
export function fleetTotals(sites: readonly SiteFigures[]): FleetTotals {
  const countOf = (status: MinerHealth) => sites.reduce((sum, site) => sum + (site.by_health[status] ?? 0), 0);
  const counts: HealthCounts = {
    hashing: countOf("hashing"),
    starting: countOf("starting"),
    degraded: countOf("degraded"),
    notHashing: countOf("notHashing"),
    unreachable: countOf("unreachable"),
    asleep: countOf("asleep"),
    maintenance: countOf("maintenance"),
    unregistered: countOf("unregistered"),
  };
  return {
    total: sites.reduce((sum, site) => sum + site.total, 0),
    online: sites.reduce((sum, site) => sum + site.online, 0),
    counts,
    hashrate: sumKnown(sites.map((site) => site.hashrate_ghs)),
    expected: sumKnown(sites.map((site) => site.expected_hashrate_ghs)),
    power: sumKnown(sites.map((site) => site.power_consumption)),
    power_miners: sites.reduce((sum, site) => sum + site.power_miners, 0),
  };
}

type TrendPoint = {
  timestamp: string;
  hashrate_ghs: number | null;
  power_consumption: number | null;
  expected_hashrate_ghs: number | null;
};
export type Trend = { at: number; hashrate: number | null; power: number | null; expected: number | null };

/** The sites' histories added up by time; a moment at which no site has a value stays a gap. */
export function fleetTrend(histories: readonly (readonly TrendPoint[])[]): Trend[] {
  const byTime = new Map<number, TrendPoint[]>();
  for (const point of histories.flat()) {
    const at = Date.parse(point.timestamp);
    byTime.set(at, [...(byTime.get(at) ?? []), point]);
  }
  return [...byTime]
    .toSorted(([a], [b]) => a - b)
    .map(([at, points]) => ({
      at,
      hashrate: sumKnown(points.map((point) => point.hashrate_ghs)),
      power: sumKnown(points.map((point) => point.power_consumption)),
      expected: sumKnown(points.map((point) => point.expected_hashrate_ghs)),
    }));
}

/**
 * J/TH of several sites. A site's own figure counts only miners that tell their power, so the hashrate behind it is
 * found back from it; null when no site has one.
 */
export function fleetEfficiency(
  sites: readonly { power_consumption: number | null; efficiency_jth: number | null }[],
): number | null {
  let [watts, terahashes] = [0, 0];
  for (const { power_consumption: power, efficiency_jth: efficiency } of sites) {
    if (power === null || !efficiency) continue;
    watts += power;
    terahashes += power / efficiency;
  }
  return terahashes > 0 ? watts / terahashes : null;
}

import type { AlertTarget, TargetKind } from "@banksman/wire/model";
import type { FigureSource } from "./plan.ts";
import { keyOf, type Row, type Target } from "./target.ts";

/** Targets whose figures are sums over miners. */
export const SUM_KINDS = ["fleet", "site", "rack", "container"] as const satisfies readonly TargetKind[];
export type SumKind = (typeof SUM_KINDS)[number];

/** What of a miner its sums are made of. */
export const MEMBER_FIELDS = [
  "online",
  "health",
  "status",
  "hashrate_ghs",
  "expected_hashrate_ghs",
  "power_consumption",
  "temperature_avg",
  "temperature_max",
  "fault_count",
] as const;
export type MemberField = (typeof MEMBER_FIELDS)[number];

/**
 * Sums are taken at whole slots: readings of one sweep have times of their own, and a sum at each of 6,000 moments would
 * say no more. A slot's readings are those from its start to the next.
 */
export const SLOT_MS = 5_000;
export const slotOf = (at: number): number => Math.floor(at / SLOT_MS) * SLOT_MS;

/**
 * One group of miners, the sums at the slots that may still change, and what is told of the group itself, such as by
 * the controller of a container.
 */
export type Group = {
  ref: AlertTarget;
  key: string;
  members: Set<Target>;
  sums: Map<number, Sums>;
  told: { at: number; figures: FigureSource }[];
};

const COUNTS = [
  "total",
  "online_count",
  "offline_count",
  "hashing_count",
  "degraded_count",
  "not_hashing_count",
  "starting_count",
  "asleep_count",
  "overheated_count",
  "fault_count",
] as const;
const HEALTH_COUNTS: Record<string, (typeof COUNTS)[number]> = {
  hashing: "hashing_count",
  degraded: "degraded_count",
  notHashing: "not_hashing_count",
  starting: "starting_count",
  asleep: "asleep_count",
};

/** Sums over the miners of a group; what none of them told is NaN. */
export type Sums = Record<(typeof COUNTS)[number], number> & {
  hashrate_ghs: number;
  expected_hashrate_ghs: number;
  power_consumption: number;
  power_told: number;
  temperature_sum: number;
  temperature_told: number;
  temperature_max: number;
  hashing_power: number;
  powered_hashrate: number;
};

const noSums = (): Sums => ({
  ...(Object.fromEntries(COUNTS.map((name) => [name, 0])) as Record<(typeof COUNTS)[number], number>),
  hashrate_ghs: 0,
  expected_hashrate_ghs: 0,
  power_consumption: 0,
  power_told: 0,
  temperature_sum: 0,
  temperature_told: 0,
  temperature_max: Number.NaN,
  hashing_power: 0,
  powered_hashrate: 0,
});

export type MemberReader = { value: (row: Row, field: MemberField) => number; word: (id: number) => string };

const told = (value: number): number => (Number.isNaN(value) ? 0 : value);

function add(sums: Sums, row: Row, { value, word }: MemberReader): void {
  const health = word(value(row, "health"));
  const isOnline = value(row, "online") === 1;
  sums.total += 1;
  sums[isOnline ? "online_count" : "offline_count"] += 1;
  const counted = HEALTH_COUNTS[health];
  if (counted) sums[counted] += 1;
  if (health !== "asleep") sums.expected_hashrate_ghs += told(value(row, "expected_hashrate_ghs"));
  if (!isOnline) return;
  if (word(value(row, "status")) === "overheated") sums.overheated_count += 1;
  sums.fault_count += told(value(row, "fault_count"));
  const power = value(row, "power_consumption");
  sums.power_consumption += told(power);
  if (!Number.isNaN(power)) sums.power_told += 1;
  const hashes = health !== "notHashing" && health !== "asleep";
  const hashrate = hashes ? told(value(row, "hashrate_ghs")) : 0;
  sums.hashrate_ghs += hashrate;
  if (hashrate > 0 && power > 0) {
    sums.hashing_power += power;
    sums.powered_hashrate += hashrate;
  }
  const temperature = value(row, "temperature_avg");
  if (!Number.isNaN(temperature)) {
    sums.temperature_sum += temperature;
    sums.temperature_told += 1;
  }
  hotter(sums, value(row, "temperature_max"));
}

function hotter(sums: Sums, temperature: number): void {
  if (!(temperature <= sums.temperature_max) && !Number.isNaN(temperature)) sums.temperature_max = temperature;
}

/** What a miner's newest reading before the end of a slot is. */
function asOf({ rows }: Target, slot: number): Row | undefined {
  let index = rows.length - 1;
  while (index > 0 && (rows[index]?.at ?? 0) >= slot + SLOT_MS) index--;
  const row = rows[index];
  return row && row.at < slot + SLOT_MS ? row : undefined;
}

/** Sums over a group's miners at a slot. */
export function sumsAt(group: Group, slot: number, reader: MemberReader): Sums {
  const sums = noSums();
  for (const member of group.members) {
    const row = asOf(member, slot);
    if (row) add(sums, row, reader);
  }
  return sums;
}

/** The sums of a slot, or of the one before it that is known. */
function sumsUpTo({ sums }: Group, slot: number): Sums | undefined {
  let best = Number.NEGATIVE_INFINITY;
  for (const known of sums.keys()) if (known <= slot && known > best) best = known;
  return sums.get(best);
}

/** Sums over all sites at a slot, from the sums of each. */
export function fleetSums(sites: Iterable<Group>, slot: number): Sums & { sites: number; sites_silent: number } {
  const all = { ...noSums(), sites: 0, sites_silent: 0 };
  for (const site of sites) {
    const sums = sumsUpTo(site, slot);
    if (!sums) continue;
    all.sites += 1;
    if (sums.online_count === 0) all.sites_silent += 1;
    for (const name of ADDED) all[name] += sums[name];
    hotter(all, sums.temperature_max);
  }
  return all;
}
const ADDED = (Object.keys(noSums()) as (keyof Sums)[]).filter((name) => name !== "temperature_max");

/** The figures that conditions name, from sums. */
export function sumFigures(sums: Sums): Record<string, number> {
  return {
    ...sums,
    power_consumption: sums.power_told === 0 ? Number.NaN : sums.power_consumption,
    temperature_avg: sums.temperature_sum / sums.temperature_told,
    efficiency_jth: sums.hashing_power / (sums.powered_hashrate / 1_000),
  };
}

/** The groups that a miner belongs to. */
export function groupsOf({ site_id, rack, container }: AlertTarget): AlertTarget[] {
  const site = site_id ?? "";
  return [
    { kind: "site", site_id, id: site },
    ...(rack ? [{ kind: "rack" as const, site_id, id: rack, rack }] : []),
    ...(container ? [{ kind: "container" as const, site_id, id: container, container }] : []),
  ];
}

export const newGroup = (ref: AlertTarget): Group => ({
  ref,
  key: keyOf(ref),
  members: new Set(),
  sums: new Map(),
  told: [],
});
export const FLEET: AlertTarget = { kind: "fleet", site_id: null, id: "fleet" };

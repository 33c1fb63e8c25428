import type { LatestRow, MinerDetail, RackCell, Site, SiteSummary } from "@banksman/wire/api";
import { healthOf, isListed, LISTED_BY, type MinerHealth, readingSeconds, WORST_FIRST } from "@banksman/wire/model";

/** A fleet of the tests' own: the same on every run, with something of each kind in it. */
const MODELS = [
  { make: "Bitmain", model: "Antminer S21", ths: 200, watts: 3500 },
  { make: "Bitmain", model: "Antminer S19 XP", ths: 140, watts: 3010 },
  { make: "MicroBT", model: "Whatsminer M50S", ths: 126, watts: 3276 },
  { make: "Canaan", model: "Avalon A1566", ths: 185, watts: 3420 },
] as const;

/** A small repeatable source of numbers from 0 to 1. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

type Kind = "fine" | "dead" | "idle" | "low" | "starting" | "asleep";
const kindOf = (index: number): Kind => {
  if (index % 53 === 7) return "dead";
  if (index % 97 === 11) return "idle";
  if (index % 41 === 5) return "low";
  if (index % 131 === 23) return "starting";
  return index % 173 === 29 ? "asleep" : "fine";
};

const STATUS = {
  fine: "hashing",
  dead: null,
  idle: "idle",
  low: "hashing",
  starting: "starting",
  asleep: "sleeping",
} as const;
const LOAD = { fine: 1, dead: 0, idle: 0, low: 0.66, starting: 0.44, asleep: 0 } as const;

/** One miner; `now` dates its reading. */
export function makeRow(index: number, now: number): LatestRow {
  const random = seeded(index + 1);
  const kind = kindOf(index);
  const spec = MODELS[Math.floor(index / 7) % MODELS.length] ?? MODELS[0];
  const rack = Math.floor(index / 60);
  const slot = index % 60;
  const online = kind !== "dead";
  const ghs = online ? spec.ths * 1_000 * LOAD[kind] * (0.98 + random() * 0.04) : null;
  const hot = online && kind !== "asleep" ? Math.round(60 + random() * 12 + (rack % 9 === 6 ? 12 : 0)) : null;
  const row = {
    miner_id: `S21_${String(index + 1).padStart(4, "0")}`,
    ip_address: `10.1.${rack}.${slot + 1}`,
    online,
    status: STATUS[kind],
    offline_reason: online ? null : ("timed_out" as const),
    hashrate_ghs: ghs,
    hashrate_5s_ghs: ghs === null ? null : ghs * (0.97 + random() * 0.06),
    expected_hashrate_ghs: spec.ths * 1_000,
    temperature_avg: hot === null ? null : hot - 6,
    temperature_max: hot,
    temperature_chips: null,
    fan_speeds: online ? [5_880, 5_900, 5_870, kind === "low" ? 0 : 5_910] : null,
    frequency_avg: online ? 490 : null,
    accepted_shares: online ? 60_000 + index * 17 : null,
    rejected_shares: online ? Math.round(random() * 120) : null,
    hardware_errors: online ? Math.round(random() * 12) : null,
    uptime_seconds: online ? 3_600 * 9 + index * 61 : null,
    power_consumption: online ? Math.round(spec.watts * (0.12 + 0.88 * LOAD[kind])) : null,
    power_source: online ? ("reported" as const) : null,
    latency_ms: online ? Math.round(60 + random() * 240) : null,
    pool_url: "stratum+tcp://btc.example.com:3333",
    worker_name: `ridge01.s21_${index + 1}`,
    make: spec.make,
    model: spec.model,
    firmware: "2026-08-14",
    mac: `4c:9f:00:00:${(rack % 256).toString(16).padStart(2, "0")}:${slot.toString(16).padStart(2, "0")}`,
    driver: "antminer",
    rack: `R${String(rack + 1).padStart(2, "0")}`,
    position: `R${String(rack + 1).padStart(2, "0")}-L${Math.floor(slot / 8) + 1}-N${(slot % 8) + 1}`,
    fault_count: kind === "low" ? 1 : 0,
    collected_at: new Date(now - Math.round(random() * 4_000) - (online ? 0 : 840_000)).toISOString(),
    received_at: new Date(now).toISOString(),
  };
  return { ...row, health: healthOf({ ...row, boards: null }) };
}

/** Everything of one miner: three boards, of which a degraded one has a dark one. */
export function makeDetail(row: LatestRow): MinerDetail {
  const random = seeded(row.miner_id.length * 31 + Number(row.miner_id.slice(-4)));
  const isDark = row.health === "degraded";
  const boards = row.online
    ? [1, 2, 3].map((slot) => ({
        slot,
        hashrate_ghs: isDark && slot === 3 ? 0 : (row.hashrate_ghs ?? 0) / 3,
        chips: isDark && slot === 3 ? 0 : 108,
        chips_expected: 108,
        chip_map:
          isDark && slot === 3 ? "-".repeat(108) : `${"o".repeat(60)}${slot === 2 ? "xx" : "oo"}${"o".repeat(46)}`,
        temperature_board: 58 + slot,
        temperature_chips:
          isDark && slot === 3 ? null : Array.from({ length: 108 }, () => Math.round(64 + random() * 20)),
        frequency: 490 - slot,
        serial: `JYZZF4BBDJAJD0${slot}`,
      }))
    : [];
  return {
    ...row,
    serial: "JYZZF4BBDJAJD0417",
    boards,
    pools: [
      {
        url: "stratum+tcp://btc.example.com:3333",
        worker: row.worker_name,
        status: "alive",
        active: true,
        priority: 0,
        dev_fee: false,
      },
      {
        url: "stratum+tcp://backup.example.com:3333",
        worker: row.worker_name,
        status: "alive",
        active: false,
        priority: 1,
        dev_fee: false,
      },
      {
        url: "stratum+tcp://third.example.net:25",
        worker: row.worker_name,
        status: "dead",
        active: false,
        priority: 2,
        dev_fee: false,
      },
    ],
    faults: isDark ? [{ code: "J3:1", level: "severe", text: "Board 3: 0 of 108 chips answer", board: 3 }] : [],
    warnings: [],
    raw: row.online
      ? { summary: '{"STATUS":[{"STATUS":"S"}],"SUMMARY":[{"GHS av":200113.42}]}', pools: "{not json" }
      : null,
    first_seen_at: "2026-01-04T08:00:00.000Z",
    customer_id: null,
  };
}

const sum = (rows: readonly LatestRow[], pick: (row: LatestRow) => number | null) => {
  const known = rows.map(pick).filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
};

const countHealth = (rows: readonly LatestRow[]): SiteSummary["by_health"] => {
  const count = (status: MinerHealth) => rows.filter((row) => row.health === status).length;
  return {
    hashing: count("hashing"),
    starting: count("starting"),
    degraded: count("degraded"),
    notHashing: count("notHashing"),
    unreachable: count("unreachable"),
    asleep: count("asleep"),
    maintenance: count("maintenance"),
    unregistered: count("unregistered"),
  };
};

export function summarise(siteId: string, rows: readonly LatestRow[]): SiteSummary {
  const power = sum(rows, (row) => row.power_consumption);
  const hashrate = sum(rows, (row) => row.hashrate_ghs);
  const heats = rows.map((row) => row.temperature_max).filter((value) => value !== null);
  const models = [...new Set(rows.map((row) => row.model))].map((model) => {
    const own = rows.filter((row) => row.model === model);
    return {
      model,
      total: own.length,
      online: own.filter((row) => row.online).length,
      hashrate_ghs: sum(own, (row) => row.hashrate_ghs),
      expected_hashrate_ghs: sum(own, (row) => row.expected_hashrate_ghs),
      power_consumption: sum(own, (row) => row.power_consumption),
      temperature_avg: null,
    };
  });
  const online = rows.filter((row) => row.online).length;
  return {
    site_id: siteId,
    total: rows.length,
    online,
    offline: rows.length - online,
    by_health: countHealth(rows),
    hashrate_ghs: hashrate,
    expected_hashrate_ghs: sum(rows, (row) => row.expected_hashrate_ghs),
    temperature_avg: heats.length === 0 ? null : heats.reduce((a, b) => a + b, 0) / heats.length,
    temperature_max: heats.length === 0 ? null : Math.max(...heats),
    power_consumption: power,
    power_miners: rows.filter((row) => row.online && row.power_consumption !== null).length,
    efficiency_jth: power !== null && hashrate ? power / (hashrate / 1_000) : null,
    accepted_shares: sum(rows, (row) => row.accepted_shares),
    rejected_shares: sum(rows, (row) => row.rejected_shares),
    newest_reading_at:
      rows
        .map((row) => row.collected_at)
        .toSorted()
        .at(-1) ?? null,
    only_listed: rows.length > 0 && rows.every((row) => isListed(row.driver)),
    models,
  };
}

export function makeSite(siteId: string, name: string, rows: readonly LatestRow[]): Site {
  const summary = summarise(siteId, rows);
  const { by_health, hashrate_ghs, expected_hashrate_ghs, power_consumption, power_miners } = summary;
  const { newest_reading_at, total, online, only_listed } = summary;
  const interval_seconds = rows.length === 0 ? null : 30;
  return {
    site_id: siteId,
    name,
    region: "Xinjiang",
    time_zone: "Asia/Shanghai",
    created_at: "2026-01-04T08:00:00.000Z",
    total,
    online,
    by_health,
    hashrate_ghs,
    expected_hashrate_ghs,
    power_consumption,
    power_miners,
    newest_reading_at,
    interval_seconds,
    reading_seconds: readingSeconds(only_listed ? LISTED_BY : null, interval_seconds),
  };
}

export const toCell = (row: LatestRow): RackCell => ({
  miner_id: row.miner_id,
  rack: row.rack,
  position: row.position,
  model: row.model,
  health: row.health,
  hashrate_ghs: row.hashrate_ghs,
  expected_hashrate_ghs: row.expected_hashrate_ghs,
  temperature_max: row.temperature_max,
  power_consumption: row.power_consumption,
  collected_at: row.collected_at,
});

/** The server's order of a column: worst first for health, nulls last. */
export function compareRows(sort: string, order: string): (a: LatestRow, b: LatestRow) => number {
  const value = (row: LatestRow): string | number | null => {
    if (sort === "health") return WORST_FIRST.indexOf(row.health);
    if (sort === "hashrate_percent")
      return row.hashrate_ghs === null ? null : row.hashrate_ghs / (row.expected_hashrate_ghs ?? 1);
    if (sort === "reject_percent")
      return row.rejected_shares === null ? null : row.rejected_shares / (row.accepted_shares ?? 1);
    const found = Object.entries(row).find(([key]) => key === sort)?.[1];
    return typeof found === "string" || typeof found === "number" ? found : null;
  };
  const sign = order === "desc" ? -1 : 1;
  return (a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
    if (x !== y) return x < y ? -sign : sign;
    return a.miner_id < b.miner_id ? -1 : 1;
  };
}

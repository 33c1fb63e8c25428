import type { Sample } from "@banksman/rules";
import { sql } from "kysely";
import { healthCode, offlineCode, statusCode } from "../db/codes.ts";
import type { Db } from "../db/connect.ts";
import { ofSites, type Past } from "./past.ts";

type Miner = { miner_no: number; site_id: string; miner_id: string; rack: string | null } & Record<
  string,
  string | number | null
>;
type Reading = {
  miner_no: number;
  ts: Date;
  health: number;
  status: number | null;
  offline_reason: number | null;
} & Record<string, unknown>;

const FANS = ["fan_1", "fan_2", "fan_3", "fan_4", "fan_5", "fan_6", "fan_7", "fan_8"] as const;
const NUMBERS = sql.raw(
  [
    "hashrate_ghs, hashrate_5s_ghs, expected_hashrate_ghs, temperature_avg, temperature_max, temperature_chip_min, temperature_chip_max",
    "frequency_avg, power_consumption, latency_ms, accepted_shares, rejected_shares, hardware_errors, uptime_seconds",
    ...FANS,
  ].join(", "),
);

function toSample(row: Reading, miner: Miner): Sample {
  const { miner_no: _no, ts, health, status, offline_reason, ...numbers } = row;
  const word = healthCode.toWord(health);
  const fans = FANS.map((name) => numbers[name]).filter((speed) => typeof speed === "number");
  const { site_id, miner_id, rack } = miner;
  return {
    target: { kind: "miner", site_id, id: miner_id, rack },
    at: ts.getTime(),
    figures: {
      ...miner,
      ...(numbers as Record<string, number | null>),
      online: word !== "unreachable",
      health: word,
      status: statusCode.toWord(status),
      offline_reason: offlineCode.toWord(offline_reason),
      fans: fans.length === 0 ? null : fans.length,
      fan_min: fans.length === 0 ? null : Math.min(...fans),
      fan_max: fans.length === 0 ? null : Math.max(...fans),
      fans_stopped: fans.length === 0 ? null : fans.filter((speed) => speed === 0).length,
    },
  };
}

/** What a reading tells and history does not keep. */
const NOT_KEPT = [
  "fault_count",
  "fault_codes",
  "boards",
  "boards_dead",
  "chips",
  "chips_expected",
  "chips_bad",
  "pools_alive",
  "pool_allowed",
];

/** Readings of the miners of these sites, null for all. */
export async function minersPast(db: Db, siteNos: readonly number[] | null): Promise<Past> {
  // What does not change with each reading, by the miners' numbers.
  const { rows: miners } = await sql<Miner>`
    select miner_no, site_id, miner_id, rack, make, model, firmware, driver, ip_address, pool_url, worker_name
    from latest join sites using (site_no) where ${ofSites(siteNos)}`.execute(db);
  const byNo = new Map(miners.map((row) => [row.miner_no, row]));
  const { rows } = await sql<{ seconds: number | null }>`
    select max(interval_seconds)::float8 as seconds from collectors where ${ofSites(siteNos)}`.execute(db);
  return {
    interval: rows[0]?.seconds ?? 30,
    notKept: NOT_KEPT,
    readings: async (from, to) => {
      const { rows: readings } = await sql<Reading>`
        select miner_no, ts, health, status, offline_reason, ${NUMBERS} from telemetry
        where ts >= ${from} and ts < ${to} and ${ofSites(siteNos)} order by ts`.execute(db);
      return readings.flatMap((row) => {
        const miner = byNo.get(row.miner_no);
        return miner ? [toSample(row, miner)] : [];
      });
    },
  };
}

import type { Sample } from "@banksman/rules";
import { sql } from "kysely";
import { healthCode, offlineCode, statusCode } from "../db/codes.ts";
import type { Db } from "../db/connect.ts";

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

export type HistoryStore = ReturnType<typeof historyOf>;

/** Readings of the past and of now, as rules see them. */
export const historyOf = (db: Db, latest: () => Promise<Sample[]>) => ({
  latest,

  /** What does not change with each reading, by the miners' numbers. */
  miners: async (siteNo: number | null): Promise<Map<number, Miner>> => {
    const { rows } = await sql<Miner>`
      select miner_no, site_id, miner_id, rack, make, model, firmware, driver, ip_address, pool_url, worker_name
      from latest join sites using (site_no) where (${siteNo}::int is null or site_no = ${siteNo})`.execute(db);
    return new Map(rows.map((row) => [row.miner_no, row]));
  },

  /** Seconds between two readings of a miner. */
  interval: async (siteNo: number | null): Promise<number> => {
    const { rows } = await sql<{
      seconds: number | null;
    }>`select max(interval_seconds)::float8 as seconds from collectors
      where (${siteNo}::int is null or site_no = ${siteNo})`.execute(db);
    return rows[0]?.seconds ?? 30;
  },

  /** Readings of `[from, to)`, the oldest first. */
  readings: async (
    siteNo: number | null,
    from: Date,
    to: Date,
    miners: ReadonlyMap<number, Miner>,
  ): Promise<Sample[]> => {
    const { rows } = await sql<Reading>`select miner_no, ts, health, status, offline_reason, ${NUMBERS} from telemetry
      where ts >= ${from} and ts < ${to} and (${siteNo}::int is null or site_no = ${siteNo}) order by ts`.execute(db);
    return rows.flatMap((row) => {
      const miner = miners.get(row.miner_no);
      return miner ? [toSample(row, miner)] : [];
    });
  },
});

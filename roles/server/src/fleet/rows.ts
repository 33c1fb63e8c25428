import type { LatestRow, RackCell } from "@banksman/wire/api";
import { z } from "zod";
import { healthCode, offlineCode, powerSourceCode, statusCode } from "../db/codes.ts";
import type { LatestTable, NumberColumns } from "../db/schema.ts";

/** A row of `latest` as the driver gives it. */
export type StoredLatest = Omit<LatestTable, "ts" | "received_at"> & {
  ts: Date;
  received_at: Date;
  /** JSON array of numbers. */
  chips?: string | null;
};

const Chips = z.array(z.number().nullable());

const FANS = ["fan_1", "fan_2", "fan_3", "fan_4", "fan_5", "fan_6", "fan_7", "fan_8"] as const;

/** Fans are stored side by side; trailing nulls are slots that never were. */
export function fanSpeeds(row: NumberColumns): (number | null)[] | null {
  const speeds = FANS.map((name) => row[name]);
  const last = speeds.findLastIndex((speed) => speed !== null);
  return last === -1 ? null : speeds.slice(0, last + 1);
}

/** A float4 comes back with the digits of a double; people and clients get what was sent. */
export const tidy = (value: number | null): number | null => (value === null ? null : Number(value.toPrecision(7)));

export const healthOfRow = (row: { health: number }): LatestRow["health"] =>
  healthCode.toWord(row.health) ?? "unreachable";

/** One row of `latest` in the words and units of the wire. */
export function toLatestRow(row: StoredLatest): LatestRow {
  const health = healthOfRow(row);
  return {
    miner_id: row.miner_id,
    ip_address: row.ip_address,
    online: health !== "unreachable",
    health,
    status: statusCode.toWord(row.status),
    offline_reason: offlineCode.toWord(row.offline_reason),
    hashrate_ghs: row.hashrate_ghs,
    hashrate_5s_ghs: row.hashrate_5s_ghs,
    expected_hashrate_ghs: row.expected_hashrate_ghs,
    temperature_avg: tidy(row.temperature_avg),
    temperature_max: tidy(row.temperature_max),
    temperature_chips: row.chips ? Chips.parse(JSON.parse(row.chips)) : null,
    fan_speeds: fanSpeeds(row),
    frequency_avg: tidy(row.frequency_avg),
    accepted_shares: row.accepted_shares,
    rejected_shares: row.rejected_shares,
    hardware_errors: row.hardware_errors,
    uptime_seconds: row.uptime_seconds,
    power_consumption: tidy(row.power_consumption),
    power_source: powerSourceCode.toWord(row.power_source),
    latency_ms: tidy(row.latency_ms),
    pool_url: row.pool_url,
    worker_name: row.worker_name,
    make: row.make,
    model: row.model,
    firmware: row.firmware,
    mac: row.mac,
    driver: row.driver,
    rack: row.rack,
    position: row.position,
    fault_count: row.fault_count,
    collected_at: row.ts.toISOString(),
    received_at: row.received_at.toISOString(),
  };
}

export type StoredCell = Pick<
  StoredLatest,
  | "miner_id"
  | "rack"
  | "position"
  | "model"
  | "health"
  | "hashrate_ghs"
  | "expected_hashrate_ghs"
  | "temperature_max"
  | "power_consumption"
  | "ts"
>;

export function toRackCell(row: StoredCell): RackCell {
  return {
    miner_id: row.miner_id,
    rack: row.rack,
    position: row.position,
    model: row.model,
    health: healthOfRow(row),
    hashrate_ghs: row.hashrate_ghs,
    expected_hashrate_ghs: row.expected_hashrate_ghs,
    temperature_max: tidy(row.temperature_max),
    power_consumption: tidy(row.power_consumption),
    collected_at: row.ts.toISOString(),
  };
}

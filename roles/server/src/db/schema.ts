import type { ColumnType, Generated } from "kysely";

type Timestamp = ColumnType<Date, Date | string, Date | string>;
type TimestampWithDefault = ColumnType<Date, Date | string | undefined, Date | string>;
type NullableTimestamp = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;

/** Numbers of one reading, as telemetry and latest both hold them; names and units are the dictionary's. */
export type NumberColumns = {
  hashrate_ghs: number | null;
  hashrate_5s_ghs: number | null;
  expected_hashrate_ghs: number | null;
  temperature_avg: number | null;
  temperature_max: number | null;
  temperature_chip_min: number | null;
  temperature_chip_avg: number | null;
  temperature_chip_max: number | null;
  frequency_avg: number | null;
  power_consumption: number | null;
  latency_ms: number | null;
  accepted_shares: number | null;
  rejected_shares: number | null;
  hardware_errors: number | null;
  uptime_seconds: number | null;
  fan_1: number | null;
  fan_2: number | null;
  fan_3: number | null;
  fan_4: number | null;
  fan_5: number | null;
  fan_6: number | null;
  fan_7: number | null;
  fan_8: number | null;
};

type Key = { site_no: number; miner_no: number };
type Coded = { health: number; status: number | null; offline_reason: number | null };

type Texts = {
  miner_id: string;
  ip_address: string | null;
  pool_url: string | null;
  worker_name: string | null;
  make: string | null;
  model: string | null;
  firmware: string | null;
  mac: string | null;
  driver: string | null;
  rack: string | null;
  position: string | null;
};

export type LatestTable = Key &
  Coded &
  NumberColumns &
  Texts & { ts: Timestamp; received_at: Timestamp; power_source: number | null; fault_count: number };

/** Sums of share difficulty of a pool (`puid` 0) or one of its users, from `at` on. */
type PoolSums = {
  site_no: number;
  pool: string;
  puid: number;
  at: Timestamp;
  accepted: number;
  stale: number;
  rejected: number;
  /** bigint: text in rows, a number when written. */
  shares: ColumnType<string, number, number>;
};

export type Schema = {
  sites: {
    site_no: Generated<number>;
    site_id: string;
    name: string;
    region: string | null;
    time_zone: string;
    created_at: TimestampWithDefault;
  };
  users: {
    user_no: Generated<number>;
    username: string;
    password_hash: string | null;
    disabled_at: NullableTimestamp;
    created_at: TimestampWithDefault;
    last_signed_in_at: NullableTimestamp;
  };
  collector_keys: {
    site_no: number;
    key_id: Generated<number>;
    key_hash: Buffer;
    name: string;
    hint: string;
    created_at: TimestampWithDefault;
    created_by: string | null;
    last_used_at: NullableTimestamp;
    revoked_at: NullableTimestamp;
  };
  collectors: {
    site_no: number;
    collector_id: string;
    key_id: number | null;
    version: string | null;
    interval_seconds: number | null;
    last_upload_at: Timestamp;
    last_readings: number;
    backlog_batches: number | null;
    clock_skew_ms: number | null;
    address: string | null;
  };
  miners: {
    site_no: number;
    miner_no: Generated<number>;
    miner_id: string;
    serial: string | null;
    first_seen_at: TimestampWithDefault;
    retired_at: NullableTimestamp;
  };
  telemetry: Key & Coded & NumberColumns & { ts: Timestamp };
  latest: LatestTable;
  latest_detail: Key & { chips: string | null; detail: string | null };
  miner_events: Key & { at: Timestamp; kind: string; before: string | null; after: string | null };
  site_1m: {
    site_no: number;
    bucket: Timestamp;
    total: number;
    online: number;
    hashrate_ghs: number | null;
    expected_hashrate_ghs: number | null;
    power_consumption: number | null;
    temperature_max: number | null;
  };
  rollup_dirty: { site_no: number; grain: "minute" | "hour" | "day"; bucket: Timestamp };
  pool_1m: PoolSums & { part: number };
  pool_1h: PoolSums;
  cooling_units: {
    site_no: number;
    unit_no: Generated<number>;
    host: string;
    name: string | null;
    driver: string | null;
    interval_s: Generated<number>;
    timeout_ms: Generated<number>;
    retries: Generated<number>;
    collected_by: number;
    enabled: Generated<boolean>;
    longitude: number | null;
    latitude: number | null;
    glycol_percent: number | null;
    auxiliary_kw: number | null;
    registered_by: "person" | "edge";
  };
  ingest_batch: { site_no: number; batch_id: string; received_at: TimestampWithDefault; reply: unknown };
};

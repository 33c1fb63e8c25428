import { healthOf, type Reading } from "@banksman/wire/model";
import { healthCode, offlineCode, powerSourceCode, statusCode } from "../db/codes.ts";
import type { Cell, ColumnType } from "../db/copy-binary.ts";

/** What a row of the database needs besides the reading itself. */
export type Stamped = { reading: Reading; siteNo: number; minerNo: number; ts: number; receivedAt: number };

type Column = { name: string; type: ColumnType; of: (row: Stamped, chips: ChipSpread) => Cell };
type ChipSpread = { min: number | null; avg: number | null; max: number | null };

const number = (name: NumberKey, type: ColumnType): Column => ({
  name,
  type,
  of: ({ reading }) => reading[name] ?? null,
});
const counter = (name: NumberKey): Column => ({
  name,
  type: "int8",
  of: ({ reading }) => (reading[name] == null ? null : Math.round(reading[name])),
});
const text = (name: TextKey): Column => ({ name, type: "text", of: ({ reading }) => cleanText(reading[name]) });
const fan = (index: number): Column => ({
  name: `fan_${index + 1}`,
  type: "int4",
  of: ({ reading }) => fanSpeed(reading.fan_speeds?.[index]),
});

type NumberKey =
  | "hashrate_ghs"
  | "hashrate_5s_ghs"
  | "expected_hashrate_ghs"
  | "temperature_avg"
  | "temperature_max"
  | "frequency_avg"
  | "power_consumption"
  | "latency_ms"
  | "accepted_shares"
  | "rejected_shares"
  | "hardware_errors"
  | "uptime_seconds";
type TextKey =
  | "ip_address"
  | "pool_url"
  | "worker_name"
  | "make"
  | "model"
  | "firmware"
  | "mac"
  | "driver"
  | "rack"
  | "position";

const INT4_MAX = 2_147_483_647;
const fanSpeed = (rpm: number | null | undefined) => (rpm == null ? null : Math.min(INT4_MAX, Math.round(rpm)));

/** PostgreSQL's text holds no NUL. */
export const cleanText = (value: string | null | undefined): string | null =>
  value == null ? null : value.includes("\0") ? value.replaceAll("\0", "") : value;

/** The columns that telemetry and latest share, in the order they are copied. */
export const TELEMETRY_COLUMNS: readonly Column[] = [
  { name: "site_no", type: "int4", of: ({ siteNo }) => siteNo },
  { name: "miner_no", type: "int4", of: ({ minerNo }) => minerNo },
  { name: "ts", type: "timestamptz", of: ({ ts }) => ts },
  { name: "health", type: "int2", of: ({ reading }) => healthCode.toNumber(healthOf(reading)) },
  { name: "status", type: "int2", of: ({ reading }) => statusCode.toNumber(reading.status) },
  { name: "offline_reason", type: "int2", of: ({ reading }) => offlineCode.toNumber(reading.offline_reason) },
  number("hashrate_ghs", "float8"),
  number("hashrate_5s_ghs", "float8"),
  number("expected_hashrate_ghs", "float8"),
  number("temperature_avg", "float4"),
  number("temperature_max", "float4"),
  { name: "temperature_chip_min", type: "float4", of: (_, chips) => chips.min },
  { name: "temperature_chip_avg", type: "float4", of: (_, chips) => chips.avg },
  { name: "temperature_chip_max", type: "float4", of: (_, chips) => chips.max },
  number("frequency_avg", "float4"),
  number("power_consumption", "float4"),
  number("latency_ms", "float4"),
  counter("accepted_shares"),
  counter("rejected_shares"),
  counter("hardware_errors"),
  counter("uptime_seconds"),
  ...[0, 1, 2, 3, 4, 5, 6, 7].map(fan),
];

/** What only the latest row holds. */
export const LATEST_ONLY_COLUMNS: readonly Column[] = [
  { name: "received_at", type: "timestamptz", of: ({ receivedAt }) => receivedAt },
  { name: "power_source", type: "int2", of: ({ reading }) => powerSourceCode.toNumber(reading.power_source) },
  { name: "fault_count", type: "int2", of: ({ reading }) => reading.faults?.length ?? 0 },
  { name: "miner_id", type: "text", of: ({ reading }) => reading.miner_id },
  ...(
    ["ip_address", "pool_url", "worker_name", "make", "model", "firmware", "mac", "driver", "rack", "position"] as const
  ).map(text),
];

/** What only the detail row holds, as JSON text that the database never looks into; null when the reading has none. */
export const DETAIL_COLUMNS: readonly Column[] = [
  {
    name: "chips",
    type: "text",
    of: ({ reading: { temperature_chips: chips } }) => (chips ? JSON.stringify(chips) : null),
  },
  { name: "detail", type: "text", of: ({ reading }) => detailOf(reading) },
];

function detailOf({ boards, pools, faults, warnings, raw, serial }: Reading): string | null {
  if (!boards && !pools && !faults && !warnings && !raw && !serial) return null;
  return JSON.stringify({ boards, pools, faults, warnings, raw, serial });
}

export const INCOMING_COLUMNS: readonly Column[] = [...TELEMETRY_COLUMNS, ...LATEST_ONLY_COLUMNS, ...DETAIL_COLUMNS];

const NO_CHIPS: ChipSpread = { min: null, avg: null, max: null };

function chipSpread(chips: Reading["temperature_chips"]): ChipSpread {
  const known = chips?.filter((value) => value !== null) ?? [];
  if (known.length === 0) return NO_CHIPS;
  let [min, max, sum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const value of known) {
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
  }
  return { min, avg: sum / known.length, max };
}

/** One row of cells in the order of `columns`. */
export function cellsOf(columns: readonly Column[], row: Stamped): Cell[] {
  const chips = chipSpread(row.reading.temperature_chips);
  return columns.map((column) => column.of(row, chips));
}

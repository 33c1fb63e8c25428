import type { MinerHealth } from "@banksman/wire/model";

/** What a miner measures about itself; the rest of a row (its model, its place, its nameplate) outlives its silence. */
const MEASURED = [
  "hashrate_ghs",
  "hashrate_5s_ghs",
  "temperature_avg",
  "temperature_max",
  "temperature_chips",
  "fan_speeds",
  "frequency_avg",
  "accepted_shares",
  "rejected_shares",
  "hardware_errors",
  "uptime_seconds",
  "power_consumption",
  "latency_ms",
] as const;
type Measured = { [Name in (typeof MEASURED)[number]]?: unknown };

/** A row, or a cell of the rack map, with figures that hold now: those of an unreachable miner are null, since its last ones no longer count in any total either. */
export function withCurrentFigures<Row extends Measured & { health: MinerHealth }>(row: Row): Row {
  if (row.health !== "unreachable") return row;
  const silent = { ...row };
  for (const name of MEASURED) if (name in silent) Object.assign(silent, { [name]: null });
  return silent;
}

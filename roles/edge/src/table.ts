import type { Reading } from "@banksman/wire/model";

/** Columns padded to their widest cell; numbers stand right. */
export function table(head: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => (cell === null ? "-" : String(cell))));
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const right = head.map((_, column) => rows.some((row) => typeof row[column] === "number"));
  const line = (row: string[]) =>
    row
      .map((cell, column) => (right[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join("  ");
  return cells.map((row) => line(row).trimEnd()).join("\n");
}

const rounded = (value: number | null | undefined, digits = 0) =>
  value == null ? null : Number(value.toFixed(digits));

/** One row a miner, as `--once` prints them: TH/s, °C, W. */
export function readingsTable(readings: readonly Reading[]): string {
  const rows = readings.map((reading) => [
    reading.miner_id,
    reading.ip_address ?? null,
    reading.model ?? null,
    reading.online ? (reading.status ?? "online") : `offline: ${reading.offline_reason ?? "unknown"}`,
    rounded(reading.hashrate_ghs == null ? null : reading.hashrate_ghs / 1000, 1),
    rounded(reading.temperature_max),
    rounded(reading.power_consumption),
    rounded(reading.latency_ms),
  ]);
  return table(["miner", "address", "model", "state", "TH/s", "max °C", "W", "ms"], rows);
}

import type { CoolingReading } from "@banksman/wire/ingest";
import type { CoolingRecord } from "@banksman/wire/model";

export const MINUTE = 60_000;
export const NOW = Date.now();
export const minutesAgo = (minutes: number) => new Date(NOW - minutes * MINUTE).toISOString();

export function record(
  at: string,
  values: Record<string, number | boolean | null>,
  more: Partial<CoolingRecord> = {},
): CoolingRecord {
  const told = Object.entries(values).map(([name, value]) => [
    name,
    { value, quality: value === null ? "bad" : "good", at },
  ]);
  return {
    driver: "antbox",
    profile: "hydro",
    make: "Bitmain",
    model: "HK3",
    firmware: null,
    connected: true,
    at,
    values: Object.fromEntries(told),
    faults: [],
    miners: null,
    ...more,
  };
}
export const reading = (
  host: string,
  at: string,
  values: Record<string, number | boolean | null>,
  more: Partial<CoolingRecord> = {},
): CoolingReading => ({
  site_id: "mine",
  host,
  round_at: at,
  lane: "fast",
  record: record(at, values, more),
});
export const HYDRO = {
  "supply.temp": 35,
  "return.temp": 43.1,
  "supply.flow": 109,
  "power.box1": 500_000,
  "power.box2": 530_000,
  "ambient.temp": 28,
  "ambient.humidity": 60,
  "pump.circulating": true,
  "coolant.ph": null,
};

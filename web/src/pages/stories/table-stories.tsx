import type { LatestRow } from "@banksman/wire/api";
import { useMemo } from "react";
import { useLang } from "../../hooks/use-lang.ts";
import { columns } from "../monitor/columns.tsx";
import { FleetTable } from "../monitor/fleet-table.tsx";
import { MinerCards } from "../monitor/miner-cards.tsx";
import { Story } from "./story.tsx";

const AT = "2026-01-01T00:00:00.000Z";
const healthy: LatestRow = {
  miner_id: "S21_0001",
  ip_address: "10.1.7.9",
  online: true,
  health: "hashing",
  status: "hashing",
  offline_reason: null,
  hashrate_ghs: 201_700,
  hashrate_5s_ghs: 200_100,
  expected_hashrate_ghs: 200_000,
  temperature_avg: 58,
  temperature_max: 62,
  temperature_chips: null,
  fan_speeds: [5_880, 5_900],
  frequency_avg: 490,
  accepted_shares: 60_000,
  rejected_shares: 48,
  hardware_errors: 3,
  uptime_seconds: 31_000,
  power_consumption: 3_530,
  power_source: "reported",
  latency_ms: 212,
  pool_url: "stratum+tcp://btc.example.com:3333",
  worker_name: "ridge01.s21_0001",
  make: "Bitmain",
  model: "Antminer S21",
  firmware: "2026-08-14",
  mac: "4c:9f:00:00:1a:07",
  driver: "antminer",
  rack: "R01",
  position: "R01-L1-N1",
  fault_count: 0,
  collected_at: AT,
  received_at: AT,
};
const nothing = { hashrate_ghs: null, temperature_max: null, power_consumption: null, accepted_shares: null };
const rows: LatestRow[] = [
  { ...healthy, ...nothing, miner_id: "S21_0871", online: false, health: "unreachable", offline_reason: "timed_out" },
  { ...healthy, miner_id: "S21_0417", health: "degraded", hashrate_ghs: 132_600, temperature_max: 81, fault_count: 1 },
  { ...healthy, miner_id: "S21_1204", health: "notHashing", status: "idle", hashrate_ghs: 0, rejected_shares: 5_000 },
  healthy,
];

/** The live table and its cards, with a row of each kind. */
export default function TableStories() {
  const lang = useLang();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the translator changes with the language alone
  const context = useMemo(
    () => ({ ...lang, siteId: "1", interval: null, zone: "UTC", sparkline: () => [190_000, null, 198_000, 201_000] }),
    [lang.lang],
  );
  return (
    <>
      <Story name="FleetTable">
        <div className="bm-story-table">
          <FleetTable
            rows={rows}
            columns={columns}
            context={context}
            sort="health"
            order="asc"
            onSort={() => {}}
            onOpen={() => {}}
            openId="S21_0417"
            label="Miners"
            stale={false}
            selection={null}
          />
        </div>
      </Story>
      <Story name="MinerCards">
        <div className="bm-story-map">
          <MinerCards rows={rows} context={context} onOpen={() => {}} label="Miners" />
        </div>
      </Story>
    </>
  );
}

import type { RackCell } from "@banksman/wire/api";
import { MinerHealth } from "@banksman/wire/model";
import { lazy, Suspense } from "react";
import { HeatLegend } from "../../components/rack-heat-map/heat-legend.tsx";
import { RackHeatMap } from "../../components/rack-heat-map/rack-heat-map.tsx";
import { HEAT_MODES } from "../../components/rack-heat-map/scale.ts";
import type { ChartPlot } from "../../components/time-chart/model.ts";
import { Story } from "./story.tsx";

const TimeChart = lazy(() => import("../../components/time-chart/time-chart.tsx"));
const START = Date.UTC(2026, 0, 1);
const HOUR_MS = 3_600_000;

const cells: RackCell[] = Array.from({ length: 96 }, (_, index) => {
  const health = MinerHealth.options[index % 17] ?? "hashing";
  const quiet = health === "unreachable";
  return {
    miner_id: `S21_${index}`,
    rack: `R0${1 + Math.floor(index / 32)}`,
    position: `L${1 + Math.floor((index % 32) / 8)}-N${1 + (index % 8)}`,
    model: "Antminer S21",
    health,
    hashrate_ghs: quiet ? null : 140_000 + ((index * 37) % 120) * 1_000,
    expected_hashrate_ghs: 200_000,
    temperature_max: quiet ? null : 58 + ((index * 13) % 36),
    power_consumption: 3_500,
    collected_at: new Date(START).toISOString(),
  };
});

const points = Array.from({ length: 120 }, (_, index) => {
  const at = START + index * 0.2 * HOUR_MS;
  if (index > 50 && index < 62) return { at, min: null, avg: null, max: null };
  const avg = 200 - (index > 90 ? 68 : 0) + Math.sin(index) * 3;
  return { at, min: avg - 6, avg, max: avg + 5 };
});
const plot: ChartPlot = {
  key: "hashrate",
  unit: "TH/s",
  digits: 1,
  fromZero: true,
  plan: 200,
  height: 150,
  series: [{ name: "Hashrate", colour: "data.own", band: true, points }],
};

/** Heat maps in their modes, and a chart with a band, a gap, a plan and a late end. */
export function ChartStories() {
  return (
    <>
      <Story name="RackHeatMap">
        {HEAT_MODES.map((mode) => (
          <div key={mode} className="bm-story-map">
            <RackHeatMap cells={cells} mode={mode} cellSize={14} largest={14} selectedId="S21_9" onOpen={() => {}} />
            <HeatLegend mode={mode} model="Antminer S21" />
          </div>
        ))}
      </Story>
      <Story name="TimeChart">
        <div className="bm-story-wide">
          <Suspense>
            <TimeChart
              plots={[plot]}
              span={{ from: START, to: START + 26 * HOUR_MS }}
              zone="UTC"
              intervalMs={0.2 * HOUR_MS}
              label="A chart with a gap"
            />
          </Suspense>
        </div>
      </Story>
    </>
  );
}

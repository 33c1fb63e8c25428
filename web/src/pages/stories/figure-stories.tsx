import { FaultLevel, MinerHealth } from "@banksman/wire/model";
import { Age } from "../../components/age.tsx";
import { LevelPill } from "../../components/level-pill.tsx";
import { StatTile } from "../../components/stat-tile.tsx";
import { StatusBadge } from "../../components/status-badge.tsx";
import { type HealthCounts, StatusCounters } from "../../components/status-counters.tsx";
import { UnitValue } from "../../components/unit-value.tsx";
import { efficiency, hashrate, power, temperature } from "../../format/format.ts";
import { useNow } from "../../hooks/use-now.ts";
import { Story } from "./story.tsx";

const counts: HealthCounts = {
  hashing: 5_629,
  starting: 18,
  degraded: 148,
  notHashing: 31,
  unreachable: 104,
  asleep: 90,
  maintenance: 22,
  unregistered: 2,
};
const none: HealthCounts = {
  hashing: 0,
  starting: 0,
  degraded: 0,
  notHashing: 0,
  unreachable: 0,
  asleep: 0,
  maintenance: 0,
  unregistered: 0,
};
const trend = [201, 200, 202, 199, null, null, 201, 188, 190, 203];

/** Statuses, levels, counters, tiles, values and ages. */
export function FigureStories() {
  return (
    <>
      <Story name="StatusBadge">
        {MinerHealth.options.map((status) => (
          <StatusBadge key={status} status={status} />
        ))}
        {MinerHealth.options.map((status) => (
          <StatusBadge key={status} status={status} pill count={12} />
        ))}
        {MinerHealth.options.map((status) => (
          <StatusBadge key={status} status={status} compact />
        ))}
      </Story>
      <Story name="LevelPill">
        {FaultLevel.options.map((level) => (
          <LevelPill key={level} level={level} />
        ))}
      </Story>
      <Story name="StatusCounters">
        <div className="bm-story-wide">
          <StatusCounters counts={counts} strip selected={new Set(["degraded"])} onToggle={() => {}} />
          <StatusCounters counts={none} strip />
          <StatusCounters counts={undefined} />
        </div>
      </Story>
      <Tiles />
      <Values />
    </>
  );
}

function Tiles() {
  return (
    <Story name="StatTile">
      <div className="bm-story-wide bm-tiles">
        <StatTile
          label="Hashrate"
          figure={hashrate(469_100_000, "site")}
          context="97.2 % of nameplate"
          trend={trend}
          to="/"
        />
        <StatTile label="Loading" figure={undefined} />
        <StatTile
          label="Meter power"
          figure={power(null, "site")}
          context="no meter on this site"
          missingReason="no meter"
        />
        <StatTile label="Late" figure={hashrate(466_800_000, "site")} context="last good value 22:00" late />
      </div>
    </Story>
  );
}

function Values() {
  const now = useNow();
  const ago = (seconds: number) => new Date(now - seconds * 1_000).toISOString();
  return (
    <>
      <Story name="UnitValue">
        <UnitValue figure={hashrate(200_113, "miner")} exact={200_113} />
        <UnitValue figure={hashrate(0, "miner")} />
        <UnitValue figure={hashrate(null, "miner")} />
        <UnitValue figure={hashrate(120_000_000_000, "site")} />
        <UnitValue figure={power(3_500, "miner")} />
        <UnitValue figure={efficiency(3_500, 0)} />
        <UnitValue figure={temperature(-40)} />
      </Story>
      <Story name="Age">
        <Age at={ago(6)} interval={30} />
        <Age at={ago(70)} interval={30} />
        <Age at={ago(6_720)} interval={30} />
        <Age at={ago(200_000)} />
        <Age at={null} />
      </Story>
    </>
  );
}

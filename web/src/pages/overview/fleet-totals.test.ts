import assert from "node:assert/strict";
import { test } from "node:test";
import { collectorConfig } from "../collector/collector-config.ts";
import { fleetEfficiency, fleetTrend, sumKnown } from "./fleet-totals.ts";

test("nothing known adds up to nothing known, not to 0", () => {
  assert.equal(sumKnown([null, null]), null);
  assert.equal(sumKnown([null, 0]), 0);
  assert.equal(sumKnown([2, null, 3]), 5);
});

test("a fleet's J/TH is weighed by what each site hashes, and silent sites don't count", () => {
  const sites = [
    { power_consumption: 20_000, efficiency_jth: 20 },
    { power_consumption: 90_000, efficiency_jth: 30 },
    { power_consumption: null, efficiency_jth: null },
  ];
  assert.equal(fleetEfficiency(sites), 110_000 / 4_000);
  assert.equal(fleetEfficiency([{ power_consumption: 0, efficiency_jth: null }]), null);
});

test("sites are added up by time; a moment without any value stays a gap", () => {
  const point = (timestamp: string, hashrate_ghs: number | null) => ({
    timestamp,
    hashrate_ghs,
    power_consumption: null,
    expected_hashrate_ghs: null,
  });
  const [early, late] = ["2026-01-01T00:00:00.000Z", "2026-01-01T00:01:00.000Z"];
  const trend = fleetTrend([
    [point(early, 1), point(late, null)],
    [point(early, 2), point(late, null)],
  ]);
  assert.deepEqual(
    trend.map((one) => one.hashrate),
    [3, null],
  );
});

test("the ready configuration is strict JSON with every key an edge needs", () => {
  const config: unknown = JSON.parse(collectorConfig("https://banksman.example", "hsc_x", "site_001"));
  assert.deepEqual(config, {
    api_url: "https://banksman.example",
    api_key: "hsc_x",
    site_id: "site_001",
    collection_interval: 30,
    max_workers: 50,
    miners: [],
    ip_ranges: [{ range: "192.168.1.100-192.168.1.199", prefix: "S19_", type: "antminer" }],
  });
});

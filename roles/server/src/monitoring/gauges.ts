import { Gauge, type Log, type Registry } from "@banksman/kit";
import type { Site } from "@banksman/wire/api";
import type { EveryCollector } from "../collectors/service.ts";

/** What the gauges are read from; each is asked once a scrape. */
export type Sources = {
  sites: () => Promise<Site[]>;
  collectors: () => Promise<EveryCollector[]>;
  /** Share of the data disk in use; null where the database is on another machine. */
  diskUsed: () => Promise<number | null>;
};

/** Figures of the fleet and its collectors for Prometheus, read from the database when it scrapes. */
export function addFleetGauges(registry: Registry, sources: Sources, log: Log): void {
  let reading: Promise<void> | null = null;
  // All gauges of one scrape are asked at the same time: the first one reads for all.
  const readOnce = () => {
    reading ??= read().finally(() => {
      reading = null;
    });
    return reading;
  };
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name: `banksman_${name}`, help, labelNames, registers: [registry], collect: readOnce });
  const site = ["site_id", "region"];
  const edge = ["site_id", "collector_id"];
  const up = gauge("database_up", "1 while the database answers");
  const disk = gauge("disk_used_ratio", "Share of the data disk in use, 0 to 1");
  const miners = gauge("site_miners", "Miners of a site by health", [...site, "health"]);
  const hashrate = gauge("site_hashrate_ghs", "Hashrate of a site, GH/s", site);
  const expected = gauge("site_expected_hashrate_ghs", "Nameplate hashrate of a site's miners, GH/s", site);
  const power = gauge("site_power_watts", "Power of a site's miners, W", site);
  const newest = gauge("site_newest_reading_timestamp_seconds", "When a site's newest reading was taken", site);
  const interval = gauge("site_interval_seconds", "Sweep interval told by a site's edge", site);
  const upload = gauge("collector_last_upload_timestamp_seconds", "When a collector last uploaded", edge);
  const backlog = gauge("collector_backlog_batches", "Batches that wait at a collector, as it last told", edge);
  const skew = gauge("collector_clock_skew_seconds", "Clock of a collector against this server's", edge);

  const setSite = (one: Site) => {
    const labels = { site_id: one.site_id, region: one.region ?? "" };
    for (const [health, count] of Object.entries(one.by_health)) miners.set({ ...labels, health }, count);
    setKnown(hashrate, labels, one.hashrate_ghs);
    setKnown(expected, labels, one.expected_hashrate_ghs);
    setKnown(power, labels, one.power_consumption);
    setKnown(newest, labels, one.newest_reading_at === null ? null : Date.parse(one.newest_reading_at) / 1_000);
    setKnown(interval, labels, one.interval_seconds);
  };
  const setCollector = (one: EveryCollector) => {
    const labels = { site_id: one.site_id, collector_id: one.collector_id };
    upload.set(labels, Date.parse(one.last_upload_at) / 1_000);
    setKnown(backlog, labels, one.backlog_batches);
    setKnown(skew, labels, one.clock_skew_ms === null ? null : one.clock_skew_ms / 1_000);
  };

  async function read(): Promise<void> {
    const used = await sources.diskUsed().catch(() => null);
    if (used !== null) disk.set(used);
    for (const old of [miners, hashrate, expected, power, newest, interval, upload, backlog, skew]) old.reset();
    try {
      const [sites, collectors] = await Promise.all([sources.sites(), sources.collectors()]);
      sites.forEach(setSite);
      collectors.forEach(setCollector);
      up.set(1);
    } catch (error) {
      log.warn({ err: error }, "the fleet's figures for /metrics can't be read");
      up.set(0);
    }
  }
}

/** A value nobody told is absent, never 0. */
function setKnown(gauge: Gauge, labels: Record<string, string>, value: number | null): void {
  if (value !== null) gauge.set(labels, value);
}

import { Counter, Gauge, Histogram, type Registry } from "@banksman/kit";
import { windowsOf } from "./api/rows.ts";
import type { FlushResult } from "./flush/flusher.ts";
import type { PoolStats } from "./pool-stats.ts";
import { Figures } from "./windows/figures.ts";

/** Figures of the role for Prometheus, read when they are asked for. */
export function addPoolMetrics(registry: Registry, stats: PoolStats, nowSeconds: () => number): void {
  const { view, statistics, shares } = stats;
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name: `banksman_pool_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  new Gauge({
    name: "banksman_pool_hashrate_hs",
    help: "Hashrate of the pool by window, in H/s, of all instances",
    labelNames: ["window"],
    registers: [registry],
    collect() {
      const now = nowSeconds();
      for (const { window, hashrate_hs } of windowsOf(view.pool(now, new Figures()), statistics.compat, now))
        this.set({ window }, hashrate_hs ?? 0);
    },
  });
  gauge("workers", "Live workers, of all instances", () => view.workerCount);
  gauge("users", "Users with live workers, of all instances", () => view.userCount);
  gauge("instances", "Instances whose figures are known here, this one among them", () => view.instances);
  gauge("initializing", "1 while the last hour of the share log is read", () => (stats.isInitializing ? 1 : 0));
  gauge("statistics_bytes", "Memory that the windows hold", () => statistics.bytes);
  gauge("last_flush_timestamp_seconds", "Time of the last flush that was written", () => stats.flusher.lastFlushTime);
  new Gauge({
    name: "banksman_pool_lag_messages",
    help: "Messages of the share log not yet read, by partition",
    labelNames: ["partition"],
    registers: [registry],
    collect() {
      this.reset();
      for (const [partition, lag] of stats.lag) this.set({ partition }, lag);
    },
  });
  new Counter({
    name: "banksman_pool_messages_total",
    help: "Messages of the share log by what became of them: counted, or why not",
    labelNames: ["result"],
    registers: [registry],
    collect() {
      this.reset();
      this.inc({ result: "counted" }, shares.counted);
      for (const [result, count] of shares.uncounted) this.inc({ result }, count);
    },
  });
  measureFlushes(registry, stats);
}

function measureFlushes(registry: Registry, stats: PoolStats): void {
  const seconds = new Histogram({
    name: "banksman_pool_flush_seconds",
    help: "Time of a flush to the database",
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers: [registry],
  });
  const rows = new Counter({
    name: "banksman_pool_flush_rows_total",
    help: "Rows by what became of them: written, or refused by the database",
    labelNames: ["result"],
    registers: [registry],
  });
  const failures = new Counter({
    name: "banksman_pool_flush_failures_total",
    help: "Flushes that failed; the next one makes up for them",
    registers: [registry],
  });
  stats.flusher.onFlush = (result: FlushResult) => {
    seconds.observe(result.seconds);
    rows.inc({ result: "written" }, result.rows);
    rows.inc({ result: "refused" }, result.refused);
    if (result.failed) failures.inc();
  };
}

import type { DashboardSpec } from "./build.ts";

const CHOSEN = `instance=~"$instance"`;

/** The pool as pool-stats counts it, and how it keeps up. */
export const poolStats: DashboardSpec = {
  uid: "banksman-pool-stats",
  title: "Pool statistics",
  choices: { instance: { metric: "banksman_pool_workers", label: "instance" } },
  rows: [
    {
      title: "Pool",
      panels: [
        {
          title: "Hashrate, 5 min",
          kind: "stat",
          width: 6,
          unit: "Hs",
          queries: { hashrate: `max(banksman_pool_hashrate_hs{${CHOSEN},window="5m"})` },
        },
        { title: "Workers", kind: "stat", width: 6, queries: { workers: `max(banksman_pool_workers{${CHOSEN}})` } },
        { title: "Users", kind: "stat", width: 6, queries: { users: `max(banksman_pool_users{${CHOSEN}})` } },
        {
          title: "Instances",
          kind: "stat",
          width: 6,
          queries: { instances: `max(banksman_pool_instances{${CHOSEN}})` },
        },
        {
          title: "Hashrate by window",
          kind: "series",
          unit: "Hs",
          queries: { "{{window}}": `max by (window) (banksman_pool_hashrate_hs{${CHOSEN}})` },
        },
        {
          title: "Shares by what became of them",
          kind: "series",
          queries: { "{{result}}": `sum by (result) (rate(banksman_pool_messages_total{${CHOSEN}}[5m]))` },
        },
      ],
    },
    {
      title: "Keeping up",
      panels: [
        {
          title: "Messages not yet read",
          kind: "series",
          queries: { "{{instance}}": `sum by (instance) (banksman_pool_lag_messages{${CHOSEN}})` },
        },
        {
          title: "Reading the last hour",
          kind: "series",
          description: "1 while the windows are rebuilt after a start",
          queries: { "{{instance}}": `banksman_pool_initializing{${CHOSEN}}` },
        },
        {
          title: "Time of a flush",
          kind: "series",
          unit: "s",
          queries: {
            "{{instance}} mean": `rate(banksman_pool_flush_seconds_sum{${CHOSEN}}[15m]) / rate(banksman_pool_flush_seconds_count{${CHOSEN}}[15m])`,
            "{{instance}} p95": `histogram_quantile(0.95, sum by (le, instance) (rate(banksman_pool_flush_seconds_bucket{${CHOSEN}}[15m])))`,
          },
        },
        {
          title: "Rows flushed",
          kind: "series",
          queries: { "{{result}}": `sum by (result) (rate(banksman_pool_flush_rows_total{${CHOSEN}}[15m]))` },
        },
        {
          title: "Age of the last flush",
          kind: "series",
          unit: "s",
          queries: { "{{instance}}": `time() - (banksman_pool_last_flush_timestamp_seconds{${CHOSEN}} > 0)` },
        },
        {
          title: "Memory",
          kind: "series",
          unit: "bytes",
          queries: {
            "{{instance}} windows": `banksman_pool_statistics_bytes{${CHOSEN}}`,
            "{{instance}} in all": `process_resident_memory_bytes{job="banksman-pool-stats",${CHOSEN}}`,
          },
        },
      ],
    },
  ],
};

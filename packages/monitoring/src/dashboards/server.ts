import type { DashboardSpec } from "./build.ts";

const CHOSEN = `instance=~"$instance"`;

/** The server itself: what it takes in, how fast it answers, and the promise of 99.9 %. */
export const server: DashboardSpec = {
  uid: "banksman-server",
  title: "Server",
  choices: { instance: { metric: "banksman_database_up", label: "instance" } },
  rows: [
    {
      title: "The promise",
      panels: [
        {
          title: "Failing requests, last hour",
          kind: "stat",
          width: 8,
          unit: "percentunit",
          queries: { failing: "slo:server_errors:ratio_1h" },
        },
        {
          title: "Time down, last hour",
          kind: "stat",
          width: 8,
          unit: "percentunit",
          queries: { down: "slo:server_down:ratio_1h" },
        },
        {
          title: "Budget left, 30 days",
          kind: "stat",
          width: 8,
          unit: "percentunit",
          queries: { left: "slo:server_budget_left:ratio_30d" },
        },
      ],
    },
    {
      title: "Ingest",
      panels: [
        {
          title: "Readings stored per second",
          kind: "series",
          queries: {
            stored: `sum(rate(banksman_ingest_readings_total{${CHOSEN}}[5m]))`,
            refused: `sum(rate(banksman_ingest_rejected_total{${CHOSEN}}[5m]))`,
          },
        },
        {
          title: "From sweep to disk",
          kind: "series",
          unit: "s",
          queries: {
            p50: `histogram_quantile(0.5, sum by (le) (rate(banksman_ingest_delay_seconds_bucket{${CHOSEN}}[5m])))`,
            p95: `histogram_quantile(0.95, sum by (le) (rate(banksman_ingest_delay_seconds_bucket{${CHOSEN}}[5m])))`,
          },
        },
        {
          title: "Time to store an upload",
          kind: "series",
          unit: "s",
          queries: {
            p50: `histogram_quantile(0.5, sum by (le) (rate(banksman_ingest_seconds_bucket{${CHOSEN}}[5m])))`,
            p95: `histogram_quantile(0.95, sum by (le) (rate(banksman_ingest_seconds_bucket{${CHOSEN}}[5m])))`,
          },
        },
        {
          title: "Database and disk",
          kind: "series",
          queries: {
            "database up {{instance}}": `banksman_database_up{${CHOSEN}}`,
            "disk used {{instance}}": `banksman_disk_used_ratio{${CHOSEN}}`,
          },
        },
      ],
    },
    {
      title: "Requests",
      panels: [
        {
          title: "Requests per second",
          kind: "series",
          queries: {
            "{{status}}": `sum by (status) (rate(banksman_http_request_seconds_count{${CHOSEN}}[5m]))`,
          },
        },
        {
          title: "Time to answer, p95",
          kind: "series",
          unit: "s",
          queries: {
            "{{route}}": `histogram_quantile(0.95, sum by (le, route) (rate(banksman_http_request_seconds_bucket{${CHOSEN}}[5m])))`,
          },
        },
        {
          title: "Memory",
          kind: "series",
          unit: "bytes",
          queries: { "{{instance}}": `process_resident_memory_bytes{job="banksman-server",${CHOSEN}}` },
        },
        {
          title: "CPU",
          kind: "series",
          unit: "percentunit",
          queries: { "{{instance}}": `rate(process_cpu_seconds_total{job="banksman-server",${CHOSEN}}[5m])` },
        },
      ],
    },
  ],
};

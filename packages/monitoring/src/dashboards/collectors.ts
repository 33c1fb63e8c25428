import type { DashboardSpec } from "./build.ts";

const P = "orderbook_collector";
const CHOSEN = `exchange=~"$exchange",symbol=~"$symbol"`;

/** Market collectors on all machines. */
export const collectors: DashboardSpec = {
  uid: "banksman-collectors",
  title: "Market collectors",
  choices: {
    exchange: { metric: `${P}_messages_received_total`, label: "exchange" },
    symbol: { metric: `${P}_messages_received_total{exchange=~"$exchange"}`, label: "symbol" },
  },
  rows: [
    {
      title: "Machines",
      panels: [
        { title: "Collectors up", kind: "stat", width: 4, queries: { up: `sum(up{job=~"orderbook-collector-.*"})` } },
        {
          title: "Symbols connected",
          kind: "stat",
          width: 4,
          queries: { connected: `sum(${P}_connection_status == bool 1)` },
        },
        {
          title: "Total messages",
          kind: "stat",
          width: 4,
          unit: "short",
          queries: { messages: `sum(${P}_messages_received_total)` },
        },
        {
          title: "Error rate",
          kind: "stat",
          width: 4,
          unit: "percent",
          queries: {
            errors: `100 * sum(rate(${P}_messages_failed_total[5m])) / (sum(rate(${P}_messages_processed_total[5m])) + sum(rate(${P}_messages_failed_total[5m])))`,
          },
        },
        {
          title: "P95 processing",
          kind: "stat",
          width: 4,
          unit: "s",
          queries: { p95: `histogram_quantile(0.95, sum(rate(${P}_message_processing_seconds_bucket[5m])) by (le))` },
        },
        {
          title: "Gaps per million messages",
          kind: "stat",
          width: 4,
          queries: {
            gaps: `1e6 * sum(increase(${P}_sequence_gaps_total[1h])) / sum(increase(${P}_messages_received_total[1h]))`,
          },
        },
        {
          title: "Fleet",
          kind: "table",
          width: 24,
          queries: {
            "{{collector}} {{machine}} {{instance}}": `up{job=~"orderbook-collector-.*"}`,
            "symbols on {{instance}}": `count by (instance) (${P}_connection_status == 1)`,
            "version {{version}} on {{instance}}": `${P}_build_info`,
          },
        },
      ],
    },
    {
      title: "Messages",
      panels: [
        {
          title: "Messages per second",
          kind: "series",
          unit: "cps",
          queries: { "{{exchange}}": `sum by (exchange) (rate(${P}_messages_received_total{${CHOSEN}}[1m]))` },
        },
        {
          title: "Freshness",
          kind: "series",
          unit: "s",
          queries: { "{{exchange}} {{symbol}}": `time() - ${P}_last_message_timestamp{${CHOSEN}}` },
        },
        {
          title: "Processing time",
          kind: "series",
          unit: "s",
          queries: {
            p50: `histogram_quantile(0.5, sum by (le) (rate(${P}_message_processing_seconds_bucket{${CHOSEN}}[5m])))`,
            p95: `histogram_quantile(0.95, sum by (le) (rate(${P}_message_processing_seconds_bucket{${CHOSEN}}[5m])))`,
          },
        },
        {
          title: "From the exchange to here",
          kind: "series",
          unit: "s",
          queries: {
            "{{exchange}} p95": `histogram_quantile(0.95, sum by (le, exchange) (rate(${P}_exchange_latency_seconds_bucket{${CHOSEN}}[5m])))`,
          },
        },
        {
          title: "Connection status",
          description: "0 down, 1 connected, 2 reconnecting",
          kind: "series",
          queries: { "{{exchange}} {{symbol}}": `${P}_connection_status{${CHOSEN}}` },
        },
        {
          title: "Clock skew",
          kind: "series",
          unit: "s",
          queries: { "{{exchange}} {{instance}}": `${P}_clock_skew_seconds{exchange=~"$exchange"}` },
        },
      ],
    },
    {
      title: "Integrity",
      panels: [
        {
          title: "Gaps",
          kind: "series",
          queries: {
            "{{exchange}} {{symbol}} {{gap_size_bucket}}": `rate(${P}_sequence_gaps_total{${CHOSEN}}[5m])`,
          },
        },
        {
          title: "Resyncs",
          kind: "series",
          queries: {
            "{{exchange}} {{symbol}} {{reason}}": `sum by (exchange, symbol, reason) (increase(${P}_resyncs_total{${CHOSEN}}[5m]))`,
          },
        },
        {
          title: "Coverage, last hour",
          kind: "series",
          unit: "percentunit",
          description: "Share of the time with a joined book",
          queries: { "{{exchange}} {{symbol}}": `rate(${P}_live_seconds_total{${CHOSEN}}[1h])` },
        },
        {
          title: "Failures",
          kind: "series",
          queries: {
            "{{exchange}} {{error_type}}": `sum by (exchange, error_type) (rate(${P}_messages_failed_total{exchange=~"$exchange"}[5m]))`,
          },
        },
      ],
    },
    {
      title: "Files",
      panels: [
        {
          title: "Ticks written per second",
          kind: "series",
          queries: { "{{exchange}}": `sum by (exchange) (rate(${P}_ticks_written_total{${CHOSEN}}[5m]))` },
        },
        {
          title: "Rows waiting",
          kind: "series",
          queries: {
            "{{exchange}} buffered": `sum by (exchange) (${P}_buffer_size{${CHOSEN}})`,
            "{{exchange}} on their way": `${P}_writer_queue_rows{exchange=~"$exchange"}`,
          },
        },
        {
          title: "Files",
          kind: "series",
          queries: { "{{exchange}}": `sum by (exchange) (increase(${P}_files_written_total{${CHOSEN}}[1h]))` },
        },
        {
          title: "Disk",
          kind: "series",
          unit: "bytes",
          queries: {
            "{{exchange}} {{instance}}": `${P}_disk_usage_bytes{exchange=~"$exchange"}`,
            "{{exchange}} in 7 days": `predict_linear(${P}_disk_usage_bytes{exchange=~"$exchange"}[6h], 7 * 86400)`,
          },
        },
      ],
    },
  ],
};

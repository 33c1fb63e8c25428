import { VERSION } from "@banksman/kit";
import { type CollectorFigures, GAP_BUCKETS, type Histogram, type SymbolFigures, type Tally } from "./figures.ts";

type Labels = Record<string, string>;
type Sample = { labels: Labels; value: number };
type Kind = "counter" | "gauge";
type Family = { name: string; kind: Kind; help: string; of: (figures: CollectorFigures) => Iterable<Sample> };
type HistogramFamily = { name: string; help: string; of: (figures: SymbolFigures) => Histogram };

const PREFIX = "orderbook_collector_";

/** One sample a symbol. */
const perSymbol = (pick: (figures: SymbolFigures, now: number) => number) =>
  function* ({ exchange, symbols }: CollectorFigures): Generator<Sample> {
    const now = Date.now() / 1_000;
    for (const figures of symbols.values())
      yield { labels: { exchange, symbol: figures.symbol }, value: pick(figures, now) };
  };

/** One sample a symbol and word. */
const perWord = (label: string, pick: (figures: SymbolFigures) => Iterable<readonly [string, number]>) =>
  function* ({ exchange, symbols }: CollectorFigures): Generator<Sample> {
    for (const figures of symbols.values())
      for (const [word, value] of pick(figures))
        yield { labels: { exchange, [label]: word, symbol: figures.symbol }, value };
  };

const whole = (pick: (figures: CollectorFigures) => number) =>
  function* (figures: CollectorFigures): Generator<Sample> {
    yield { labels: { exchange: figures.exchange }, value: pick(figures) };
  };

function* received(figures: CollectorFigures): Generator<Sample> {
  const kinds = perWord("message_type", (s) => [
    ["diff", s.diffs],
    ["snapshot", s.snapshots],
    ["trade", s.trades],
    ["quote", s.quotes],
    ["mark", s.marks],
  ]);
  yield* kinds(figures);
  yield { labels: { exchange: figures.exchange, message_type: "control", symbol: "unknown" }, value: figures.control };
}

function* failed(figures: CollectorFigures): Generator<Sample> {
  yield* perWord("error_type", (s) => s.failed)(figures);
  yield {
    labels: { error_type: "parse_error", exchange: figures.exchange, symbol: "unknown" },
    value: figures.parseErrors,
  };
}

function* corrupted({ exchange, symbols, corruptedFiles }: CollectorFigures): Generator<Sample> {
  for (const symbol of new Set([...symbols.keys(), ...corruptedFiles.keys()]))
    yield { labels: { exchange, symbol }, value: corruptedFiles.get(symbol) ?? 0 };
}

function* requests({ exchange, snapshotRequests }: CollectorFigures): Generator<Sample> {
  for (const [status, value] of snapshotRequests) yield { labels: { exchange, status }, value };
}

function* subscriptions({ exchange, symbols }: CollectorFigures): Generator<Sample> {
  const states: Tally = new Map(["down", "connected", "reconnecting"].map((state) => [state, 0]));
  const names = ["down", "connected", "reconnecting"];
  for (const { status } of symbols.values()) {
    const name = names[status] ?? "down";
    states.set(name, (states.get(name) ?? 0) + 1);
  }
  for (const [state, value] of states) yield { labels: { exchange, state }, value };
}

/** The names and labels of the original exporter first; dashboards and alerts of others stand on them. */
const FAMILIES: readonly Family[] = [
  { name: "messages_received_total", kind: "counter", help: "Messages received", of: received },
  { name: "messages_processed_total", kind: "counter", help: "Messages processed", of: perSymbol((s) => s.processed) },
  { name: "messages_failed_total", kind: "counter", help: "Messages and requests that failed", of: failed },
  {
    name: "sequence_gaps_total",
    kind: "counter",
    help: "Gaps in a book's sequence, by the number of missing ids",
    of: perWord("gap_size_bucket", (s) => GAP_BUCKETS.map((bucket) => [bucket, s.gaps[bucket]] as const)),
  },
  {
    name: "ticks_written_total",
    kind: "counter",
    help: "Rows that are safe on disk",
    of: perSymbol((s) => s.ticksWritten),
  },
  { name: "files_written_total", kind: "counter", help: "Files completed", of: perSymbol((s) => s.filesWritten) },
  {
    name: "connection_status",
    kind: "gauge",
    help: "0 down, 1 connected, 2 reconnecting",
    of: perSymbol((s) => s.status),
  },
  {
    name: "last_message_timestamp",
    kind: "gauge",
    help: "Unix time of the newest message; the process's start before the first one",
    of: perSymbol((s) => s.lastMessage),
  },
  {
    name: "disconnections_total",
    kind: "counter",
    help: "Lost connections",
    of: perWord("reason", (s) => s.disconnections),
  },
  {
    name: "reconnections_total",
    kind: "counter",
    help: "Connections opened again",
    of: perSymbol((s) => s.reconnections),
  },
  { name: "buffer_size", kind: "gauge", help: "Rows waiting to be written", of: perSymbol((s) => s.bufferedRows) },
  {
    name: "data_freshness_seconds",
    kind: "gauge",
    help: "Seconds since the newest message",
    of: perSymbol((s, now) => Math.max(0, now - s.lastMessage)),
  },
  {
    name: "corrupted_files",
    kind: "gauge",
    help: "Damaged files that the start found",
    of: corrupted,
  },
  { name: "disk_usage_bytes", kind: "gauge", help: "Bytes of all files", of: whole((f) => f.diskUsageBytes) },
  { name: "resyncs_total", kind: "counter", help: "Books joined anew", of: perWord("reason", (s) => s.resyncs) },
  { name: "gap_events_missing_total", kind: "counter", help: "Ids that never came", of: perSymbol((s) => s.missing) },
  { name: "book_crossed_total", kind: "counter", help: "Times a book stood crossed", of: perSymbol((s) => s.crossed) },
  {
    name: "duplicates_total",
    kind: "counter",
    help: "Messages that brought nothing new",
    of: perSymbol((s) => s.duplicates),
  },
  {
    name: "out_of_order_total",
    kind: "counter",
    help: "Messages that overtook another",
    of: perSymbol((s) => s.outOfOrder),
  },
  {
    name: "audit_mismatches_total",
    kind: "counter",
    help: "Books that differed from a fresh snapshot",
    of: perSymbol((s) => s.auditMismatches),
  },
  {
    name: "rows_dropped_total",
    kind: "counter",
    help: "Rows lost for want of disk",
    of: perSymbol((s) => s.rowsDropped),
  },
  {
    name: "live_seconds_total",
    kind: "counter",
    help: "Time with a joined book",
    of: perSymbol((s) => s.liveMs / 1_000),
  },
  { name: "subscriptions", kind: "gauge", help: "Symbols by state", of: subscriptions },
  { name: "snapshot_requests_total", kind: "counter", help: "REST snapshots asked for", of: requests },
  {
    name: "rest_weight_used",
    kind: "gauge",
    help: "Request weight used in the running window",
    of: whole((f) => f.restWeightUsed),
  },
  {
    name: "clock_skew_seconds",
    kind: "gauge",
    help: "The exchange's clock less this machine's",
    of: whole((f) => f.clockSkewSeconds),
  },
  { name: "clock_steps_total", kind: "counter", help: "Steps of this machine's clock", of: whole((f) => f.clockSteps) },
  { name: "bytes_received_total", kind: "counter", help: "Bytes of all frames", of: whole((f) => f.bytesReceived) },
  {
    name: "ws_ping_rtt_seconds",
    kind: "gauge",
    help: "Round trip of the newest ping",
    of: whole((f) => f.pingSeconds),
  },
  { name: "connections", kind: "gauge", help: "Open connections", of: whole((f) => f.connections) },
  {
    name: "writer_queue_rows",
    kind: "gauge",
    help: "Rows on their way to the writer",
    of: whole((f) => f.writerQueueRows),
  },
  {
    name: "event_loop_lag_seconds",
    kind: "gauge",
    help: "How late timers run",
    of: whole((f) => f.eventLoopLagSeconds),
  },
  {
    name: "last_durable_write_timestamp",
    kind: "gauge",
    help: "Unix time of the newest synced write",
    of: whole((f) => f.lastDurableWrite),
  },
];

const HISTOGRAMS: readonly HistogramFamily[] = [
  // The same values under both names: dashboards use either.
  { name: "message_processing_latency", help: "Seconds from socket to book", of: (s) => s.processing },
  { name: "message_processing_seconds", help: "Seconds from socket to book", of: (s) => s.processing },
  {
    name: "exchange_latency_seconds",
    help: "Seconds from the exchange's push to here, as clocks show",
    of: (s) => s.exchangeLatency,
  },
  { name: "file_write_seconds", help: "Seconds to write, sync and rename a file", of: (s) => s.fileWrite },
];

/** The text of /metrics for these collectors. Every configured series is there from the first second. */
export function metricsText(all: readonly CollectorFigures[]): string {
  const lines: string[] = [];
  for (const { name, kind, help, of } of FAMILIES) {
    lines.push(`# HELP ${PREFIX}${name} ${help}`, `# TYPE ${PREFIX}${name} ${kind}`);
    for (const figures of all)
      for (const { labels, value } of of(figures)) lines.push(`${PREFIX}${name}${labelText(labels)} ${number(value)}`);
  }
  for (const { name, help, of } of HISTOGRAMS) {
    lines.push(`# HELP ${PREFIX}${name} ${help}`, `# TYPE ${PREFIX}${name} histogram`);
    for (const { exchange, symbols } of all)
      for (const figures of symbols.values())
        histogramLines(lines, PREFIX + name, { exchange, symbol: figures.symbol }, of(figures));
  }
  lines.push(`# HELP ${PREFIX}build_info The running release`, `# TYPE ${PREFIX}build_info gauge`);
  lines.push(`${PREFIX}build_info${labelText({ version: VERSION })} 1.0`);
  return `${lines.join("\n")}\n`;
}

function histogramLines(
  lines: string[],
  name: string,
  labels: Labels,
  { bounds, counts, sum, count }: Histogram,
): void {
  let below = 0;
  for (const [at, bound] of bounds.entries()) {
    below += counts[at] ?? 0;
    lines.push(`${name}_bucket${labelText({ ...labels, le: number(bound) })} ${number(below)}`);
  }
  lines.push(`${name}_bucket${labelText({ ...labels, le: "+Inf" })} ${number(count)}`);
  lines.push(`${name}_sum${labelText(labels)} ${number(sum)}`, `${name}_count${labelText(labels)} ${number(count)}`);
}

const escaped = (text: string) => text.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n");

/** Labels in the order of their names, as the original exporter prints them. */
function labelText(labels: Labels): string {
  const parts = Object.keys(labels)
    .sort()
    .map((name) => `${name}="${escaped(labels[name] ?? "")}"`);
  return `{${parts.join(",")}}`;
}

/** Whole numbers with `.0`, as the original exporter prints them. */
const number = (value: number) => (Number.isInteger(value) && Math.abs(value) < 1e16 ? `${value}.0` : String(value));

/** Counts of values up to each bound, plus all above; bounds rise. */
export type Histogram = { bounds: readonly number[]; counts: number[]; sum: number; count: number };

export const newHistogram = (bounds: readonly number[]): Histogram => ({
  bounds,
  counts: bounds.map(() => 0),
  sum: 0,
  count: 0,
});

export function observe(histogram: Histogram, value: number): void {
  const { bounds, counts } = histogram;
  histogram.sum += value;
  histogram.count++;
  for (let at = 0; at < bounds.length; at++)
    if (value <= (bounds[at] ?? 0)) {
      counts[at] = (counts[at] ?? 0) + 1;
      return;
    }
}

export const PROCESSING_BOUNDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5];
export const FILE_BOUNDS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10];
/** A host whose clock is behind sees frames from the future: those have buckets of their own. */
export const LATENCY_BOUNDS = [-1, -0.1, -0.01, 0, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];

export const GAP_BUCKETS = ["small", "medium", "large", "critical"] as const;
export type GapBucket = (typeof GAP_BUCKETS)[number];

/** Small up to 10 missing ids, medium up to 50, large up to 100, critical beyond. */
export function gapBucket(missing: number): GapBucket {
  if (missing <= 10) return "small";
  if (missing <= 50) return "medium";
  return missing <= 100 ? "large" : "critical";
}

/** Counts by a word, such as a reason. */
export type Tally = Map<string, number>;
export const bump = (tally: Tally, word: string, by = 1): void => void tally.set(word, (tally.get(word) ?? 0) + by);
export const tallyOf = (...words: readonly string[]): Tally => new Map(words.map((word) => [word, 0]));

export const CONNECTION = { down: 0, connected: 1, reconnecting: 2 } as const;

/** Everything that is counted for one symbol. Plain numbers: counting must cost nothing beside parsing a frame. */
export class SymbolFigures {
  readonly symbol: string;
  diffs = 0;
  snapshots = 0;
  trades = 0;
  quotes = 0;
  marks = 0;
  processed = 0;
  readonly failed = tallyOf("processing_error", "snapshot_fetch_failed");
  readonly gaps: Record<GapBucket, number> = { small: 0, medium: 0, large: 0, critical: 0 };
  missing = 0;
  duplicates = 0;
  outOfOrder = 0;
  crossed = 0;
  readonly resyncs = tallyOf("gap", "crossed", "stale", "restart");
  auditMismatches = 0;
  ticksWritten = 0;
  filesWritten = 0;
  rowsDropped = 0;
  bufferedRows = 0;
  readonly processing = newHistogram(PROCESSING_BOUNDS);
  readonly exchangeLatency = newHistogram(LATENCY_BOUNDS);
  readonly fileWrite = newHistogram(FILE_BOUNDS);
  readonly disconnections = tallyOf("closed", "stalled", "error");
  reconnections = 0;
  status: number = CONNECTION.down;
  /** Unix seconds; the start of the process until the first message. */
  lastMessage: number;
  liveMs = 0;

  constructor(symbol: string, startSeconds: number) {
    this.symbol = symbol;
    this.lastMessage = startSeconds;
  }

  get gapCount(): number {
    return GAP_BUCKETS.reduce((sum, bucket) => sum + this.gaps[bucket], 0);
  }
}

/** What is counted for a whole collector. */
export class CollectorFigures {
  readonly exchange: string;
  readonly symbols = new Map<string, SymbolFigures>();
  parseErrors = 0;
  control = 0;
  bytesReceived = 0;
  readonly snapshotRequests = tallyOf("ok", "throttled", "banned", "forbidden", "delisted", "failed");
  restWeightUsed = 0;
  clockSkewSeconds = 0;
  clockSteps = 0;
  eventLoopLagSeconds = 0;
  pingSeconds = 0;
  writerQueueRows = 0;
  diskUsageBytes = 0;
  lastDurableWrite = 0;
  connections = 0;
  /** Damaged files found at the start, by pair; a journal holds all pairs and counts as `unknown`. */
  readonly corruptedFiles = tallyOf("unknown");

  constructor(exchange: string) {
    this.exchange = exchange;
  }
}

import type { Diff, Mark, Quote, Snapshot, Trade } from "./exchange.ts";
import type { Arrival, GapNote } from "./symbol-book.ts";

/** What a journal record is; `checkpoint` holds a whole book, so that a file can be replayed without the ones before;
 * `snapshot` one that was fetched. */
export const RAW = { text: 1, binary: 2, sent: 3, rest: 4, opened: 5, closed: 6, checkpoint: 7, snapshot: 8 } as const;
export type RawKind = (typeof RAW)[keyof typeof RAW];

/** Where a collector puts what it saw. Nothing here may throw or wait: what can't be kept is counted as dropped. */
export type Sink = {
  raw: (kind: RawKind, connection: number, receivedMs: number, data: Buffer) => void;
  diff: (pair: string, diff: Diff, flags: number, arrival: Arrival) => void;
  snapshot: (pair: string, snapshot: Snapshot, flags: number, arrival: Arrival) => void;
  trades: (pair: string, trades: readonly Trade[], pushMs: number | null, arrival: Arrival) => void;
  quote: (pair: string, quote: Quote, arrival: Arrival) => void;
  mark: (pair: string, mark: Mark, arrival: Arrival) => void;
  gapOpened: (pair: string, note: GapNote, nowMs: number) => void;
  gapClosed: (pair: string, nowMs: number) => void;
};

const nothing = () => undefined;

/** Keeps nothing: for measuring and for looking only. */
export const noSink: Sink = {
  raw: nothing,
  diff: nothing,
  snapshot: nothing,
  trades: nothing,
  quote: nothing,
  mark: nothing,
  gapOpened: nothing,
  gapClosed: nothing,
};

import type { Sink } from "./sink.ts";

/** One sink that passes everything on to all of these; the list may still grow. */
export function fanOut(sinks: readonly Sink[]): Sink {
  return {
    raw: (...args) => {
      for (const sink of sinks) sink.raw(...args);
    },
    diff: (...args) => {
      for (const sink of sinks) sink.diff(...args);
    },
    snapshot: (...args) => {
      for (const sink of sinks) sink.snapshot(...args);
    },
    trades: (...args) => {
      for (const sink of sinks) sink.trades(...args);
    },
    quote: (...args) => {
      for (const sink of sinks) sink.quote(...args);
    },
    mark: (...args) => {
      for (const sink of sinks) sink.mark(...args);
    },
    gapOpened: (...args) => {
      for (const sink of sinks) sink.gapOpened(...args);
    },
    gapClosed: (...args) => {
      for (const sink of sinks) sink.gapClosed(...args);
    },
  };
}

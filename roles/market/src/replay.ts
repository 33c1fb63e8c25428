import { join } from "node:path";
import { CodedError } from "@banksman/kit";
import { Book } from "./book.ts";
import { MarketErrors } from "./errors.ts";
import type { Level } from "./exchange.ts";
import { readTicks, type TickFrame } from "./recorder/read-ticks.ts";
import { FLAGS } from "./symbol-book.ts";
import { isReferencePart, tickParts } from "./tools-files.ts";

export type ReplayFlags = { dir: string; exchange?: string | undefined; symbol: string; at: string; depth: number };

export type ReplayedBook = {
  exchange: string;
  symbol: string;
  at: string;
  /** When the last frame that is in this book came, and its id. */
  updated_at: string;
  seq: number;
  bids: Level[];
  asks: Level[];
};

/** An hour's files start with a whole book; one hour more covers one that could not be written then. */
const LOOK_BACK_MS = 2 * 3_600_000;

/** Rebuilds a book as it was at a moment, from the files. Throws MARKET_NO_FILES when nothing reaches back to a snapshot. */
export async function bookAt({ dir, exchange, symbol, at, depth }: ReplayFlags): Promise<ReplayedBook> {
  const atMs = momentOf(at);
  const parts = await tickParts({ dir, exchange, symbol, fromMs: atMs - LOOK_BACK_MS, toMs: atMs });
  const [first] = parts;
  if (!first) throw MarketErrors.NO_FILES(dir);
  const others = new Set(parts.map((part) => part.exchange));
  if (others.size > 1)
    throw new CodedError(
      "USAGE_FLAGS",
      `several exchanges have ${symbol}: give --exchange ${[...others].join(" or ")}`,
      false,
    );
  const frames = (await Promise.all(parts.map((part) => readTicks(join(dir, part.path), isReferencePart(part)))))
    .flat()
    .filter((frame) => frame.receivedMs <= atMs);
  const replayed = replay(frames);
  if (!replayed) throw MarketErrors.NO_FILES(`${dir} (${symbol} before ${at}, back to a snapshot)`);
  const { bids, asks } = replayed.book.top(depth);
  return {
    exchange: first.exchange,
    symbol: first.symbol,
    at: new Date(atMs).toISOString(),
    updated_at: new Date(replayed.last.receivedMs).toISOString(),
    seq: replayed.last.lastId,
    bids,
    asks,
  };
}

/** The book after all these frames, which are in the order of receipt; null without a whole snapshot among them. */
export function replay(frames: readonly TickFrame[]): { book: Book; last: TickFrame } | null {
  const start = frames.findIndex(({ flags }) => (flags & FLAGS.snapshot) !== 0 && (flags & FLAGS.partial) === 0);
  const last = frames.at(-1);
  if (start < 0 || !last) return null;
  const book = new Book();
  let reached: number | null = null;
  for (const frame of frames.slice(start)) {
    const isSnapshot = (frame.flags & FLAGS.snapshot) !== 0;
    // A checkpoint of the book as it already stands may hold its best levels only. A whole one counts also then: rows
    // that a full disk dropped are in it.
    if (isSnapshot && frame.lastId === reached && mayBePartial(frame)) continue;
    if (isSnapshot) book.replace(frame.bids, frame.asks);
    else book.apply(frame.bids, frame.asks);
    reached = frame.lastId;
  }
  return { book, last };
}

/** The reference layout has no flags and no first ids: what it holds of a book can't be told. */
const mayBePartial = ({ flags, firstId }: TickFrame) => (flags & FLAGS.partial) !== 0 || firstId === null;

function momentOf(text: string): number {
  const ms = /^\d{13}$/.test(text) ? Number(text) : Date.parse(text);
  if (Number.isNaN(ms))
    throw new CodedError("USAGE_FLAGS", `--at ${text}: must be a time such as 2026-11-21T13:45:00Z`, false);
  return ms;
}

import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { get } from "./fleet.ts";

export type TopFlags = {
  targets: readonly { host: string; port: number }[];
  everyMs: number;
  /** How many tables; endless without. */
  rounds?: number | undefined;
  signal: AbortSignal;
  write: (text: string) => void;
  isTerminal: boolean;
};

const BookRow = z.object({
  exchange: z.string(),
  symbol: z.string(),
  state: z.string(),
  messages: z.number(),
  lag_ms: z.number().nullable(),
  gaps: z.number(),
  bids: z.array(z.tuple([z.string(), z.string()])),
  asks: z.array(z.tuple([z.string(), z.string()])),
});
type BookRow = z.infer<typeof BookRow>;
type Sample = { atMs: number; messages: number };

const CLEAR = "\x1b[H\x1b[2J";
const HEAD = ["exchange", "symbol", "state", "rate/s", "lag ms", "gaps", "bid", "ask", "spread bp"];

/** One line a symbol, again and again: rate, lag, gaps, spread. Resolves to the exit code. */
export async function top({ targets, everyMs, rounds, signal, write, isTerminal }: TopFlags): Promise<number> {
  const before = new Map<string, Sample>();
  for (let round = 0; !signal.aborted && (rounds === undefined || round < rounds); round++) {
    // A rate takes two looks.
    if (round === 0) await look(targets, before);
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    const lines = await look(targets, before);
    write(`${isTerminal && rounds === undefined ? CLEAR : ""}${table(lines)}\n`);
  }
  return 0;
}

async function look(targets: TopFlags["targets"], before: Map<string, Sample>): Promise<string[][]> {
  const lines: string[][] = [];
  for (const target of targets) {
    const reply = await get(target, "/books");
    if (reply?.status !== 200) {
      lines.push([`${target.host}:${target.port}`, "", reply === null ? "no answer" : `HTTP ${reply.status}`]);
      continue;
    }
    const books = z.array(BookRow).safeParse(JSON.parse(reply.body));
    for (const book of books.success ? books.data : []) lines.push(lineOf(book, before));
  }
  return lines;
}

function lineOf(book: BookRow, before: Map<string, Sample>): string[] {
  const key = `${book.exchange} ${book.symbol}`;
  const known = before.get(key);
  const now = { atMs: performance.now(), messages: book.messages };
  before.set(key, now);
  const rate = known ? ((now.messages - known.messages) * 1_000) / Math.max(1, now.atMs - known.atMs) : 0;
  const [bid, ask] = [book.bids[0]?.[0], book.asks[0]?.[0]];
  const middle = (Number(bid) + Number(ask)) / 2;
  const spread = middle > 0 ? ((1e4 * (Number(ask) - Number(bid))) / middle).toFixed(2) : "-";
  return [
    book.exchange,
    book.symbol,
    book.state,
    rate.toFixed(1),
    book.lag_ms?.toFixed(1) ?? "-",
    String(book.gaps),
    bid ?? "-",
    ask ?? "-",
    spread,
  ];
}

function table(lines: readonly (readonly string[])[]): string {
  const widths = HEAD.map((title, at) => Math.max(title.length, ...lines.map((line) => line[at]?.length ?? 0)));
  // Words stand left, figures right.
  const row = (cells: readonly string[]) =>
    HEAD.map((_, at) =>
      at < 3 ? (cells[at] ?? "").padEnd(widths[at] ?? 0) : (cells[at] ?? "").padStart(widths[at] ?? 0),
    ).join("  ");
  return [row(HEAD), ...lines.map(row)].join("\n").replace(/ +$/gm, "");
}

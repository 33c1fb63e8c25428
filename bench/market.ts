/**
 * From frame to book beside JSON.parse alone (the limit) and beside the mappers of tardis-dev, in one thread:
 *   node bench/market.ts [--count 40000] [--only binance]
 * CPU time, not wall time, so that other work on the machine blurs it less; the best of five rounds.
 */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { Book } from "../roles/market/src/book.ts";
import { productOf } from "../roles/market/src/exchanges/index.ts";
import { Join } from "../roles/market/src/join.ts";
import { cpuOf, type Frames, framesOf } from "./market-frames.ts";

const { values } = parseArgs({ options: { count: { type: "string", default: "40000" }, only: { type: "string" } } });
const count = Number(values.count);
const ROUNDS = 5;
const LEVELS = [4, 20, 100];

type Mapper = { map: (message: unknown, at: Date) => Iterable<unknown> };
const require = createRequire(import.meta.url);
const tardis = dirname(require.resolve("tardis-dev"));
const mapperOf = (file: string, name: string, ...args: unknown[]): (() => Mapper) => {
  const Made: new (...all: unknown[]) => Mapper = require(join(tardis, "mappers", file))[name];
  return () => new Made(...args);
};
const MAPPERS: Record<string, () => Mapper> = {
  binance: mapperOf("binance.js", "BinanceBookChangeMapper", "binance", true),
  binance_perpetual: mapperOf("binance.js", "BinanceFuturesBookChangeMapper", "binance-futures", true),
  bybit: mapperOf("bybit.js", "BybitV5BookChangeMapper", "bybit", 200),
};

function best(work: () => void): number {
  return Math.min(...Array.from({ length: ROUNDS }, () => cpuOf(work)));
}

function toBook(connector: string, { frames, snapshot, symbol }: Frames): void {
  const product = productOf(connector);
  if (!product) throw new Error(connector);
  const [join_, book] = [new Join(product.rule), new Book()];
  join_.join({ kind: "snapshot", symbol, id: snapshot.id, bids: [], asks: [], engineMs: null, pushMs: null });
  book.replace(snapshot.bids, snapshot.asks);
  let applied = 0;
  for (const frame of frames) {
    const event = product.read(frame, false);
    if (event.kind !== "diff" || join_.offer(event) !== "apply") continue;
    book.apply(event.bids, event.asks);
    applied++;
  }
  if (applied !== frames.length) throw new Error(`${connector}: ${applied} of ${frames.length} applied`);
}

function throughTardis(make: () => Mapper, { frames, snapshot, symbol }: Frames): void {
  const mapper = make();
  const at = new Date();
  const first = {
    stream: `${symbol.toLowerCase()}@depthSnapshot`,
    generated: true,
    topic: `orderbook.200.${symbol}`,
    type: "snapshot",
    ts: 1,
    data: {
      lastUpdateId: snapshot.id,
      s: symbol,
      b: snapshot.bids,
      a: snapshot.asks,
      bids: snapshot.bids,
      asks: snapshot.asks,
      u: 1,
      seq: 1,
    },
  };
  for (const _ of mapper.map(first, at));
  let mapped = 0;
  for (const frame of frames) for (const _ of mapper.map(JSON.parse(frame.toString()), at)) mapped++;
  if (mapped < frames.length * 0.9) throw new Error(`tardis mapped ${mapped} of ${frames.length}`);
}

const per = (seconds: number) => ((seconds / count) * 1e6).toFixed(2);
const rate = (seconds: number) => Math.round(count / seconds).toLocaleString("en");

console.log(
  "| exchange | levels | bytes | JSON.parse µs | to book µs | × parse | frames/s/core | tardis-dev mapper µs | × ours |",
);
console.log("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
for (const connector of ["binance", "binance_perpetual", "bybit", "gate_io", "mexc", "mexc_perpetual"]) {
  if (values.only !== undefined && connector !== values.only) continue;
  for (const levels of LEVELS) {
    const made = framesOf(connector, "BTC", count, levels);
    const bytes = Math.round(made.frames.reduce((sum, frame) => sum + frame.length, 0) / count);
    const isJson = connector !== "mexc";
    const parse = isJson ? best(() => void made.frames.forEach((frame) => void JSON.parse(frame.toString()))) : null;
    const ours = best(() => toBook(connector, made));
    const make = MAPPERS[connector];
    const peer = make ? best(() => throughTardis(make, made)) : null;
    const cells = [
      connector,
      levels,
      bytes,
      parse === null ? "–" : per(parse),
      per(ours),
      parse === null ? "–" : (ours / parse).toFixed(2),
      rate(ours),
      peer === null ? "–" : per(peer),
      peer === null ? "–" : (peer / ours).toFixed(2),
    ];
    console.log(`| ${cells.join(" | ")} |`);
  }
}

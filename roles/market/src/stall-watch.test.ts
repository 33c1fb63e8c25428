import assert from "node:assert/strict";
import { test } from "node:test";
import { SymbolFigures } from "./figures.ts";
import { rangeRule } from "./join-rules.ts";
import { StallWatch } from "./stall-watch.ts";
import { SymbolBook } from "./symbol-book.ts";

const nothing = () => undefined;

function setUp(isListed = true) {
  const market = { pair: "X-USDT", symbol: "XUSDT", contractSize: null };
  const effects = {
    onDiff: nothing,
    onSnapshot: nothing,
    onGap: nothing,
    onJoined: nothing,
    onNeedSnapshot: nothing,
    onRepairable: () => false,
    onSuspicious: nothing,
  };
  const book = new SymbolBook(
    market,
    new SymbolFigures(market.pair, 0),
    rangeRule("rest"),
    { maxBuffer: 100 },
    effects,
  );
  const done: string[] = [];
  const watch = new StallWatch(
    { default: 30, illiquid: 300 },
    { resubscribe: () => void done.push("resubscribe"), move: () => void done.push("move"), isListed: () => isListed },
  );
  const look = (ms: number, isOpen = true) =>
    watch.check([book], ms, { connections: isOpen ? [{ isOpen: true }] : [] });
  const frames = (every: number, count: number, from: number) => {
    for (let at = 0; at < count; at++) {
      const id = Math.round(from + at * every);
      const diff = {
        kind: "diff" as const,
        symbol: "XUSDT",
        first: id,
        last: id,
        prev: null,
        bids: [],
        asks: [],
        engineMs: null,
        pushMs: null,
      };
      book.onDiff(diff, { receivedMs: from + at * every, connection: 1, sequence: at });
    }
    return from + (count - 1) * every;
  };
  return { book, watch, done, look, frames };
}

test("accepted, but nothing ever came: no_data after a minute, with the reason", () => {
  for (const isListed of [true, false]) {
    const { book, look } = setUp(isListed);
    look(1_000);
    look(60_999);
    assert.equal(book.state, "subscribing");
    look(61_001);
    assert.equal(book.state, "no_data");
    assert.match(book.reason, isListed ? /nothing ever came/ : /lists no such market/);
  }
});

test("a busy symbol's silence is noticed soon: asked again first, then moved", () => {
  const { look, frames, done } = setUp();
  const last = frames(100, 100, 1_000);
  look(last + 29_000);
  assert.deepEqual(done, []);
  look(last + 31_000);
  assert.deepEqual(done, ["resubscribe"]);
  look(last + 62_000);
  assert.deepEqual(done, ["resubscribe", "resubscribe", "move"]);
});

test("a quiet symbol gets as much patience as its own rate calls for, up to a bound", () => {
  const { book, watch, frames } = setUp();
  frames(5_000, 200, 1_000);
  assert.ok(watch.patience(book) > 90_000 && watch.patience(book) < 101_000);
  frames(60_000, 200, 2_000_000);
  assert.equal(watch.patience(book), 300_000);
});

test("while there is no connection nothing is asked for", () => {
  const { look, frames, done } = setUp();
  const last = frames(100, 10, 1_000);
  look(last + 100_000, false);
  assert.deepEqual(done, []);
});

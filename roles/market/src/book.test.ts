import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Book } from "./book.ts";
import { decimalText, isZero, scaleOf, ticksOf } from "./decimal.ts";
import type { Level } from "./exchange.ts";

const bookOf = (bids: Level[], asks: Level[]) => {
  const book = new Book();
  book.replace(bids, asks);
  return book;
};

test("a price is one level however it is written", () => {
  const book = bookOf([["84270", "1"]], [["84271.00", "2"]]);
  book.apply([["84270.00", "3"]], [["8.4271e4", "4"]]);
  assert.deepEqual(book.top(), { bids: [["84270", "3"]], asks: [["84271", "4"]] });
});

test("a finer price than all before keeps every level exact", () => {
  const book = bookOf([["100", "1"]], [["101", "1"]]);
  book.apply([["100.00000001", "2"]], []);
  assert.deepEqual(book.top().bids, [
    ["100.00000001", "2"],
    ["100", "1"],
  ]);
});

test("prices beyond a double's 53 bits stay exact and in order", () => {
  const book = bookOf([["12345678901234567.000000000001", "1"]], []);
  book.apply(
    [
      ["12345678901234567.000000000002", "2"],
      ["0.000000010000", "3"],
      ["1e-8", "4"],
    ],
    [],
  );
  assert.deepEqual(book.top().bids, [
    ["12345678901234567.000000000002", "2"],
    ["12345678901234567.000000000001", "1"],
    ["0.00000001", "4"],
  ]);
});

test("size 0 in any spelling deletes; deleting what isn't there is normal", () => {
  const book = bookOf(
    [
      ["5", "1"],
      ["4", "1"],
      ["3", "1"],
    ],
    [],
  );
  book.apply(
    [
      ["5", "0.00000000"],
      ["4", "0"],
      ["3", "0E-8"],
      ["2", "0"],
    ],
    [],
  );
  assert.deepEqual(book.top().bids, []);
});

test("of one price named twice in a frame the last wins, and sizes stay the exchange's own text", () => {
  const book = bookOf([], []);
  book.apply(
    [
      ["7", "1"],
      ["7", "12345678901234567890.000000000000000001"],
    ],
    [],
  );
  assert.deepEqual(book.top().bids, [["7", "12345678901234567890.000000000000000001"]]);
});

test("a crossed or locked book is told, a one-sided one isn't", () => {
  assert.equal(bookOf([["10", "1"]], [["10.0", "1"]]).isCrossed(), true);
  assert.equal(bookOf([["9", "1"]], [["10", "1"]]).isCrossed(), false);
  assert.equal(bookOf([["9", "1"]], []).isCrossed(), false);
});

test("a feed that maintains a number of levels gets no more of them kept", () => {
  const book = new Book(2);
  book.replace(
    [
      ["3", "1"],
      ["2", "1"],
      ["1", "1"],
    ],
    [
      ["4", "1"],
      ["5", "1"],
      ["6", "1"],
    ],
  );
  assert.deepEqual(book.top(), {
    bids: [
      ["3", "1"],
      ["2", "1"],
    ],
    asks: [
      ["4", "1"],
      ["5", "1"],
    ],
  });
});

test("what is no price is refused by name", () => {
  for (const bad of ["", ".", "abc", "-1", "1.2.3", "0x10", "1e", "NaN"])
    assert.throws(() => bookOf([[bad, "1"]], []), { code: "MARKET_BAD_DECIMAL" }, bad);
});

test("any decimal goes to steps and back without loss", () => {
  const decimals = fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 24n }), fc.integer({ min: 0, max: 18 }));
  fc.assert(
    fc.property(decimals, ([digits, scale]) => {
      const text = decimalText(digits, scale);
      const ticks = ticksOf(text, 24);
      assert.ok(ticks !== null);
      assert.equal(decimalText(ticks, 24), text);
      assert.equal(ticksOf(text, scaleOf(text)) !== null, true);
    }),
  );
});

test("isZero knows every way to write nothing", () => {
  for (const zero of ["0", "0.0", "0.00000000", ".0", "0E-8", "0e5"]) assert.equal(isZero(zero), true, zero);
  for (const more of ["1", "0.1", "0.00000001", "1e-8"]) assert.equal(isZero(more), false, more);
});

test("thousands of changes leave the levels that a plain map would hold, in order", () => {
  const change = fc.tuple(fc.integer({ min: 1, max: 600 }), fc.integer({ min: 0, max: 3 }));
  fc.assert(
    fc.property(fc.array(change, { minLength: 500, maxLength: 2_000 }), (changes) => {
      const book = bookOf([], []);
      const plain = new Map<number, string>();
      for (const [price, size] of changes) {
        book.apply([[String(price), String(size)]], []);
        if (size === 0) plain.delete(price);
        else plain.set(price, String(size));
      }
      const expected = [...plain].sort(([a], [b]) => b - a).map(([price, size]) => [String(price), size]);
      assert.deepEqual(book.top().bids, expected);
      assert.equal(book.levels.bids, plain.size);
    }),
    { numRuns: 30 },
  );
});

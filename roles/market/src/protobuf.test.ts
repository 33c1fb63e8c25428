import assert from "node:assert/strict";
import { test } from "node:test";
import { productOf } from "./exchanges/index.ts";
import { ProtobufReader } from "./protobuf.ts";

const mexc = productOf("mexc");
const read = (bytes: Buffer) => mexc?.read(bytes, true);

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
}
const field = (number: number, value: Buffer | string) => {
  const bytes = Buffer.from(value);
  return Buffer.from([...varint(number * 8 + 2), ...varint(bytes.length), ...bytes]);
};
const integer = (number: number, value: number) => Buffer.from([...varint(number * 8), ...varint(value)]);
const message = (...fields: Buffer[]) => Buffer.concat(fields);

const CHANNEL = "spot@public.aggre.depth.v3.api.pb@100ms@XYZUSDT";
const level = (price: string, size: string) => message(field(1, price), field(2, size));
const depth = message(field(1, level("1.10", "5")), field(2, level("1.00", "0")), field(4, "100"), field(5, "103"));

test("a push's fields are found in any order, and unknown ones are skipped by their wire type", () => {
  const unknown = [
    integer(99, 7),
    field(98, "later"),
    Buffer.from([...varint(97 * 8 + 1), ...Buffer.alloc(8)]),
    Buffer.from([...varint(96 * 8 + 5), ...Buffer.alloc(4)]),
  ];
  const wire = message(
    field(313, depth),
    ...unknown,
    integer(6, 1_790_000_000_000),
    field(3, "XYZUSDT"),
    field(1, CHANNEL),
  );
  assert.deepEqual(read(wire), {
    kind: "diff",
    symbol: "XYZUSDT",
    first: 100,
    last: 103,
    prev: null,
    asks: [["1.10", "5"]],
    bids: [["1.00", "0"]],
    engineMs: 1_790_000_000_000,
    pushMs: 1_790_000_000_000,
  });
});

test("a side without changes is left out of the wire and empty in the event", () => {
  const asks = message(field(1, level("2", "3")), field(4, "7"), field(5, "7"), integer(6, 1_790_000_000_001));
  const event = read(message(field(1, CHANNEL), field(3, "XYZUSDT"), integer(6, 1_790_000_000_004), field(313, asks)));
  assert.ok(event?.kind === "diff");
  assert.deepEqual([event.bids, event.engineMs, event.pushMs], [[], 1_790_000_000_001, 1_790_000_000_004]);
});

test("trades of before and after the exchange gave them ids", () => {
  const trade = (...more: Buffer[]) =>
    message(field(1, "1.5"), field(2, "20"), integer(3, 2), integer(4, 1_790_000_000_000), ...more);
  const deals = message(field(1, trade()), field(1, trade(field(5, "11X0_12X0"))), field(2, "spot@public.aggre.deals"));
  const event = read(message(field(1, CHANNEL), field(3, "XYZUSDT"), integer(6, 1), field(314, deals)));
  assert.ok(event?.kind === "trades");
  assert.deepEqual(
    event.trades.map(({ id, side, price, size }) => [id, side, price, size]),
    [
      [null, "sell", "1.5", "20"],
      ["11X0_12X0", "sell", "1.5", "20"],
    ],
  );
});

test("the best bid and ask, with one side missing", () => {
  const ticker = message(field(1, "1.5"), field(2, "20"), field(5, "8000"));
  const event = read(message(field(1, CHANNEL), field(3, "XYZUSDT"), field(315, ticker)));
  assert.ok(event?.kind === "quote");
  assert.deepEqual([event.bid, event.ask, event.id], [["1.5", "20"], null, 8_000]);
});

test("a wrapper without a body means nothing; the symbol may be in the channel alone", () => {
  assert.deepEqual(read(field(1, CHANNEL)), { kind: "empty", symbol: "XYZUSDT" });
});

test("bodies that nobody knows, cut messages and wrong types are errors", () => {
  assert.throws(() => read(message(field(1, CHANNEL), field(399, "x"))), { code: "MARKET_UNKNOWN_FRAME" });
  const whole = message(field(1, CHANNEL), field(313, depth));
  for (let length = field(1, CHANNEL).length + 1; length < whole.length; length++)
    assert.throws(() => read(whole.subarray(0, length)), { code: "MARKET_BAD_FRAME" }, `cut at ${length}`);
  assert.throws(() => read(integer(1, 5)), { code: "MARKET_BAD_FRAME" });
  assert.throws(() => read(Buffer.from([0x0b])), { code: "MARKET_BAD_FRAME" });
});

test("ids beyond 2^53 are refused, never rounded", () => {
  const huge = message(field(4, "9007199254740993"), field(5, "9007199254740994"));
  assert.throws(() => read(message(field(1, CHANNEL), field(3, "X"), field(313, huge))), { code: "MARKET_BAD_FRAME" });
  const reader = new ProtobufReader(Buffer.from([0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]));
  assert.equal(reader.next(), true);
  assert.throws(() => reader.integer(), { code: "MARKET_BAD_FRAME" });
});

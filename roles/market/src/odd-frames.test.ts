import assert from "node:assert/strict";
import { test } from "node:test";
import { isZero } from "./decimal.ts";
import type { Product } from "./exchange.ts";
import { binance } from "./exchanges/binance.ts";
import { gateIo } from "./exchanges/gate-io.ts";
import { mexc } from "./exchanges/mexc.ts";
import { guessPairs, resolvePairs } from "./symbols.ts";

const productOf = (name: string): Product => {
  const found = [...binance.products, ...gateIo.products, ...mexc.products].find(({ connector }) => connector === name);
  assert.ok(found);
  return found;
};
const read = (name: string, frame: unknown) => productOf(name).read(Buffer.from(JSON.stringify(frame)), false);
const field = (number: number, body: Buffer | string) => {
  const bytes = Buffer.from(body);
  return Buffer.concat([key(number, 2), Buffer.from([bytes.length]), bytes]);
};
const key = (number: number, wire: number) => {
  const value = number * 8 + wire;
  return Buffer.from(value < 128 ? [value] : [(value & 127) | 128, value >> 7]);
};
/** -1 as protobuf writes it: ten bytes. */
const minusOne = Buffer.from([...Array.from({ length: 9 }, () => 0xff), 1]);
const push = (symbol: string, number: number, body: Buffer, ...more: Buffer[]) =>
  productOf("mexc").read(
    Buffer.concat([field(1, `x@${symbol}`), field(3, symbol), field(number, body), ...more]),
    true,
  );
const ids = Buffer.concat([field(4, "10"), field(5, "12")]);
const sideOf = (event: ReturnType<Product["read"]>) => event.kind === "trades" && event.trades[0]?.side;

test("a field that nobody reads does no harm whatever number it holds", () => {
  const event = push("BTCUSDT", 313, Buffer.concat([ids, key(9, 0), minusOne]), key(40, 0), minusOne);
  assert.deepEqual(event.kind === "diff" && [event.first, event.last], [10, 12]);
});

test("coins with Chinese names are themselves, in pushes and in the configuration", () => {
  const event = push("币安人生USDT", 313, ids);
  assert.equal(event.kind === "diff" && event.symbol, "币安人生USDT");
  const listed = ["币安人生", "哈基米"].map((base) => ({ symbol: `${base}USDT`, base, quote: "USDT", trading: true }));
  const { markets, unknown } = resolvePairs(["币安人生-USDT", "索拉拉USDT"], listed);
  assert.deepEqual(
    [markets.map(({ symbol }) => symbol), unknown.map(({ pair }) => pair)],
    [["币安人生USDT"], ["索拉拉-USDT"]],
  );
  assert.equal(guessPairs(["哈基米USDT"], productOf("mexc"))[0]?.symbol, "哈基米USDT");
});

test("a side that isn't said is unknown, never the other one; numbers may come as texts", () => {
  const deal = (T: unknown) =>
    sideOf(read("mexc_perpetual", { channel: "push.deal", symbol: "A_B", data: { p: "1", v: "2", T, t: 1 }, ts: 1 }));
  assert.deepEqual([deal("1"), deal(1), deal("2"), deal(9)], ["buy", "buy", "sell", "unknown"]);
  const trade = { id: 1, currency_pair: "A_B", amount: "1", price: "2", create_time: 1 };
  assert.equal(sideOf(read("gate_io", { channel: "spot.trades", event: "update", result: trade })), "unknown");
  assert.equal(sideOf(read("binance", { e: "trade", s: "AB", p: "1", q: "2", t: 5, T: 1 })), "unknown");
  const typed = Buffer.concat([field(1, "1"), field(2, "2"), key(3, 0), Buffer.from([7])]);
  assert.equal(sideOf(push("AB", 314, field(1, typed))), "unknown");
});

test("ids of 0 say nothing, as number or text", () => {
  for (const none of [0, "0", null, ""]) {
    const data = { begin: none, end: none, version: "77", asks: [], bids: [] };
    const event = read("mexc_perpetual", { channel: "push.depth", symbol: "A_B", data });
    assert.deepEqual(event.kind === "diff" && [event.first, event.last], [77, 77], JSON.stringify(none));
  }
});

test("a subscription that failed without an error object is a refusal", () => {
  const gate = { event: "subscribe", channel: "spot.obu", id: 3, result: { status: "fail" } };
  assert.equal(read("gate_io", gate).kind, "reject");
  assert.equal(read("mexc_perpetual", { channel: "rs.sub.depth", data: "no such contract" }).kind, "reject");
});

test("Gate.io's Retry-After counts beside its own label", () => {
  const text = '{"label":"TOO_MANY_REQUESTS","message":"slow down"}';
  const header = (name: string) => (name === "retry-after" ? "60" : null);
  assert.equal(productOf("gate_io").rest.problem({ status: 429, text, header })?.waitMs, 60_000);
  assert.equal(productOf("gate_io").rest.problem({ status: 200, text, header: () => null })?.kind, "throttled");
});

test("a size that is no number is refused", () => {
  for (const size of ["NaN", "-1", "", "x"]) assert.throws(() => isZero(size), /decimal/i, size);
  assert.deepEqual(["0", "0.00", ".0", "0E-8", "1", "0.1"].map(isZero), [true, true, true, true, false, false]);
});

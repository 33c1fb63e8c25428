import assert from "node:assert/strict";
import { globSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, test } from "node:test";
import { CodedError } from "@banksman/kit";
import fc from "fast-check";
import { Book } from "./book.ts";
import type { FeedChoice, MarketEvent, Product, RestReply } from "./exchange.ts";
import { exchanges, productOf } from "./exchanges/index.ts";
import { Join } from "./join.ts";

const here = import.meta.dirname;
const captures = join(here, "../captures");
const products = exchanges.flatMap((exchange) => exchange.products);
const choice: FeedChoice = {
  channels: ["book", "trades", "quotes", "marks"],
  depth: 100,
  speed: "100ms",
  depthChannel: "auto",
};

function productNamed(connector: string): Product {
  const product = productOf(connector);
  assert.ok(product, connector);
  return product;
}

function outcome(product: Product, frame: Buffer): unknown {
  try {
    return product.read(frame, false);
  } catch (error) {
    assert.ok(error instanceof CodedError);
    return { error: error.code };
  }
}

test("exchanges/index.ts lists every exchange's file once, in the order of the names", () => {
  const files = readdirSync(join(here, "exchanges")).filter((name) => !["index.ts", "mexc-frames.ts"].includes(name));
  assert.deepEqual(
    exchanges.map((exchange) => `${exchange.id}.ts`),
    files.toSorted(),
  );
});

test("connectors and their other spellings are each exchange's own", () => {
  const names = products.flatMap((product) => [product.connector, ...product.aliases]);
  assert.equal(new Set(names).size, names.length);
  for (const spelling of ["gateio", "gate", "gate.io", "GATE_IO"])
    assert.equal(productOf(spelling)?.connector, "gate_io");
});

for (const path of globSync(join(captures, "*/*/frame.*"))) {
  const folder = dirname(path);
  const connector = basename(dirname(folder));
  test(`${connector} reads ${basename(folder)}`, () => {
    const expected: unknown = JSON.parse(readFileSync(join(folder, "expected.json"), "utf8"));
    assert.deepEqual(outcome(productNamed(connector), readFileSync(path)), expected);
    assert.ok(readFileSync(join(folder, "SOURCE.md"), "utf8").length > 20);
  });
}

type Recorded = { t: string; data?: string; url?: string };

/** Plays a recording's frames and REST answers into a book, as they came. */
function play(product: Product, lines: readonly Recorded[], symbol: string) {
  const join_ = new Join(product.rule);
  const book = new Book();
  const counts = { applied: 0, gaps: 0, joins: 0 };
  const apply = (event: MarketEvent) => {
    if (event.kind === "snapshot" && event.symbol === symbol) {
      const result = join_.join(event);
      if (!result.joined) return;
      counts.joins++;
      book.replace(event.bids, event.asks);
      for (const diff of result.apply) book.apply(diff.bids, diff.asks);
      counts.applied += result.apply.length;
    } else if (event.kind === "diff" && event.symbol === symbol) {
      const verdict = join_.offer(event);
      if (verdict === "apply") {
        book.apply(event.bids, event.asks);
        counts.applied++;
      } else if (verdict === "held") counts.gaps++;
    }
  };
  for (const { t, data = "", url } of lines) {
    if (t === "http" && url?.includes(symbol)) apply(product.rest.readSnapshot(symbol, JSON.parse(data)));
    if (t === "recv") apply(product.read(Buffer.from(data), false));
  }
  return { book, counts };
}

for (const path of globSync(join(captures, "*/recording/recording.jsonl"))) {
  const connector = basename(dirname(dirname(path)));
  test(`${connector}: a live recording joins its snapshot and goes on without a gap`, () => {
    const lines = readFileSync(path, "utf8")
      .trim()
      .split("\n")
      .map((line): Recorded => JSON.parse(line));
    const symbol = { binance: "NKNUSDT", bybit_perpetual: "SOLUSDT", gate_io_perpetual: "RDNT_USDT" }[connector] ?? "";
    const { book, counts } = play(productNamed(connector), lines, symbol);
    assert.equal(counts.joins, 1);
    assert.equal(counts.gaps, 0);
    assert.ok(counts.applied >= 50, `${counts.applied} diffs applied`);
    assert.equal(book.isCrossed(), false);
  });
}

describe("what every exchange's driver keeps to", () => {
  for (const product of products) {
    const symbol = product.symbolOf("BTC", "USDT");
    const topics = product.topics(symbol, choice);

    test(`${product.connector}: topics have names of their own and include the book`, () => {
      assert.ok(topics.some((topic) => topic.channel === "book"));
      assert.equal(new Set(topics.map((topic) => topic.name)).size, topics.length);
      assert.ok(topics.every((topic) => topic.symbol === symbol));
    });

    test(`${product.connector}: subscriptions are JSON that name the symbol`, () => {
      for (const make of [product.subscribe, product.unsubscribe]) {
        const frame = make(topics.slice(0, product.limits.topicsPerFrame), 7);
        assert.doesNotThrow(() => JSON.parse(frame));
        assert.match(frame, new RegExp(symbol, "i"));
      }
    });

    test(`${product.connector}: whatever comes over the wire, reading it gives an event or a coded error`, () => {
      const samples = globSync(join(captures, product.connector, "*/frame.*")).map((path) => readFileSync(path));
      const damaged = fc
        .tuple(
          fc.constantFrom(...samples),
          fc.array(fc.tuple(fc.nat(400), fc.integer({ min: 0, max: 255 })), { maxLength: 6 }),
          fc.nat(400),
        )
        .map(([sample, changes, cut]) => {
          const bytes = Buffer.from(sample);
          for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
          return bytes.subarray(0, Math.max(1, bytes.length - (cut % bytes.length)));
        });
      const anything = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
      fc.assert(
        fc.property(fc.oneof(damaged, anything), (frame) => void outcome(product, frame)),
        { numRuns: 400 },
      );
    });

    test(`${product.connector}: refusals of REST are told from data by their body`, () => {
      const reply = (status: number, text: string, headers: Record<string, string> = {}): RestReply => ({
        status,
        text,
        header: (name) => headers[name] ?? null,
      });
      const kind = (...args: Parameters<typeof reply>) => product.rest.problem(reply(...args))?.kind;
      assert.equal(kind(418, "", { "retry-after": "120" }), "banned");
      assert.equal(product.rest.problem(reply(418, "", { "retry-after": "120" }))?.waitMs, 120_000);
      assert.equal(kind(429, "{}", { "retry-after": "7" }), "throttled");
      assert.equal(product.rest.problem(reply(429, "{}", { "retry-after": "7" }))?.waitMs, 7_000);
      assert.equal(kind(403, "<html>no</html>"), "forbidden");
      assert.equal(kind(200, "<!DOCTYPE html><html>maintenance</html>"), "forbidden");
      assert.equal(kind(502, "bad gateway"), "failed");
      assert.equal(kind(200, "not json"), "failed");
    });
  }
});

test("errors dressed as success are errors", () => {
  const problem = (connector: string, text: string, status = 200) =>
    productNamed(connector).rest.problem({ status, text, header: () => null });
  assert.deepEqual(
    [
      problem("mexc_perpetual", '{"success":false,"code":510,"message":"x"}')?.kind,
      problem("mexc_perpetual", '{"success":false,"code":510}')?.waitMs,
    ],
    ["throttled", 3_000],
  );
  assert.equal(problem("bybit", '{"retCode":10006,"retMsg":"x"}')?.kind, "throttled");
  assert.equal(problem("binance", '{"code":-1121,"msg":"Invalid symbol."}', 400)?.kind, "delisted");
  assert.equal(problem("gate_io", '{"label":"INVALID_CURRENCY_PAIR","message":"x"}', 400)?.kind, "delisted");
  assert.equal(problem("mexc", "<html>denied</html>", 403)?.waitMs, 90_000);
  assert.equal(problem("bybit", "access too frequent", 403)?.waitMs, 600_000);
  assert.equal(problem("bybit", '{"retCode":0,"result":{}}'), null);
});

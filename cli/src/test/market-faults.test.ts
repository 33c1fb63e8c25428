import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { dialects } from "@banksman/sim";
import { waitFor } from "@banksman/testkit";
import { pushUntilJoined, type Rig, settle, startRig } from "./market-kit.ts";

const BTC = "BTC-USDT";
const ETH = "ETH-USDT";
const limit = { timeout: 60_000 };

/** The exchange's spelling of BTC-USDT. */
const bitcoin = (rig: Rig) => rig.exchange.dialect.symbolOf("BTC", "USDT");

/** Both books equal the exchange's, and the one that had no failure noticed nothing. */
async function healed(rig: Rig, pairs: readonly string[] = [BTC, ETH]): Promise<void> {
  rig.exchange.step();
  for (const pair of pairs) await rig.matches(pair);
  assert.equal(rig.book(ETH).figures.gapCount, 0, "the other symbol is untouched");
}

const REFUSALS = [
  {
    connector: "mexc_perpetual",
    status: 200,
    body: '{"success":false,"code":510,"message":"Requests are too frequent, please try again later!"}',
    kind: "throttled",
  },
  { connector: "mexc", status: 403, body: "<html><body>Access Denied</body></html>", kind: "forbidden" },
  { connector: "binance", status: 200, body: "<!doctype html><title>maintenance</title>", kind: "forbidden" },
  { connector: "binance", status: 500, body: "{}", kind: "failed" },
  { connector: "binance_perpetual", status: 429, body: '{"code":-1003,"msg":"Too many requests"}', kind: "throttled" },
] as const;

// Each has an exchange and a folder of its own and mostly waits, so many go on at once.
describe("failures of exchanges", { concurrency: 8 }, () => {
  for (const { connector } of dialects) {
    test(`${connector}: a missing diff is one gap of one symbol, and the book heals`, limit, async () => {
      await using rig = await startRig(connector);
      await settle(rig);
      rig.exchange.fault({ kind: "drop", symbol: bitcoin(rig) });
      await pushUntilJoined(rig, () => rig.book(BTC).figures.gapCount === 1);
      await healed(rig);
      assert.equal(rig.book(BTC).figures.gapCount, 1);
    });

    test(`${connector}: the same diff twice is a duplicate and no gap`, limit, async () => {
      await using rig = await startRig(connector);
      await settle(rig);
      const before = rig.book(BTC).figures.duplicates;
      rig.exchange.fault({ kind: "duplicate", symbol: bitcoin(rig), times: 3 });
      for (let at = 0; at < 5; at++) rig.exchange.step();
      await healed(rig);
      assert.equal(rig.book(BTC).figures.duplicates - before, 3);
      assert.equal(rig.book(BTC).figures.gapCount, 0);
    });

    test(`${connector}: two diffs that swapped places are put in order`, limit, async () => {
      await using rig = await startRig(connector);
      await settle(rig);
      rig.exchange.fault({ kind: "swap", symbol: bitcoin(rig) });
      rig.exchange.step();
      rig.exchange.step();
      await healed(rig);
      assert.equal(rig.book(BTC).figures.gapCount, 0);
      assert.equal(rig.book(BTC).figures.outOfOrder, 1);
    });

    test(
      `${connector}: connections cut without a word come back within a second, and nothing stays wrong`,
      limit,
      async () => {
        await using rig = await startRig(connector);
        await settle(rig);
        rig.exchange.fault({ kind: "reset" });
        await waitFor("the loss to be noticed", () => rig.book(BTC).state === "disconnected");
        const lostAt = performance.now();
        await pushUntilJoined(rig, () => rig.book(BTC).figures.reconnections === 1);
        assert.ok(performance.now() - lostAt < 3_000);
        rig.exchange.step();
        for (const pair of [BTC, ETH]) await rig.matches(pair);
        assert.ok(rig.book(BTC).figures.gapCount <= 1);
        assert.equal(rig.book(BTC).figures.disconnections.get("closed"), 1);
      },
    );

    test(`${connector}: ids that begin anew are a restart, never a negative gap`, limit, async () => {
      await using rig = await startRig(connector);
      await settle(rig);
      for (let at = 0; at < 10; at++) rig.exchange.step();
      await rig.matches(BTC);
      rig.exchange.fault({ kind: "restart_ids", symbol: bitcoin(rig) });
      await pushUntilJoined(rig, () => (rig.book(BTC).figures.resyncs.get("restart") ?? 0) === 1);
      await healed(rig);
      assert.equal(rig.book(BTC).figures.missing, 0);
    });

    test(`${connector}: one refused symbol stops no other, and says why`, limit, async () => {
      const match = connector.startsWith("binance") ? "btc" : "BTC";
      await using rig = await startRig(connector, { before: { kind: "reject", match } });
      await waitFor("the refusal", () => rig.book(BTC).state === "rejected");
      await waitFor("the other book", () => {
        rig.exchange.step();
        return rig.book(ETH).isLive;
      });
      await rig.matches(ETH);
      assert.match(rig.book(BTC).reason, /Blocked|Contract doesn't exist|handler not found/);
    });

    test(`${connector}: frames that can't be read are counted, and the connection lives on`, limit, async () => {
      await using rig = await startRig(connector);
      await settle(rig);
      for (const kind of ["truncate", "unknown_body", "bad_utf8", "text", "huge"] as const) {
        const before = rig.collector.figures.parseErrors;
        rig.exchange.fault({ kind, symbol: bitcoin(rig) });
        await pushUntilJoined(rig, () => rig.collector.figures.parseErrors > before || kind === "bad_utf8");
      }
      await healed(rig);
      assert.equal(rig.book(BTC).figures.reconnections, 0);
    });

    test(`${connector}: a connection near its end is replaced before it, without a gap`, limit, async () => {
      await using rig = await startRig(connector, { rate: 100, config: { connection_life_s: 1.2 } });
      await waitFor("three connections in turn", () => rig.collector.connectionsOpened >= 3, { withinMs: 20_000 });
      await waitFor("a while on the third", () => rig.book(BTC).figures.diffs > 300);
      for (const pair of [BTC, ETH]) {
        assert.equal(rig.book(pair).figures.gapCount, 0);
        assert.equal(rig.book(pair).figures.reconnections, 0);
      }
    });

    test(`${connector}: exact decimals in any spelling are one level`, limit, async () => {
      await using rig = await startRig(connector);
      await settle(rig);
      rig.exchange.step(bitcoin(rig), {
        bids: [
          ["59999.10", "12.50000"],
          ["59999.10", "0.00001"],
        ],
      });
      await healed(rig);
      const found = rig
        .book(BTC)
        .book.top()
        .bids.filter(([price]) => Number(price) === 59999.1);
      assert.deepEqual(
        found.map(([price, size]) => [price, Number(size)]),
        [["59999.1", 0.00001]],
      );
    });
  }

  test("a snapshot older than the first diff is fetched again", limit, async () => {
    await using rig = await startRig("binance", { before: { kind: "old_snapshot", pushes: 20, times: 2 } });
    for (let at = 0; at < 30; at++) rig.exchange.step();
    await settle(rig);
    await healed(rig);
    const fetched = [BTC, ETH].map((pair) => rig.book(pair).figures.failed.get("snapshot_fetch_failed") ?? 0);
    assert.ok(fetched.reduce((sum, count) => sum + count, 0) >= 1);
  });

  for (const { connector, status, body, kind } of REFUSALS)
    test(`${connector}: HTTP ${status} with ${body.slice(0, 24)}… is never taken for a snapshot`, limit, async () => {
      await using rig = await startRig(connector, {
        pairs: [BTC],
        before: { kind: "rest", status, body, headers: { "retry-after": "1" } },
      });
      await waitFor("the refusal", () => {
        rig.exchange.step();
        return (rig.collector.figures.snapshotRequests.get(kind) ?? 0) === 1;
      });
      assert.equal(rig.book(BTC).isLive, false);
      assert.equal(rig.book(BTC).hasBook, false);
    });

  test("after a 429 nothing is asked before Retry-After is over, then the book joins", limit, async () => {
    await using rig = await startRig("binance", {
      pairs: [BTC],
      before: { kind: "rest", status: 429, body: '{"code":-1003,"msg":"x"}', headers: { "retry-after": "2" } },
    });
    const depth = () => rig.exchange.requests.filter((path) => path.includes("/depth"));
    await waitFor("the first request", () => {
      rig.exchange.step();
      return depth().length === 1;
    });
    const refusedAt = performance.now();
    await waitFor("the second request", () => depth().length === 2);
    assert.ok(performance.now() - refusedAt > 1_800);
    await settle(rig);
    await rig.matches(BTC);
  });

  test("a symbol whose feed falls silent is asked for again while the others go on", limit, async () => {
    await using rig = await startRig("bybit", { config: { stale_after_s: { default: 1, illiquid: 1.5 } } });
    await settle(rig);
    rig.exchange.fault({ kind: "stall", symbol: "BTCUSDT", times: -1 });
    await waitFor("the silence to be noticed", () => {
      rig.exchange.step();
      return (rig.book(BTC).figures.resyncs.get("stale") ?? 0) >= 1;
    });
    rig.exchange.fault({ kind: "clear" });
    await pushUntilJoined(rig, () => rig.book(BTC).isLive);
    await healed(rig);
  });

  test("a connection whose other end is gone without a word is ended by pings", limit, async () => {
    await using rig = await startRig("binance", { config: { ping_interval_s: 0.3 } });
    await settle(rig);
    rig.exchange.fault({ kind: "half_open" });
    await waitFor("the ping to go unanswered", () => rig.book(BTC).figures.disconnections.get("stalled") === 1);
    await pushUntilJoined(rig, () => rig.book(BTC).figures.reconnections === 1);
    await rig.matches(BTC);
  });

  test("an exchange that says it will close the connection is left without a gap", limit, async () => {
    await using rig = await startRig("binance", { rate: 50 });
    await waitFor("books", () => rig.collector.books.every((book) => book.isLive));
    rig.exchange.fault({ kind: "leaving" });
    await waitFor(
      "the second connection to take over",
      () => rig.collector.connectionsOpened === 2 && rig.exchange.links === 1,
    );
    await waitFor("frames on it", () => rig.book(BTC).figures.diffs > 100);
    assert.equal(rig.book(BTC).figures.gapCount, 0);
    assert.equal(rig.book(BTC).figures.disconnections.get("closed"), 0);
  });

  for (const connector of ["gate_io", "gate_io_perpetual", "bybit"])
    test(`${connector}: a whole book in the feed replaces the book at any time`, limit, async () => {
      await using rig = await startRig(connector);
      await settle(rig);
      rig.exchange.fault({ kind: "full", symbol: bitcoin(rig) });
      for (let at = 0; at < 3; at++) rig.exchange.step();
      await healed(rig);
      assert.equal(rig.book(BTC).figures.gapCount, 0);
      assert.ok(rig.book(BTC).figures.snapshots >= 2);
    });

  test("gate_io's older channel joins with a REST snapshot", limit, async () => {
    await using rig = await startRig("gate_io", { config: { depth_channel: "diff" } });
    await settle(rig);
    for (let at = 0; at < 20; at++) rig.exchange.step();
    await healed(rig);
    assert.ok(rig.exchange.requests.some((path) => path.includes("order_book")));
  });

  test("a crossed book that the exchange shows too is kept and counted", limit, async () => {
    await using rig = await startRig("binance");
    await settle(rig);
    rig.exchange.fault({ kind: "cross", symbol: "BTCUSDT" });
    rig.exchange.step();
    await rig.matches(BTC);
    const asked = rig.exchange.requests.length;
    await waitFor("the exchange to be asked", () => rig.exchange.requests.length > asked);
    assert.equal(rig.book(BTC).figures.crossed, 1);
    assert.equal(rig.book(BTC).isLive, true);
    rig.exchange.fault({ kind: "uncross", symbol: "BTCUSDT" });
    rig.exchange.step();
    await healed(rig);
    assert.equal(rig.book(BTC).book.isCrossed(), false);
  });

  test("a market that ends is cleared and not asked for again", limit, async () => {
    await using rig = await startRig("binance");
    await settle(rig);
    rig.exchange.fault({ kind: "drop", symbol: "BTCUSDT" });
    rig.exchange.step();
    rig.exchange.step();
    rig.exchange.fault({ kind: "delist", symbol: "BTCUSDT" });
    await waitFor("the end to be noticed", () => rig.book(BTC).state === "delisted");
    assert.deepEqual(rig.book(BTC).book.top(), { bids: [], asks: [] });
    rig.exchange.step();
    await rig.matches(ETH);
  });

  test("mexc_perpetual sends missing diffs again: the gap is filled without a snapshot", limit, async () => {
    await using rig = await startRig("mexc_perpetual");
    await settle(rig);
    const snapshots = rig.book(BTC).figures.snapshots;
    rig.exchange.fault({ kind: "drop", symbol: "BTC_USDT", times: 2 });
    await pushUntilJoined(rig, () => rig.book(BTC).figures.gapCount === 1);
    await healed(rig);
    assert.equal(rig.book(BTC).figures.snapshots, snapshots);
    assert.equal(rig.book(BTC).figures.missing, 0);
  });

  test("an exchange that is away at the start is tried again until it answers", limit, async () => {
    await using rig = await startRig("bybit", { before: { kind: "refuse_upgrade", times: 2 } });
    await waitFor("the loss to be counted", () => rig.book(BTC).state === "disconnected");
    await settle(rig);
    await rig.matches(BTC);
  });

  test("200 symbols on MEXC: 14 connections, none with more than 30 subscriptions", limit, async () => {
    const pairs = Array.from({ length: 200 }, (_, at) => `C${at}-USDT`);
    await using rig = await startRig("mexc", { pairs });
    assert.equal(rig.collector.connectionsPlanned, 14);
  });

  test("an unknown pair is named with the nearest one, and the others are followed", limit, async () => {
    await using rig = await startRig("mexc", { config: { trading_pairs: ["BTCUSTD", "eth/usdt"] } });
    assert.match(rig.collector.refused.get("BTCUSTD-USDT") ?? "", /did you mean BTC-USDT\?/);
    assert.deepEqual(
      rig.collector.books.map((book) => book.market.pair),
      [ETH],
    );
  });

  test("reading the pairs again adds and removes symbols and leaves the others alone", limit, async () => {
    await using rig = await startRig("gate_io", { pairs: [BTC, ETH], config: { trading_pairs: [BTC] } });
    await settle(rig);
    const frames = rig.book(BTC).figures.diffs;
    await rig.collector.reload([BTC, ETH]);
    await settle(rig);
    await rig.matches(ETH);
    assert.ok(rig.book(BTC).figures.diffs > frames);
    await rig.collector.reload([ETH]);
    assert.deepEqual(
      rig.collector.books.map((book) => book.market.pair),
      [ETH],
    );
    rig.exchange.step();
    await rig.matches(ETH);
  });
});

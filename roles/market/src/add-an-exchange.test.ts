import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { createLog } from "@banksman/kit";
import { tempFolder, waitFor } from "@banksman/testkit";
import { Budget } from "./budget.ts";
import { readMarketConfig } from "./config.ts";
import { exchanges, productOf } from "./exchanges/index.ts";
import { Station } from "./station.ts";
import { tidemark } from "./test/tidemark.ts";
import { TidemarkServer } from "./test/tidemark-server.ts";
import { verify } from "./verify.ts";

const COAL = "coal~usdt";
const PEAT = "peat~usdt";

/** The collector as it is, following the made-up exchange: only the list of exchanges is longer by one. */
async function startTidemark() {
  const server = await new TidemarkServer().listen([
    ["COAL", "USDT"],
    ["PEAT", "USDT"],
  ]);
  const folder = await tempFolder();
  const path = join(folder.path, "orderbook_tick_tidemark.yml");
  const config = {
    connector_name: "tidemark",
    trading_pairs: ["COAL-USDT", "peat/usdt"],
    channels: ["book", "trades"],
    output_dir: join(folder.path, "data"),
    endpoints: { ws: `ws://${server.address}`, rest: `http://${server.address}` },
  };
  await writeFile(path, JSON.stringify({ tasks: { tidemark: { config } } }));
  const [read] = (await readMarketConfig(path, {}, [...exchanges, tidemark])).collectors;
  assert.ok(read);
  const budget = new Budget(join(folder.path, "shared"));
  const station = new Station(read, { budget, log: createLog("test", process.env.LOG_LEVEL ?? "silent") });
  await station.start();
  const book = (pair: string) => {
    const found = station.collector.books.find((one) => one.market.pair === pair);
    assert.ok(found, pair);
    return found;
  };
  const seen = (pair: string) => {
    const { bids, asks } = book(pair).book.top();
    const rows = (levels: typeof bids) => levels.map(([price, size]) => `${Number(price)} ${Number(size)}`);
    return { id: book(pair).sequence, bids: rows(bids), asks: rows(asks) };
  };
  let isOver = false;
  const finish = async () => {
    if (!isOver) await station.stop();
    isOver = true;
  };
  return {
    server,
    station,
    book,
    seen,
    finish,
    dataDir: read.output_dir,
    [Symbol.asyncDispose]: async () => {
      await finish();
      await server[Symbol.asyncDispose]();
      budget.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

type Rig = Awaited<ReturnType<typeof startTidemark>>;

/** Both books are joined with a fetched snapshot. */
async function settle({ server, book }: Rig): Promise<void> {
  await waitFor("both pools' topics", () => server.topics === 4);
  await waitFor("both books joined", () => {
    for (const pool of [COAL, PEAT]) server.push(pool, [{ side: "buy", price: "99.9", size: "1.75" }]);
    return book("COAL-USDT").isLive && book("PEAT-USDT").isLive;
  });
}

test("a made-up exchange, one file, is followed over real sockets: its books equal the true ones", {
  timeout: 30_000,
}, async () => {
  await using rig = await startTidemark();
  const { server, book, seen, dataDir, station } = rig;
  await settle(rig);
  for (let at = 0; at < 100; at++)
    for (const pool of [COAL, PEAT]) {
      server.push(pool, [
        { side: at % 2 ? "buy" : "sell", price: at % 2 ? "99.5" : "100.5", size: at % 7 ? `${at}.250` : "0" },
        { side: "sell", price: `10${1 + (at % 4)}.${at % 10}`, size: at % 3 ? "3" : "0" },
      ]);
      server.deal(pool, `0.5@100.${at % 10}`);
    }
  for (const [pair, pool] of [
    ["COAL-USDT", COAL],
    ["PEAT-USDT", PEAT],
  ] as const) {
    await waitFor(`all of ${pair}`, () => book(pair).sequence === server.truth(pool).id);
    assert.deepEqual(seen(pair), server.truth(pool));
    assert.equal(book(pair).figures.gapCount, 0, "marks that other pools took are no gap");
    await waitFor("the last deal", () => book(pair).figures.trades === 100);
  }
  assert.equal(station.collector.figures.parseErrors, 0);
  assert.deepEqual(server.heard.toSorted(), ["r1", "r2"], "two topics a frame, as limits says");
  await rig.finish();
  const report = await verify({ dir: dataDir });
  assert.equal(report.ok, true, JSON.stringify(report));
  assert.deepEqual(report.symbols.map((one) => `${one.exchange} ${one.symbol}`).toSorted(), [
    "tidemark COAL-USDT",
    "tidemark PEAT-USDT",
  ]);
});

test("a diff of it that gets lost is one gap of one book, which heals by itself", { timeout: 30_000 }, async () => {
  await using rig = await startTidemark();
  const { server, book, seen } = rig;
  await settle(rig);
  server.push(COAL, [{ side: "buy", price: "99.7", size: "8.125" }], true);
  await waitFor("the gap to be noticed and healed", () => {
    server.push(COAL, [{ side: "sell", price: "100.2", size: "4" }]);
    return book("COAL-USDT").figures.gapCount === 1 && book("COAL-USDT").isLive;
  });
  await waitFor("the newest diff", () => book("COAL-USDT").sequence === server.truth(COAL).id);
  assert.deepEqual(seen("COAL-USDT"), server.truth(COAL), "with the level of the lost diff");
  assert.equal(book("COAL-USDT").figures.resyncs.get("gap"), 1);
  assert.deepEqual([book("PEAT-USDT").figures.gapCount, book("PEAT-USDT").isLive], [0, true]);
});

test("without being listed it is no exchange, and the how-to shows the file that runs here", async () => {
  assert.equal(productOf("tidemark"), undefined);
  assert.equal(productOf("TIDE", [...exchanges, tidemark])?.connector, "tidemark");
  const read = (path: string) => readFileSync(join(import.meta.dirname, path), "utf8");
  const shown = [...read("../../../docs/how-to/add-an-exchange.md").matchAll(/```ts\n([\s\S]*?)```/g)];
  assert.ok(shown.length > 0);
  for (const [, block = ""] of shown)
    assert.ok(read("test/tidemark.ts").includes(block.trim()), `not as in test/tidemark.ts:\n${block}`);
});

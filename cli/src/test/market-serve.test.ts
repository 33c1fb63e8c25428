import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { describe, test } from "node:test";
import { dialects, type SimExchange, startExchange } from "@banksman/sim";
import {
  freePort,
  type Running,
  run,
  runToEnd,
  startKafkaMock,
  startRedis,
  tempFolder,
  waitFor,
} from "@banksman/testkit";
import { MarketReadings } from "@banksman/wire/ingest";
import { stringify } from "yaml";

const CLI = new URL("../../banksman.js", import.meta.url).pathname;
const limit = { timeout: 60_000 };

type Served = { sim: SimExchange; collector: Running; url: string; folder: string } & AsyncDisposable;
type Extra = {
  config?: Record<string, unknown>;
  file?: Record<string, unknown>;
  env?: Record<string, string>;
  connector?: string;
};

/** A simulated exchange that pushes 50 frames a second and a collector process that follows it. */
async function serve({ config = {}, file = {}, env = {}, connector = "binance" }: Extra = {}): Promise<Served> {
  const folder = await tempFolder();
  const dialect = dialects.find((one) => one.connector === connector);
  assert.ok(dialect);
  const sim = await startExchange({ dialect, pairs: ["BTC-USDT", "ETH-USDT"], rate: 50 });
  const path = join(folder.path, "market.yml");
  const task = {
    connector_name: connector,
    trading_pairs: ["BTC-USDT", "ETH-USDT"],
    output_dir: join(folder.path, "data"),
    shared_dir: join(folder.path, "shared"),
    endpoints: { ws: sim.ws, rest: sim.rest },
    ...config,
  };
  await writeFile(path, stringify({ tasks: { test: { config: task } }, ...file }));
  const collector = run(process.execPath, [CLI, "market", "serve", "--config", path, "--port", "0"], {
    env: { ...process.env, ...env },
  });
  const [, url = ""] = await collector.output(/(http:\/\/127\.0\.0\.1:\d+)/);
  return {
    sim,
    collector,
    url,
    folder: folder.path,
    [Symbol.asyncDispose]: async () => {
      await collector.stop("SIGKILL");
      await sim.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

const isReady = (url: string) => waitFor("/ready", async () => (await fetch(`${url}/ready`)).status === 200);

/** Collects what an iterator of texts gives until the condition holds. */
type Message = { type: string; symbol: string; last_id?: number; first_id?: number };

/** In the order they came: a snapshot first, then diffs without a hole. */
function assertUnbroken(messages: readonly Message[], symbol: string): void {
  const book = messages.filter((one) => one.symbol === symbol && (one.type === "snapshot" || one.type === "diff"));
  assert.equal(book[0]?.type, "snapshot");
  for (let at = 1; at < book.length; at++) assert.ok((book[at]?.first_id ?? 0) <= (book[at - 1]?.last_id ?? 0) + 1);
}

describe("banksman market serve", { concurrency: 4 }, () => {
  test("every configured series is there from the first second, though the exchange is away", limit, async () => {
    const away = await freePort();
    const started = Date.now() / 1_000;
    await using served = await serve({
      config: { endpoints: { ws: `ws://127.0.0.1:${away}`, rest: `http://127.0.0.1:${away}` } },
    });
    const text = await (await fetch(`${served.url}/metrics`)).text();
    const labels = '{exchange="binance",symbol="BTC-USDT"}';
    for (const line of [
      'orderbook_collector_messages_received_total{exchange="binance",message_type="diff",symbol="BTC-USDT"} 0.0',
      `orderbook_collector_messages_processed_total${labels} 0.0`,
      'orderbook_collector_messages_failed_total{error_type="processing_error",exchange="binance",symbol="BTC-USDT"} 0.0',
      'orderbook_collector_sequence_gaps_total{exchange="binance",gap_size_bucket="critical",symbol="BTC-USDT"} 0.0',
      `orderbook_collector_ticks_written_total${labels} 0.0`,
      `orderbook_collector_files_written_total${labels} 0.0`,
      `orderbook_collector_connection_status${labels} 0.0`,
      'orderbook_collector_message_processing_latency_bucket{exchange="binance",le="+Inf",symbol="BTC-USDT"} 0.0',
      'orderbook_collector_message_processing_seconds_bucket{exchange="binance",le="0.001",symbol="BTC-USDT"} 0.0',
    ])
      assert.ok(text.split("\n").includes(line), line);
    const [, newest] = /last_message_timestamp\{exchange="binance",symbol="BTC-USDT"\} ([\d.]+)/.exec(text) ?? [];
    assert.ok(Math.abs(Number(newest) - started) < 10, `${newest} is the process's start`);
    const health = await fetch(`${served.url}/health`);
    assert.equal(health.status, 503);
    assert.equal(((await health.json()) as { status: string }).status, "unhealthy");
    assert.equal((await fetch(`${served.url}/ready`)).status, 503);
    await served.collector.stop("SIGTERM");
    assert.equal(await served.collector.exited, 0);
  });

  test("what promtool says of /metrics", limit, async () => {
    await using served = await serve();
    await isReady(served.url);
    const path = join(served.folder, "metrics.txt");
    await writeFile(path, await (await fetch(`${served.url}/metrics`)).text());
    const { code, stdout, stderr } = await runToEnd("sh", ["-c", `promtool check metrics < ${path}`]);
    // Names that the original exporter chose draw remarks (exit code 3); anything that can't be parsed is 1.
    assert.notEqual(code, 1, stdout + stderr);
  });

  test("/health, /books and the log line that operators look for", limit, async () => {
    await using served = await serve({ connector: "mexc" });
    await isReady(served.url);
    const health = (await (await fetch(`${served.url}/health`)).json()) as Record<string, unknown>;
    assert.equal(health.orchestrator_initialized, true);
    const book = (await (await fetch(`${served.url}/books/btc_usdt?depth=2`)).json()) as {
      bids: unknown[];
      symbol: string;
    };
    assert.deepEqual([book.symbol, book.bids.length], ["BTC-USDT", 2]);
    assert.equal((await fetch(`${served.url}/books/NOSUCH`)).status, 404);
    assert.equal((await fetch(`${served.url}/books/BTC-USDT?depth=0`)).status, 400);
    await served.collector.output(/Metrics recorded/);
    const table = await runToEnd(process.execPath, [
      CLI,
      "market",
      "top",
      "--once",
      "--port",
      new URL(served.url).port,
    ]);
    assert.match(table.stdout, /mexc +BTC-USDT +live/);
  });

  test("the live feed: WebSocket listeners get each book whole and then every change", limit, async () => {
    await using served = await serve({ config: { live: { websocket: true }, channels: ["book", "trades"] } });
    await isReady(served.url);
    const messages: Message[] = [];
    const socket = new WebSocket(`${served.url.replace("http", "ws")}/live?symbols=btc-usdt`);
    socket.addEventListener("message", ({ data }) => messages.push(JSON.parse(String(data))));
    await waitFor("a hundred diffs", () => messages.filter((one) => one.type === "diff").length >= 100);
    socket.close();
    assertUnbroken(messages, "BTC-USDT");
    assert.ok(messages.every((one) => one.symbol === "BTC-USDT"));
    assert.ok(messages.some((one) => one.type === "trades"));
  });

  test("the live feed: Redis", limit, async () => {
    await using redis = await startRedis();
    const { Redis } = await import("ioredis");
    const listener = new Redis(redis.url);
    const messages: Message[] = [];
    listener.on("pmessage", (_pattern: string, _channel: string, text: string) => messages.push(JSON.parse(text)));
    await listener.psubscribe("orderbook:binance:*");
    await using served = await serve({ config: { live: { redis: redis.url } } });
    await isReady(served.url);
    await waitFor("fifty diffs of each", () =>
      ["BTC-USDT", "ETH-USDT"].every(
        (pair) => messages.filter((one) => one.symbol === pair && one.type === "diff").length > 50,
      ),
    );
    listener.disconnect();
    assertUnbroken(messages, "ETH-USDT");
  });

  test("the live feed: Kafka", limit, async () => {
    await using kafka = await startKafkaMock();
    await using served = await serve({ config: { live: { kafka: { brokers: [kafka.brokers], topic: "orderbook" } } } });
    await isReady(served.url);
    await using reader = run("kcat", [
      "-C",
      "-b",
      kafka.brokers,
      "-t",
      "orderbook",
      "-o",
      "beginning",
      "-f",
      "%k %s\\n",
      "-u",
    ]);
    const messages = () =>
      reader
        .stdout()
        .split("\n")
        .slice(0, -1)
        .filter((line) => line.startsWith("binance:ETH-USDT "))
        .map((line): Message => JSON.parse(line.slice("binance:ETH-USDT ".length)));
    await waitFor("fifty diffs", () => messages().filter((one) => one.type === "diff").length > 50);
    assertUnbroken(messages(), "ETH-USDT");
    await reader.stop("SIGKILL");
  });

  test("complete files are copied to S3, signed, each until it is there", limit, async () => {
    const objects = new Map<string, string>();
    let refusals = 2;
    const bucket = createServer((request, response) => {
      void buffer(request).then((body) => {
        const isSigned = /^AWS4-HMAC-SHA256 Credential=key-id\/\d{8}\/eu-west-1\/s3\/aws4_request/.test(
          request.headers.authorization ?? "",
        );
        const status = isSigned ? (refusals-- > 0 ? 503 : 200) : 403;
        if (status === 200)
          objects.set(decodeURIComponent(request.url ?? ""), createHash("sha256").update(body).digest("hex"));
        response.writeHead(status).end();
      });
    });
    await new Promise<void>((resolve) => bucket.listen(0, "127.0.0.1", resolve));
    const endpoint = `http://127.0.0.1:${(bucket.address() as AddressInfo).port}`;
    await using served = await serve({
      config: {
        upload: { endpoint, bucket: "market", prefix: "books", region: "eu-west-1" },
        rotate: { rows: 300, mb: 1, minutes: 1 },
      },
      env: { AWS_ACCESS_KEY_ID: "key-id", AWS_SECRET_ACCESS_KEY: "secret" },
    });
    await waitFor("three files in the bucket", () => objects.size >= 3, { withinMs: 30_000 });
    const manifest = (await readFile(join(served.folder, "data", "manifest.jsonl"), "utf8"))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    for (const [url, sha256] of objects) {
      const path = url.replace("/market/books/", "");
      assert.equal(manifest.find((line) => line.kind === "part" && line.path === path)?.sha256, sha256);
    }
    bucket.closeAllConnections();
    bucket.close();
  });

  test("the server is told the price of bitcoin in the shape it takes", limit, async () => {
    const told: MarketReadings[] = [];
    const server = createServer((request, response) => {
      void buffer(request).then((body) => {
        if (request.url === "/api/market/readings" && request.headers["x-collector-key"] === "hsc_key")
          told.push(MarketReadings.parse(JSON.parse(body.toString())));
        response.writeHead(200, { "content-type": "application/json" }).end('{"success":true,"data":{"stored":1}}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await using _served = await serve({ file: { server: { url, key: "hsc_key", every_s: 0.5 } } });
    const [first] = await waitFor("a price", () => (told.length > 0 ? told : null));
    assert.equal(first?.facts[0]?.name, "btc_price");
    assert.equal(first?.facts[0]?.source, "binance BTC-USDT");
    assert.ok(Math.abs((first?.facts[0]?.value ?? 0) - 60_000) < 100);
    server.closeAllConnections();
    server.close();
  });

  test("bad usage and configuration are told with the key, the value and the fix", limit, async () => {
    const refused = await runToEnd(process.execPath, [CLI, "market", "serve", "--config", "/nonexistent.yml"]);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /no such file/);
    await using folder = await tempFolder();
    const path = join(folder.path, "bad.yml");
    await writeFile(
      path,
      stringify({ tasks: { t: { config: { connector_name: "kraken", trading_pairs: ["BTC-USDT"] } } } }),
    );
    const unknown = await runToEnd(process.execPath, [CLI, "market", "serve", "--config", path]);
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /tasks\.t\.config\.connector_name.*kraken.*must be one of binance/);
  });

  test("start-all, status and stop-all print what operators know", limit, async () => {
    await using folder = await tempFolder();
    await using _sim = run(process.execPath, [
      CLI,
      "sim",
      "exchanges",
      "--only",
      "mexc,gate_io",
      "--port",
      "0",
      "--write-config",
      folder.path,
    ]);
    const config = (name: string) => join(folder.path, `orderbook_tick_${name}.yml`);
    await waitFor("the configurations", () => Promise.all([readFile(config("mexc")), readFile(config("gate_io"))]));
    const collectors = [
      { name: "mexc", port: await freePort(), config: config("mexc") },
      { name: "gateio", port: await freePort(), config: config("gate_io") },
      { name: "bybit", machine: "far", host: "127.0.0.9", port: await freePort() },
    ];
    const inventory = join(folder.path, "fleet.yml");
    await writeFile(inventory, stringify({ collectors }));
    const market = (...args: string[]) =>
      runToEnd(process.execPath, [CLI, "market", ...args, "--inventory", inventory]);
    const logs = ["--log-dir", folder.path];
    const started = await market("start-all", "--host", "127.0.0.1", ...logs);
    assert.match(started.stdout, /^MEXC started \(PID: \d+\)\nGate\.io started \(PID: \d+\)\n/);
    assert.match(started.stdout, /MEXC: \{"status":"(healthy|degraded)"/);
    assert.equal(started.code, 0);
    const again = await market("start-all", "--host", "127.0.0.1", ...logs);
    assert.match(again.stdout, /MEXC is running already/);
    const table = await market("status");
    assert.match(table.stdout, /\| MEXC +\| \d+ +\| running +\| available +\| 4 +\| local/);
    assert.match(table.stdout, /\| Bybit +\| \d+ +\| not running +\| none +\| - +\| far/);
    assert.match(await readFile(join(folder.path, "gateio_collector.log"), "utf8"), /Metrics recorded/);
    const stopped = await market("stop-all", ...logs);
    assert.match(stopped.stdout, /MEXC stopped \(PID: \d+\)\nGate\.io stopped/);
    assert.equal(stopped.code, 0);
  });
});

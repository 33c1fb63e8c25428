import assert from "node:assert/strict";
import { cp, glob, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { serveHttp } from "@banksman/replay";
import { prepareDatabase } from "@banksman/server/prepared-database";
import { freePort, type Running, run, startKafkaMock, startMariaDb, tempFolder, waitFor } from "@banksman/testkit";
import { z } from "zod";
import { banksman, makeKey, PASSWORD } from "./site.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const FROM = `127.${60 + (process.pid % 40)}.1.1`;

const Answer = z.object({ status: z.literal("success"), data: z.unknown() });
const Vector = z.object({
  result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) })),
});
const Targets = z.object({
  activeTargets: z.array(z.object({ health: z.string(), labels: z.record(z.string(), z.string()) })),
});
const Alerts = z.object({
  alerts: z.array(
    z.object({
      state: z.string(),
      labels: z.record(z.string(), z.string()),
      annotations: z.record(z.string(), z.string()),
    }),
  ),
});
const Dashboard = z.object({
  panels: z.array(z.object({ targets: z.array(z.object({ expr: z.string() })).optional() })),
});

/** Two collectors on simulated exchanges, a server, an edge with some miners, and a real Prometheus that scrapes them. */
async function startAll(folder: string) {
  const running: Running[] = [];
  const start = (args: string[], environment?: NodeJS.ProcessEnv) => {
    const one = banksman(args, environment);
    running.push(one);
    return one;
  };
  const ports = {
    mexc: await freePort(),
    binance: await freePort(),
    server: await freePort(),
    edge: await freePort(),
    pool: await freePort(),
  };
  const exchanges = start(["sim", "exchanges", "--only", "mexc,binance", "--port", "0", "--write-config", folder]);
  await exchanges.output(/binance on/);
  await exchanges.output(/mexc on/);
  const collectorOf = (name: "mexc" | "binance") =>
    start(["market", "serve", "--config", join(folder, `orderbook_tick_${name}.yml`), "--port", String(ports[name])]);
  await waitFor("the configurations", () => readFile(join(folder, "orderbook_tick_mexc.yml")).catch(() => undefined));
  await waitFor("the configurations", () =>
    readFile(join(folder, "orderbook_tick_binance.yml")).catch(() => undefined),
  );
  const mexc = collectorOf("mexc");
  collectorOf("binance");
  const phone = await serveHttp(() => ({}));
  const key = await startSite(folder, ports, phone.url, start);
  const closePool = await startPool(folder, ports.pool, start);
  const alertmanager = await startAlertmanager(folder, `http://127.0.0.1:${ports.server}`, key);
  running.push(alertmanager.process);

  const inventory = join(folder, "fleet.yml");
  await writeFile(
    inventory,
    `local_host: 127.0.0.1
collectors: [{ name: mexc, port: ${ports.mexc} }, { name: binance, port: ${ports.binance} }]
roles: [{ role: server, port: ${ports.server} }, { role: edge, port: ${ports.edge} }, { role: pool-stats, port: ${ports.pool} }]
`,
  );
  const prometheus = await startPrometheus(folder, inventory, alertmanager.address);
  running.push(prometheus.process);
  const stop = async () => {
    for (const one of running.toReversed()) await one.stop("SIGKILL");
    await closePool();
    await phone[Symbol.asyncDispose]();
  };
  return { ports, mexc, phone, ask: prometheus.ask, stop };
}

/** A share log with some shares in it, and pool-stats on it. */
async function startPool(folder: string, port: number, start: Start): Promise<() => Promise<void>> {
  const kafka = await startKafkaMock();
  const mariadb = await startMariaDb();
  const config = join(folder, "statshttpd.cfg");
  await writeFile(
    config,
    `kafka = { brokers = "${kafka.brokers}"; };
statshttpd = { ip = "127.0.0.1"; port = ${port}; flush_db_interval = 1; };
pooldb = { host = "127.0.0.1"; port = ${mariadb.port}; username = "${mariadb.user}"; password = "${mariadb.password}"; dbname = "${mariadb.database}"; };
`,
  );
  start(["sim", "shares", "--brokers", kafka.brokers, "--workers", "50", "--rate", "200"]);
  start(["pool-stats", "-c", config]);
  return async () => {
    await kafka[Symbol.asyncDispose]();
    await mariadb[Symbol.asyncDispose]();
  };
}

type Start = (args: string[], environment?: NodeJS.ProcessEnv) => Running;

async function startSite(folder: string, ports: { server: number; edge: number }, phone: string, start: Start) {
  const url = `http://127.0.0.1:${ports.server}`;
  const serverConfig = join(folder, "banksman.yaml");
  await writeFile(
    serverConfig,
    `channels: [{ name: phone, type: webhook, url: "${phone}/" }]\negress: { allow: [127.0.0.0/8] }\n`,
  );
  const dataDir = join(folder, "data");
  await prepareDatabase(dataDir);
  const server = start(["server", "--config", serverConfig], {
    PORT: String(ports.server),
    DATA_DIR: dataDir,
    ADMIN_PASSWORD: PASSWORD,
    DATABASE_URL: "",
  });
  await server.output(/Banksman is at/);
  const miners = start(["sim", "miners", "--count", "8", "--from", FROM]);
  await miners.output(/miners on /);
  const key = await makeKey(url);
  const config = join(folder, "collector_config.json");
  await writeFile(
    config,
    JSON.stringify({
      api_url: url,
      api_key: key,
      site_id: "1",
      collection_interval: 1,
      // Nobody answers there: an edge that reads cooling tells of it all the same.
      cooling: [{ host: "127.9.9.9", port: 9, driver: "antbox", lease: "none" }],
      ip_ranges: [{ range: `${FROM}-${FROM.replace(/\d+$/, "8")}`, prefix: "M_" }],
      spool: { path: join(folder, "spool.db") },
      ops_port: ports.edge,
    }),
  );
  start(["edge", "--config", config]);
  return key;
}

/** The shipped configuration, with this test's addresses in the place of the compose file's, and shorter waits. */
async function startAlertmanager(folder: string, server: string, key: string) {
  const shipped = await readFile(join(ROOT, "deploy/monitoring/alertmanager/alertmanager.yml"), "utf8");
  const token = join(folder, "banksman-token");
  await writeFile(token, key);
  const config = join(folder, "alertmanager.yml");
  await writeFile(
    config,
    shipped
      .replace("http://host.docker.internal:8080", server)
      .replace("/etc/alertmanager/banksman-token", token)
      .replace("group_wait: 10s", "group_wait: 1s"),
  );
  const port = await freePort();
  const process = run("prometheus-alertmanager", [
    `--config.file=${config}`,
    `--storage.path=${join(folder, "alertmanager")}`,
    `--web.listen-address=127.0.0.1:${port}`,
    "--cluster.listen-address=",
    "--log.level=error",
  ]);
  return { process, address: `127.0.0.1:${port}` };
}

/** The shipped rules and the configuration that `banksman monitoring` prints; only waits are shorter. */
async function startPrometheus(folder: string, inventory: string, alertmanager: string) {
  const home = join(folder, "prometheus");
  await mkdir(home);
  await cp(join(ROOT, "config/prometheus/rules"), join(home, "rules"), { recursive: true });
  for (const name of ["collectors.yml", "roles.yml", "pool-stats.yml", "slo.yml"]) {
    const text = await readFile(join(home, "rules", name), "utf8");
    await writeFile(join(home, "rules", name), text.replaceAll(/for: \d+m/g, "for: 1s"));
  }
  const printed = banksman(["monitoring", "prometheus", "--inventory", inventory]);
  assert.equal(await printed.exited, 0, printed.stderr());
  const config = join(home, "prometheus.yml");
  await writeFile(config, printed.stdout().replaceAll("15s", "1s").replace("alertmanager:9093", alertmanager));
  const port = await freePort();
  const process = run("prometheus", [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(home, "data")}`,
    `--web.listen-address=127.0.0.1:${port}`,
    "--log.level=error",
  ]);
  const ask = async <S extends z.ZodType>(
    schema: S,
    path: string,
    query: Record<string, string> = {},
  ): Promise<z.output<S>> => {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/${path}?${new URLSearchParams(query)}`);
    const text = await response.text();
    assert.equal(response.status, 200, `${path} ${JSON.stringify(query)}: ${text.slice(0, 500)}`);
    return schema.parse(Answer.parse(JSON.parse(text)).data);
  };
  await waitFor(
    "Prometheus",
    () =>
      fetch(`http://127.0.0.1:${port}/-/ready`).then(
        (r) => r.ok,
        () => false,
      ),
    { withinMs: 20_000 },
  );
  return { process, ask };
}

/** Sum of a metric over all its series, as a role tells it. */
async function told(port: number, metric: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const values = [...text.matchAll(new RegExp(`^${metric}(?:\\{.*\\})? (\\S+)$`, "gm"))].map((match) =>
    Number(match[1]),
  );
  return values.reduce((sum, value) => sum + value, 0);
}

/** Metrics that dashboards or rules name and no role exports. */
async function unknownMetrics(expressions: readonly string[], known: ReadonlySet<string>): Promise<string[]> {
  const rules: string[] = [];
  for await (const file of glob("config/prometheus/rules/*.yml", { cwd: ROOT }))
    rules.push(await readFile(join(ROOT, file), "utf8"));
  const named = [...expressions, ...rules].join("\n").matchAll(/\b(?:orderbook_collector|banksman)_[a-z_]+\b/g);
  const names = new Set([...named].map(([name]) => name.replace(/_(bucket|sum|count)$/, "")));
  return [...names].filter((name) => !known.has(name) && !known.has(`${name}_count`));
}

test("a real Prometheus scrapes every role, answers every shipped query, and says when a collector is down", async (t) => {
  await using folder = await tempFolder();
  const all = await startAll(folder.path);
  t.after(() => all.stop());
  const query = (promql: string) => all.ask(Vector, "query", { query: promql });

  await waitFor(
    "all targets up",
    async () => {
      const { activeTargets } = await all.ask(Targets, "targets");
      const up = new Set(activeTargets.filter(({ health }) => health === "up").map(({ labels }) => labels.job));
      return [
        "orderbook-collector-mexc",
        "orderbook-collector-binance",
        "banksman-server",
        "banksman-edge",
        "banksman-pool-stats",
      ].every((job) => up.has(job));
    },
    { withinMs: 30_000 },
  );

  // The original's query, beside what the collectors say of themselves just before and after.
  const RECEIVED = "orderbook_collector_messages_received_total";
  await waitFor(
    "messages of both exchanges",
    async () => {
      const before = { mexc: await told(all.ports.mexc, RECEIVED), binance: await told(all.ports.binance, RECEIVED) };
      if (before.mexc < 50 || before.binance < 50) return false;
      const scraped = await waitFor("a scrape after that", async () => {
        const { result } = await query(`sum by (exchange) (${RECEIVED})`);
        const by = Object.fromEntries(result.map(({ metric, value }) => [metric.exchange, Number(value[1])]));
        return (by.mexc ?? 0) >= before.mexc && (by.binance ?? 0) >= before.binance ? by : undefined;
      });
      assert.ok((scraped.mexc ?? 0) <= (await told(all.ports.mexc, RECEIVED)), "no more than the collector tells");
      assert.ok(
        (scraped.binance ?? 0) <= (await told(all.ports.binance, RECEIVED)),
        "no more than the collector tells",
      );
      return true;
    },
    { withinMs: 30_000 },
  );
  await waitFor(
    "a rate for each symbol",
    async () => {
      const { result } = await query(`sum by (symbol) (rate(${RECEIVED}{exchange="mexc",message_type="diff"}[1m]))`);
      return result.filter(({ value }) => Number(value[1]) > 0).length >= 4;
    },
    { withinMs: 20_000 },
  );
  await waitFor(
    "the fleet's figures",
    async () => (await query("sum(banksman_site_miners)")).result[0]?.value[1] === "8",
    { withinMs: 30_000 },
  );

  const shown: string[] = [];
  for await (const file of glob("deploy/monitoring/grafana/dashboards/*.json", { cwd: ROOT })) {
    const { panels } = Dashboard.parse(JSON.parse(await readFile(join(ROOT, file), "utf8")));
    const expressions = panels.flatMap(({ targets }) => targets ?? []).map(({ expr }) => expr);
    assert.ok(expressions.length > 0, file);
    for (const expression of expressions) await query(expression.replaceAll(/\$\w+/g, ".*"));
    shown.push(...expressions);
  }
  const known = await all.ask(z.record(z.string(), z.unknown()), "metadata");
  assert.deepEqual(await unknownMetrics(shown, new Set(Object.keys(known))), []);

  await all.mexc.stop();
  const alert = await waitFor(
    "CollectorDown",
    async () => {
      const { alerts } = await all.ask(Alerts, "alerts");
      return alerts.find(({ labels, state }) => labels.alertname === "CollectorDown" && state === "firing");
    },
    { withinMs: 20_000 },
  );
  assert.equal(alert.labels.job, "orderbook-collector-mexc");
  assert.equal(alert.annotations.summary, `Collector 127.0.0.1:${all.ports.mexc} is down`);
  const message = await waitFor(
    "the alert over the server's channel",
    () => all.phone.calls.map(({ body }) => body).find((body) => body.includes(`127.0.0.1:${all.ports.mexc} is down`)),
    { withinMs: 30_000 },
  );
  assert.equal(JSON.parse(message).level, "urgent");
});

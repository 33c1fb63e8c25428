import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { serveHttp } from "@banksman/replay";
import { alertFunctions, createEngine, type EngineRule, pack, type Sample } from "@banksman/rules";
import { freePort, tempFolder, waitFor } from "@banksman/testkit";
import { RuleFields } from "@banksman/wire/model";
import { compile } from "../packages/rules/src/compile.ts";
import { checkCondition } from "../packages/rules/src/condition.ts";
import { FIELDS } from "../packages/rules/src/fields.ts";
import { Texts } from "../packages/rules/src/texts.ts";
import { siteWithKey, startTestServer } from "../roles/server/src/test/test-server.ts";

/**
 * How fast rules are evaluated, and how soon a message leaves, beside Prometheus on the same conditions and figures.
 * `node --expose-gc bench/rules.ts [--quick]`
 */
const { values } = parseArgs({ options: { quick: { type: "boolean" } } });
const MINERS = 6_000;
const RULES = 200;
const SWEEP_MS = 30_000;

/** Conditions that a reading in order does not meet; the same for both. */
const SIMPLE = Array.from({ length: RULES }, (_, n) => {
  const limit = 100 + n;
  return [
    { cel: `temperature_max > ${limit}`, promql: `temperature_max > ${limit}` },
    { cel: `hashrate_ghs < ${n}`, promql: `hashrate_ghs < ${n}` },
    { cel: `power_consumption > ${4_000 + n}`, promql: `power_consumption > ${4_000 + n}` },
    { cel: `temperature_avg > ${limit}`, promql: `temperature_avg > ${limit}` },
  ][n % 4] as { cel: string; promql: string };
});
const rule = (condition: string, n: number): EngineRule => ({
  rule_id: `r${n}`,
  ...RuleFields.parse({
    name: { zh: "r", en: "r" },
    target: "miner",
    level: "warning",
    condition,
    title: { zh: "{miner_id}", en: "{miner_id}" },
  }),
});
const reading = (n: number, sweep: number) => ({
  miner_id: `m-${n}`,
  online: true,
  health: "hashing",
  hashrate_ghs: 100_000 + ((n * 7 + sweep * 13) % 900),
  expected_hashrate_ghs: 100_000,
  temperature_avg: 55 + (n % 10),
  temperature_max: 65 + ((n + sweep) % 20),
  power_consumption: 3_200 + (n % 50),
  accepted_shares: 1_000 * sweep + n,
  rejected_shares: sweep,
  uptime_seconds: 10_000 + sweep * 30,
});
const samples = (miners: number, sweep: number): Sample[] =>
  Array.from({ length: miners }, (_, n) => ({
    target: { kind: "miner", site_id: "s", id: `m-${n}`, rack: `r${n % 100}` },
    at: sweep * SWEEP_MS,
    figures: reading(n, sweep),
  }));

/** Compiled conditions alone, and the engine with all it does for a reading. */
function evaluations() {
  const fields = FIELDS.miner;
  const layout = { column: (name: string) => fields.findIndex((field) => field.name === name), seriesOf: () => -1 };
  const texts = new Texts();
  const compiled = SIMPLE.map(({ cel }) => {
    const checked = checkCondition(cel, fields);
    if (!checked.ok) throw new Error(cel);
    return compile(checked.parsed, { layout, texts, fields, functions: alertFunctions });
  });
  const rows = samples(MINERS, 1).map(({ figures }) =>
    Float64Array.from(fields, ({ name }) =>
      typeof figures[name] === "number" ? (figures[name] as number) : Number.NaN,
    ),
  );
  let held = 0;
  const conditions = best(5, () => {
    for (const row of rows) for (const run of compiled) held += run({ at: 0, row, history: null }) === 1 ? 1 : 0;
  });
  const engine = createEngine(SIMPLE.map(({ cel }, n) => rule(cel, n)));
  let sweep = 0;
  const whole = best(5, () => engine.take(samples(MINERS, ++sweep)));
  return {
    "conditions/s, compiled": million((MINERS * RULES) / conditions),
    "conditions/s, engine": million((MINERS * RULES) / whole),
    "a sweep, ms": Math.round(whole * 1_000),
    held,
  };
}

/** Seconds of the fastest of several runs, the first for warming up. */
function best(rounds: number, run: () => void): number {
  const times = Array.from({ length: rounds + 1 }, () => {
    const began = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(began);
    return (user + system) / 1e6;
  });
  return Math.min(...times.slice(1));
}
const million = (perSecond: number) => `${(perSecond / 1e6).toFixed(2)} M`;

/** Prometheus evaluates the same conditions over the same figures, scraped from here. */
async function prometheus() {
  await using folder = await tempFolder();
  const figures = samples(MINERS, 1).map(({ figures: told }) => told);
  const lines = ["temperature_max", "temperature_avg", "hashrate_ghs", "power_consumption"].flatMap((name) =>
    figures.map((told) => `${name}{miner_id="${told.miner_id}"} ${told[name]}`),
  );
  const server = createServer((_request, response) => response.end(`${lines.join("\n")}\n`));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const target = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const rules = SIMPLE.map(({ promql }, n) => ({ alert: `r${n}`, expr: promql }));
  await writeFile(
    join(folder.path, "rules.yml"),
    JSON.stringify({ groups: [{ name: "bench", interval: "2s", rules }] }),
  );
  const scrape = [{ job_name: "bench", static_configs: [{ targets: [target] }] }];
  const config = { global: { scrape_interval: "2s" }, rule_files: ["rules.yml"], scrape_configs: scrape };
  await writeFile(join(folder.path, "prometheus.yml"), JSON.stringify(config));
  const port = await freePort();
  const args = [
    `--config.file=${folder.path}/prometheus.yml`,
    `--storage.tsdb.path=${folder.path}/data`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const child = spawn("prometheus", args, { stdio: "ignore", env: { ...process.env, GOMAXPROCS: "1" } });
  const text = (path: string) =>
    fetch(`http://127.0.0.1:${port}${path}`).then(
      (answer) => answer.text(),
      () => "",
    );
  const figure = async (pattern: RegExp) => Number(pattern.exec(await text("/metrics"))?.[1] ?? 0);
  const rounds = () => figure(/^prometheus_rule_group_iterations_total\{[^}]*\} (\S+)/m);
  const cpu = () => figure(/^process_cpu_seconds_total (\S+)/m);
  const patience = { withinMs: 150_000 };
  const told = () => text("/api/v1/query?query=count(temperature_max)");
  await waitFor("figures", async () => (await told()).includes(`"${MINERS}"`), patience);
  const first = await rounds();
  // The round that was under way when the figures came does not count.
  await waitFor("a round with figures", async () => (await rounds()) >= first + 2, patience);
  const [began, from] = [await cpu(), await rounds()];
  await waitFor("three rounds", async () => (await rounds()) >= from + 3, patience);
  const round = ((await cpu()) - began) / ((await rounds()) - from);
  child.kill("SIGKILL");
  server.close();
  return { "conditions/s": million((MINERS * RULES) / round), "CPU a round, s": Number(round.toFixed(2)) };
}

/** What a target costs, with the rules that ship and half an hour of sweeps. */
function memory(targets: number) {
  const before = used();
  const engine = createEngine(pack.map(({ rule_id, fields }) => ({ rule_id, ...fields })));
  for (let sweep = 1; sweep <= 60; sweep++) engine.take(samples(targets, sweep));
  const after = used();
  return {
    targets,
    rules: pack.length,
    "MB in all": Math.round((after - before) / 1e6),
    evaluations: million(engine.figures().evaluations),
  };
}
/** Bytes in use, on the heap and beside it, without what waits to be collected. */
function used(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** From the answer that readings are stored to the request that reaches the channel. */
async function latency(sweeps: number) {
  const arrived = new Map<string, number>();
  await using service = await serveHttp(({ body }) => {
    const { text } = JSON.parse(body) as { text: string };
    for (const line of text.split("\n")) arrived.set(line.replace("● ", ""), performance.now());
    return {};
  });
  const channels = [{ name: "ops", type: "webhook", url: `${service.url}/`, language: "en" }];
  await using server = await startTestServer({ channels, egress: { allow: ["127.0.0.0/8"] } });
  const { cookie, key } = await siteWithKey(server, "1");
  for (const [n, { cel }] of SIMPLE.slice(0, RULES - pack.length).entries()) {
    const { rule_id, ...fields } = rule(cel, n);
    await server.call("POST", "/api/alert-rules", { cookie, body: { rule_id, ...fields } });
  }
  const urgent = {
    ...rule("temperature_max > 97", 999),
    level: "urgent",
    title: { zh: "t", en: "t {miner_id} {temperature_max}" },
  };
  await server.call("POST", "/api/alert-rules", { cookie, body: { ...urgent, labels: {} } });
  const times: number[] = [];
  await new Promise((resolve) => setTimeout(resolve, 12_000));
  for (let sweep = 1; sweep <= sweeps; sweep++) {
    const hot = sweep * 11;
    const body = Array.from({ length: MINERS }, (_, n) => ({
      ...reading(n, sweep),
      health: undefined,
      ...(n === hot ? { temperature_max: 98 } : {}),
    }));
    await server.call("POST", "/api/collector/upload", { key, body });
    const stored = performance.now();
    const at = await waitFor("the message", () => arrived.get(`t m-${hot} 98`), { withinMs: 30_000 });
    times.push(at - stored);
  }
  const sorted = times.toSorted((a, b) => a - b);
  const part = (share: number) =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
  return { miners: MINERS, rules: RULES, sweeps, "p50 ms": part(0.5), "p95 ms": part(0.95), "max ms": part(1) };
}

console.log("Conditions\n", evaluations());
console.log("Prometheus\n", await prometheus());
console.log("Memory\n", memory(values.quick ? 10_000 : 100_000));
console.log("Stored to handed to the channel\n", await latency(values.quick ? 5 : 40));
process.exit(0);

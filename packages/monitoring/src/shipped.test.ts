import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { z } from "zod";
import { dashboards } from "./dashboards/index.ts";
import { readInventory } from "./inventory.ts";
import { prometheusConfig } from "./prometheus-config.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const run = (command: string, ...args: string[]) => execFileSync(command, args, { cwd: ROOT, encoding: "utf8" });
const read = (path: string) => readFileSync(`${ROOT}${path}`, "utf8");
const found = (pattern: string) => globSync(pattern, { cwd: ROOT }).toSorted();

const Rules = z.object({
  groups: z.array(z.object({ rules: z.array(z.object({ alert: z.string().optional(), expr: z.string() })) })),
});
const Cases = z.object({
  tests: z.array(
    z.object({
      alert_rule_test: z.array(z.object({ alertname: z.string(), exp_alerts: z.array(z.unknown()).optional() })),
    }),
  ),
});

test("Prometheus takes the rules, and each alert keeps quiet and fires as its case says", () => {
  run("promtool", "check", "rules", ...found("config/prometheus/rules/*.yml"));
  run("promtool", "test", "rules", ...found("config/prometheus/tests/*.test.yml"));
});

test("every alert has a case in which it is quiet and one in which it fires", () => {
  for (const file of found("config/prometheus/rules/*.yml")) {
    const alerts = Rules.parse(parse(read(file))).groups.flatMap(({ rules }) =>
      rules.flatMap(({ alert }) => alert ?? []),
    );
    const name = basename(file, ".yml");
    const checks = Cases.parse(parse(read(`config/prometheus/tests/${name}.test.yml`))).tests.flatMap(
      ({ alert_rule_test }) => alert_rule_test,
    );
    for (const alert of alerts) {
      const own = checks.filter(({ alertname }) => alertname === alert);
      assert.ok(
        own.some(({ exp_alerts }) => exp_alerts === undefined),
        `${alert} is never expected to be quiet`,
      );
      assert.ok(
        own.some(({ exp_alerts }) => exp_alerts !== undefined),
        `${alert} is never expected to fire`,
      );
    }
  }
});

test("CollectorDown is byte for byte the one that others' dashboards and runbooks know", () => {
  assert.ok(
    read("config/prometheus/rules/collectors.yml").includes(
      [
        "  - name: collector_health",
        "    rules:",
        "      - alert: CollectorDown",
        '        expr: up{job=~"orderbook-collector-.*"} == 0',
        "        for: 5m",
        "        labels:",
        "          severity: critical",
        "        annotations:",
        '          summary: "Collector {{ $labels.instance }} is down"',
        "",
      ].join("\n"),
    ),
  );
});

test("the shipped prometheus_multiport.yml is what the shipped inventory makes", async () => {
  const shipped = read("config/prometheus/prometheus_multiport.yml");
  assert.equal(shipped.replace(/^#.*\n/, ""), prometheusConfig(await readInventory(`${ROOT}config/fleet.yml`)));
  run("promtool", "check", "config", "--syntax-only", "config/prometheus/prometheus_multiport.yml");
});

const Compose = z.object({
  services: z.record(
    z.string(),
    z.object({
      container_name: z.string(),
      ports: z.array(z.string()),
      volumes: z.array(z.string()),
      extra_hosts: z.array(z.string()).optional(),
    }),
  ),
});

test("the compose file keeps the names and ports that others' commands say, and mounts what is there", () => {
  const { services } = Compose.parse(parse(read("docker-compose.monitoring.yml")));
  const { prometheus, grafana } = services;
  assert.deepEqual(
    [prometheus?.container_name, prometheus?.ports, grafana?.container_name, grafana?.ports],
    ["quants-lab-prometheus", ["127.0.0.1:9090:9090"], "quants-lab-grafana", ["127.0.0.1:3000:3000"]],
  );
  assert.deepEqual(prometheus?.extra_hosts, ["host.docker.internal:host-gateway"]);
  for (const mount of Object.values(services).flatMap(({ volumes }) => volumes))
    if (mount.startsWith("./")) assert.equal(found(mount.split(":")[0] ?? "").length, 1, mount);
  assert.match(
    read("deploy/monitoring/grafana/provisioning/datasources/prometheus.yml"),
    /url: http:\/\/prometheus:9090\n/,
  );
});

test("each collector has a unit and a supervisord program that start it as the inventory says", async () => {
  const { collectors } = await readInventory(`${ROOT}config/fleet.yml`);
  const supervisord = read("deploy/supervisord-collectors.conf");
  for (const { name, config, port } of collectors) {
    const serve = `market serve --config ${config} --host 0.0.0.0 --port ${port}\n`;
    const unit = read(`deploy/${name}-collector.service`);
    for (const line of ["User=collector\n", "Restart=always\n", "RestartSec=10\n", serve])
      assert.ok(unit.includes(line), `${name}: ${line}`);
    const log = `/var/log/quants-lab/${name}_collector.log`;
    assert.ok(unit.includes(`StandardOutput=append:${log}\n`) && supervisord.includes(log), name);
    assert.ok(supervisord.includes(`[program:${name}-collector]`) && supervisord.includes(serve), name);
    assert.equal(found(config ?? "").length, 1, `${config} is there`);
  }
});

test("Alertmanager takes its configuration", () => {
  assert.match(run("amtool", "check-config", "deploy/monitoring/alertmanager/alertmanager.yml"), /SUCCESS/);
});

test("the shipped dashboards are what their sources print", () => {
  for (const [name, dashboard] of Object.entries(dashboards))
    assert.equal(
      read(`deploy/monitoring/grafana/dashboards/${name}.json`),
      `${JSON.stringify(dashboard, null, 2)}\n`,
      `${name}.json is old: node scripts/print-dashboards.ts`,
    );
});

/** What Grafana needs of a dashboard to load it. */
const Place = z.object({ x: z.int().min(0), y: z.int().min(0), w: z.int().min(1).max(24), h: z.int().min(1) });
const Source = z.object({ type: z.literal("prometheus"), uid: z.literal("prometheus") });
const Panel = z.object({
  id: z.int().positive(),
  type: z.enum(["row", "timeseries", "stat", "table"]),
  title: z.string().min(1),
  gridPos: Place,
  targets: z
    .array(z.object({ refId: z.string().regex(/^[A-Z]$/), expr: z.string().min(1), datasource: Source }))
    .optional(),
});
const Dashboard = z.object({
  uid: z.string().max(40),
  title: z.string().min(1),
  schemaVersion: z.int().min(30),
  panels: z.array(Panel).min(1),
  templating: z.object({ list: z.array(z.object({ name: z.string(), type: z.literal("query"), datasource: Source })) }),
});

test("the dashboards have the shape Grafana loads, and no panel lies on another", () => {
  for (const [name, raw] of Object.entries(dashboards)) {
    const dashboard = Dashboard.parse(JSON.parse(JSON.stringify(raw)));
    const ids = dashboard.panels.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length, `${name}: an id twice`);
    const cells = new Set<string>();
    for (const { title, gridPos: at, type, targets } of dashboard.panels) {
      assert.ok(at.x + at.w <= 24, `${name}: ${title} is wider than the page`);
      assert.equal(targets === undefined, type === "row", `${name}: ${title} shows nothing`);
      for (let x = at.x; x < at.x + at.w; x++)
        for (let y = at.y; y < at.y + at.h; y++) {
          assert.ok(!cells.has(`${x} ${y}`), `${name}: ${title} lies on another panel`);
          cells.add(`${x} ${y}`);
        }
    }
  }
});

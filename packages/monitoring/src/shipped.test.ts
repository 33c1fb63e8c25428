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

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { tempFolder } from "@banksman/testkit";
import { siteWithKey, startTestServer } from "../test/test-server.ts";

const readings = [
  { miner_id: "A", ip_address: "10.0.0.1", online: true, hashrate_ghs: 100_000, power_consumption: 3_250 },
  { miner_id: "B", ip_address: "10.0.0.2", online: false, offline_reason: "timed_out" },
];

test("/metrics tells the fleet's figures of this moment, and each request by its route", async () => {
  await using server = await startTestServer();
  const { key } = await siteWithKey(server, "north");
  const headers = { "x-collected-at": new Date(Date.now() - 4_000).toISOString(), "x-collector-id": "edge-1" };
  await server.call("POST", "/api/collector/upload", { key, body: readings, headers });

  const text = await (await fetch(`${server.url}/metrics`)).text();
  /** The value of the series with this name whose labels hold all of these. */
  const value = (name: string, labels: Record<string, string> = {}) => {
    const wanted = Object.entries(labels).map(([label, text]) => `${label}="${text}"`);
    const line = text
      .split("\n")
      .find((one) => /^\w+/.exec(one)?.[0] === name && wanted.every((each) => one.includes(each)));
    return Number(line?.split(" ").at(-1));
  };
  assert.equal(value("banksman_database_up"), 1);
  assert.equal(value("banksman_site_miners", { site_id: "north", health: "unreachable" }), 1);
  assert.equal(value("banksman_site_hashrate_ghs", { site_id: "north" }), 100_000);
  assert.equal(value("banksman_site_power_watts", { site_id: "north" }), 3_250);
  assert.equal(value("banksman_ingest_delay_seconds_count"), 1);
  const upload = { method: "POST", route: "/api/collector/upload", status: "200" };
  assert.equal(value("banksman_http_request_seconds_count", upload), 1);
  assert.ok(value("banksman_disk_used_ratio") > 0);
  const uploadedAt = value("banksman_collector_last_upload_timestamp_seconds", { site_id: "north" });
  assert.ok(Math.abs(uploadedAt - Date.now() / 1_000) < 60);
});

test("the inventory is served as Prometheus' service discovery, and a mistake in it is told", async () => {
  await using folder = await tempFolder();
  const inventory = join(folder.path, "fleet.yml");
  await writeFile(inventory, "collectors: [{ name: mexc, machine: m-1, host: 192.168.1.10, port: 8000 }]\n");
  await using server = await startTestServer({ inventory });
  const ask = async () => await fetch(`${server.url}/metrics/targets`);
  assert.deepEqual(await (await ask()).json(), [
    {
      targets: ["192.168.1.10:8000"],
      labels: { job: "orderbook-collector-remote", collector: "mexc", machine: "m-1", environment: "production" },
    },
  ]);
  const proxied = await fetch(`${server.url}/metrics/targets`, { headers: { "x-forwarded-for": "203.0.113.9" } });
  assert.equal(proxied.status, 403, "a proxy on this machine is not this machine");
  await writeFile(inventory, "collectors: [{ name: mexc, port: 800000 }]\n");
  const broken = await ask();
  assert.equal(broken.status, 503);
  assert.match(await broken.text(), /collectors.*port.*800000/);
});

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { tempFolder } from "@banksman/testkit";
import { Inventory, readInventory } from "./inventory.ts";
import { prometheusConfig } from "./prometheus-config.ts";
import { targetGroups } from "./targets.ts";

const groups = (inventory: unknown) => targetGroups(Inventory.parse(inventory));

test("collectors of this machine have a job each and the name Prometheus knows the machine by", () => {
  const inventory = { local_host: "host.docker.internal", collectors: [{ name: "mexc", port: 8000 }] };
  assert.deepEqual(groups(inventory), [
    {
      targets: ["host.docker.internal:8000"],
      labels: { job: "orderbook-collector-mexc", collector: "mexc", machine: "local", environment: "production" },
    },
  ]);
});

test("collectors elsewhere share the job orderbook-collector-remote; an IPv6 address is bracketed", () => {
  const collectors = [
    { name: "mexc", machine: "m-1", host: "192.168.1.10", port: 8000 },
    { name: "binance", machine: "m-3", host: "fd00::3", port: 8000 },
  ];
  assert.deepEqual(
    groups({ environment: "lab", collectors }).map(({ targets, labels }) => [
      targets[0],
      labels.job,
      labels.environment,
    ]),
    [
      ["192.168.1.10:8000", "orderbook-collector-remote", "lab"],
      ["[fd00::3]:8000", "orderbook-collector-remote", "lab"],
    ],
  );
});

test("other roles are scraped under banksman-<role>, over https where they say so", () => {
  const [group] = groups({
    roles: [{ role: "server", host: "10.0.0.5", machine: "db-1", port: 8443, scheme: "https" }],
  });
  assert.deepEqual(group, {
    targets: ["10.0.0.5:8443"],
    labels: { job: "banksman-server", machine: "db-1", environment: "production", __scheme__: "https" },
  });
});

test("a host of its own is scraped there, with or without a machine's name", () => {
  const collectors = [
    { name: "gateio", host: "192.168.1.11", port: 8000 },
    { name: "mexc", machine: "local", host: "10.0.0.5", port: 8000 },
  ];
  assert.deepEqual(
    groups({ local_host: "host.docker.internal", collectors }).map(({ targets, labels }) => [
      targets[0],
      labels.job,
      labels.machine,
    ]),
    [
      ["192.168.1.11:8000", "orderbook-collector-remote", "192.168.1.11"],
      ["10.0.0.5:8000", "orderbook-collector-mexc", "local"],
    ],
  );
});

test("the token file of the inventory reaches every job", () => {
  const inventory = Inventory.parse({ metrics_token_file: "token", roles: [{ role: "server", port: 8080 }] });
  const text = prometheusConfig(inventory);
  assert.equal(text.match(/credentials_file: token/g)?.length, 2, "the role's job and the one of targets/*.json");
});

const MISTAKES: [name: string, text: string, told: RegExp][] = [
  ["a port out of range", "collectors: [{ name: mexc, port: 80000 }]", /collectors.*port.*80000/],
  ["two on one port", "collectors: [{ name: a, port: 8000 }, { name: b, port: 8000 }]", /127\.0\.0\.1:8000 is also/],
  [
    "one name started twice",
    "collectors: [{ name: a, port: 1, config: x }, { name: a, port: 2, config: y }]",
    /a is already/,
  ],
  ["an unknown role", "roles: [{ role: serverr, port: 80 }]", /roles.*role/],
  ["a host with a path", "collectors: [{ name: a, host: 'http://x/', port: 1 }]", /collectors.*host/],
  ["an unknown key", "colectors: []", /colectors/],
  ["bad YAML", "collectors: [", /fleet\.yml:\d+:\d+/],
];
for (const [name, text, told] of MISTAKES) {
  test(`an inventory with ${name} is refused with the key`, async () => {
    await using folder = await tempFolder();
    const file = join(folder.path, "fleet.yml");
    await writeFile(file, text);
    await assert.rejects(readInventory(file), told);
  });
}

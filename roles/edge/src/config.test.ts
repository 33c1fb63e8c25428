import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { messageOf } from "@banksman/kit";
import fc from "fast-check";
import { intervalSeconds, loadEdgeConfig } from "./config.ts";
import { listUnits } from "./cooling/units.ts";
import { deviceParts } from "./device-parts.ts";
import { addressesOf, formatIpv4, parseIpv4, parseRange } from "./ipv4.ts";
import { loadWithPlugins } from "./load-with-plugins.ts";
import { listMiners } from "./miner-list.ts";
import { refusePlaceholders } from "./placeholders.ts";
import { exampleConfig, parsedConfig, TYPES, tempDir } from "./test-kit.ts";

async function load(text: string, environment: NodeJS.ProcessEnv = {}) {
  using dir = tempDir();
  const path = join(`${dir}`, "collector_config.json");
  writeFileSync(path, text);
  const config = await loadEdgeConfig(path, TYPES, environment);
  return { config, miners: listMiners(config, path) };
}

const RIG = `
import { amount, defineFamily } from "@banksman/devices";
export const families = [defineFamily({
  id: "rig", title: "Rig", make: "Rig", types: ["rig"], transport: "cgminer", live: [{ command: "summary" }], identity: [],
  claims: () => false, view: () => ({}), fields: {},
})];
`;

suite("drivers of other packages", () => {
  const withPlugins = async (plugins: string[], type: string) => {
    using dir = tempDir();
    const path = join(`${dir}`, "collector_config.json");
    writeFileSync(path, changed({ plugins, miners: [{ id: "R1", ip: "10.0.0.1", type }], ip_ranges: [] }));
    mkdirSync(join(`${dir}`, "node_modules", "@banksman"), { recursive: true });
    const devices = dirname(dirname(fileURLToPath(import.meta.resolve("@banksman/devices"))));
    symlinkSync(devices, join(`${dir}`, "node_modules", "@banksman", "devices"));
    writeFileSync(join(`${dir}`, "rig.js"), RIG);
    return await loadWithPlugins(path, deviceParts);
  };

  test("their types can be configured, beside those that are built in", async () => {
    const { config, parts } = await withPlugins(["./rig.js"], "rig");
    assert.equal(config.miners[0]?.type, "rig");
    assert.ok(parts.types.includes("antminer"));
  });

  test("one that isn't there is told by name, before the types are", async () => {
    await assert.rejects(withPlugins(["banksman-driver-none"], "rig"), {
      code: "CONFIG_PLUGIN_NOT_FOUND",
      message: /"banksman-driver-none" is not installed/,
    });
  });
});

suite("a good configuration", () => {
  test("the original collector's example works as it is", async () => {
    const { config, miners } = await load(JSON.stringify(exampleConfig(), null, 4));
    assert.equal(config.api_url, "https://your-app.replit.app");
    assert.equal(config.collection_interval, 30);
    assert.equal(config.max_workers, 50);
    assert.deepEqual(config.spool, {
      path: "./cache/offline_cache.db",
      maxBytes: 5 * 1024 ** 3,
      maxAgeMs: 7 * 86_400_000,
    });
    assert.equal(miners.length, 200);
    assert.deepEqual(miners[0], { id: "S19_0001", host: "192.168.1.100", port: 4028, type: "antminer" });
    assert.deepEqual(miners.at(-1), { id: "M30_0100", host: "192.168.2.199", port: 4028, type: "whatsminer" });
  });

  test("keys may be left out, written as comments, or come from the environment", async () => {
    const text = JSON.stringify({
      _note: "ours",
      api_url: "http://localhost:8080/api/collector/upload",
      api_key: "x",
      site_id: 7,
      discover: ["10.0.0.0/24"],
    });
    const { config } = await load(text, { COLLECTOR_API_KEY: "hsc_env", COLLECTOR_API_URL: "" });
    assert.deepEqual(
      [config.api_url, config.api_key, config.site_id, config.max_workers],
      ["http://localhost:8080", "hsc_env", "7", 50],
    );
  });

  test("an interval of auto is 30 s up to 2,000 miners and 60 s above", () => {
    const auto = parsedConfig({ collection_interval: "auto" });
    assert.deepEqual(
      [2_000, 2_001].map((count) => intervalSeconds(auto, count)),
      [30, 60],
    );
  });

  test("an explicit miner wins over a range's entry with its address or id; racks and positions run on", async () => {
    const { miners } = await load(
      JSON.stringify(
        exampleConfig({
          miners: [
            { id: "boiler", ip: "10.0.0.2" },
            { id: "R_0003", ip: "10.9.9.9" },
          ],
          ip_ranges: [{ range: "10.0.0.1-10.0.0.4", prefix: "R_", rack: "A", position: "A-09" }],
        }),
      ),
    );
    assert.deepEqual(
      miners.map(({ id, host, rack, position }) => [id, host, rack, position]),
      [
        ["boiler", "10.0.0.2", undefined, undefined],
        ["R_0003", "10.9.9.9", undefined, undefined],
        ["R_0001", "10.0.0.1", "A", "A-09"],
        ["R_0004", "10.0.0.4", "A", "A-12"],
      ],
    );
  });
});

suite("examples that were never replaced", () => {
  const refused = (changes: Record<string, unknown>) => () => refusePlaceholders(parsedConfig(changes), "file.json");

  test("are refused by key and fix, all of them at once", () => {
    assert.throws(refused({ api_url: "https://your-server.example" }), {
      code: "CONFIG_INVALID",
      message:
        /"api_url" is still the example's https:\/\/your-server\.example: put your server's.*\n.*"api_key" is still/,
    });
    for (const api_key of ["hsc_xxxxx", "hsc_your-api-key"])
      assert.throws(refused({ api_url: "https://mine.example.com", api_key }), { message: /生成新密钥/ });
  });

  test("values of one's own pass", () => {
    assert.doesNotThrow(refused({ api_url: "https://mine.example.com", api_key: "hsc_xxxxxx" }));
  });
});

suite("ranges", () => {
  test("run across octets, and a network leaves out its own and its broadcast address", () => {
    const listed = (text: string) => {
      const range = parseRange(text);
      return typeof range === "string" ? range : [...addressesOf(range)];
    };
    assert.deepEqual(listed("10.0.0.254-10.0.1.1"), ["10.0.0.254", "10.0.0.255", "10.0.1.0", "10.0.1.1"]);
    assert.deepEqual(listed("192.168.7.0/30"), ["192.168.7.1", "192.168.7.2"]);
    assert.deepEqual(listed("192.168.7.9/32"), ["192.168.7.9"]);
  });

  test("any address reads back as it was written", () => {
    fc.assert(fc.property(fc.ipV4(), (address) => formatIpv4(parseIpv4(address) ?? -1) === address));
  });

  test("any text is a range or says what is wrong with it", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const range = parseRange(text);
        return typeof range === "string" ? range.length > 10 : range.first <= range.last;
      }),
    );
  });
});

/** What is written, and what the message must name: the key and the fix. */
export const BAD: readonly [name: string, text: string, message: RegExp][] = [
  [
    "broken JSON",
    '{\n  "api_url": "https://a.example",\n  "site_id": "s1",,\n}',
    /collector_config\.json:3:\d+: not valid JSON/,
  ],
  ["a missing brace", '{"api_url": "https://a.example"', /collector_config\.json:1:\d+: not valid JSON/],
  ["an empty file", "", /collector_config\.json:1:1: not valid JSON/],
  ["a list instead of an object", "[]", /the whole file/],
  ["no key", changed({ api_key: undefined }), /"api_key" is missing: .*collector key/],
  ["a key with a space", changed({ api_key: "hsc_ab cd" }), /"api_key" is \(hidden\): .*copy the key again/],
  [
    "an address without https",
    changed({ api_url: "mine.example.com" }),
    /"api_url" is "mine\.example\.com": .*https:\/\//,
  ],
  ["plain http beyond this machine", changed({ api_url: "http://mine.example.com" }), /"api_url".*"allow_http": true/],
  ["no site", changed({ site_id: "" }), /"site_id" is "": .*site's code/],
  [
    "an interval as text",
    changed({ collection_interval: "30" }),
    /"collection_interval" is "30": .*number of seconds.*"auto"/,
  ],
  ["no workers", changed({ max_workers: 0 }), /"max_workers" is 0: .*from 1 to 20,000.*"auto"/],
  ["miners as an object", changed({ miners: {} }), /"miners" is \{\}: must be a list such as/],
  [
    "an address that is none",
    changed({ miners: [{ id: "a", ip: "192.168.1.300" }] }),
    /"miners\[0\]\.ip" is "192\.168\.1\.300": .*IPv4/,
  ],
  [
    "an unknown type",
    changed({ miners: [{ id: "a", ip: "10.0.0.1", type: "antmimer" }] }),
    /"miners\[0\]\.type" is "antmimer": .*use one of auto, antminer/,
  ],
  [
    "an empty range",
    changed({ ip_ranges: [{ range: "", prefix: "A" }] }),
    /"ip_ranges\[0\]\.range" is "": is empty; write 192/,
  ],
  [
    "a reversed range",
    changed({ ip_ranges: [{ range: "10.0.0.9-10.0.0.1", prefix: "A" }] }),
    /runs backwards; swap its ends: 10\.0\.0\.1-10\.0\.0\.9/,
  ],
  [
    "a range too large",
    changed({ ip_ranges: [{ range: "10.0.0.0/8", prefix: "A" }] }),
    /holds 16,777,214 addresses; at most 65,536/,
  ],
  [
    "an id twice",
    changed({
      miners: [
        { id: "a", ip: "10.0.0.1" },
        { id: "a", ip: "10.0.0.2" },
      ],
    }),
    /"miners\[1\]" uses the id "a" of "miners\[0\]" again; give it another "id"/,
  ],
  [
    "an address twice",
    changed({
      miners: [
        { id: "a", ip: "10.0.0.1" },
        { id: "b", ip: "10.0.0.1" },
      ],
    }),
    /"miners\[1\]" has the address 10\.0\.0\.1:4028 of "miners\[0\]" again/,
  ],
  [
    "two ranges of one prefix",
    changed({
      ip_ranges: [
        { range: "10.0.0.1-10.0.0.2", prefix: "A" },
        { range: "10.0.1.1-10.0.1.2", prefix: "A" },
      ],
    }),
    /"ip_ranges\[1\]" uses the id "A0001".*another "prefix"/,
  ],
  ["an unknown key", changed({ max_worker: 50 }), /"max_worker" is not a known key; did you mean "max_workers"\?/],
  [
    "nothing to collect",
    changed({ miners: [], ip_ranges: [] }),
    /nothing to collect: name miners, ip_ranges, discover, cooling or video/,
  ],
  ["a timeout of seconds", changed({ timeout_ms: 5 }), /"timeout_ms" is 5: .*from 200 to 120,000/],
  [
    "an address that is none in metrics_allow",
    changed({ metrics_allow: ["10.0.0.0/8", "10.0.0.0/99"] }),
    /"metrics_allow\[1\]" is "10\.0\.0\.0\/99": .*network such as/,
  ],
  [
    "a quota below nothing",
    changed({ spool: { max_days: -1 } }),
    /"spool\.max_days" is -1: must be a number above 0 \(days\)/,
  ],
];

function changed(changes: Record<string, unknown>): string {
  return JSON.stringify(
    exampleConfig({ miners: [], ip_ranges: [{ range: "10.0.0.1-10.0.0.2", prefix: "A" }], ...changes }),
  );
}

suite("a bad configuration is refused by key and fix", () => {
  for (const [name, text, message] of BAD) {
    test(name, async () => {
      await assert.rejects(load(text), (error) => {
        assert.match(messageOf(error), message);
        assert.match(String(Reflect.get(error as object, "code")), /^CONFIG_/, "so that the exit code is 2");
        return true;
      });
    });
  }

  test("a number that is wrong in two ways is told of once", async () => {
    await assert.rejects(load(changed({ timeout_ms: 0.5 })), (error) => {
      assert.equal(messageOf(error).split("timeout_ms").length, 2, messageOf(error));
      return true;
    });
  });

  test("a folder in the file's place", async () => {
    using dir = tempDir();
    await assert.rejects(loadEdgeConfig(`${dir}`, TYPES, {}), {
      code: "CONFIG_INVALID",
      message: new RegExp(`can't be read \\(EISDIR\\): it is a folder.*--config ${dir}/collector_config.json`),
    });
  });

  test("no file at all", async () => {
    await assert.rejects(loadEdgeConfig("/nowhere/collector_config.json", TYPES, {}), {
      code: "CONFIG_NOT_FOUND",
      message: /--init/,
    });
  });
});

suite("cooling units", () => {
  const withCooling = (cooling: unknown) =>
    load(JSON.stringify({ api_url: "https://a.b", api_key: "k", site_id: "s", cooling }));
  const KNOWN = [{ id: "antbox" }, { id: "bitdeer" }];

  test("an edge may read nothing else, and an empty list leaves it to the server what", async () => {
    assert.deepEqual((await withCooling([])).config.cooling, []);
    await assert.rejects(load('{"api_url":"https://a.b","api_key":"k","site_id":"s"}'), /nothing to collect/);
  });

  test("a range becomes units, each named by its site, address and port", async () => {
    const { config } = await withCooling([
      { host: "10.1.101.1-10.1.103.1 step 0.0.1.0", driver: "AntBox" },
      { host: "10.9.0.7", port: 8480, site_id: "north", interval_s: 30, retries: 0, lease: "none" },
    ]);
    const units = listUnits(config, "f", KNOWN);
    assert.deepEqual(
      units.map(({ site_id, host, driver, interval_s, leased }) => [site_id, host, driver, interval_s, leased]),
      [
        ["s", "10.1.101.1", "antbox", 60, true],
        ["s", "10.1.102.1", "antbox", 60, true],
        ["s", "10.1.103.1", "antbox", 60, true],
        ["north", "10.9.0.7:8480", null, 30, false],
      ],
    );
  });

  test("mistakes are told by key and fix", async () => {
    const says = (cooling: unknown, pattern: RegExp) => assert.rejects(withCooling(cooling), { message: pattern });
    await says([{ host: "10.1.1.9-10.1.1.1" }], /"cooling\[0\]\.host" is .*runs backwards/);
    await says([{ host: "10.1.1.1" }, { host: "10.1.1.0-10.1.1.3" }], /10\.1\.1\.1 of site s, which cooling\[0\] has/);
    await says([{ host: "10.1.0.0-10.1.19.255" }, { host: "10.2.0.0" }], /5,120 units; at most 5,000/);
    await says([{ host: "10.1.1.1", interval_s: 5 }], /interval_s.*from 10 to 3,600/);
    await says([{ host: "10.1.1.1", colour: "red" }], /colour" is not a known key; remove it or correct its spelling/);
    await says("10.1.1.1", /must be a list such as/);
    const { config } = await withCooling([{ host: "10.1.1.1", driver: "antbocks" }]);
    assert.throws(() => listUnits(config, "f", KNOWN), /antbocks", which is no driver; use one of antbox, bitdeer/);
  });
});

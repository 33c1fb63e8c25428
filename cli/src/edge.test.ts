import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { type Sim, startMiners } from "@banksman/sim";
import { Reading } from "@banksman/wire/model";

/** Everything here runs the real command in a process of its own, against simulated miners and a server of a few lines. */
const BANKSMAN = fileURLToPath(new URL("../banksman.js", import.meta.url));
const NET = `127.${60 + (process.pid % 40)}.${(process.pid >> 6) & 127}`;
const PORT = 4028;

type Ended = { code: number | null; stdout: string; stderr: string };
type Upload = { batchId: string; readings: Reading[] };

let dir: string;
let sim: Sim;
const children = new Set<ChildProcess>();

before(async () => {
  sim = await startMiners({
    count: 12,
    from: `${NET}.1`,
    port: PORT,
    seed: 1,
    faults: [],
    models: ["s19pro", "m50", "a1246"],
  });
});
after(() => sim.close());
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "edge-cli-"));
});
afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(dir, { recursive: true, force: true });
});

function start(...args: string[]): { child: ChildProcess; ended: Promise<Ended>; output: () => string } {
  const child = spawn(process.execPath, [BANKSMAN, ...args], { cwd: dir, stdio: ["ignore", "pipe", "pipe"] });
  children.add(child);
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<Ended>((resolve) =>
    child.once("close", (code) => {
      children.delete(child);
      resolve({ code, stdout, stderr });
    }),
  );
  return { child, ended, output: () => stdout + stderr };
}

const run = (...args: string[]) => start(...args).ended;

/** A server that speaks only the original API; `refuse` answers instead when it gives a status. */
async function server(refuse: () => number | null = () => null) {
  const uploads: Upload[] = [];
  const http = createServer((request, response) => {
    // It knows no order link; the edge goes on without.
    if (request.method !== "POST") return void response.writeHead(404).end();
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const status = refuse();
      if (status !== null) {
        response.writeHead(status).end(JSON.stringify({ success: false, error: "no" }));
        return;
      }
      const readings: Reading[] = JSON.parse(gunzipSync(Buffer.concat(chunks)).toString());
      uploads.push({ batchId: String(request.headers["x-batch-id"]), readings });
      const data = {
        processed: readings.length,
        inserted: 0,
        updated: readings.length,
        online: 0,
        offline: 0,
        processing_time_ms: 1,
      };
      response.end(JSON.stringify({ success: true, inserted: 0, updated: readings.length, data }));
    });
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const address = http.address();
  if (typeof address !== "object" || address === null) throw new Error("no address");
  const close = () =>
    new Promise<void>((resolve) => {
      http.close(() => resolve());
      http.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${address.port}`, uploads, [Symbol.asyncDispose]: close };
}

function configure(changes: Record<string, unknown>): void {
  const config = {
    api_url: "http://127.0.0.1:9",
    api_key: "hsc_test",
    site_id: "1",
    ip_ranges: [{ range: `${NET}.1-${NET}.12`, prefix: "M_", type: "auto" }],
    timeout_ms: 2_000,
    ...changes,
  };
  writeFileSync(join(dir, "collector_config.json"), JSON.stringify(config));
}

async function until(condition: () => boolean, what: string, withinMs = 15_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

suite("banksman edge --once", () => {
  test("reads all, uploads to a server of the original API, exits 0", async () => {
    await using target = await server();
    configure({ api_url: target.url });
    const { code, stdout, stderr } = await run("edge", "--once", "--json");
    assert.equal(code, 0, stderr);
    const told = JSON.parse(stdout);
    assert.deepEqual(
      [told.site_id, told.sweep.online, told.upload],
      ["1", 12, { done: true, backlog: 0, error: null }],
    );
    assert.deepEqual(
      target.uploads[0]?.readings.map(({ miner_id }) => miner_id).sort(),
      told.readings.map((reading: Reading) => reading.miner_id).sort(),
    );
    for (const reading of target.uploads[0]?.readings ?? []) assert.ok(Reading.parse(reading).driver);
    assert.deepEqual([...new Set(told.readings.map((reading: Reading) => reading.driver))].sort(), [
      "antminer",
      "avalon",
      "whatsminer",
    ]);
  });

  test("prints a table and exits 1 when some did not answer", async () => {
    await using target = await server();
    configure({ api_url: target.url, miners: [{ id: "nobody", ip: `${NET}.200` }] });
    const { code, stdout } = await run("edge", "--once");
    assert.equal(code, 1);
    assert.match(stdout, /nobody .*offline: refused/);
    assert.match(stdout, /M_0001 +127[.\d]+ +Antminer S19 Pro +hashing/);
    assert.match(stdout, /13 miners: 12 online, 1 offline \(1 refused\)/);
  });

  test("with --dry-run neither stores nor uploads", async () => {
    configure({ cooling: [{ host: "127.0.0.1" }] });
    const { code, stdout } = await run("edge", "--once", "--dry-run");
    assert.equal(code, 0);
    assert.match(stdout, /dry run/);
    assert.match(stdout, /cooling units are left to the edge that runs; banksman cooling test HOST reads one/);
    assert.equal(existsSync(join(dir, "cache")), false);
  });

  test("keeps what it couldn't upload; --status tells, and the next one brings it along", async () => {
    configure({});
    assert.equal((await run("edge", "--once")).code, 1);
    const status = JSON.parse((await run("edge", "--status", "--json")).stdout);
    assert.deepEqual([status.pending_batches, status.pending_readings, status.last_upload_at], [1, 12, null]);
    assert.match(status.last_error, /ECONNREFUSED/);
    await using target = await server();
    configure({ api_url: target.url });
    assert.equal((await run("edge", "--once")).code, 0);
    assert.equal(target.uploads.length, 2);
    assert.match((await run("edge", "--status")).stdout, /pending +0 batches, 0 readings/);
  });

  test("says of another site's batches what they wait for, and doesn't count them as its own backlog", async () => {
    configure({ site_id: "site_001" });
    assert.equal((await run("edge", "--once")).code, 1);
    await using target = await server();
    configure({ api_url: target.url, site_id: "site_002" });
    const waits = /1 batch of site site_001 waits until that site is configured again/;
    const { code, stdout } = await run("edge", "--once");
    assert.equal(code, 0);
    assert.match(stdout, /backlog 0\nuploaded\n/);
    assert.match(stdout, waits);
    const status = await run("edge", "--status");
    assert.match(status.stdout, /pending +0 batches/);
    assert.match(status.stdout, waits);
    const others = [{ site_id: "site_001", batches: 1, readings: 12 }];
    assert.deepEqual(JSON.parse((await run("edge", "--status", "--json")).stdout).other_sites, others);
    assert.deepEqual(JSON.parse((await run("edge", "--once", "--json")).stdout).other_sites, others);
  });
});

test("a reader of the output that leaves early ends nothing and breaks nothing", async () => {
  configure({});
  const { child, ended } = start("edge", "--once", "--dry-run", "--json");
  child.stdout?.destroy();
  const { code, stderr } = await ended;
  assert.deepEqual([code, stderr], [0, ""]);
});

suite("banksman edge --test", () => {
  test("--json prints one object whose reading is what would be uploaded", async () => {
    configure({});
    const { code, stdout } = await run("edge", "--test", `${NET}.2`, "--json");
    const told = JSON.parse(stdout);
    assert.equal(code, 0);
    assert.equal(told.reading.miner_id, "M_0002");
    assert.equal(told.reading.model, "Antminer S19 Pro");
    assert.ok(told.commands.every((command: { ms: number }) => command.ms >= 0));
    Reading.parse(told.reading);
  });

  test("needs no configuration, and exits 1 for a miner that doesn't answer, 2 for what is no address", async () => {
    const found = await run("edge", "--test", `${NET}.5:${PORT}`);
    assert.equal(found.code, 0);
    assert.match(found.stdout, /M50_VH10/);
    assert.equal((await run("edge", "--test", `${NET}.200`)).code, 1);
    configure({ timeout_ms: "soon", max_workers: 0 });
    const unconfigured = await run("edge", "--test", `${NET}.5`);
    assert.equal(unconfigured.code, 0);
    assert.match(unconfigured.stderr, /^collector_config\.json has mistakes, .*--dry-run names them\.\n$/);
    const wrong = await run("edge", "--test", "miner7");
    assert.doesNotMatch(wrong.stderr, /collector_config/);
    assert.deepEqual([wrong.code, /not an address; write 192/.test(wrong.stderr)], [2, true]);
  });
});

suite("banksman edge", () => {
  test("sweeps, uploads and answers /health; SIGTERM ends it with 0", async () => {
    let refuse: number | null = null;
    await using target = await server(() => refuse);
    configure({ api_url: target.url, collection_interval: 1, ops_port: 0 });
    const { child, ended, output } = start("edge");
    await until(() => target.uploads.length >= 2, "two sweeps");
    const port = /"port":(\d+)/.exec(output())?.[1];
    const health = () => fetch(`http://127.0.0.1:${port}/health`);
    assert.equal((await health()).status, 200);
    assert.match(
      await (await fetch(`http://127.0.0.1:${port}/metrics`)).text(),
      /banksman_edge_miners\{state="online",role="edge"\} 12/,
    );
    const { pid } = child;
    assert.match(
      await (await fetch(`http://127.0.0.1:${port}/metrics`)).text(),
      new RegExp(`banksman_edge_info\\{site_id="1",spool="[^"]+offline_cache\\.db",pid="${pid}",role="edge"\\} 1`),
    );
    refuse = 503;
    const ready = async () => (await fetch(`http://127.0.0.1:${port}/ready`)).text();
    await until(() => /upload failed, will try again/.test(output()), "the outage");
    assert.match(await ready(), /uploads failing since [-\dT:.]+Z: 503 no; \d+ batch/);
    assert.equal((await health()).status, 200, "a short outage is what the spool is for");
    refuse = 403;
    await until(() => /uploads stopped, collecting goes on/.test(output()), "the refusal");
    const sick = await health();
    assert.equal(sick.status, 503);
    assert.match(await sick.text(), /api_key/);
    const sweeps = output().split("12 miners: 12 online").length;
    await until(() => output().split("12 miners: 12 online").length > sweeps, "another sweep all the same");
    child.kill("SIGTERM");
    assert.equal((await ended).code, 0);
  });

  test("a second edge on the same spool is refused with 2 and the first one's process", async () => {
    configure({});
    const { child, output } = start("edge");
    await until(() => /12 online/.test(output()), "the first sweep");
    const second = await run("edge", "--once");
    assert.equal(second.code, 2);
    assert.match(second.stderr, new RegExp(`in use by another edge \\(process ${child.pid} `));
  });
});

suite("banksman edge --init", () => {
  test("writes a strict-JSON starter only its owner reads, explains it beside, never overwrites", async () => {
    assert.equal((await run("edge", "--init")).code, 0);
    const path = join(dir, "collector_config.json");
    const starter = readFileSync(path, "utf8");
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.deepEqual(Object.keys(JSON.parse(starter)), [
      "api_url",
      "api_key",
      "site_id",
      "collection_interval",
      "max_workers",
      "miners",
      "ip_ranges",
    ]);
    assert.ok(existsSync(join(dir, "collector_config.md")));
    const again = await run("edge", "--init");
    assert.deepEqual([again.code, /exists already/.test(again.stderr)], [2, true]);
    assert.equal(readFileSync(path, "utf8"), starter);
    const untouched = await run("edge", "--once");
    assert.equal(untouched.code, 2, "the starter has to be filled in first");
    assert.match(untouched.stderr, /"api_url" is still the example's https:\/\/your-server\.example/);
    assert.equal(existsSync(join(dir, "cache")), false);
  });
});

suite("bad usage and configuration exit with 2", () => {
  const cases: [name: string, changes: Record<string, unknown> | string, message: RegExp][] = [
    ["broken JSON", '{\n "api_url": }', /collector_config\.json:2:\d+: not valid JSON/],
    ["a wrong type", { max_workers: "many" }, /"max_workers" is "many": must be a whole number .* or "auto"/],
    [
      "a reversed range",
      { ip_ranges: [{ range: "10.0.0.9-10.0.0.1", prefix: "A" }] },
      /"ip_ranges\[0\]\.range".*swap its ends/,
    ],
    [
      "an id twice",
      {
        miners: [
          { id: "a", ip: "10.0.0.1" },
          { id: "a", ip: "10.0.0.2" },
        ],
      },
      /"miners\[1\]" uses the id "a"/,
    ],
    ["an unwritable cache", { spool: "/proc/none/spool.db" }, /"spool\.path" is .*chown/],
    ["a ca_file that isn't there", { ca_file: "none.pem" }, /"none\.pem" can't be read/],
  ];
  for (const [name, changes, message] of cases) {
    test(name, async () => {
      if (typeof changes === "string") writeFileSync(join(dir, "collector_config.json"), changes);
      else configure(changes);
      const { code, stderr } = await run("edge", "--once");
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
    });
  }

  test("an ops_port that is in use", async () => {
    await using taken = await server();
    configure({ ops_port: Number(new URL(taken.url).port) });
    const { code, stderr } = await run("edge");
    assert.equal(code, 2);
    assert.match(stderr, /^"ops_port" is \d+, which is in use\. Name a free one.*edge_info/m);
    assert.doesNotMatch(stderr, /"stack"/);
  });

  test("no file, unknown flags, two modes at once", async () => {
    const [none, unknown, two] = await Promise.all([
      run("edge"),
      run("edge", "--onec"),
      run("edge", "--once", "--init"),
    ]);
    assert.deepEqual([none.code, unknown.code, two.code], [2, 2, 2]);
    assert.match(none.stderr, /no such file.*--init/);
    assert.match(two.stderr, /don't go together/);
  });
});

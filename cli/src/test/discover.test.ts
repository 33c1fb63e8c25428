import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Sim, startMiners } from "@banksman/sim";
import { run, tempFolder, waitFor } from "@banksman/testkit";
import { z } from "zod";

/** The real command in a process of its own, against simulated miners. */
const BANKSMAN = fileURLToPath(new URL("../../banksman.js", import.meta.url));
const NET = `127.${140 + (process.pid % 40)}.${(process.pid >> 6) & 127}`;

/** Each address is this process's own. */
const WEB_PORT = 8_080;

let sims: Sim[];
let folder: Awaited<ReturnType<typeof tempFolder>>;

before(async () => {
  const site = { port: 4028, seed: 5, faults: [] };
  sims = [
    await startMiners({ ...site, count: 12, from: `${NET}.10`, models: ["s21", "m50", "a15"], webPort: WEB_PORT }),
    // One that has no 4028, only API 3.
    await startMiners({ ...site, count: 1, from: `${NET}.30`, models: ["m66s"] }),
  ];
  folder = await tempFolder();
});
after(async () => {
  for (const sim of sims) await sim.close();
  await folder[Symbol.asyncDispose]();
});

const start = (...args: string[]) => run(process.execPath, [BANKSMAN, ...args], { cwd: folder.path });
const found = z.object({
  addresses: z.number(),
  found: z.array(
    z.looseObject({ host: z.string(), driver: z.string(), model: z.string().nullable(), requests: z.number() }),
  ),
  duplicates: z.array(z.looseObject({ addresses: z.array(z.string()) })),
});

suite("banksman discover", () => {
  test("finds who is there by one connect each, names them in few requests, and leaves out what it is told to", async () => {
    const args = [`${NET}.0/24`, "--exclude", `${NET}.21`, "--rate", "2000", "--json"];
    const scan = start("discover", ...args);
    assert.equal(await scan.exited, 0, scan.stderr());
    const result = found.parse(JSON.parse(scan.stdout()));
    assert.equal(result.addresses, 253);
    assert.deepEqual(
      result.found.map((one) => Number(one.host.split(".")[3])),
      [10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 30],
    );
    const of = (last: number) => result.found.find(({ host }) => host === `${NET}.${last}`);
    assert.deepEqual([of(10)?.driver, of(10)?.model], ["antminer", "Antminer S21"]);
    assert.deepEqual([of(14)?.driver, of(14)?.model], ["whatsminer", "M50_VH10"]);
    assert.deepEqual([of(18)?.driver, of(18)?.requests], ["avalon", 1]);
    assert.deepEqual([of(30)?.driver, of(30)?.model], ["whatsminer-v3", "M66S_VK20"]);
    assert.deepEqual(result.duplicates, []);
    assert.equal(existsSync(join(folder.path, "cache/discover.json")), false);
  });

  test("--config is a configuration that the edge reads, with the MAC address as id", async () => {
    const login = ["--http-port", String(WEB_PORT), "--factory-password"];
    const scan = start("discover", `${NET}.13-${NET}.21`, "--exclude", `${NET}.14-${NET}.17`, ...login, "--config");
    assert.equal(await scan.exited, 0, scan.stderr());
    const config = z.looseObject({ identity: z.string(), miners: z.array(z.looseObject({ id: z.string() })) });
    const made = config.parse(JSON.parse(scan.stdout()));
    assert.equal(made.identity, "mac");
    // The first is an Antminer, which tells its MAC address to who signs in.
    for (const { id } of made.miners) assert.match(id, /^[0-9a-f]{12}$/);
    assert.equal(made.miners.length, 5);
    await writeFile(join(folder.path, "found.json"), scan.stdout());
    const edge = start("edge", "--once", "--dry-run", "--config", "found.json");
    assert.equal(await edge.exited, 0, edge.stderr());
    assert.match(edge.stdout(), /AvalonMiner 15-194/);
  });

  test("one that was stopped goes on where it was", async () => {
    const args = ["discover", `${NET}.1-${NET}.60`, "--rate", "12", "--csv"];
    const first = start(...args);
    const state = join(folder.path, "cache/discover.json");
    await waitFor("the scan to come some way", async () => {
      const settled = /"settled":(\d+)/.exec(await readFile(state, "utf8").catch(() => ""))?.[1];
      return Number(settled ?? 0) > 10;
    });
    await first.stop("SIGINT");
    assert.equal(await first.exited, 1);
    assert.match(first.stderr(), /stopped at \d+ of 60; the same command goes on from there/);
    const second = start(...args.with(3, "2000"));
    assert.equal(await second.exited, 0, second.stderr());
    assert.match(second.stderr(), /going on at address \d+ of 60/);
    const rows = second.stdout().trim().split("\n");
    assert.equal(rows[0], "host,type,make,model,firmware,mac,serial,latency_ms");
    assert.equal(rows.length, 1 + 13);
  });

  test("where how far it came can't be kept, what it finds is told all the same", async () => {
    const folderless = join(folder.path, "folderless");
    await mkdir(folderless);
    await writeFile(join(folderless, "cache"), "");
    const args = ["discover", `${NET}.10-${NET}.12`, "--csv", "--fresh"];
    const scan = run(process.execPath, [BANKSMAN, ...args], { cwd: folderless });
    assert.equal(await scan.exited, 0, scan.stderr());
    assert.equal(scan.stdout().trim().split("\n").length, 1 + 3);
    assert.match(scan.stderr(), /^\.\/cache\/discover\.json can't be written \((EEXIST|ENOTDIR)\): [^\n]*\n$/);
  });

  test("what can't be a range, or goes together with nothing, is told with the fix", async () => {
    const range = start("discover", "10.0.0.0/8");
    assert.equal(await range.exited, 2);
    assert.match(range.stderr(), /at most 65,536 are allowed/);
    const none = start("discover", `${NET}.1`, "--exclude", `${NET}.0/24`);
    assert.equal(await none.exited, 2);
    assert.match(none.stderr(), /every address is excluded/);
  });
});

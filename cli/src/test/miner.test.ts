import assert from "node:assert/strict";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Sim, startMiners } from "@banksman/sim";
import { freePort, run, tempFolder, waitFor } from "@banksman/testkit";
import { AuditEntry, brokenAt } from "@banksman/wire/ingest";
import { z } from "zod";

/** The real command in a process of its own, against simulated miners. */
const BANKSMAN = fileURLToPath(new URL("../../banksman.js", import.meta.url));
const NET = `127.${100 + (process.pid % 40)}.${(process.pid >> 6) & 127}`;
const [ANTMINER, WHATSMINER, AVALON] = [`${NET}.1`, `${NET}.5`, `${NET}.9`];
const PASSWORD = "a-secret-of-the-site";

let sim: Sim;
let folder: Awaited<ReturnType<typeof tempFolder>>;
let webPort: number;

before(async () => {
  webPort = await freePort();
  const timing = { rebootMs: 150, startingMs: 0, difficulty: 16 };
  const models = ["s21", "m50", "a15"];
  sim = await startMiners({ count: 12, from: ANTMINER, port: 4028, seed: 5, faults: [], models, timing, webPort });
  folder = await tempFolder();
});
after(async () => {
  await sim.close();
  await folder[Symbol.asyncDispose]();
});

async function miner(args: string[], env: NodeJS.ProcessEnv = {}) {
  const child = run(process.execPath, [BANKSMAN, "miner", ...args], {
    cwd: folder.path,
    env: { ...process.env, ...env },
  });
  const code = await child.exited;
  return { code, out: child.stdout(), err: child.stderr() };
}

const audit = async () => {
  const text = await readFile(join(folder.path, "cache/orders/audit.jsonl"), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => AuditEntry.parse(JSON.parse(line)));
};
const control = (host: string) => sim.controls[sim.miners.findIndex((one) => one.host === host)] ?? assert.fail();

suite("banksman miner", () => {
  test("an order wants the server or --direct; what only asks does not", async () => {
    const nowhere = await miner(["999.1.1.1", "reboot", "--direct"]);
    assert.match(nowhere.err, /^banksman miner: 999\.1\.1\.1: not an address/);
    const refused = await miner([AVALON, "reboot"]);
    assert.equal(refused.code, 2);
    assert.match(refused.err, /none is configured \(BANKSMAN_URL\)\. --direct/);
    assert.equal(control(AVALON).arrived.size, 0);
    const asked = await miner([AVALON, "mode", "get"]);
    assert.deepEqual([asked.code, asked.out], [0, "normal\n"]);
  });

  test("--direct gives it, reads it back, and notes it before and after", async () => {
    const done = await miner([AVALON, "reboot", "--direct", "--json"]);
    assert.equal(done.code, 0, done.err);
    const report = z.looseObject({ outcome: z.string(), verified: z.string() }).parse(JSON.parse(done.out));
    assert.deepEqual([report.outcome, report.verified], ["accepted", "yes"]);
    assert.equal(control(AVALON).done.get("reboot"), 1);
    const entries = await audit();
    assert.deepEqual(
      entries.map(({ event, device, outcome, verified }) => ({ event, device, outcome, verified })),
      [
        { event: "ordered", device: `${AVALON}:4028`, outcome: undefined, verified: undefined },
        { event: "result", device: `${AVALON}:4028`, outcome: "accepted", verified: "yes" },
      ],
    );
    assert.equal(entries[0]?.order_id, entries[1]?.order_id);
  });

  test("a configuration gives ports and logins; no secret is shown or kept", async () => {
    const config = {
      api_url: "https://mine.example",
      api_key: "hsc_1",
      site_id: "1",
      miners: [{ id: "a1", ip: ANTMINER, options: { http_port: webPort } }],
      credentials: { antminer: { username: "root", password: "env:ROOT_PASSWORD" } },
    };
    await writeFile(join(folder.path, "site.json"), JSON.stringify(config));
    const pools = ["pools", "set", "stratum+tcp://new.pool.example:3333", "farm.one", "--pool-password", PASSWORD];
    const args = [ANTMINER, ...pools, "--direct", "--config", "site.json"];
    const done = await miner(args, { ROOT_PASSWORD: "root" });
    assert.equal(done.code, 0, done.out + done.err);
    assert.match(done.out, /Antminer S21 \(antminer\): accepted\n\s+seen on the device: pools: .*shares are accepted/);
    assert.equal(control(ANTMINER).settings.pools?.[0]?.pass, PASSWORD);
    assert.doesNotMatch(done.out + done.err + JSON.stringify(await audit()), new RegExp(PASSWORD));
    const wrong = await miner([ANTMINER, "reboot", "--direct", "--config", "site.json"], { ROOT_PASSWORD: PASSWORD });
    assert.equal(wrong.code, 1);
    assert.match(wrong.out, /refused by the device\n\s+access denied/);
    assert.doesNotMatch(wrong.out + wrong.err + JSON.stringify(await audit()), new RegExp(PASSWORD));
    const unset = await miner([ANTMINER, "reboot", "--direct", "--config", "site.json"]);
    assert.equal(unset.code, 2);
    assert.match(unset.err, /names the variable ROOT_PASSWORD, which is not set/);
  });

  test("a dry run shows the bytes, blots out the password, and sends and notes nothing", async () => {
    const before = (await audit()).length;
    const env = { BANKSMAN_MINER_PASSWORD: PASSWORD };
    const dry = await miner([AVALON, "pools", "set", "stratum+tcp://a:1", "w", "--user", "root", "--dry-run"], env);
    assert.equal(dry.code, 0);
    assert.match(dry.out, /"0,setpool,root,<password>,0,stratum\+tcp:\/\/a:1,w,x"/);
    assert.equal((await audit()).length, before);
  });

  test("without a login a dry run says which is missing, and the order that it is refused here", async () => {
    const before = control(WHATSMINER).arrived.size;
    const missing = /only with a name and password: .*--user with --password-file, or --factory-password/;
    const dry = await miner([WHATSMINER, "reboot", "--dry-run"]);
    assert.match(dry.out, /would be refused, and nothing was sent: /);
    assert.match(dry.out, missing);
    const real = await miner([WHATSMINER, "reboot", "--direct"]);
    assert.match(real.out, /refused by banksman: nothing was sent\n/);
    assert.match(real.out, missing);
    assert.deepEqual([dry.code, real.code, control(WHATSMINER).arrived.size], [1, 1, before]);
    const known = await miner([WHATSMINER, "reboot", "--dry-run", "--factory-password"]);
    assert.deepEqual([known.code, /: would be sent, nothing was\n/.test(known.out)], [0, true], known.out);
  });

  test("an order that is broken off tells what the miner showed last, and not that it does not answer", async () => {
    const host = `${NET}.40`;
    const faults = [{ kind: "order_ignored" as const, share: 1 }];
    const ignoring = await startMiners({ count: 1, from: host, port: 4028, seed: 5, faults, models: ["a15"] });
    try {
      const child = run(process.execPath, [BANKSMAN, "miner", host, "reboot", "--direct"], { cwd: folder.path });
      await waitFor("the order to arrive", () => ignoring.controls[0]?.arrived.get("reboot"));
      // It is looked at once by then; the next look is two seconds on.
      await new Promise((resolve) => setTimeout(resolve, 500));
      await child.stop("SIGINT");
      assert.equal(await child.exited, 1, child.stderr());
      assert.match(child.stdout(), /NOT seen on the device: still up for \d+ s after \S+ s, when it was broken off\n/);
    } finally {
      await ignoring.close();
    }
  });

  test("where nothing can be noted nothing is sent, and an outcome that can't be noted is told", async () => {
    const nowhere = join(folder.path, "nowhere");
    await mkdir(nowhere);
    await writeFile(join(nowhere, "cache"), "");
    const before = control(AVALON).arrived.get("reboot") ?? 0;
    const child = run(process.execPath, [BANKSMAN, "miner", AVALON, "reboot", "--direct"], { cwd: nowhere });
    assert.equal(await child.exited, 2);
    assert.match(child.stderr(), /^cache\/orders can't be written \(ENOTDIR\), where orders [^\n]*\n$/);
    assert.equal(control(AVALON).arrived.get("reboot") ?? 0, before);
    const half = join(folder.path, "half");
    await mkdir(join(half, "cache/orders"), { recursive: true });
    const rebooted = run(process.execPath, [BANKSMAN, "miner", AVALON, "reboot", "--direct"], { cwd: half });
    const path = join(half, "cache/orders/audit.jsonl");
    await waitFor("the first line", async () => (await readFile(path, "utf8").catch(() => "")).endsWith("\n"));
    await rm(path);
    await mkdir(path);
    assert.equal(await rebooted.exited, 0, rebooted.stderr());
    assert.match(rebooted.stdout(), /reboot: .*accepted/);
    assert.match(rebooted.stderr(), /outcome could not be noted in cache\/orders\/audit\.jsonl/);
  });

  test("two orders to one miner don't meet: the second is told so", async () => {
    const lock = join(folder.path, "cache/orders", `${WHATSMINER}_4028.lock`);
    await mkdir(join(folder.path, "cache/orders"), { recursive: true });
    const other = new DatabaseSync(lock);
    other.exec("BEGIN EXCLUSIVE");
    const args = [WHATSMINER, "locate", "on", "--direct", "--factory-password"];
    const busy = await miner(args);
    other.close();
    assert.equal(busy.code, 2);
    assert.match(busy.err, /is just being given another order/);
    assert.equal(control(WHATSMINER).arrived.size, 0);
    assert.equal((await miner(args)).code, 0);
  });

  test("the audit file is one whole chain, also when orders end at once; a changed line stops the next order", async () => {
    const raw = (host: string) => miner([host, "raw", "ascset|0,led,1-255", "--direct"]);
    const ended = await Promise.all([`${NET}.10`, `${NET}.11`, `${NET}.12`].map(raw));
    assert.match(ended[0]?.out ?? "", /LED\[0\]/);
    const entries = await audit();
    assert.equal(brokenAt(entries), null);
    const path = join(folder.path, "cache/orders/audit.jsonl");
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replace('"order":"reboot"', '"order":"locate"'));
    const refused = await raw(`${NET}.10`);
    assert.equal(refused.code, 2);
    assert.match(refused.err, /does not continue from its line 1/);
    await writeFile(path, text);
  });
});

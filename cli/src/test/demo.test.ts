import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { freePort, run, runToEnd, tempFolder, waitFor } from "@banksman/testkit";

const LAUNCHER = fileURLToPath(new URL("../../banksman.js", import.meta.url));

type Summary = { data: { total: number; online: number; models: unknown[] } };

async function startDemo(folder: string) {
  const demo = run(process.execPath, [LAUNCHER, "demo", "--data-dir", folder, "--port", String(await freePort())]);
  await demo.output(/collector key {2}hsc_/, 30_000);
  const file = join(folder, "demo.json");
  const facts = JSON.parse(await readFile(file, "utf8")) as {
    url: string;
    site_id: string;
    username: string;
    password: string;
    collector_key: string;
  };
  return { demo, file, facts };
}

/** The newest reading's time at the demo's site, asked without a key as a person's curl on this machine would. */
async function summary(url: string): Promise<Summary["data"] & { newest_reading_at: string }> {
  const response = await fetch(`${url}/api/collector/summary/1`);
  return ((await response.json()) as { data: Summary["data"] & { newest_reading_at: string } }).data;
}

test("the demo: sixty miners of a dozen models alive within 20 s, written down for its owner alone, stopped cleanly", async () => {
  await using folder = await tempFolder();
  const { demo, file, facts } = await startDemo(folder.path);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.deepEqual(Object.keys(facts), ["url", "site_id", "username", "password", "collector_key"]);
  assert.equal(facts.site_id, "1");
  const first = await waitFor(
    "all miners",
    async () => {
      const now = await summary(facts.url);
      return now.online === 60 ? now : null;
    },
    { withinMs: 20_000 },
  );
  assert.equal(first.total, 60);
  assert.ok(first.models.length >= 12, `${first.models.length} models`);
  await waitFor(
    "the next sweep",
    async () => (await summary(facts.url)).newest_reading_at !== first.newest_reading_at,
    { withinMs: 20_000 },
  );
  const session = await fetch(`${facts.url}/api/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username: facts.username, password: facts.password }),
  });
  const cookie = session.headers.getSetCookie()[0]?.split(";")[0] ?? "";
  await waitFor(
    "the pool's account beside the devices",
    async () => {
      const answer = await fetch(`${facts.url}/api/pool-accounts`, { headers: { cookie } });
      const { data } = (await answer.json()) as { data: { accounts: { workers: number; failures: number }[] } };
      return data.accounts[0]?.workers === 60 && data.accounts[0].failures === 0;
    },
    { withinMs: 20_000 },
  );
  const proxied = await fetch(`${facts.url}/api/collector/summary/1`, { headers: { "x-forwarded-for": "10.0.0.1" } });
  assert.equal(proxied.status, 401);
  const page = await fetch(`${facts.url}/monitor/1`);
  assert.match(await page.text(), /<div id="root">/);
  demo.child.kill("SIGTERM");
  assert.equal(await demo.exited, 0);

  // Without its notes it can't know the password in the database; with those of a first start that was cut off it can.
  await rm(file);
  const lost = await runToEnd(process.execPath, [LAUNCHER, "demo", "--data-dir", folder.path]);
  assert.equal(lost.code, 1);
  assert.match(lost.stderr, /has another admin password than the demo knows: remove that folder to start afresh/);
  assert.doesNotMatch(lost.stderr, /\n\s+at |"stack"/);
  await writeFile(`${file}.part`, JSON.stringify({ ...facts, url: "", collector_key: "" }));

  const again = await startDemo(folder.path);
  assert.equal(again.facts.password, facts.password);
  const second = await fetch(`${again.facts.url}/api/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username: facts.username, password: facts.password }),
  });
  assert.equal(second.status, 200);
  // Killed outright, it takes its parts along, so that the next start finds its data free.
  const server = partOf(again.demo.child.pid, "server");
  again.demo.child.kill("SIGKILL");
  await waitFor("the server to be gone", () => !isAlive(server), { withinMs: 20_000 });

  const third = await startDemo(folder.path);
  assert.deepEqual({ ...third.facts, url: "" }, { ...again.facts, url: "" });
  process.kill(partOf(third.demo.child.pid, "edge"), "SIGKILL");
  assert.equal(await third.demo.exited, 1);
  assert.match(third.demo.stderr(), /The demo's edge ended by itself \(SIGKILL\)/);
});

/** A process that has ended and waits to be fetched is gone, too. */
const isAlive = (pid: number): boolean =>
  /^[^Z\s]/.test(spawnSync("ps", ["-p", String(pid), "-o", "stat="], { encoding: "utf8" }).stdout.trim());

/** The pid of the part that the demo runs as `banksman <name>`. */
function partOf(demo: number | undefined, name: string): number {
  const children = execFileSync("ps", ["--ppid", String(demo), "-o", "pid=,args="], { encoding: "utf8" });
  const line = children.split("\n").find((child) => `${child} `.includes(`main.ts ${name} `));
  return Number.parseInt(line ?? assert.fail(`no ${name} among:\n${children}`), 10);
}

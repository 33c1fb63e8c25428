/**
 * From a fresh clone to a live screen: install time and size, the browser program's size, and how long `npm start`
 * takes until the page answers and all miners are online.
 *   node bench/first-screen.ts
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";

const folder = join(await mkdtemp(join(tmpdir(), "banksman-bench-")), "banksman");
const seconds = (since: number) => `${((performance.now() - since) / 1_000).toFixed(1)} s`;
const results: { what: string; figure: string }[] = [];
const note = (what: string, figure: string) => results.push({ what, figure });

execFileSync("git", ["clone", "-q", ".", folder]);
let began = performance.now();
execFileSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: folder, stdio: "ignore" });
note("npm ci, which also builds the browser program", seconds(began));
note(
  "node_modules",
  `${execFileSync("du", ["-sm", join(folder, "node_modules")], { encoding: "utf8" }).split("\t")[0]} MB`,
);

const dist = join(folder, "web", "dist");
const html = await readFile(join(dist, "index.html"), "utf8");
const first = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.(?:js|css))"/g)].map(([, path = ""]) => path);
const gzipped = async (path: string) => gzipSync(await readFile(join(dist, path))).length;
const firstBytes = (await Promise.all(first.map(gzipped))).reduce((sum, bytes) => sum + bytes, 0);
const all = (await readdir(join(dist, "assets")))
  .filter((name) => /\.(js|css)$/.test(name))
  .map((name) => `assets/${name}`);
const allBytes = (await Promise.all(all.map(gzipped))).reduce((sum, bytes) => sum + bytes, 0);
note("first page, gzip", `${Math.round(firstBytes / 1_000)} kB`);
note("whole browser program, gzip", `${Math.round(allBytes / 1_000)} kB`);

began = performance.now();
const demo = spawn("npm", ["start"], { cwd: folder, stdio: ["ignore", "pipe", "inherit"], detached: true });
let output = "";
demo.stdout.on("data", (chunk: Buffer) => {
  output += chunk.toString();
});
const until = async (condition: () => Promise<boolean>) => {
  while (!(await condition().catch(() => false))) await sleep(50);
};
await until(async () => /open +http/.test(output));
const url = /open +(http:\/\/[^/]+)/.exec(output)?.[1] ?? "";
await until(async () => (await fetch(`${url}/monitor/1`)).ok);
note("npm start to the address and a page that answers", seconds(began));
await until(
  async () =>
    ((await (await fetch(`${url}/api/collector/summary/1`)).json()) as { data: { online: number } }).data.online === 60,
);
note("npm start to 60 miners online", seconds(began));
const gone = new Promise((resolve) => demo.once("exit", resolve));
process.kill(-(demo.pid ?? 0), "SIGINT");
await gone;
console.table(results);
await rm(join(folder, ".."), { recursive: true, force: true });

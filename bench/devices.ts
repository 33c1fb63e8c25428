/** The device library: cost of a reading's answers by family, round trips, import. `node bench/devices.ts` */
import { execFileSync } from "node:child_process";
import { mkdtempSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { families, newMemory, readMiner } from "@banksman/devices";
import { answerFrom, answerV3From, answerWebFrom, serveCgminer, serveHttp, serveV3 } from "@banksman/replay";
import { Notes } from "../packages/devices/src/notes.ts";
import { answersOf } from "../packages/devices/src/test/answers-of.ts";
import { type Capture, captures } from "../packages/devices/src/test/captures.ts";
import { installInto, packLibrary } from "../scripts/pack.ts";

if (process.execArgv.length === 0) {
  // What is allocated can only be counted while nothing is collected.
  const flags = ["--expose-gc", "--max-semi-space-size=256", "--min-semi-space-size=256"];
  execFileSync(process.execPath, [...flags, import.meta.filename], { stdio: "inherit" });
  process.exit(0);
}

const REPEATS = 300;
const host = "127.19.0.1";

/** The fullest case of each family: the one whose answers are longest. */
function fullest(id: string): Capture | undefined {
  const size = ({ recorded }: Capture) =>
    [...recorded.answers, ...recorded.web, ...recorded.v3].reduce((sum, [, bytes]) => sum + bytes.length, 0);
  const own = captures().filter((one) => one.family === id && one.expected.online);
  return own.toSorted((a, b) => size(b) - size(a))[0];
}

function costOf(one: Capture) {
  const family = families.find(({ id }) => id === one.family);
  if (!family) throw new Error(one.family);
  const read = () => family.read(answersOf(one), new Notes());
  for (let i = 0; i < REPEATS; i++) read();
  const rounds = Array.from({ length: 5 }, () => {
    globalThis.gc?.();
    const heap = process.memoryUsage().heapUsed;
    const start = performance.now();
    for (let i = 0; i < REPEATS; i++) read();
    const us = ((performance.now() - start) * 1_000) / REPEATS;
    return { us, bytes: (process.memoryUsage().heapUsed - heap) / REPEATS };
  });
  rounds.sort((a, b) => a.us - b.us);
  return rounds[2] ?? { us: 0, bytes: 0 };
}

/** Requests of the first reading, which finds out who it is, and of the third, when all is known. */
async function roundTrips({ recorded }: Capture) {
  await using api = await serveCgminer({ host, port: 0, answer: answerFrom(recorded) });
  await using v3 = await serveV3({ host, port: 0, answer: answerV3From(recorded) });
  await using web = await serveHttp(answerWebFrom(recorded), { host });
  if (recorded.answers.size === 0) await api.close();
  const site = recorded.behaviour.web;
  const port = site?.onApiPort ? web.port : api.port;
  const options = { v3_port: recorded.v3.size > 0 ? v3.port : 9, http_port: recorded.web.size > 0 ? web.port : 9 };
  const target = { host, port, options, ...(site?.login ? { credentials: site.login } : {}) };
  const memory = newMemory();
  const counts: number[] = [];
  for (let i = 0; i < 3; i++) {
    const { commands } = await readMiner(target, memory, { connectTimeoutMs: 1_000, totalTimeoutMs: 5_000 });
    counts.push(commands.length);
  }
  return { first: counts[0] ?? 0, steady: counts[2] ?? 0 };
}

console.log("| family | case | answers, kB | µs | kB allocated | requests, first reading | requests, later |");
console.log("| --- | --- | --- | --- | --- | --- | --- |");
for (const { id } of families) {
  const one = fullest(id);
  if (!one) continue;
  const { recorded } = one;
  const bytes = [...recorded.answers, ...recorded.web, ...recorded.v3].reduce((sum, [, body]) => sum + body.length, 0);
  const cost = costOf(one);
  const { first, steady } = await roundTrips(one);
  const cells = [(bytes / 1024).toFixed(1), cost.us.toFixed(0), (cost.bytes / 1024).toFixed(0), first, steady];
  console.log(`| ${id} | ${one.name} | ${cells.join(" | ")} |`);
}

const folder = mkdtempSync(join(tmpdir(), "banksman-bench-"));
const tarballs = packLibrary(folder);
installInto(join(folder, "app"), tarballs);
console.log(
  `\npacked: ${tarballs.map((file) => `${basename(file)} ${(statSync(file).size / 1024).toFixed(0)} kB`).join(", ")}`,
);
const program = 'const t=performance.now();await import("@banksman/devices");console.log(performance.now()-t)';
const timed = (cwd: string) =>
  Array.from({ length: 7 }, () =>
    Number(
      execFileSync(process.execPath, ["--input-type=module", "-e", program], {
        cwd,
        stdio: ["ignore", "pipe", "ignore"],
      }),
    ),
  ).sort((a, b) => a - b)[3] ?? 0;
console.log(
  `import: ${timed(join(folder, "app")).toFixed(0)} ms as packed, ${timed(process.cwd()).toFixed(0)} ms from sources`,
);

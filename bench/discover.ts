/**
 * A scan of 65,534 addresses of which 1,000 are miners of all families, 500 somebody else and the rest silent, beside
 * the limit that its rate sets. `node bench/discover.ts [rate]`
 *
 * Silent addresses need a network that swallows packets: it runs itself in a network namespace of its own (`unshare`),
 * with a tunnel nobody reads from behind the scanned network.
 */
import { execFileSync, fork, spawnSync } from "node:child_process";
import { once } from "node:events";
import { type Discovered, discover } from "@banksman/devices";
import { mixedCases } from "./mixed-cases.ts";

const rate = Number(process.argv[2] ?? 500);
if (process.env.BENCH_NAMESPACE === undefined) {
  const args = ["-rn", process.execPath, import.meta.filename, String(rate)];
  const { status } = spawnSync("unshare", args, { stdio: "inherit", env: { ...process.env, BENCH_NAMESPACE: "1" } });
  process.exit(status ?? 1);
}

const MINERS = 1_000;
const OTHERS = 500;
const TIMEOUT_MS = 1_000;
const ADDRESSES = 65_534;
const address = (n: number) => `10.77.${n >> 8}.${n & 255}`;
/** Spread over the whole network: every 43rd address is somebody's. */
const somebody = Array.from({ length: MINERS + OTHERS }, (_, i) => address(1 + i * 43));
const miners = somebody.filter((_, i) => i % 3 !== 2);

const ip = (...args: string[]) => execFileSync("ip", args);
ip("link", "set", "lo", "up");
ip("tuntap", "add", "dev", "void0", "mode", "tun");
ip("addr", "add", "10.77.255.255/32", "dev", "void0");
ip("link", "set", "void0", "up");
ip("route", "add", "10.77.0.0/16", "dev", "void0");
execFileSync("ip", ["-batch", "-"], { input: somebody.map((one) => `addr add ${one}/32 dev lo`).join("\n") });

const fakes = fork(new URL("discover-fakes.ts", import.meta.url), [JSON.stringify(miners)]);
await once(fakes, "message");

const found: Discovered[] = [];
function* hosts() {
  for (let n = 1; n <= ADDRESSES; n++) yield address(n);
}
const start = performance.now();
const before = process.cpuUsage();
await discover(hosts(), {
  ratePerSecond: rate,
  concurrency: 2 * rate,
  timeoutMs: TIMEOUT_MS,
  signal: new AbortController().signal,
  onFound: (one) => found.push(one),
});
const seconds = (performance.now() - start) / 1_000;
const cpu = process.cpuUsage(before);
fakes.kill();

const connects = ADDRESSES + 2 * OTHERS;
const limit = connects / rate + TIMEOUT_MS / 1_000;
console.log(
  `${found.length} of ${MINERS} found at ${ADDRESSES} addresses in ${seconds.toFixed(1)} s; ` +
    `the rate of ${rate}/s and a timeout of ${TIMEOUT_MS} ms allow ${limit.toFixed(1)} s (${(limit / seconds).toFixed(2)} of it); ` +
    `${((cpu.user + cpu.system) / 1e6).toFixed(1)} s of CPU`,
);
const byDriver = Map.groupBy(found, (one) => one.driver);
for (const { family } of mixedCases()) {
  const own = byDriver.get(family) ?? [];
  const requests = own.reduce((sum, one) => sum + one.requests, 0) / Math.max(1, own.length);
  console.log(`${family.padEnd(14)} ${String(own.length).padStart(4)} found, ${requests.toFixed(2)} requests each`);
}
process.exit(0);

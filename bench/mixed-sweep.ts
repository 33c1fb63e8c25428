/** A sweep of 10,000 fakes of all families, each over its own protocol. `node bench/mixed-sweep.ts [count]` */
import { fork } from "node:child_process";
import { once } from "node:events";
import { deviceParts } from "@banksman/edge";
import { systemClock } from "@banksman/kit";
import { freePort } from "@banksman/testkit";
import { Sweeper } from "../roles/edge/src/sweep.ts";
import { mixedCases } from "./mixed-cases.ts";

const count = Number(process.argv[2] ?? 10_000);
const [apiPort, webPort, v3Port] = [await freePort(), await freePort(), await freePort()];
const fakes = fork(new URL("mixed-fakes.ts", import.meta.url), [apiPort, webPort, v3Port].map(String));
await once(fakes, "message");

const cases = mixedCases();
const start = 20 * 65_536;
const miners = Array.from({ length: count }, (_, i) => {
  const n = start + i;
  const host = `127.${n >> 16}.${(n >> 8) & 255}.${n & 255}`;
  const one = cases[n % cases.length];
  const port = one?.recorded.behaviour.web?.onApiPort ? webPort : apiPort;
  return { id: host, host, port, type: "auto", options: { http_port: webPort, v3_port: v3Port } };
});
const sweeper = new Sweeper({
  reader: deviceParts.reader,
  clock: systemClock,
  siteId: "bench",
  maxWorkers: "auto",
  timeoutMs: 10_000,
  uploadBatch: 5_000,
  raw: false,
});
const drivers = new Map<string, { miners: number; requests: number; online: number }>();
for (let sweep = 1; sweep <= 4; sweep++) {
  const before = process.cpuUsage();
  drivers.clear();
  const result = await sweeper.run(miners, {
    signal: new AbortController().signal,
    onReading: (reading, { commands }) => {
      const own = drivers.get(reading.driver ?? "none") ?? { miners: 0, requests: 0, online: 0 };
      own.miners++;
      own.requests += commands.length;
      if (reading.online) own.online++;
      drivers.set(reading.driver ?? "none", own);
    },
  });
  const cpu = process.cpuUsage(before);
  const ms = (cpu.user + cpu.system) / 1e3 / count;
  console.log(
    `sweep ${sweep}: ${(result.tookMs / 1_000).toFixed(2)} s, ${result.online} of ${count} online, ` +
      `${result.workers} sockets, ${ms.toFixed(2)} ms of CPU a miner`,
  );
}
for (const [driver, { miners: number, requests }] of [...drivers].toSorted())
  console.log(
    `${driver.padEnd(14)} ${String(number).padStart(6)} miners  ${(requests / number).toFixed(2)} requests each`,
  );
fakes.kill();
process.exit(0);

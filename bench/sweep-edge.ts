/** The edge's side of bench/sweep.ts, in a process of its own so that its CPU and memory are its own. */
import { gunzipSync } from "node:zlib";
import { deviceParts } from "@banksman/edge";
import { systemClock } from "@banksman/kit";
import { Sweeper } from "../roles/edge/src/sweep.ts";

const [first = "127.20.0.1", count = "100", workers = "auto", sweeps = "3", port = "14028"] = process.argv.slice(2);

const [a = 127, b = 0, c = 0, d = 0] = first.split(".").map(Number);
const start = ((a * 256 + b) * 256 + c) * 256 + d;
const miners = Array.from({ length: Number(count) }, (_, i) => {
  const n = start + i;
  const host = [Math.floor(n / 2 ** 24), (n >> 16) & 255, (n >> 8) & 255, n & 255].join(".");
  return { id: host, host, port: Number(port), type: "auto" };
});
const sweeper = new Sweeper({
  reader: deviceParts.reader,
  clock: systemClock,
  siteId: "bench",
  maxWorkers: workers === "auto" ? "auto" : Number(workers),
  timeoutMs: 10_000,
  uploadBatch: 5_000,
  raw: false,
});

const signal = new AbortController().signal;
const results = [];
for (let sweep = 0; sweep < Number(sweeps); sweep++) {
  const before = process.cpuUsage();
  const result = await sweeper.run(miners, { signal });
  const cpu = process.cpuUsage(before);
  results.push({
    seconds: result.tookMs / 1000,
    cpu_seconds: (cpu.user + cpu.system) / 1e6,
    online: result.online,
    reasons: result.reasons,
    workers: result.workers,
    gzip_bytes: result.batches.reduce((sum, batch) => sum + batch.body.length, 0),
    json_bytes: result.batches.reduce((sum, batch) => sum + gunzipSync(batch.body).length, 0),
    rss_mb: Math.round(process.memoryUsage.rss() / 1024 ** 2),
  });
}
process.stdout.write(
  `${JSON.stringify({ miners: miners.length, peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024), sweeps: results })}\n`,
);

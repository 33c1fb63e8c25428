import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Worker } from "node:worker_threads";
import { createLog, systemClock } from "@banksman/kit";
import { CompatService } from "../roles/pool-stats/src/http/compat-service.ts";
import { serveHttp } from "../roles/pool-stats/src/http/server.ts";
import { View } from "../roles/pool-stats/src/scale/view.ts";
import { Share } from "../roles/pool-stats/src/share/share.ts";
import { Statistics } from "../roles/pool-stats/src/statistics.ts";
import { Load } from "./pool-stats-load.ts";

const WORKERS = 20_000;

/** Requests from another thread over keep-alive connections; alone, and while shares are counted as fast as they can be. */
export async function benchHttp(isQuick: boolean) {
  const ms = isQuick ? 1_000 : 5_000;
  const load = new Load(WORKERS);
  const statistics = new Statistics({ compat: "g2" });
  const share = new Share();
  const now = Math.floor(Date.now() / 1_000);
  for (let second = 3_600; second > 0; second -= 10)
    for (let worker = 0; worker < WORKERS; worker++) statistics.add(load.fill(share, worker, now - second), now);
  const service = new CompatService({
    view: new View(statistics),
    clock: systemClock,
    maxWorkerIds: 10_000,
    isInitializing: () => false,
    lastFlushTime: () => 0,
  });
  const options = { ip: "127.0.0.1", port: 0, token: null, allow: [] };
  const served = await serveHttp(options, service, () => false, createLog("bench", "silent"));
  const empty = createServer((_, response) => response.end("{}")).listen(0, "127.0.0.1");
  await new Promise((resolve) => empty.once("listening", resolve));
  const emptyPort = (empty.address() as AddressInfo).port;
  const user = load.userOf(0);
  const ids = Array.from({ length: 1_000 }, (_, i) => load.idOf((i * (WORKERS / 100)) % WORKERS)).join(",");
  const one = `/worker_status?user_id=${user}&worker_id=${load.idOf(0)}`;
  const many = `user_id=${user}&worker_id=${ids}`;
  const rows = [
    { what: "an empty handler", busy: false, ...(await ask(emptyPort, 10, "/", null, ms)) },
    { what: "/", busy: false, ...(await ask(served.port, 10, "/", null, ms)) },
    { what: "one worker", busy: false, ...(await ask(served.port, 10, one, null, ms)) },
    { what: "1,000 ids", busy: false, ...(await ask(served.port, 4, "/worker_status", many, ms)) },
  ];
  const stop = keepCounting(statistics, load);
  rows.push({ what: "one worker", busy: true, ...(await ask(served.port, 10, one, null, ms)) });
  rows.push({ what: "1,000 ids", busy: true, ...(await ask(served.port, 4, "/worker_status", many, ms)) });
  stop();
  await served.close();
  empty.close();
  return rows.map(({ busy, ...row }) => ({ ...row, "while counting": busy ? "yes" : "" }));
}

/** Counts shares without a pause but those of the event loop, a batch of 1,000 at a time. */
function keepCounting(statistics: Statistics, load: Load): () => void {
  const share = new Share();
  let isOver = false;
  const count = (from: number) => {
    if (isOver) return;
    const now = Math.floor(Date.now() / 1_000);
    for (let i = from; i < from + 1_000; i++) statistics.add(load.fill(share, (i * 7) % WORKERS, now), now);
    setImmediate(count, from + 1_000);
  };
  count(0);
  return () => {
    isOver = true;
  };
}

type Asked = { "requests/s": number; p99: string };

/** Asks from a thread of its own, so that asking takes nothing from answering but the machine's second core. */
function ask(port: number, clients: number, path: string, body: string | null, ms: number): Promise<Asked> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./pool-stats-http-client.ts", import.meta.url), {
      workerData: { port, clients, path, body, ms },
    });
    worker.once("message", resolve).once("error", reject);
  });
}

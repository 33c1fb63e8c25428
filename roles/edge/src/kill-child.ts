/** The edge that kill-run.ts kills: real spool, real uploads, a fake reader, and hardly a pause between sweeps. */
import { readFileSync, writeSync } from "node:fs";
import { createLog, systemClock } from "@banksman/kit";
import { Outbox } from "./outbox.ts";
import { createSend } from "./send.ts";
import { openSpool } from "./spool.ts";
import { Sweeper } from "./sweep.ts";
import { fakeReader, online } from "./test-kit.ts";
import { Uploader } from "./uploader.ts";

const [file = "", mode = "collect"] = process.argv.slice(2);
const { spool: path, url }: { spool: string; url: string } = JSON.parse(readFileSync(file, "utf8"));
const log = createLog("kill-child", "silent");
/** Sleeps are a thousandth, so that a run of kills sees many sweeps and retries. */
const clock = { ...systemClock, sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(ms / 1000, signal) };
const miners = Array.from({ length: 20 }, (_, i) => ({ id: `m${i}`, host: `10.0.0.${i}`, port: 4028, type: "auto" }));

const spool = openSpool({ path, siteId: "s", maxBytes: 1e9, maxAgeMs: 1e12, clock, log });
const outbox = new Outbox(spool);
const send = createSend({ apiUrl: url, apiKey: "k", version: "0", collector: "e", intervalSeconds: () => 1, clock });
const uploader = new Uploader({ outbox, spool, send, clock, log });
const sweeper = new Sweeper({
  reader: fakeReader(online),
  clock: systemClock,
  siteId: "s",
  maxWorkers: 50,
  timeoutMs: 1_000,
  uploadBatch: 7,
  raw: false,
});
const stop = new AbortController();
const uploading = uploader.run(stop.signal);
/** Straight to the pipe: what the parent has not got must not count as said. */
const say = (line: string) => writeSync(1, `${line}\n`);

while (mode === "collect") {
  const { batches } = await sweeper.run(miners, { signal: stop.signal });
  if (outbox.store(batches)) for (const { batchId } of batches) say(batchId);
  await systemClock.sleep(3);
}
while (spool.counts().batches > 0) await systemClock.sleep(5);
stop.abort();
await uploading;
spool.close();

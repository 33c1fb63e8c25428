import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { createLog } from "@banksman/kit";
import { type EdgeConfig, edgeConfigSchema } from "./config.ts";
import type { Reader, ReadOutcome } from "./reader.ts";
import type { Room } from "./spool-room.ts";

export const quietLog = createLog("test", "silent");
export const plentyOfRoom: Room = { freeBytes: () => 2 ** 40, layBallast: () => {}, dropBallast: () => false };
export const TYPES = ["auto", "antminer", "whatsminer", "avalon"];

export function tempDir(): string & Disposable {
  const path = mkdtempSync(join(tmpdir(), "edge-"));
  return Object.assign(path, { [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) });
}

/** The original collector's example, with changes laid over it. */
export const exampleConfig = (changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  api_url: "https://your-app.replit.app",
  api_key: "hsc_xxxxx",
  site_id: "site_001",
  collection_interval: 30,
  max_workers: 50,
  miners: [
    { id: "S19_0001", ip: "192.168.1.100", type: "antminer" },
    { id: "S19_0002", ip: "192.168.1.101", type: "antminer" },
  ],
  ip_ranges: [
    { range: "192.168.1.100-192.168.1.199", prefix: "S19_", type: "antminer" },
    { range: "192.168.2.100-192.168.2.199", prefix: "M30_", type: "whatsminer" },
  ],
  ...changes,
});

export const parsedConfig = (changes: Record<string, unknown> = {}): EdgeConfig =>
  edgeConfigSchema(TYPES).parse(exampleConfig(changes));

/** A reader without a network: `answer` decides by address. */
export function fakeReader(
  answer: (host: string, calls: number) => ReadOutcome | Promise<ReadOutcome>,
): Reader<{ calls: number }> {
  return {
    newMemory: () => ({ calls: 0 }),
    read: async ({ host }, memory) => answer(host, ++memory.calls),
  };
}

export const online = (host: string): ReadOutcome => ({
  reading: { ip_address: host, online: true, hashrate_ghs: 100_000 },
  commands: [],
});
export const offline = (host: string): ReadOutcome => ({
  reading: { ip_address: host, online: false, offline_reason: "timed_out" },
  commands: [],
});

export type Upload = {
  batchId: string;
  headers: IncomingMessage["headers"];
  readings: { miner_id: string; online: boolean }[];
};

/** A server that speaks only the original API; `reply` may answer otherwise. */
export type FakeServer = AsyncDisposable & { url: string; uploads: Upload[]; server: Server };

export type Answered = { status: number; body: unknown; headers?: Record<string, string> };

export async function fakeServer(
  reply: (upload: Upload, count: number) => Answered | null = () => null,
): Promise<FakeServer> {
  const uploads: Upload[] = [];
  let count = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = gunzipSync(Buffer.concat(chunks)).toString();
      const upload = {
        batchId: String(request.headers["x-batch-id"]),
        headers: request.headers,
        readings: JSON.parse(text),
      };
      const other = reply(upload, ++count);
      if (!other) uploads.push(upload);
      const { status, body, headers } = other ?? { status: 200, body: originalReply(upload.readings), headers: {} };
      response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no address");
  return {
    url: `http://127.0.0.1:${address.port}`,
    uploads,
    server,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Exactly the original API's reply: neither `duplicate` nor `rejected`. */
function originalReply(readings: Upload["readings"]) {
  const on = readings.filter((reading) => reading.online).length;
  const figures = {
    processed: readings.length,
    inserted: 0,
    updated: readings.length,
    online: on,
    offline: readings.length - on,
    processing_time_ms: 1,
  };
  return { success: true, inserted: figures.inserted, updated: figures.updated, data: figures };
}

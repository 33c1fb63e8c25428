/** Asks the same question again and again over raw keep-alive sockets: a thread of `pool-stats-http.ts`. */
import { createConnection } from "node:net";
import { parentPort, workerData } from "node:worker_threads";
import { z } from "zod";

const { port, clients, path, body, ms } = z
  .object({ port: z.int(), clients: z.int(), path: z.string(), body: z.string().nullable(), ms: z.int() })
  .parse(workerData);
const question =
  body === null
    ? `GET ${path} HTTP/1.1\r\nHost: bench\r\n\r\n`
    : `POST ${path} HTTP/1.1\r\nHost: bench\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const times: number[] = [];
const end = performance.now() + ms;

/** One connection: asks, waits for the whole answer, asks again. */
function client(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(port, "127.0.0.1");
    let asked = 0;
    let missing = 0;
    const next = () => {
      asked = performance.now();
      socket.write(question);
    };
    socket
      .once("connect", next)
      .once("error", reject)
      .once("close", () => resolve());
    socket.on("data", (chunk: Buffer) => {
      if (missing === 0) missing = lengthOf(chunk);
      missing -= chunk.length;
      if (missing > 0) return;
      times.push(performance.now() - asked);
      if (performance.now() < end) next();
      else socket.destroy();
    });
  });
}

/** Bytes of head and body, from the head's own words. */
function lengthOf(chunk: Buffer): number {
  const head = chunk.indexOf("\r\n\r\n") + 4;
  const length = /content-length: (\d+)/i.exec(chunk.toString("latin1", 0, head))?.[1];
  if (length === undefined) throw new Error("an answer without a length");
  return head + Number(length);
}

await Promise.all(Array.from({ length: clients }, client));
const sorted = times.toSorted((a, b) => a - b);
const p99 = sorted[Math.floor(sorted.length * 0.99)] ?? 0;
parentPort?.postMessage({ "requests/s": Math.round((times.length / ms) * 1_000), p99: `${p99.toFixed(1)} ms` });

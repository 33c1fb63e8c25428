import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type WebSocket, WebSocketServer } from "ws";
import { z } from "zod";
import type { Dialect } from "./dialect.ts";

/** A line of a recording: what came over a socket or REST, with the time in seconds. Other kinds are passed over. */
const Line = z.object({
  t: z.string(),
  ts: z.number(),
  url: z.string().optional(),
  data: z.string().optional(),
  binary: z.boolean().optional(),
});
type Line = z.infer<typeof Line>;

export type ReplayOptions = {
  dialect: Dialect;
  /** A recording as JSON lines: {"t":"recv","ts":…,"data":"…"} and {"t":"http","ts":…,"url":"…","data":"…"}. */
  path: string;
  host?: string;
  port?: number;
  /** Frames a second; 0: as they came. */
  rate: number;
};

export type Replay = AsyncDisposable & { ws: string; rest: string; frames: number; close: () => Promise<void> };

/** Serves a recording: each client that subscribes gets the frames from the first one on, REST the recorded answers. */
export async function replayRecording({
  dialect,
  path,
  host = "127.0.0.1",
  port = 0,
  rate,
}: ReplayOptions): Promise<Replay> {
  const lines = (await readFile(path, "utf8"))
    .split("\n")
    .filter(Boolean)
    .map((line) => Line.parse(JSON.parse(line)));
  const frames = lines.filter((line) => line.t === "recv");
  const answers = lines.filter((line) => line.t === "http");
  const stopping = new AbortController();
  const http = createServer((request, response) => {
    const wanted = new URL(request.url ?? "/", "http://replay");
    const call = dialect.rest(wanted.pathname, wanted.searchParams);
    const found = answers.find(({ url }) => isSame(url, wanted));
    if (found?.data !== undefined) response.writeHead(200, { "content-type": "application/json" }).end(found.data);
    else if (call?.kind === "time") response.end(JSON.stringify(dialect.timeBody(Date.now())));
    else response.writeHead(404).end("{}");
  });
  const sockets = new WebSocketServer({ server: http, perMessageDeflate: false });
  sockets.on("connection", (socket) => {
    let isPlaying = false;
    socket.on("error", () => socket.terminate());
    socket.on("message", (data: Buffer) => {
      const request = dialect.request(JSON.parse(data.toString()));
      if (request.kind === "ping") socket.send(dialect.pong(request));
      if (request.kind !== "subscribe") return;
      socket.send(dialect.accepted(request));
      if (!isPlaying) void play(socket, frames, rate, stopping.signal);
      isPlaying = true;
    });
  });
  await new Promise<void>((resolve, reject) => http.once("error", reject).listen(port, host, resolve));
  const close = async () => {
    stopping.abort();
    for (const socket of sockets.clients) socket.terminate();
    http.closeAllConnections();
    await new Promise<void>((resolve) => http.close(() => resolve()));
  };
  const { port: taken } = http.address() as AddressInfo;
  return {
    ws: `ws://${host}:${taken}`,
    rest: `http://${host}:${taken}`,
    frames: frames.length,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The same path and the same market; other parameters, such as the depth, may differ. */
function isSame(url: string | undefined, wanted: URL): boolean {
  if (url === undefined) return false;
  const known = new URL(url);
  const market = (one: URL) =>
    one.searchParams.get("symbol") ?? one.searchParams.get("currency_pair") ?? one.searchParams.get("contract");
  return known.pathname === wanted.pathname && market(known) === market(wanted);
}

async function play(socket: WebSocket, frames: readonly Line[], rate: number, signal: AbortSignal): Promise<void> {
  let before = frames[0]?.ts ?? 0;
  for (const { ts, data = "", binary = false } of frames) {
    const wait = rate > 0 ? 1_000 / rate : Math.max(0, (ts - before) * 1_000);
    before = ts;
    if (wait >= 1) await sleep(wait, undefined, { signal }).catch(() => undefined);
    if (signal.aborted || socket.readyState !== socket.OPEN) return;
    socket.send(binary ? Buffer.from(data, "base64") : data, { binary });
  }
}

import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import {
  type Alert,
  LIVE_PATH,
  LiveSubscribe,
  LiveSubscribeAlerts,
  LiveSubscribeCommands,
  LiveSubscribeCooling,
  WALL_PATH,
} from "@banksman/wire/api";
import { type WebSocket, WebSocketServer } from "ws";
import { answer } from "./fake-routes.ts";
import { type FakeOptions, FakeState } from "./fake-state.ts";
import { serveFilm, serveWall } from "./fake-stream.ts";

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};
/** The policy the real server sends: the pages must live with it. */
const POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; media-src 'self' blob:; worker-src 'self' blob:";

/** A server of the wire's routes with a made-up fleet, which serves a built bundle. For tests only. */
export async function startFake(dist: string, options: FakeOptions = {}) {
  const state = new FakeState(options);
  const server = createServer((request, response) => {
    handle(request, response, state, dist).catch((error: unknown) => {
      response.writeHead(500).end(JSON.stringify({ code: "fake", detail: String(error) }));
    });
  });
  const sockets = new WebSocketServer({ noServer: true });
  const walls = new WebSocketServer({ noServer: true });
  walls.on("connection", (socket) => serveWall(state.video, socket));
  server.on("upgrade", (request, socket, head) => {
    const accepting = { [LIVE_PATH]: sockets, [WALL_PATH]: walls }[request.url ?? ""];
    if (accepting) accepting.handleUpgrade(request, socket, head, (opened) => accepting.emit("connection", opened));
    else socket.destroy();
  });
  const followers = new Map<WebSocket, LiveSubscribe>();
  const listeners = new Set<WebSocket>();
  sockets.on("connection", (socket) => {
    socket.on("message", (data) => {
      const given: unknown = JSON.parse(String(data));
      if (LiveSubscribeAlerts.safeParse(given).success) return void listeners.add(socket);
      if (LiveSubscribeCommands.safeParse(given).success || LiveSubscribeCooling.safeParse(given).success) return;
      const message = LiveSubscribe.parse(given);
      followers.set(socket, message);
      socket.send(JSON.stringify({ type: "subscribed", site_id: message.site_id, seq: String(state.seq) }));
    });
    socket.on("close", () => {
      followers.delete(socket);
      listeners.delete(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    state,
    /** Resolves once some page is subscribed to all of these miners. */
    watching: (minerId: string) => [...followers.values()].some((one) => one.miner_ids.includes(minerId)),
    /** Pushes the newest rows and totals to every page, as the real server does after a batch. */
    push: () => {
      for (const [socket, { site_id, miner_ids }] of followers)
        socket.send(JSON.stringify(state.message(site_id, miner_ids)));
    },
    /** Resolves once some page hears of alerts. */
    listening: () => listeners.size > 0,
    /** Tells every page of an alert that fired just now. */
    fire: (alert: Alert, more = 0) => {
      state.alerts.alerts.unshift(alert);
      const { alert_id, level, title, target } = alert;
      const fired = [{ alert_id, level, title, site_id: target?.site_id ?? null }];
      for (const socket of listeners)
        socket.send(JSON.stringify({ type: "alerts", counts: state.alerts.counts(), fired, more }));
    },
    /** Cuts every connection of a video wall. */
    cutWalls: () => {
      for (const socket of walls.clients) socket.terminate();
    },
    /** Cuts every live connection. */
    cut: () => {
      for (const socket of followers.keys()) socket.terminate();
    },
    close: async () => {
      for (const socket of [...sockets.clients, ...walls.clients]) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  state: FakeState,
  dist: string,
): Promise<void> {
  const url = new URL(request.url ?? "/", "http://fake");
  if (await serveFilm(state.video, url.pathname, request, response)) return;
  if (!url.pathname.startsWith("/api/")) return sendFile(url.pathname, response, dist);
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  const reply = answer(state, {
    method: request.method ?? "GET",
    path: url.pathname.slice("/api".length),
    query: url.searchParams,
    body: text === "" ? undefined : JSON.parse(text),
    signedIn: (request.headers.cookie ?? "").includes("fake=1") && !state.sessionEnded,
  });
  if (state.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, state.delayMs));
  const cookie = reply.setCookie ?? (reply.cookie === undefined ? null : `fake=${reply.cookie}; Path=/; HttpOnly`);
  response.writeHead(reply.status, {
    "content-type": reply.status < 400 ? "application/json" : "application/problem+json",
    ...(cookie === null ? {} : { "set-cookie": cookie }),
  });
  response.end(JSON.stringify(reply.body));
}

async function sendFile(path: string, response: ServerResponse, dist: string): Promise<void> {
  // A page's address may end like a file's: /cooling/1/10.1.101.1.
  const name = extname(path) in TYPES ? normalize(path) : "/index.html";
  const bytes = await readFile(join(dist, name)).catch(() => null);
  if (bytes === null) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, {
    "content-type": TYPES[extname(name)] ?? "application/octet-stream",
    "content-security-policy": POLICY,
  });
  response.end(bytes);
}

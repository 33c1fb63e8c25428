import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import type { Log } from "@banksman/kit";
import { type AlertCounts, LIVE_PATH, type LiveMessage, LiveSubscribe, LiveSubscribeAlerts } from "@banksman/wire/api";
import { AlertLevel } from "@banksman/wire/model";
import { WebSocket, WebSocketServer } from "ws";
import type { FleetService, SiteTotals } from "../fleet/service.ts";
import { authorise, type Caller } from "../http/caller.ts";
import { HttpProblem } from "../http/problem.ts";
import type { AlertsEvent, Hub, Numbered } from "./hub.ts";

/** A proxy closes what is silent for a minute; a peer that is gone is noticed within two beats. */
const HEARTBEAT_MS = 25_000;
/** A client that reads slower than this much behind is dropped; it comes back and resumes. */
const MAX_BUFFERED_BYTES = 8 * 1024 * 1024;

const CLOSE_PATIENCE_MS = 1_000;

type Parts = {
  hub: Hub;
  fleet: Pick<FleetService, "rows" | "totals">;
  alerts: { counts: () => Promise<AlertCounts> };
  sites: { find: (siteId: string) => Promise<{ site_no: number }> };
  identify: (request: IncomingMessage) => Promise<Caller>;
  allowsOrigin: (request: IncomingMessage) => boolean;
  log: Log;
};
type Subscription = { siteNo: number; siteId: string; minerIds: Set<string> };
type Client = {
  socket: WebSocket;
  request: IncomingMessage;
  caller: Caller;
  subscription: Subscription | null;
  followsAlerts: boolean;
  alive: boolean;
};

/** Live updates: clients say which site and rows they show, and get those rows whenever they change. */
export function serveLive(server: Server, parts: Parts): { close: () => void } {
  const { hub, log } = parts;
  const clients = new Set<Client>();
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: 256 * 1024,
    perMessageDeflate: { threshold: 1_024 },
  });
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // Until ws takes it over nobody else listens, and an unheard reset would end the process.
    socket.on("error", () => socket.destroy());
    if (request.url?.split("?")[0] !== LIVE_PATH) return refuse(socket, "404 Not Found");
    if (!parts.allowsOrigin(request)) return refuse(socket, "403 Forbidden");
    parts.identify(request).then(
      (caller) => {
        if (!socket.destroyed)
          sockets.handleUpgrade(request, socket, head, (webSocket) => welcome(webSocket, request, caller));
      },
      (error: unknown) => {
        log.warn({ err: error }, "could not tell who opens a live connection");
        refuse(socket, "503 Service Unavailable");
      },
    );
  };
  const welcome = (socket: WebSocket, request: IncomingMessage, caller: Caller) => {
    const client: Client = { socket, request, caller, subscription: null, followsAlerts: false, alive: true };
    clients.add(client);
    socket.on("pong", () => {
      client.alive = true;
    });
    socket.on("close", () => clients.delete(client));
    socket.on("error", () => socket.terminate());
    socket.on("message", (data) => {
      subscribe(client, String(data), parts).catch((error: unknown) => explain(client, error, log));
    });
  };
  const heartbeat = setInterval(() => {
    for (const client of clients) {
      if (!client.alive) client.socket.terminate();
      client.alive = false;
      client.socket.ping();
      recheck(client, parts).catch((error: unknown) => explain(client, error, log));
    }
  }, HEARTBEAT_MS);
  const stopListening = hub.listen((numbered) => {
    // One query for the totals, however many look on.
    let totals: Promise<SiteTotals> | null = null;
    const totalsOnce = () => (totals ??= parts.fleet.totals(numbered.event.siteNo));
    for (const client of clients) {
      if (client.subscription?.siteNo !== numbered.event.siteNo) continue;
      push(client, numbered, { ...parts, totals: totalsOnce }).catch((error: unknown) => explain(client, error, log));
    }
  });
  const stopAlerts = hub.listenAlerts((event) => {
    const followers = [...clients].filter(({ followsAlerts }) => followsAlerts);
    if (followers.length > 0)
      pushAlerts(followers, event, parts).catch((error: unknown) => {
        for (const client of followers) explain(client, error, log);
      });
  });
  server.on("upgrade", onUpgrade);
  return {
    close: () => {
      clearInterval(heartbeat);
      stopListening();
      stopAlerts();
      server.off("upgrade", onUpgrade);
      for (const { socket } of clients) socket.close(1001, "the server stops");
      sockets.close();
      // One that never answers the close must not hold the server up.
      setTimeout(() => {
        for (const { socket } of clients) socket.terminate();
      }, CLOSE_PATIENCE_MS).unref();
    },
  };
}

/** Whoever signed out, was disabled or lost the key meanwhile gets no more. */
async function recheck(client: Client, parts: Parts): Promise<void> {
  client.caller = await parts.identify(client.request);
  if (client.subscription) authorise(client.caller, "reading.read", client.subscription.siteId);
  if (client.followsAlerts) authorise(client.caller, "alert.read", undefined);
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function send(client: Client, message: LiveMessage): void {
  if (client.socket.readyState !== WebSocket.OPEN) return;
  if (client.socket.bufferedAmount > MAX_BUFFERED_BYTES) client.socket.terminate();
  else client.socket.send(JSON.stringify(message));
}

function explain(client: Client, error: unknown, log: Log): void {
  if (error instanceof HttpProblem) {
    client.subscription = null;
    client.followsAlerts = false;
    send(client, { type: "problem", code: error.body.code ?? "PROBLEM", detail: error.body.detail ?? error.message });
  } else {
    log.warn({ err: error }, "a live update could not be sent");
    // The client comes back, and by then the store may answer again.
    client.socket.close(1011, "server error");
  }
}

async function subscribe(client: Client, text: string, parts: Parts): Promise<void> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = null;
  }
  if (LiveSubscribeAlerts.safeParse(json).success) {
    authorise(client.caller, "alert.read", undefined);
    client.followsAlerts = true;
    return pushAlerts([client], { fired: [] }, parts);
  }
  const wish = LiveSubscribe.safeParse(json);
  if (!wish.success) return send(client, { type: "problem", code: "INVALID_INPUT", detail: "not a subscribe message" });
  const { site_id, miner_ids, since } = wish.data;
  authorise(client.caller, "reading.read", site_id);
  const { site_no } = await parts.sites.find(site_id);
  client.subscription = { siteNo: site_no, siteId: site_id, minerIds: new Set(miner_ids) };
  const missed = since === undefined ? [] : parts.hub.since(site_no, since);
  if (missed === null) return send(client, { type: "reset", site_id, seq: parts.hub.newest() });
  const last = missed.at(-1);
  // What was missed in several sweeps is told at once: only the newest rows matter.
  if (last) {
    const minerIds = [...new Set(missed.flatMap(({ event }) => event.minerIds))];
    const totals = () => parts.fleet.totals(site_no);
    await push(client, { seq: last.seq, event: { ...last.event, minerIds } }, { fleet: parts.fleet, totals });
  }
  send(client, { type: "subscribed", site_id, seq: parts.hub.newest() });
}

const MOST_FIRED = 10;

async function pushAlerts(clients: readonly Client[], { fired }: AlertsEvent, { alerts }: Parts): Promise<void> {
  const counts = await alerts.counts();
  const rank = ({ level }: AlertsEvent["fired"][number]) => AlertLevel.options.indexOf(level);
  const worst = fired.toSorted((a, b) => rank(a) - rank(b)).slice(0, MOST_FIRED);
  for (const client of clients)
    send(client, { type: "alerts", counts, fired: worst, more: fired.length - worst.length });
}

type PushParts = { fleet: Pick<FleetService, "rows">; totals: () => Promise<SiteTotals> };

async function push(client: Client, { seq, event }: Numbered, parts: PushParts): Promise<void> {
  const { subscription } = client;
  if (subscription?.siteNo !== event.siteNo) return;
  const shown = event.minerIds.filter((id) => subscription.minerIds.has(id));
  const [rows, summary] = await Promise.all([
    shown.length > 0 ? parts.fleet.rows(event.siteNo, shown) : [],
    parts.totals(),
  ]);
  const collectedAt = new Date(event.collectedAt).toISOString();
  send(client, {
    type: "readings",
    site_id: event.siteId,
    seq,
    collected_at: collectedAt,
    rows,
    summary: { site_id: event.siteId, ...summary },
  });
}

import type { IncomingMessage } from "node:http";
import { jsonOf, type Log } from "@banksman/kit";
import {
  type AlertCounts,
  type LiveMessage,
  LiveSubscribe,
  LiveSubscribeAlerts,
  LiveSubscribeCommands,
  LiveSubscribeCooling,
} from "@banksman/wire/api";
import { AlertLevel } from "@banksman/wire/model";
import { WebSocket, WebSocketServer } from "ws";
import type { FleetService, Place, SiteTotals } from "../fleet/service.ts";
import { authorise, type Caller, isWithin, type Sites, sitesOf, type Within, withinAt } from "../http/caller.ts";
import { HttpProblem } from "../http/problem.ts";
import { acceptUpgrades, type Upgrade } from "../http/upgrades.ts";
import type { AlertsEvent, Hub, Numbered } from "./hub.ts";

/** A proxy closes what is silent for a minute; a peer that is gone is noticed within two beats. */
const HEARTBEAT_MS = 25_000;
/** A client that reads slower than this much behind is dropped; it comes back and resumes. */
const MAX_BUFFERED_BYTES = 8 * 1024 * 1024;

const CLOSE_PATIENCE_MS = 1_000;
/** Why a connection is closed whose person is no longer signed in. */
const SIGNED_OUT = 4401;

type Parts = {
  hub: Hub;
  fleet: Pick<FleetService, "rows" | "totals">;
  alerts: { counts: (sites: Sites) => Promise<AlertCounts> };
  sites: { find: (siteId: string) => Promise<{ site_no: number }> };
  identify: (request: IncomingMessage) => Promise<Caller>;
  /** Who a caller is by now. */
  again: (caller: Caller, request: IncomingMessage) => Promise<Caller>;
  allowsOrigin: (request: IncomingMessage) => boolean;
  log: Log;
};
type Subscription = { siteNo: number; siteId: string; within: Within; minerIds: Set<string> };
type Client = {
  socket: WebSocket;
  request: IncomingMessage;
  caller: Caller;
  subscription: Subscription | null;
  followsAlerts: boolean;
  followsCommands: boolean;
  followsCooling: boolean;
  alive: boolean;
};

export type Live = {
  upgrade: Upgrade;
  /** Looks anew what a person may do, or everybody: they signed out, were switched off, or have another role. */
  recheck: (userNo: number | "all") => void;
  close: () => void;
};

/** Live updates: clients say which site and rows they show, and get those rows whenever they change. */
export function serveLive(parts: Parts): Live {
  const { hub, log } = parts;
  const clients = new Set<Client>();
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: 256 * 1024,
    perMessageDeflate: { threshold: 1_024 },
  });
  const welcome = (socket: WebSocket, request: IncomingMessage, caller: Caller) => {
    const client: Client = {
      socket,
      request,
      caller,
      subscription: null,
      followsAlerts: false,
      followsCommands: false,
      followsCooling: false,
      alive: true,
    };
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
  const upgrade = acceptUpgrades(sockets, {
    identify: parts.identify,
    refuses: (_, request) => (parts.allowsOrigin(request) ? null : "403 Forbidden"),
    welcome,
    what: "a live connection",
    log,
  });
  const heartbeat = setInterval(() => {
    for (const client of clients) {
      if (!client.alive) client.socket.terminate();
      client.alive = false;
      client.socket.ping();
      recheck(client, parts).catch((error: unknown) => explain(client, error, log));
    }
  }, HEARTBEAT_MS);
  const stopListening = hub.listen((numbered) => {
    const totals = sharedQuery(({ within }: Place) => within === "all", parts.fleet.totals);
    for (const client of clients) {
      if (client.subscription?.siteNo !== numbered.event.siteNo) continue;
      push(client, numbered, { ...parts, totals }).catch((error: unknown) => explain(client, error, log));
    }
  });
  const stopAlerts = hub.listenAlerts((event) => {
    const followers = [...clients].filter(({ followsAlerts }) => followsAlerts);
    if (followers.length > 0)
      pushAlerts(followers, event, parts).catch((error: unknown) => {
        for (const client of followers) explain(client, error, log);
      });
  });
  const stopCommands = hub.listenCommands(({ siteId, orderIds }) => {
    for (const client of clients)
      if (client.followsCommands && isWithin(sitesOf(client.caller, "command.read"), siteId))
        send(client, { type: "commands", site_id: siteId, order_ids: orderIds });
  });
  const stopCooling = hub.listenCooling(({ siteId, changed }) => {
    for (const client of clients)
      if (client.followsCooling && isWithin(sitesOf(client.caller, "reading.read"), siteId))
        send(client, { type: "cooling", site_id: siteId, changed });
  });
  return {
    upgrade,
    recheck: (userNo) => {
      for (const client of clients) {
        const isMeant = userNo === "all" || (client.caller.is === "person" && client.caller.userNo === userNo);
        if (isMeant) recheck(client, parts).catch((error: unknown) => explain(client, error, log));
      }
    },
    close: () => {
      clearInterval(heartbeat);
      stopListening();
      stopAlerts();
      stopCommands();
      stopCooling();
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
  const isPerson = client.caller.is === "person";
  client.caller = await parts.again(client.caller, client.request);
  // Nobody is left to tell anything to: the page learns by the close that it has to ask who is signed in.
  if (isPerson && client.caller.is === "nobody") return client.socket.close(SIGNED_OUT, "signed out");
  const { subscription } = client;
  if (subscription) {
    authorise(client.caller, "reading.read", subscription.siteId, "miners");
    subscription.within = withinAt(client.caller, "reading.read", subscription.siteId);
  }
  if (client.followsAlerts) authorise(client.caller, "alert.read", undefined, "anywhere");
  if (client.followsCommands) authorise(client.caller, "command.read", undefined, "miners");
  if (client.followsCooling) authorise(client.caller, "reading.read", undefined, "anywhere");
}

/** One query for those who see the whole, however many look on; who sees a part has one of their own. */
function sharedQuery<P, R>(isWhole: (part: P) => boolean, query: (part: P) => Promise<R>): (part: P) => Promise<R> {
  let shared: Promise<R> | null = null;
  return (part) => {
    if (!isWhole(part)) return query(part);
    shared ??= query(part);
    return shared;
  };
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
    client.followsCommands = false;
    client.followsCooling = false;
    send(client, { type: "problem", code: error.body.code ?? "PROBLEM", detail: error.body.detail ?? error.message });
  } else {
    log.warn({ err: error }, "a live update could not be sent");
    // The client comes back, and by then the store may answer again.
    client.socket.close(1011, "server error");
  }
}

async function subscribe(client: Client, text: string, parts: Parts): Promise<void> {
  const json = jsonOf(text);
  if (LiveSubscribeAlerts.safeParse(json).success) {
    authorise(client.caller, "alert.read", undefined, "anywhere");
    client.followsAlerts = true;
    return pushAlerts([client], { fired: [] }, parts);
  }
  if (LiveSubscribeCommands.safeParse(json).success) {
    authorise(client.caller, "command.read", undefined, "miners");
    client.followsCommands = true;
    return;
  }
  if (LiveSubscribeCooling.safeParse(json).success) {
    authorise(client.caller, "reading.read", undefined, "anywhere");
    client.followsCooling = true;
    return;
  }
  const wish = LiveSubscribe.safeParse(json);
  if (!wish.success) return send(client, { type: "problem", code: "INVALID_INPUT", detail: "not a subscribe message" });
  const { site_id, miner_ids, since } = wish.data;
  authorise(client.caller, "reading.read", site_id, "miners");
  const within = withinAt(client.caller, "reading.read", site_id);
  const { site_no } = await parts.sites.find(site_id);
  client.subscription = { siteNo: site_no, siteId: site_id, within, minerIds: new Set(miner_ids) };
  const missed = since === undefined ? [] : parts.hub.since(site_no, since);
  if (missed === null) return send(client, { type: "reset", site_id, seq: parts.hub.newest() });
  const last = missed.at(-1);
  // What was missed in several sweeps is told at once: only the newest rows matter.
  if (last) {
    const minerIds = [...new Set(missed.flatMap(({ event }) => event.minerIds))];
    const { fleet } = parts;
    await push(client, { seq: last.seq, event: { ...last.event, minerIds } }, { fleet, totals: fleet.totals });
  }
  send(client, { type: "subscribed", site_id, seq: parts.hub.newest() });
}

const MOST_FIRED = 10;

async function pushAlerts(clients: readonly Client[], { fired }: AlertsEvent, { alerts }: Parts): Promise<void> {
  const countsFor = sharedQuery((sites: Sites) => sites === "all", alerts.counts);
  const rank = ({ level }: AlertsEvent["fired"][number]) => AlertLevel.options.indexOf(level);
  const ordered = fired.toSorted((a, b) => rank(a) - rank(b));
  for (const client of clients) {
    const sites = sitesOf(client.caller, "alert.read");
    const own = ordered.filter(({ site_id }) => isWithin(sites, site_id));
    const worst = own.slice(0, MOST_FIRED);
    send(client, { type: "alerts", counts: await countsFor(sites), fired: worst, more: own.length - worst.length });
  }
}

type PushParts = { fleet: Pick<FleetService, "rows">; totals: (place: Place) => Promise<SiteTotals> };

async function push(client: Client, { seq, event }: Numbered, parts: PushParts): Promise<void> {
  const { subscription } = client;
  if (subscription?.siteNo !== event.siteNo) return;
  const place = { siteNo: event.siteNo, within: subscription.within };
  const shown = event.minerIds.filter((id) => subscription.minerIds.has(id));
  const [rows, summary] = await Promise.all([
    shown.length > 0 ? parts.fleet.rows(place, shown) : [],
    parts.totals(place),
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

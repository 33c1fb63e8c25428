import type { IncomingMessage } from "node:http";
import type { Log } from "@banksman/kit";
import { type CameraAnswer, CameraFailure, type KeyFrame, type Wish } from "@banksman/video";
import type { CameraPlan } from "@banksman/wire/model";
import { type WebSocket, WebSocketServer } from "ws";
import type { Caller } from "../http/caller.ts";
import { acceptUpgrades, type Upgrade } from "../http/upgrades.ts";
import { type Ask, Line, type Reply } from "./relay-line.ts";

const HEARTBEAT_MS = 10_000;
const MAX_FRAME_BYTES = 256 * 1024;

export type Relay = {
  upgrade: Upgrade;
  read: (siteNo: number, plan: CameraPlan, address: string | null, wish: Wish) => Promise<CameraAnswer>;
  /** `once`: of a camera that is only tried. */
  keyFrame: (siteNo: number, plan: CameraPlan, widthPx: number, once: boolean) => Promise<KeyFrame>;
  close: () => void;
};

/** Other servers, which a site's edge may be connected to instead of this one. */
export type OtherServers = {
  /** A site's first edge came, or its last one left. */
  holds: (siteNo: number, isHere: boolean) => void;
  /** Asks the server that the site's edge is connected to. Throws CameraFailure. */
  ask: (siteNo: number, ask: Ask) => Promise<Reply>;
  close: () => void;
};

type Parts = {
  identify: (request: IncomingMessage) => Promise<Caller>;
  /** Given what other servers may ask of edges here; null where this is the only server. */
  others: (askHere: OtherServers["ask"]) => OtherServers | null;
  log: Log;
};

/** Cameras that the site's edge reads for the server: each edge holds a connection of its own for that. */
export function serveRelay({ identify, others: openOthers, log }: Parts): Relay {
  const lines = new Map<number, Set<Line>>();
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_FRAME_BYTES });
  const noEdge = () => new CameraFailure("no_edge", "no edge of the site is connected that could read its cameras");
  const newestOf = (siteNo: number): Line | undefined => [...(lines.get(siteNo) ?? [])].at(-1);
  const others = openOthers(async (siteNo, wish) => {
    const line = newestOf(siteNo);
    if (line === undefined) throw noEdge();
    return line.ask(wish);
  });

  const welcome = (socket: WebSocket, siteNo: number): void => {
    const line = new Line(socket);
    const own = lines.get(siteNo) ?? new Set();
    lines.set(siteNo, own.add(line));
    if (own.size === 1) others?.holds(siteNo, true);
    socket.on("close", () => {
      own.delete(line);
      line.end();
      if (own.size === 0) others?.holds(siteNo, false);
    });
  };
  const upgrade = acceptUpgrades(sockets, {
    identify,
    refuses: ({ is }) => (is === "collector" ? null : "401 Unauthorized"),
    welcome: (webSocket, _, caller) => {
      if (caller.is === "collector") welcome(webSocket, caller.siteNo);
    },
    what: "a line for pictures",
    log,
  });
  const heartbeat = setInterval(() => {
    for (const own of lines.values()) for (const line of own) line.beat();
  }, HEARTBEAT_MS);

  const ask = async (siteNo: number, wish: Ask): Promise<Reply> => {
    const line = newestOf(siteNo);
    if (line) return line.ask(wish);
    if (others) return others.ask(siteNo, wish);
    throw noEdge();
  };
  return {
    upgrade,
    read: async (siteNo, plan, address, { role, byteRange = null }) => {
      const { url, type, body } = await ask(siteNo, { type: "read", plan, address, role, byte_range: byteRange });
      return { url, type, body };
    },
    keyFrame: async (siteNo, plan, width_px, once) => {
      const { takenAtMs, body } = await ask(siteNo, { type: "key_frame", plan, width_px, once });
      return { jpeg: body, takenAtMs: takenAtMs ?? Date.now() };
    },
    close: () => {
      clearInterval(heartbeat);
      for (const own of lines.values()) for (const line of own) line.close();
      sockets.close();
      others?.close();
    },
  };
}

import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import type { Log } from "@banksman/kit";
import type { WebSocket, WebSocketServer } from "ws";
import type { Caller } from "./caller.ts";

export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** Says no to a connection that wanted to become a WebSocket. */
function refuseUpgrade(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

type Acceptance = {
  identify: (request: IncomingMessage) => Promise<Caller>;
  /** The status line's words where somebody is not let in; null where they are. */
  refuses: (caller: Caller, request: IncomingMessage) => string | null;
  welcome: (webSocket: WebSocket, request: IncomingMessage, caller: Caller) => void;
  /** What is opened, in the log's words. */
  what: string;
  log: Log;
};

/** Makes a WebSocket of a connection, once it is known whose it is and that they may. */
export const acceptUpgrades =
  (sockets: WebSocketServer, { identify, refuses, welcome, what, log }: Acceptance): Upgrade =>
  (request, socket, head) => {
    let opened: WebSocket | null = null;
    const open = async (): Promise<void> => {
      const caller = await identify(request);
      const status = refuses(caller, request);
      if (status !== null) return refuseUpgrade(socket, status);
      if (socket.destroyed) return;
      sockets.handleUpgrade(request, socket, head, (webSocket) => {
        opened = webSocket;
        welcome(webSocket, request, caller);
      });
    };
    open().catch((error: unknown) => {
      log.warn({ err: error }, `could not open ${what}`);
      if (opened) opened.close(1011, "server error");
      else refuseUpgrade(socket, "503 Service Unavailable");
    });
  };

export type Upgrades = {
  /** From now on WebSockets at this path are served so. */
  at: (path: string, upgrade: Upgrade) => void;
  /** Cuts off those that are open: the HTTP server counts them and closes none. */
  cut: () => void;
};

/** Hands each WebSocket to whoever serves its path. */
export function serveUpgrades(server: Server): Upgrades {
  const paths = new Map<string, Upgrade>();
  const open = new Set<Duplex>();
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    // Until ws takes it over nobody else listens, and an unheard reset would end the process.
    socket.on("error", () => socket.destroy());
    const serve = paths.get(request.url?.split("?")[0] ?? "");
    if (serve) serve(request, socket, head);
    else refuseUpgrade(socket, "404 Not Found");
  });
  return {
    at: (path, upgrade) => void paths.set(path, upgrade),
    cut: () => {
      for (const socket of open) socket.destroy();
    },
  };
}

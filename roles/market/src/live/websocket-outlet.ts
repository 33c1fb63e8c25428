import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { LiveMessage, LiveOutlet } from "./live-sink.ts";

type Listener = { socket: WebSocket; symbols: ReadonlySet<string> | null };

/** A listener who falls this far behind is cut off: it comes back and starts from a snapshot. */
const MOST_BEHIND = 8 * 2 ** 20;

export type WebSocketLive = LiveOutlet & { close: () => void; readonly listeners: number };

/** Serves /live?symbols=BTC-USDT,ETH-USDT on the collector's own port (all symbols without). `first`: each one's book now. */
export function websocketOutlet(
  server: Server,
  mayListen: (request: IncomingMessage) => boolean,
  first: (symbols: ReadonlySet<string> | null) => LiveMessage[],
): WebSocketLive {
  const listeners = new Set<Listener>();
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 1_024 });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://collector");
    if (pathname !== "/live" || !mayListen(request)) {
      socket.end(`HTTP/1.1 ${pathname === "/live" ? "403 Forbidden" : "404 Not Found"}\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const named = searchParams.get("symbols");
    const symbols = named === null ? null : new Set(named.split(",").map((symbol) => symbol.trim().toUpperCase()));
    sockets.handleUpgrade(request, socket, head, (one) => {
      const listener = { socket: one, symbols };
      one.on("error", () => one.terminate());
      one.on("close", () => listeners.delete(listener));
      for (const message of first(symbols)) one.send(JSON.stringify(message));
      listeners.add(listener);
    });
  });
  const wants = ({ symbols }: Listener, symbol: string) => symbols === null || symbols.has(symbol);
  return {
    isWanted: (symbol) => [...listeners].some((listener) => wants(listener, symbol)),
    publish: (symbol, message) => {
      const text = JSON.stringify(message);
      for (const listener of listeners) {
        if (!wants(listener, symbol)) continue;
        if (listener.socket.bufferedAmount > MOST_BEHIND) listener.socket.close(1013, "too slow");
        else listener.socket.send(text);
      }
    },
    close: () => {
      for (const { socket } of listeners) socket.terminate();
      sockets.close();
    },
    get listeners() {
      return listeners.size;
    },
  };
}

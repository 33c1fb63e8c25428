import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";

export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** Says no to a connection that wanted to become a WebSocket. */
export function refuseUpgrade(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** Hands each WebSocket to whoever serves its path. */
export function serveUpgrades(server: Server, paths: Readonly<Record<string, Upgrade>>): { close: () => void } {
  const onUpgrade: Upgrade = (request, socket, head) => {
    // Until ws takes it over nobody else listens, and an unheard reset would end the process.
    socket.on("error", () => socket.destroy());
    const serve = paths[request.url?.split("?")[0] ?? ""];
    if (serve) serve(request, socket, head);
    else refuseUpgrade(socket, "404 Not Found");
  };
  server.on("upgrade", onUpgrade);
  return { close: () => server.off("upgrade", onUpgrade) };
}

import type { AddressInfo } from "node:net";
import { connect, createServer, type Server, type Socket } from "node:net";

/** Where a connection to the database is cut: at a client packet whose bytes match, before or after it is passed on. */
export type Cut = { match: RegExp; when: "before" | "after"; cut: () => void };

/** Passes MySQL connections on, and cuts one at a chosen statement. */
export async function startCuttingProxy(to: { host: string; port: number }) {
  let cut: Cut | null = null;
  const sockets = new Set<Socket>();
  const server: Server = createServer((client) => {
    const upstream = connect(to.port, to.host);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket
        .on("error", () => undefined)
        .on("close", () => {
          sockets.delete(socket);
          client.destroy();
          upstream.destroy();
        });
    }
    upstream.on("data", (chunk: Buffer) => client.write(chunk));
    client.on("data", (chunk: Buffer) => {
      const now = cut?.match.test(chunk.toString("latin1")) ? cut : null;
      if (!now) return void upstream.write(chunk);
      cut = null;
      if (now.when === "before") now.cut();
      else upstream.write(chunk, () => now.cut());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    /** Cuts at the next packet that matches. */
    cutAt: (next: Cut) => {
      cut = next;
    },
    /** True while a cut still waits for its packet. */
    isArmed: () => cut !== null,
    /** Breaks all connections. */
    breakAll: () => {
      for (const socket of sockets) socket.destroy();
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

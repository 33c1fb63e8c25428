import { createServer, type Server, type Socket } from "node:net";
import type { FakeDevice } from "./answer.ts";
import { converse, Traffic } from "./connection.ts";

/** A fake that is listening. `await using` closes it. */
export type Serving = AsyncDisposable & {
  host: string;
  port: number;
  /** Connections taken since the start. */
  readonly connections: number;
  readonly traffic: Traffic;
  /** Stops listening and cuts what is open. */
  close(): Promise<void>;
};

/** Listens and hands every connection to `handle`; shared by the transports. `port` 0 takes a free one. */
export async function listen(host: string, port: number, handle: (socket: Socket) => void, traffic: Traffic) {
  const open = new Set<Socket>();
  // Not half-open: a client that ends its side before the answer doesn't get one, as on several firmwares.
  const server = createServer({ noDelay: true }, (socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    handle(socket);
  });
  await bound(server, host, port);
  const address = server.address();
  const serving: Serving = {
    host,
    port: typeof address === "object" && address !== null ? address.port : port,
    traffic,
    get connections() {
      return traffic.connections;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
    [Symbol.asyncDispose]: () => serving.close(),
  };
  return serving;
}

/** Behind one listener stand thousands of miners: a connection that found the queue full would come a second late. */
const BACKLOG = 4_096;

function bound(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, backlog: BACKLOG }, () => {
      server.removeListener("error", reject);
      resolve();
    });
  });
}

/** One fake miner on one address, speaking the cgminer API. */
export function serveCgminer(options: FakeDevice & { host: string; port: number }): Promise<Serving> {
  const traffic = new Traffic();
  return listen(options.host, options.port, (socket) => converse(socket, options, traffic), traffic);
}

/**
 * Any number of fake miners behind one listener: every address of 127.0.0.0/8 reaches it, and the address that was
 * called says which miner was meant. An address with no miner is reset at once. Connections from or to anywhere but
 * 127.0.0.0/8 are dropped, since binding to all addresses also opens the machine's real ones.
 */
export function serveMany(options: {
  port: number;
  deviceAt: (address: string) => FakeDevice | undefined;
}): Promise<Serving> {
  const traffic = new Traffic();
  const handle = (socket: Socket) => {
    const called = socket.localAddress ?? "";
    const device = isLoopback(called) && isLoopback(socket.remoteAddress ?? "") ? options.deviceAt(called) : undefined;
    if (device) converse(socket, device, traffic);
    else socket.resetAndDestroy();
  };
  return listen("0.0.0.0", options.port, handle, traffic);
}

const isLoopback = (address: string) => address.startsWith("127.");

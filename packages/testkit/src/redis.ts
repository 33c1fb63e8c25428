import { createConnection } from "node:net";
import { freePort } from "./free-port.ts";
import { run } from "./process.ts";
import { tempFolder } from "./temp-folder.ts";
import { waitFor } from "./wait-for.ts";

/** A Redis that can be lost, with all it held, and come back under the same address. */
type PrivateRedis = AsyncDisposable & { url: string; kill: () => Promise<void>; startAgain: () => Promise<void> };

/** A private Redis on an ephemeral loopback port, in memory only. */
export async function startRedis(): Promise<PrivateRedis> {
  const folder = await tempFolder();
  const port = await freePort();
  const flags = [
    "--port",
    String(port),
    "--bind",
    "127.0.0.1",
    "--save",
    "",
    "--appendonly",
    "no",
    "--dir",
    folder.path,
  ];
  const start = async () => {
    const started = run("redis-server", flags);
    await waitFor("Redis to listen", () => canConnect(port));
    return started;
  };
  let server = await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    kill: async () => {
      await server.stop("SIGKILL");
    },
    startAgain: async () => {
      server = await start();
    },
    [Symbol.asyncDispose]: async () => {
      await server.stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

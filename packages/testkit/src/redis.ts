import { createConnection } from "node:net";
import { freePort } from "./free-port.ts";
import { run } from "./process.ts";
import { tempFolder } from "./temp-folder.ts";
import { waitFor } from "./wait-for.ts";

/** A private Redis on an ephemeral loopback port, in memory only. */
export async function startRedis(): Promise<{ url: string } & AsyncDisposable> {
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
  const server = run("redis-server", flags);
  await waitFor("Redis to listen", () => canConnect(port));
  return {
    url: `redis://127.0.0.1:${port}`,
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

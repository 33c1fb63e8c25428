import type { AddressInfo } from "node:net";
import { codeOf } from "@banksman/kit";
import type { FastifyInstance } from "fastify";
import { isLoopbackOnly, type ServerConfig } from "../config.ts";
import { ServerErrors } from "../errors.ts";

const LAST_REQUESTS_MS = 3_500;

/** Takes the port. Throws SERVER_PORT_TAKEN or SERVER_NO_SUCH_HOST. */
export async function listen(app: FastifyInstance, config: ServerConfig): Promise<AddressInfo> {
  await app.listen({ host: config.host, port: config.port }).catch((error: unknown) => {
    if (codeOf(error) === "EADDRINUSE") throw ServerErrors.PORT_TAKEN(config.host, config.port, { cause: error });
    if (codeOf(error) === "ENOTFOUND" || codeOf(error) === "EADDRNOTAVAIL")
      throw ServerErrors.NO_SUCH_HOST(config.host, { cause: error });
    throw error;
  });
  return app.server.address() as AddressInfo;
}

/** Says on standard output where the server is, and whether that is safe. */
export function announceAddress(config: ServerConfig, { port }: AddressInfo): void {
  const scheme = config.tls ? "https" : "http";
  const host = config.host === "0.0.0.0" || config.host === "::" ? "localhost" : config.host;
  const own = `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`;
  process.stdout.write(`Banksman is at ${config.public_url ?? own}\n`);
  if (!config.tls && !isLoopbackOnly(config) && config.public_url === undefined) {
    process.stdout.write("It speaks plain http beyond this machine: set tls, or put a proxy with TLS before it.\n");
  }
}

/**
 * Lets requests under way end for a while, then cuts off what is left: a slow client, or the far end of a WebSocket that
 * never answers its close, must not hold the server up.
 */
export async function closeApp(app: FastifyInstance, cutUpgraded: () => void): Promise<void> {
  const cut = setTimeout(() => {
    app.server.closeAllConnections();
    cutUpgraded();
  }, LAST_REQUESTS_MS);
  await app.close();
  clearTimeout(cut);
}

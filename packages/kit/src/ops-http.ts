import { timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, BlockList, isIPv4 } from "node:net";
import type { Registry } from "prom-client";
import type { Health } from "./health.ts";

export type OpsHttpOptions = { host: string; port: number; metricsToken?: string; metricsAllow?: string[] };

/**
 * Decides who may read /metrics: anyone on loopback, holders of the token, and addresses in the allow list (CIDR).
 * With neither configured a listener beyond loopback lets nobody but loopback in.
 */
export function metricsGuard(options: { metricsToken?: string; metricsAllow?: string[] }) {
  const allowed = new BlockList();
  for (const entry of options.metricsAllow ?? []) {
    const [address = "", bits] = entry.split("/");
    const family = isIPv4(address) ? "ipv4" : "ipv6";
    allowed.addSubnet(address, bits === undefined ? (family === "ipv4" ? 32 : 128) : Number(bits), family);
  }
  return (remoteAddress: string, authorization: string | undefined): boolean => {
    const address = remoteAddress.replace(/^::ffff:/, "");
    if (address === "::1" || address.startsWith("127.")) return true;
    if (allowed.check(address, isIPv4(address) ? "ipv4" : "ipv6")) return true;
    const token = options.metricsToken;
    if (token === undefined || authorization === undefined) return false;
    const given = Buffer.from(authorization);
    const wanted = Buffer.from(`Bearer ${token}`);
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  };
}

/** /health, /ready and /metrics for a role that has no web server of its own. `port` 0 takes a free one. */
export async function serveOps(
  options: OpsHttpOptions,
  health: Health,
  metrics: Registry,
): Promise<{ port: number; close: () => Promise<void> }> {
  const mayReadMetrics = metricsGuard(options);
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const path = request.url?.split("?")[0];
    if (path === "/health" || path === "/ready") {
      const { status, body } = await health.report(path === "/health" ? "health" : "ready");
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    } else if (path === "/metrics") {
      if (!mayReadMetrics(request.socket.remoteAddress ?? "", request.headers.authorization)) {
        response.writeHead(403, { "content-type": "text/plain" }).end("metrics_token or metrics_allow needed\n");
      } else {
        response.writeHead(200, { "content-type": metrics.contentType }).end(await metrics.metrics());
      }
    } else {
      response.writeHead(404, { "content-type": "text/plain" }).end("try /health, /ready or /metrics\n");
    }
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(options.port, options.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

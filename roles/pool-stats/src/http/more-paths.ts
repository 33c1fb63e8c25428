import type { IncomingMessage, ServerResponse } from "node:http";
import { type Health, metricsGuard, type Registry } from "@banksman/kit";
import type { HttpOptions, MorePaths } from "./server.ts";

export type MorePathsOptions = {
  http: Pick<HttpOptions, "token" | "allow">;
  /** Answers what is below /api/. */
  api: MorePaths;
  health: Health;
  metrics: Registry;
};

/** What this program answers beside S3's paths: the JSON API, /health, /ready and /metrics. */
export function morePaths({ http, api, health, metrics }: MorePathsOptions): MorePaths {
  // Where a token or networks are set, who comes this far has shown one of them.
  const isGuarded = http.token !== null || http.allow.length > 0;
  const isNear = metricsGuard({});
  const report = async (kind: "health" | "ready", response: ServerResponse) => {
    const { status, body } = await health.report(kind);
    send(response, status, "application/json", JSON.stringify(body));
  };
  const measure = async (request: IncomingMessage, response: ServerResponse) => {
    if (isGuarded || isNear(request.socket.remoteAddress ?? "", undefined))
      return send(response, 200, metrics.contentType, await metrics.metrics());
    send(response, 403, "text/plain", "http_token or http_allow needed\n");
  };
  return (request, response, path) => {
    const failed = (error: unknown) => response.destroy(error instanceof Error ? error : undefined);
    if (path === "/health" || path === "/ready")
      report(path === "/health" ? "health" : "ready", response).catch(failed);
    else if (path === "/metrics") measure(request, response).catch(failed);
    else return api(request, response, path);
    return true;
  };
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body) }).end(body);
}

import { messageOf, type metricsGuard } from "@banksman/kit";
import { readInventory, targetGroups } from "@banksman/monitoring";
import type { FastifyInstance } from "fastify";
import { cameThroughProxy } from "../http/origin.ts";
import { problem } from "../http/problem.ts";

/**
 * GET /metrics/targets: the inventory as Prometheus' HTTP service discovery, guarded as /metrics is. The file is read
 * anew each time, so a change needs no restart.
 */
export function serveTargets(app: FastifyInstance, file: string, mayRead: ReturnType<typeof metricsGuard>): void {
  app.get("/metrics/targets", async (request, reply) => {
    const address = cameThroughProxy(request.headers) ? "" : (request.socket.remoteAddress ?? "");
    if (!mayRead(address, request.headers.authorization)) throw problem(403, "METRICS_GUARDED", GUARDED);
    const inventory = await readInventory(file).catch((error: unknown) => {
      throw problem(503, "INVENTORY_UNREADABLE", messageOf(error));
    });
    return reply.type("application/json").send(JSON.stringify(targetGroups(inventory)));
  });
}

/** What a reader beyond loopback is told. */
export const GUARDED = "set metrics_token and send it as a bearer token, or list this address in metrics_allow";

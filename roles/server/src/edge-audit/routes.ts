import { PostCollectorAudit } from "@banksman/wire/api";
import type { Api } from "../http/api.ts";
import { problem } from "../http/problem.ts";
import type { EdgeAuditService } from "./service.ts";

export function edgeAuditRoutes(api: Api, edgeAudit: EdgeAuditService): void {
  api.on(PostCollectorAudit, async ({ body, caller, audit }) => {
    if (caller.is !== "collector") throw problem(401, "NOT_SIGNED_IN", "send a valid X-Collector-Key");
    const { collector_id: collectorId, chain, entries } = body;
    // Each line gets a row of its own; of the upload only what it was is told.
    audit.note({ target: collectorId, after: { chain, from: entries[0]?.seq, to: entries.at(-1)?.seq } });
    const { siteNo, siteId } = caller;
    return { kept_to: await edgeAudit.take({ siteNo, siteId, collectorId, chain, entries }) };
  });
}

import { Readable } from "node:stream";
import {
  GetAuditBundle,
  GetAuditConsistency,
  GetAuditCsv,
  GetAuditProof,
  GetAuditRow,
  GetAuditSeal,
  ListAudit,
} from "@banksman/wire/api";
import type { Api } from "../http/api.ts";
import { isWithin, type Sites } from "../http/caller.ts";
import { problem } from "../http/problem.ts";
import { csvLines } from "./csv.ts";
import type { ProofService } from "./proof/service.ts";
import type { AuditStore } from "./store.ts";

export function auditRoutes(api: Api, store: AuditStore, proofs: ProofService): void {
  const find = async (seq: number, sites: Sites) => {
    const row = await store.find(seq);
    if (!row || !isWithin(sites, row.site))
      throw problem(404, "NO_SUCH_ROW", `the audit trail has no row ${seq}`, { path: "seq" });
    return row;
  };
  api.on(ListAudit, async ({ query: { before_seq: beforeSeq = null, limit, ...filter }, sites }) => {
    const rows = await store.list(filter, { sites, beforeSeq, limit: limit + 1 });
    return { rows: rows.slice(0, limit), has_more: rows.length > limit };
  });
  api.on(GetAuditSeal, () => proofs.seal());
  api.onRaw(GetAuditCsv, async ({ query, reply, audit, sites }) => {
    audit.note({ after: query });
    // What the database refuses is told; once lines are on their way it could only be a file that breaks off.
    await store.list(query, { sites, beforeSeq: null, limit: 1 });
    reply.header("content-disposition", 'attachment; filename="banksman-audit.csv"').type("text/csv; charset=utf-8");
    return reply.send(Readable.from(csvLines(store, query, sites)));
  });
  api.onRaw(GetAuditBundle, async ({ reply }) => {
    const lines = await proofs.bundle();
    reply.header("content-disposition", 'attachment; filename="banksman-audit.jsonl"').type("application/jsonl");
    return reply.send(lines);
  });
  api.on(GetAuditConsistency, ({ query }) => proofs.consistency(query.size));
  api.on(GetAuditRow, ({ params, sites }) => find(params.seq, sites));
  api.on(GetAuditProof, async ({ params, sites }) => ({
    row: await find(params.seq, sites),
    ...(await proofs.inclusion(params.seq)),
  }));
}

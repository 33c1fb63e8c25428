import { type AuditEntry, brokenAt } from "@banksman/wire/ingest";
import type { Audit, AuditInput } from "../audit/recorder.ts";
import { problem } from "../http/problem.ts";
import type { EdgeAuditStore } from "./store.ts";

type Upload = { siteNo: number; siteId: string; collectorId: string; chain: string; entries: readonly AuditEntry[] };

export type EdgeAuditService = ReturnType<typeof edgeAuditService>;

const RESULT = { accepted: "done", refused: "refused", unreachable: "failed", unknown: "unknown" } as const;

/** A line of the file as the audit trail tells it. */
const toEvent = (entry: AuditEntry, siteId: string, chain: string): AuditInput => ({
  actor: { kind: "cli", name: entry.actor },
  action: `miner.direct.${entry.event}`,
  site: siteId,
  target: entry.device,
  after: { ...entry.order, order_id: entry.order_id, at: entry.at, verified: entry.verified, chain, seq: entry.seq },
  reason: entry.reason ?? null,
  result: entry.outcome === undefined ? "done" : RESULT[entry.outcome],
});

/** Keeps the audit files of machines that orders were given from directly, and refuses one that was changed. */
export const edgeAuditService = (store: EdgeAuditStore, audit: Pick<Audit, "record">) => ({
  /**
   * Takes lines that follow from what is kept already; those that are kept may come again. Resolves to the last line kept.
   * Throws 422 with the line that doesn't follow, 409 with a line that reads otherwise than it was uploaded.
   */
  take: ({ siteNo, siteId, collectorId, chain, entries }: Upload): Promise<number> =>
    store.alone(chain, async (tx) => {
      const last = await store.last(tx, siteNo, chain);
      const known = entries.filter(({ seq }) => seq <= (last?.seq ?? 0));
      const hashes = await store.hashes(
        tx,
        siteNo,
        chain,
        known.map(({ seq }) => seq),
      );
      const changed = known.find(({ seq, hash }) => hashes.get(seq) !== hash);
      if (changed)
        throw problem(409, "AUDIT_CHANGED", `line ${changed.seq} was changed after it had been uploaded`, {
          path: `entries.${changed.seq}`,
        });
      const fresh = entries.filter(({ seq }) => seq > (last?.seq ?? 0));
      const broken = brokenAt(fresh, last);
      if (broken !== null) {
        const line = (last?.seq ?? 0) + broken;
        throw problem(422, "AUDIT_BROKEN", `line ${line} does not follow from the line before: the file was changed`, {
          path: `entries.${line}`,
        });
      }
      if (!last && fresh[0] && fresh[0].hash !== chain)
        throw problem(422, "AUDIT_BROKEN", "line 1 is not the one that the chain is named after", {
          path: "entries.1",
        });
      if (fresh.length > 0) {
        await store.add(tx, siteNo, chain, collectorId, fresh);
        await audit.record(
          fresh.map((entry) => toEvent(entry, siteId, chain)),
          tx,
        );
      }
      return fresh.at(-1)?.seq ?? last?.seq ?? 0;
    }),
});

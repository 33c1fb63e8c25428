import { createHash, randomBytes } from "node:crypto";
import type { CollectorKey, CollectorStatus, CreateCollectorKey, ReplyOf } from "@banksman/wire/api";
import { problem } from "../http/problem.ts";
import type { CollectorReport, CollectorStore } from "./store.ts";

type SiteFinder = { find: (siteId: string) => Promise<{ site_no: number }> };

/** A key has 256 random bits, so a plain hash is as good as a slow one and can be looked up. */
const hashOf = (key: string): Buffer => createHash("sha256").update(key).digest();

/** What is known of one collector, wherever it is. */
export type EveryCollector = Pick<CollectorStatus, "collector_id" | "backlog_batches" | "clock_skew_ms"> & {
  site_id: string;
  last_upload_at: string;
};

export type CollectorService = ReturnType<typeof collectorService>;

/** Collector keys, and what the collectors of a site tell of themselves. */
export const collectorService = (store: CollectorStore, sites: SiteFinder) => ({
  keys: async (siteId: string): Promise<CollectorKey[]> => store.keys((await sites.find(siteId)).site_no),

  createKey: async (
    siteId: string,
    name: string,
    createdBy: string | null,
  ): Promise<ReplyOf<typeof CreateCollectorKey>["data"]> => {
    const { site_no } = await sites.find(siteId);
    const key = `hsc_${randomBytes(32).toString("base64url")}`;
    const stored = await store.addKey(site_no, { hash: hashOf(key), hint: `${key.slice(0, 8)}…`, name, createdBy });
    return { ...stored, collector_key: key };
  },

  revokeKey: async (siteId: string, keyId: number): Promise<CollectorKey> => {
    const { site_no } = await sites.find(siteId);
    const key = await store.revokeKey(site_no, keyId);
    if (!key)
      throw problem(404, "NO_SUCH_KEY", `there is no collector key ${keyId} at site "${siteId}"`, { path: "key_id" });
    return key;
  },

  /** Whose key this is, or null when it is unknown or revoked. */
  identify: async (key: string): Promise<{ siteNo: number; siteId: string; keyId: number } | null> => {
    const owner = await store.findKey(hashOf(key));
    if (owner) await store.touchKey(owner.siteNo, owner.keyId);
    return owner;
  },

  report: (report: CollectorReport): Promise<void> => store.report(report),

  all: async (): Promise<EveryCollector[]> =>
    (await store.all()).map((row) => ({ ...row, last_upload_at: row.last_upload_at.toISOString() })),

  status: async (siteId: string): Promise<CollectorStatus[]> => store.status((await sites.find(siteId)).site_no),
});

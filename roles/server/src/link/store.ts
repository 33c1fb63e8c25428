import type { GetLinks, ReplyOf } from "@banksman/wire/api";
import { EdgeFrame, type Manifest } from "@banksman/wire/link";
import { sql } from "kysely";
import type { Db } from "../db/connect.ts";

export type Hello = Extract<EdgeFrame, { type: "hello" }>;
const { manifest: ManifestSchema } = EdgeFrame.options[0].shape;

/** A link that hasn't been heard of for so long is none. */
const LINKED_SECONDS = 90;

export type LinkStore = ReturnType<typeof linkStore>;

/** The only SQL on links: which server holds which edge. */
export const linkStore = (db: Db) => ({
  /** Makes the link this server's. Resolves to its new generation; null when that record belongs to another site. */
  take: async (siteNo: number, serverId: string, hello: Hello): Promise<number | null> => {
    const { rows } = await sql<{ generation: number }>`
      insert into links (ledger_id, site_no, server_id, collector_id, version, miners, manifest)
      values (${hello.ledger_id}, ${siteNo}, ${serverId}, ${hello.collector_id}, ${hello.version},
        ${hello.miner_ids.length}, ${JSON.stringify(hello.manifest)})
      on conflict (ledger_id) do update set server_id = excluded.server_id, generation = links.generation + 1,
        collector_id = excluded.collector_id, version = excluded.version, miners = excluded.miners,
        manifest = excluded.manifest, linked_since = now(), seen_at = now()
      where links.site_no = excluded.site_no
      returning generation`.execute(db);
    return rows[0]?.generation ?? null;
  },

  /** False when another server, or a newer connection, has it by now. */
  seen: async (ledgerId: string, serverId: string, generation: number, miners: number): Promise<boolean> => {
    const { numAffectedRows } = await sql`update links set seen_at = now(), miners = ${miners}
      where ledger_id = ${ledgerId} and server_id = ${serverId} and generation = ${generation}`.execute(db);
    return Number(numAffectedRows ?? 0) > 0;
  },

  gone: async (ledgerId: string, serverId: string, generation: number): Promise<void> => {
    await sql`update links set server_id = null
      where ledger_id = ${ledgerId} and server_id = ${serverId} and generation = ${generation}`.execute(db);
  },

  ofSite: async (siteNo: number): Promise<ReplyOf<typeof GetLinks>["data"]> => {
    const { rows } = await sql<{
      collector_id: string;
      version: string;
      linked_since: Date;
      seen_at: Date;
      miners: number;
      manifest: unknown;
      is_linked: boolean;
    }>`select collector_id, version, linked_since, seen_at, miners, manifest,
        server_id is not null and seen_at > now() - ${LINKED_SECONDS} * interval '1 second' as is_linked
      from links where site_no = ${siteNo} and seen_at > now() - interval '30 days' order by seen_at`.execute(db);
    const manifests = rows.map(({ manifest }) => ManifestSchema.parse(manifest));
    return {
      links: rows
        .filter(({ is_linked }) => is_linked)
        .map(({ collector_id, version, linked_since, seen_at, miners }) => ({
          collector_id,
          version,
          linked_since: linked_since.toISOString(),
          seen_at: seen_at.toISOString(),
          miners,
        })),
      drivers: Object.assign({}, ...manifests.map(({ drivers }: Manifest) => drivers)),
      edge_orders: [...new Set(manifests.flatMap(({ edge_orders }) => edge_orders))],
    };
  },

  /** Orders of cooling units by driver, as the edges of a site say. */
  coolingDrivers: async (siteNo: number): Promise<Record<string, { title: string; orders: string[] }>> => {
    const { rows } = await sql<{ manifest: unknown }>`select manifest from links
      where site_no = ${siteNo} and server_id is not null and seen_at > now() - ${LINKED_SECONDS} * interval '1 second'`.execute(
      db,
    );
    return Object.assign({}, ...rows.map(({ manifest }) => ManifestSchema.parse(manifest).cooling_drivers ?? {}));
  },

  forget: async (): Promise<void> => {
    await sql`delete from links where seen_at < now() - interval '90 days'`.execute(db);
  },
});

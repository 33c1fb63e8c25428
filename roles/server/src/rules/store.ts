import { RuleFields } from "@banksman/wire/model";
import { sql } from "kysely";
import type { Db } from "../db/connect.ts";

export type StoredRule = { rule_id: string; fields: RuleFields; updated_at: Date; updated_by: string | null };

export type RuleStore = ReturnType<typeof ruleStore>;

/** The only SQL on rules, and on what rules know of a site. */
export const ruleStore = (db: Db) => ({
  all: async (): Promise<StoredRule[]> => {
    const { rows } = await sql<{ rule_id: string; definition: unknown; updated_at: Date; updated_by: string | null }>`
      select * from alert_rules order by rule_id`.execute(db);
    return rows.map(({ definition, ...row }) => ({ ...row, fields: RuleFields.parse(definition) }));
  },

  save: async (ruleId: string, fields: RuleFields, by: string): Promise<void> => {
    await sql`insert into alert_rules (rule_id, definition, updated_by) values (${ruleId}, ${JSON.stringify(fields)}, ${by})
      on conflict (rule_id) do update set definition = excluded.definition, updated_by = excluded.updated_by, updated_at = now()`.execute(
      db,
    );
  },

  remove: async (ruleId: string): Promise<void> => {
    await sql`delete from alert_rules where rule_id = ${ruleId}`.execute(db);
  },

  poolHosts: async (): Promise<{ site_no: number; site_id: string; pool_hosts: string[] }[]> => {
    const { rows } = await sql<{ site_no: number; site_id: string; pool_hosts: string[] }>`
      select site_no, site_id, pool_hosts from alert_sites join sites using (site_no)`.execute(db);
    return rows;
  },

  /** Changes with every rule and every list of pools. */
  version: async (): Promise<string> => {
    const { rows } = await sql<{ version: string }>`select md5(
      coalesce((select string_agg(rule_id || updated_at, ',' order by rule_id) from alert_rules), '') ||
      coalesce((select string_agg(site_no || pool_hosts::text, ',' order by site_no) from alert_sites), '')) as version`.execute(
      db,
    );
    return rows[0]?.version ?? "";
  },

  savePoolHosts: async (siteNo: number, hosts: readonly string[]): Promise<void> => {
    await sql`insert into alert_sites (site_no, pool_hosts) values (${siteNo}, ${[...hosts]})
      on conflict (site_no) do update set pool_hosts = excluded.pool_hosts`.execute(db);
  },
});

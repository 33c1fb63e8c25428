import { Alert, type AlertQuery } from "@banksman/wire/api";
import { type RawBuilder, sql } from "kysely";
import { containing } from "../db/like.ts";
import type { Sites } from "../http/caller.ts";

/** A row of `alerts` as the driver gives it. */
export type AlertRow = Record<string, unknown> & {
  since: Date;
  fired_at: Date | null;
  acknowledged_at: Date | null;
  resolved_at: Date | null;
  notified_at: Date | null;
};

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

export const toAlert = (row: AlertRow): Alert =>
  Alert.parse({
    ...row,
    since: iso(row.since),
    fired_at: iso(row.fired_at),
    acknowledged_at: iso(row.acknowledged_at),
    resolved_at: iso(row.resolved_at),
    notified_at: iso(row.notified_at),
  });

export const OPEN = sql.raw("state in ('firing', 'acknowledged')");
/** Place of a level when the worst comes first. */
export const WORST = sql.raw("array_position(array['urgent', 'severe', 'warning', 'info'], level)");

/** The condition of what lies within these sites; what belongs to none is for those who see all. */
export const ofSites = (sites: Sites): RawBuilder<unknown> =>
  sites === "all" ? sql`true` : sql`site_id = any(${[...sites]}::text[])`;

/** The condition of a list's filters. */
export function filterOf(query: AlertQuery): RawBuilder<unknown> {
  const terms = [sql`true`];
  if (query.state === "open") terms.push(sql`${OPEN}`);
  else if (query.state !== "all") terms.push(sql`state = any(${query.state}::text[])`);
  if (query.level) terms.push(sql`level = any(${query.level}::text[])`);
  if (query.site_id !== undefined) terms.push(sql`site_id = ${query.site_id}`);
  if (query.rule_id !== undefined) terms.push(sql`rule_id = ${query.rule_id}`);
  if (query.source !== undefined) terms.push(sql`source = ${query.source}`);
  if (query.target !== undefined) terms.push(sql`target->>'id' = ${query.target}`);
  if (query.kind !== undefined) terms.push(sql`target->>'kind' = ${query.kind}`);
  if (query.suppressed !== undefined) terms.push(sql`(suppressed is not null) = ${query.suppressed}`);
  if (query.flapping !== undefined) terms.push(sql`flapping = ${query.flapping}`);
  if (query.from !== undefined) terms.push(sql`since >= ${query.from}`);
  if (query.to !== undefined) terms.push(sql`since < ${query.to}`);
  if (query.q !== undefined && query.q !== "")
    terms.push(sql`lower(concat_ws(' ', title::text, target::text, labels::text)) like lower(${containing(query.q)})`);
  return sql.join(terms, sql` and `);
}

import { type RawBuilder, sql } from "kysely";
import { z } from "zod";
import { StoredGrant } from "./reach.ts";

/**
 * SQL: the sites, `s`, that a scope reaches by a site, a region, or a customer. A customer's are those where miners are or
 * were theirs: what is told there is what is theirs by now, and their statements of the past name the others.
 */
export const sitesOfScope = (scope: Record<"site" | "region" | "customer", RawBuilder<unknown>>) =>
  sql`coalesce((select json_agg(s.site_id) from sites s where ${scope.site} or s.region = ${scope.region}
    or s.site_no in (select a.site_no from customer_miners a where a.customer_id = ${scope.customer})), '[]')`;

const SITES = sitesOfScope({ site: sql`s.site_no = g.site_no`, region: sql`g.region`, customer: sql`g.customer_id` });

/** SQL: the grants of user `u` with what they reach now; a region's sites are looked up, so that a new one is reached. */
export const REACHED = sql`coalesce((select json_agg(json_build_object('role', g.role, 'permissions', r.permissions,
    'container', g.container, 'customer', g.customer_id, 'region', g.region,
    'sites', case g.scope when 'all' then null else ${SITES} end))
  from grants g left join roles r using (role) where g.user_no = u.user_no), '[]')`;

export const withGrants = <R extends { grants: unknown }>(row: R) => ({
  ...row,
  grants: z.array(StoredGrant).parse(row.grants),
});

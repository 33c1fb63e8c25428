import { sql } from "kysely";
import { z } from "zod";
import { StoredGrant } from "./reach.ts";

/** SQL: the grants of user `u` with what they reach now; a region's sites are looked up, so that a new one is reached. */
export const REACHED = sql`coalesce((select json_agg(json_build_object('role', g.role, 'permissions', r.permissions,
    'container', g.container, 'region', g.region, 'sites', case g.scope when 'all' then null else
      coalesce((select json_agg(s.site_id) from sites s where s.site_no = g.site_no or s.region = g.region), '[]') end))
  from grants g left join roles r using (role) where g.user_no = u.user_no), '[]')`;

export const withGrants = <R extends { grants: unknown }>(row: R) => ({
  ...row,
  grants: z.array(StoredGrant).parse(row.grants),
});

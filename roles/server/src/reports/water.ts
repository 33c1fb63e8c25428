import { sql } from "kysely";
import { metered } from "../cooling/metered.ts";
import type { Db } from "../db/connect.ts";
import { numbersOf } from "./customer-parts.ts";
import type { ReportSite } from "./kind.ts";
import type { Span } from "./period.ts";

/** What a unit used of water, m³; only units whose meter told anything. */
export type UnitWater = { site_no: number; unit_no: number; used_m3: number };

/** Water by unit: how far its meter went on over a period, whatever lay between them. */
export async function waterOf(db: Db, sites: readonly ReportSite[], { from, to }: Span): Promise<UnitWater[]> {
  const figure = (part: "least" | "most") => sql`r.${sql.ref(part)}[array_position(u.fields, 'water.used')]::float8`;
  const { rows } = await sql<{ site_no: number; unit_no: number; least: number[]; most: number[] }>`
    select site_no, unit_no, array_agg(least order by bucket) as least, array_agg(most order by bucket) as most
    from (
      select r.site_no, r.unit_no, r.bucket, ${figure("least")} as least, ${figure("most")} as most
      from cooling_5min r join cooling_units u using (site_no, unit_no)
      where r.site_no = any(${numbersOf({ sites })}::int[]) and r.bucket >= ${from} and r.bucket < ${to}
        and 'water.used' = any(u.fields)) told
    where least is not null group by 1, 2`.execute(db);
  return rows.map(({ site_no, unit_no, least, most }) => ({ site_no, unit_no, used_m3: metered(least, most) }));
}

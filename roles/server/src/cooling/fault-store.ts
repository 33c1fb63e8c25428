import type { Fault } from "@banksman/wire/model";
import type pg from "pg";

/** What stands at a unit at one moment. */
export type FaultsAt = { unit: { site_no: number; unit_no: number }; at: string; faults: readonly Fault[] };

/**
 * Begins the spans of faults that stand now, and ends those of faults that stand no more. `derived` faults follow from what
 * was measured; the others are what controllers tell: neither ends the other's.
 */
export async function openAndClose(client: pg.ClientBase, now: readonly FaultsAt[], derived: boolean): Promise<void> {
  if (now.length === 0) return;
  const standing = now.flatMap(({ unit, at, faults }) => [
    ...new Map(faults.map((fault) => [fault.code, { unit, at, fault }])).values(),
  ]);
  await client.query(
    `update cooling_faults f set until = greatest(u.at, f.since)
     from unnest($1::int[], $2::int[], $3::timestamptz[]) u (site_no, unit_no, at)
     where f.site_no = u.site_no and f.unit_no = u.unit_no and f.until is null and f.derived = $4
       and not exists (select 1 from unnest($5::int[], $6::text[]) n (unit_no, code)
         where n.unit_no = f.unit_no and n.code = f.code)`,
    [
      now.map(({ unit }) => unit.site_no),
      now.map(({ unit }) => unit.unit_no),
      now.map(({ at }) => at),
      derived,
      standing.map(({ unit }) => unit.unit_no),
      standing.map(({ fault }) => fault.code),
    ],
  );
  if (standing.length === 0) return;
  await client.query(
    `insert into cooling_faults (site_no, unit_no, since, code, level, fault, derived)
     select site_no, unit_no, since, code, level, fault::json, $1
     from unnest($2::int[], $3::int[], $4::timestamptz[], $5::text[], $6::text[], $7::text[])
       n (site_no, unit_no, since, code, level, fault)
     on conflict do nothing`,
    [
      derived,
      standing.map(({ unit }) => unit.site_no),
      standing.map(({ unit }) => unit.unit_no),
      standing.map(({ at }) => at),
      standing.map(({ fault }) => fault.code),
      standing.map(({ fault }) => fault.level),
      standing.map(({ fault }) => JSON.stringify(fault)),
    ],
  );
}

/** What stands by the measurements of these units. */
export async function findingsOf(client: pg.ClientBase, unitNos: ReadonlySet<number>): Promise<Map<number, string[]>> {
  const { rows } = await client.query<{ unit_no: number; codes: string[] }>(
    `select unit_no, array_agg(code) as codes from cooling_faults
     where unit_no = any($1) and until is null and derived group by 1`,
    [[...unitNos]],
  );
  return new Map(rows.map(({ unit_no, codes }) => [unit_no, codes]));
}

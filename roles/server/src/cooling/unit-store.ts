import type { CoolingReadPlan, CoolingUnitKey } from "@banksman/wire/model";
import type pg from "pg";

/** A unit as uploads and leases know it. */
export type UnitRow = {
  site_no: number;
  site_id: string;
  unit_no: number;
  host: string;
  name: string | null;
  driver: string | null;
  interval_s: number;
  timeout_ms: number;
  retries: number;
  collected_by: number;
  enabled: boolean;
  glycol_percent: number | null;
  auxiliary_kw: number | null;
  fields: string[];
};

const COLUMNS = `s.site_id, u.site_no, u.unit_no, u.host, u.name, u.driver, u.interval_s, u.timeout_ms, u.retries, u.collected_by,
  u.enabled, u.glycol_percent, u.auxiliary_kw, u.fields`;

const columnsOf = (keys: readonly CoolingUnitKey[]) => [
  keys.map(({ site_id }) => site_id),
  keys.map(({ host }) => host),
];

/** The units of these names, as far as they are registered. */
export async function unitsByKey(db: pg.Pool | pg.ClientBase, keys: readonly CoolingUnitKey[]): Promise<UnitRow[]> {
  const { rows } = await db.query<UnitRow>(
    `select ${COLUMNS} from unnest($1::text[], $2::text[]) k (site_id, host)
     join sites s on s.site_id = k.site_id join cooling_units u on u.site_no = s.site_no and u.host = k.host`,
    columnsOf(keys),
  );
  return rows;
}

/** All units that a site's collectors are to read, in one order. */
export async function unitsToRead(db: pg.ClientBase, collectedBy: number): Promise<UnitRow[]> {
  const { rows } = await db.query<UnitRow>(
    `select ${COLUMNS} from cooling_units u join sites s using (site_no)
     where u.collected_by = $1 and u.enabled order by u.site_no, u.unit_no`,
    [collectedBy],
  );
  return rows;
}

/** Enters units that an edge's file or upload names at its own site; those that are known stay as they are. */
export async function registerOwn(
  db: pg.Pool | pg.ClientBase,
  siteNo: number,
  units: readonly (CoolingUnitKey & CoolingReadPlan)[],
): Promise<void> {
  await db.query(
    `insert into cooling_units (site_no, collected_by, registered_by, host, driver, interval_s, timeout_ms, retries)
     select $1, $1, 'edge', * from unnest($2::text[], $3::text[], $4::real[], $5::int[], $6::int[])
     on conflict (site_no, host) do nothing`,
    [
      siteNo,
      units.map(({ host }) => host),
      units.map(({ driver }) => driver),
      units.map(({ interval_s }) => interval_s),
      units.map(({ timeout_ms }) => timeout_ms),
      units.map(({ retries }) => retries),
    ],
  );
}

/**
 * Appends names that a unit's figures have no place for yet, and gives all of them. Two servers that do so at once wait
 * for each other by the row; a place once given never changes.
 */
export async function extendFields(
  client: pg.ClientBase,
  { site_no, unit_no }: Pick<UnitRow, "site_no" | "unit_no">,
  names: readonly string[],
): Promise<string[]> {
  const { rows } = await client.query<{ fields: string[] }>(
    `update cooling_units u set fields = u.fields || array(select n from unnest($3::text[]) with ordinality t (n, i)
       where n <> all (u.fields) order by i)
     where site_no = $1 and unit_no = $2 returning fields`,
    [site_no, unit_no, names],
  );
  return rows[0]?.fields ?? [];
}

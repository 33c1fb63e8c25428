import type { Sample } from "@banksman/rules";
import {
  COOLING_DERIVED,
  COOLING_SWITCHES,
  type CoolingDerived,
  type CoolingRecord,
  type CoolingSwitch,
  Fault,
} from "@banksman/wire/model";
import { sql } from "kysely";
import type { Db } from "../db/connect.ts";
import { type CoolingUnitName, coolingSample } from "../evaluation/cooling-samples.ts";
import { ofSites, type Past } from "./past.ts";

type Unit = CoolingUnitName & {
  unit_no: number;
  fields: string[];
  driver: string;
  profile: string;
  make: string;
};
type Snapshot = { unit_no: number; at: Date; figures: (number | null)[] };
type Span = { unit_no: number; since: Date; until: Date | null; derived: boolean; fault: unknown };

/** A round that nobody could read leaves no snapshot, and one of a lost PLC no figures. */
const NOT_KEPT = ["failure", "cooling_connected", "miners"];
const SWITCHES: ReadonlySet<string> = new Set<CoolingSwitch>(COOLING_SWITCHES);

/** Snapshots of the cooling units of these sites, null for all, with the faults that stood at each. */
export async function coolingPast(db: Db, siteNos: readonly number[] | null): Promise<Past> {
  const { rows: units } = await sql<Unit>`
    select s.site_id, u.unit_no, u.host, u.name, u.interval_s, u.fields, l.record->>'driver' as driver,
      l.record->>'profile' as profile, l.record->>'make' as make
    from cooling_units u join cooling_latest l using (site_no, unit_no) join sites s using (site_no)
    where l.record is not null and ${ofSites(siteNos)}`.execute(db);
  const byNo = new Map(units.map((unit) => [unit.unit_no, unit]));
  return {
    interval: Math.max(0, ...units.map(({ interval_s }) => interval_s)) || 60,
    notKept: NOT_KEPT,
    readings: async (from, to) => {
      const { rows } = await sql<Snapshot>`
        select unit_no, round_at as at, figures from cooling_snapshots
        where round_at >= ${from} and round_at < ${to} and ${ofSites(siteNos)} order by round_at`.execute(db);
      const spans = Map.groupBy(await spansOf(db, siteNos, from, to), ({ unit_no }) => unit_no);
      return rows.flatMap((row) => {
        const unit = byNo.get(row.unit_no);
        return unit ? [toSample(unit, row, spans.get(row.unit_no) ?? [])] : [];
      });
    },
  };
}

async function spansOf(db: Db, siteNos: readonly number[] | null, from: Date, to: Date): Promise<Span[]> {
  const { rows } = await sql<Span>`
    select unit_no, since, until, derived, fault from cooling_faults
    where since < ${to} and (until is null or until > ${from}) and ${ofSites(siteNos)}`.execute(db);
  return rows;
}

function toSample(unit: Unit, { at, figures }: Snapshot, spans: readonly Span[]): Sample {
  const told = new Map(unit.fields.map((name, n) => [name, figures[n] ?? null]));
  const standing = spans.filter(({ since, until }) => since <= at && (until === null || until > at));
  const faults = standing.filter(({ derived }) => !derived).map(({ fault }) => Fault.parse(fault));
  const findings = standing.filter(({ derived }) => derived).map(({ fault }) => Fault.parse(fault).code);
  const derived = Object.fromEntries(
    Object.keys(COOLING_DERIVED).map((name) => [name, told.get(`derived.${name}`) ?? null]),
  ) as CoolingDerived;
  return coolingSample(unit, recordOf(unit, told, faults, at), derived, findings, at.getTime());
}

/** A record as far as history keeps it: what it holds was measured. */
function recordOf(
  { driver, profile, make }: Unit,
  told: ReadonlyMap<string, number | null>,
  faults: Fault[],
  at: Date,
): CoolingRecord {
  const values = [...told].flatMap(([name, figure]) =>
    figure === null || name.startsWith("derived.")
      ? []
      : [
          [
            name,
            { value: SWITCHES.has(name) ? figure > 0.5 : figure, quality: "good" as const, at: at.toISOString() },
          ] as const,
        ],
  );
  return {
    driver,
    profile,
    make,
    model: null,
    firmware: null,
    connected: true,
    at: at.toISOString(),
    values: Object.fromEntries(values),
    faults,
    miners: null,
  };
}

import { sql } from "kysely";
import { numbersOf } from "../customer-parts.ts";
import {
  type Built,
  both,
  figure,
  type Kind,
  numberColumn,
  type Sources,
  share,
  sumOf,
  textColumn,
  times,
} from "../kind.ts";
import { waterOf } from "../water.ts";

type Row = {
  unit_no: number;
  site: string;
  unit: string;
  readings: number | null;
  interval_s: number;
  supply: number | null;
  supply_max: number | null;
  delta_t: number | null;
  heat_kwh: number | null;
  power_kwh: number | null;
  /** Of the time that tells both: drawn by the whole, and without cooling. */
  pue_kwh: number | null;
  without_kwh: number | null;
  balance: number | null;
  margin_min: number | null;
  water_m3: number | null;
  faults: number;
};

type Unit = Pick<Row, "unit_no" | "site" | "unit" | "interval_s" | "faults"> & { enabled: boolean };

async function unitsOf({ db, sites, span: { from, to } }: Sources): Promise<Unit[]> {
  const { rows } = await sql<Unit>`
    select u.unit_no, s.name as site, coalesce(u.name, u.host) as unit, u.interval_s::float8, u.enabled,
      (select count(*)::int from cooling_faults f where f.site_no = u.site_no and f.unit_no = u.unit_no
         and f.since < ${to} and (f.until is null or f.until > ${from})) as faults
    from cooling_units u join sites s using (site_no)
    where u.site_no = any(${numbersOf({ sites })}::int[]) order by s.name, 3`.execute(db);
  return rows;
}

type Sums = Omit<Row, keyof Unit | "water_m3">;
const NOTHING: Sums = {
  ...{ readings: null, supply: null, supply_max: null, delta_t: null, heat_kwh: null, power_kwh: null },
  ...{ pue_kwh: null, without_kwh: null, balance: null, margin_min: null },
};

/**
 * A mean of five minutes stands for them, or for the time from one reading to the next where that is longer; what is not
 * told in an hour is not filled in.
 */
async function sumsOf(
  { db, sites, span }: Pick<Sources, "db" | "sites" | "span">,
  units: readonly Unit[],
): Promise<Map<number, Sums>> {
  const { from, to } = span;
  const place = (name: string) => sql`array_position(fields, ${name})`;
  const { rows } = await sql<Sums & { unit_no: number }>`
    with u as materialized (
      select site_no, unit_no, greatest(300, interval_s) / 3600::float8 as hours, ${place("supply.temp")} as supply,
        ${place("derived.delta_t")} as delta_t, ${place("derived.heat")} as heat, ${place("derived.power")} as power,
        ${place("derived.pue")} as pue, ${place("derived.heat_balance")} as balance, ${place("derived.dew_margin")} as margin
      from cooling_units where site_no = any(${numbersOf({ sites })}::int[])
        and unit_no = any(${units.map(({ unit_no }) => unit_no)}::int[])),
    told as (
      select unit_no, date_trunc('hour', r.bucket) as hour, u.hours, r.readings,
        r.mean[u.supply]::float8 as supply, r.most[u.supply]::float8 as supply_max, r.mean[u.delta_t]::float8 as delta_t,
        r.mean[u.heat]::float8 as heat, r.mean[u.power]::float8 as power, r.mean[u.pue]::float8 as pue,
        r.mean[u.balance]::float8 as balance, r.least[u.margin]::float8 as margin
      from cooling_5min r join u using (site_no, unit_no) where r.bucket >= ${from} and r.bucket < ${to}),
    hours as (
      select unit_no, sum(readings) as readings, sum(supply) as supply, count(supply) as supplies,
        max(supply_max) as supply_max, sum(delta_t) as delta_t, count(delta_t) as deltas, sum(balance) as balance,
        count(balance) as balances, min(margin) as margin, avg(heat) * least(1, count(heat) * hours) as heat_kwh,
        avg(power) * least(1, count(power) * hours) as power_kwh,
        avg(power) filter (where pue is not null) * least(1, count(pue) * hours) as pue_kwh,
        avg(power / nullif(pue, 0)) * least(1, count(pue) * hours) as without_kwh
      from told group by unit_no, hour, hours)
    select unit_no, sum(readings)::int as readings, sum(supply) / nullif(sum(supplies), 0)::float8 as supply,
      max(supply_max) as supply_max, sum(delta_t) / nullif(sum(deltas), 0)::float8 as delta_t, sum(heat_kwh) as heat_kwh,
      sum(power_kwh) as power_kwh, sum(pue_kwh) as pue_kwh, sum(without_kwh) as without_kwh,
      sum(balance) / nullif(sum(balances), 0)::float8 as balance, min(margin) as margin_min
    from hours group by 1`.execute(db);
  return new Map(rows.map(({ unit_no, ...sums }) => [unit_no, sums]));
}

/** Units whose five minutes one query adds up: a year of all of them would take longer than any may. */
const AT_ONCE = 10;

async function rowsOf(sources: Sources): Promise<Row[]> {
  const { db, sites, span, progress } = sources;
  const units = await unitsOf(sources);
  const water = new Map((await waterOf(db, sites, span)).map((unit) => [unit.unit_no, unit.used_m3]));
  const rows: Row[] = [];
  for (let from = 0; from < units.length; from += AT_ONCE) {
    const some = units.slice(from, from + AT_ONCE);
    const sums = await sumsOf(sources, some);
    for (const { enabled, ...unit } of some) {
      const own = sums.get(unit.unit_no);
      if (enabled || own) rows.push({ ...NOTHING, ...unit, ...own, water_m3: water.get(unit.unit_no) ?? null });
    }
    await progress((0.8 * (from + some.length)) / units.length);
  }
  return rows;
}

/** All power over power without cooling, where both are known. */
const pueOf = (whole: number | null, without: number | null): number | null =>
  whole === null || without === null ? null : share(whole, without);

async function build(sources: Sources): Promise<Built> {
  const rows = await rowsOf(sources);
  const { from, to } = sources.span;
  const seconds = (to.getTime() - from.getTime()) / 1_000;
  const coverageOf = ({ readings, interval_s }: Row) => Math.min(1, ((readings ?? 0) * interval_s) / seconds);
  const sum = (pick: (row: Row) => number | null) => sumOf(rows.map(pick));
  const pue = pueOf(
    sum(({ pue_kwh }) => pue_kwh),
    sum(({ without_kwh }) => without_kwh),
  );
  const coverage = rows.length === 0 ? null : share(sumOf(rows.map(coverageOf)) ?? 0, rows.length);
  return {
    coverage,
    figures: [
      figure(
        both("Heat carried off", "带走热量"),
        times(
          sum(({ heat_kwh }) => heat_kwh),
          1 / 1_000,
        ),
        "MWh",
        1,
      ),
      figure(
        both("Energy of containers", "矿箱电量"),
        times(
          sum(({ power_kwh }) => power_kwh),
          1 / 1_000,
        ),
        "MWh",
        1,
      ),
      figure(both("PUE", "PUE"), pue, "", 3, "less"),
      figure(
        both("Water", "用水"),
        sum(({ water_m3 }) => water_m3),
        "m³",
        1,
        "less",
      ),
      figure(both("Data coverage", "数据覆盖率"), times(coverage, 100), "%", 1, "more"),
    ],
    sections: [
      {
        type: "table",
        title: both("Cooling units", "冷却单元"),
        columns: [
          textColumn("site", both("Site", "站点")),
          textColumn("unit", both("Unit", "矿箱")),
          numberColumn("coverage", both("Coverage", "覆盖率"), { unit: "%", digits: 1 }),
          numberColumn("supply", both("Supply, mean", "供液均温"), { unit: "°C", digits: 1 }),
          numberColumn("supply_max", both("Supply, max", "供液最高"), { unit: "°C", digits: 1 }),
          numberColumn("delta_t", both("ΔT, mean", "平均温差"), { unit: "K", digits: 1 }),
          numberColumn("heat", both("Heat", "热量"), { unit: "MWh", digits: 2, total: "sum" }),
          numberColumn("energy", both("Energy", "电量"), { unit: "MWh", digits: 2, total: "sum" }),
          numberColumn("without", both("Without cooling", "不含冷却"), { unit: "MWh", digits: 2, total: "sum" }),
          numberColumn("pue", both("PUE", "PUE"), { digits: 3, total: { mean_by: "without" } }),
          numberColumn("balance", both("Heat balance", "热平衡"), { digits: 2 }),
          numberColumn("margin", both("Dew margin, min", "露点裕度最小"), { unit: "K", digits: 1 }),
          numberColumn("water", both("Water", "用水"), { unit: "m³", digits: 1, total: "sum" }),
          numberColumn("faults", both("Faults", "故障"), { total: "sum" }),
        ],
        rows: rows.map((row) => [
          row.site,
          row.unit,
          coverageOf(row) * 100,
          row.supply,
          row.supply_max,
          row.delta_t,
          times(row.heat_kwh, 1 / 1_000),
          times(row.power_kwh, 1 / 1_000),
          times(row.without_kwh, 1 / 1_000),
          pueOf(row.pue_kwh, row.without_kwh),
          row.balance,
          row.margin_min,
          row.water_m3,
          row.faults,
        ]),
        note: both(
          "From sums of five minutes; those without readings add nothing. Without cooling, PUE: of the time that tells the power of cooling too. Water: how far the meter went on, gaps included; where it began anew, the step back doesn't count. Heat balance: heat in the coolant ÷ electrical power, near 1 where both are measured right.",
          "来自五分钟汇总，没有数据的五分钟不计。不含冷却与 PUE：仅计冷却功率有数据的时间。用水：水表读数的增量，含缺口期间；水表归零的回退不计。热平衡：冷却液带走热量 ÷ 电功率，测量正确时接近 1。",
        ),
      },
    ],
  };
}

/** How the containers were cooled. */
export const cooling: Kind = { title: both("Cooling per site", "冷却报告"), needs: ["reading.read"], build };

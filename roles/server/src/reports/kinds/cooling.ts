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
  hours: number | null;
  readings: number | null;
  interval_s: number;
  supply: number | null;
  supply_max: number | null;
  delta_t: number | null;
  heat_kwh: number | null;
  power_kwh: number | null;
  pue: number | null;
  balance: number | null;
  margin_min: number | null;
  water_m3: number | null;
  faults: number;
};

async function rowsOf({ db, sites, span }: Sources): Promise<Row[]> {
  const { from, to } = span;
  const at = (part: "mean" | "least" | "most", name: string) =>
    sql`r.${sql.raw(part)}[array_position(u.fields, ${name})]::float8`;
  const water = new Map((await waterOf(db, sites, span)).map((unit) => [unit.unit_no, unit.used_m3]));
  const { rows } = await sql<Omit<Row, "water_m3">>`
    with hours as (
      select r.site_no, r.unit_no, r.readings, ${at("mean", "supply.temp")} as supply, ${at("most", "supply.temp")} as supply_max,
        ${at("mean", "derived.delta_t")} as delta_t, ${at("mean", "derived.heat")} as heat,
        ${at("mean", "derived.power")} as power, ${at("mean", "derived.pue")} as pue,
        ${at("mean", "derived.heat_balance")} as balance, ${at("least", "derived.dew_margin")} as margin
      from cooling_1h r join cooling_units u using (site_no, unit_no)
      where r.site_no = any(${numbersOf({ sites })}::int[]) and r.bucket >= ${from} and r.bucket < ${to}),
    sums as (
      select site_no, unit_no, count(*)::int as hours, sum(readings)::int as readings, avg(supply) as supply,
        max(supply_max) as supply_max, avg(delta_t) as delta_t, sum(heat) as heat_kwh, sum(power) as power_kwh,
        sum(pue * power) / nullif(sum(power) filter (where pue is not null), 0) as pue, avg(balance) as balance,
        min(margin) as margin_min
      from hours group by 1, 2)
    select u.unit_no, s.name as site, coalesce(u.name, u.host) as unit, h.hours, h.readings, u.interval_s::float8,
      h.supply, h.supply_max, h.delta_t, h.heat_kwh, h.power_kwh, h.pue, h.balance, h.margin_min,
      (select count(*)::int from cooling_faults f where f.site_no = u.site_no and f.unit_no = u.unit_no
         and f.since < ${to} and (f.until is null or f.until > ${from})) as faults
    from cooling_units u join sites s using (site_no) left join sums h using (site_no, unit_no)
    where u.site_no = any(${numbersOf({ sites })}::int[]) and (u.enabled or h.hours > 0)
    order by s.name, 3`.execute(db);
  return rows.map((row) => ({ ...row, water_m3: water.get(row.unit_no) ?? null }));
}

async function build(sources: Sources): Promise<Built> {
  const rows = await rowsOf(sources);
  await sources.progress(0.8);
  const { from, to } = sources.span;
  const seconds = (to.getTime() - from.getTime()) / 1_000;
  const coverageOf = ({ readings, interval_s }: Row) => Math.min(1, ((readings ?? 0) * interval_s) / seconds);
  const sum = (pick: (row: Row) => number | null) => sumOf(rows.map(pick));
  const metered = rows.filter(({ pue, power_kwh }) => pue !== null && power_kwh !== null);
  const power = sumOf(metered.map(({ power_kwh }) => power_kwh));
  const pue =
    power === null || power === 0
      ? null
      : (sumOf(metered.map((row) => (row.pue ?? 0) * (row.power_kwh ?? 0))) ?? 0) / power;
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
          numberColumn("pue", both("PUE", "PUE"), { digits: 3, total: { mean_by: "energy" } }),
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
          row.pue,
          row.balance,
          row.margin_min,
          row.water_m3,
          row.faults,
        ]),
        note: both(
          "From hourly roll-ups; an hour without readings adds nothing. Water: how far the meter went on, gaps included; where it began anew, the step back doesn't count. Heat balance: heat in the coolant ÷ electrical power, near 1 where both are measured right.",
          "来自小时汇总，没有数据的小时不计。用水：水表读数的增量，含缺口期间；水表归零的回退不计。热平衡：冷却液带走热量 ÷ 电功率，测量正确时接近 1。",
        ),
      },
    ],
  };
}

/** How the containers were cooled. */
export const cooling: Kind = { title: both("Cooling per site", "冷却报告"), needs: ["reading.read"], build };

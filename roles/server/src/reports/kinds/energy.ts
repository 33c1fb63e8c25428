import type { Tariff } from "@banksman/wire/api";
import { sql } from "kysely";
import { priceAt } from "../../market/economics.ts";
import { type About, numbersOf } from "../customer-parts.ts";
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
  usd,
} from "../kind.ts";
import { ranOf, type SiteSums } from "../ran.ts";
import { waterOf } from "../water.ts";

type Used = {
  kwh: number;
  cost: number | null;
  /** kWh by price. */
  bands: Map<number, number>;
};
/** What was drawn, and what of it in the minutes that tell hashrate too. */
type AllUsed = Used & { hashing: Used };

/**
 * What the miners of each site drew and cost: each hour of the site's clock at the price of its band, with what cooling and
 * losses add by the tariff. A site without a tariff has no cost.
 */
export async function usedOf(about: About, market: Sources["market"]): Promise<Map<number, AllUsed>> {
  const rows = await ranOf(about).drawn(about);
  const tariffs = await market.tariffs();
  return new Map(
    [...Map.groupBy(rows, ({ site_no }) => site_no)].map(([siteNo, hours]) => {
      const tariff = tariffs.get(siteNo) ?? null;
      const hashing = hours.flatMap(({ hour, hashing_kwh: kwh }) => (kwh === null ? [] : [{ hour, kwh }]));
      return [siteNo, { ...costOf(hours, tariff), hashing: costOf(hashing, tariff) }];
    }),
  );
}

/** What hours of a day cost; unknown without a tariff. */
export function costOf(hours: readonly { hour: number; kwh: number }[], tariff: Tariff | null): Used {
  const kwh = hours.reduce((sum, one) => sum + one.kwh, 0);
  const bands = new Map<number, number>();
  if (tariff === null) return { kwh, cost: null, bands };
  let cost = 0;
  for (const { hour, kwh: own } of hours) {
    const [price, drawn] = [priceAt(tariff, hour), own * tariff.overhead];
    cost += drawn * price;
    bands.set(price, (bands.get(price) ?? 0) + drawn);
  }
  return { kwh, cost, bands };
}

type Cooling = { pue: number | null; water_m3: number | null };

/** PUE of the containers as their meters tell it, all power over power without cooling; water that they used. */
async function coolingOf(about: About): Promise<Map<number, Cooling>> {
  const { db, sites, span } = about;
  const place = (name: string) => sql`array_position(u.fields, ${name})`;
  const { rows } = await sql<{ site_no: number; pue: number | null }>`
    with told as (
      select r.site_no, r.mean[${place("derived.pue")}]::float8 as pue,
        r.mean[${place("derived.power")}]::float8 as power
      from cooling_5min r join cooling_units u using (site_no, unit_no)
      where r.site_no = any(${numbersOf(about)}::int[]) and r.bucket >= ${span.from} and r.bucket < ${span.to}
        and 'derived.pue' = any(u.fields))
    select site_no, sum(power) filter (where pue is not null) / nullif(sum(power / nullif(pue, 0)), 0) as pue
    from told group by 1`.execute(db);
  const water = Map.groupBy(await waterOf(db, sites, span), ({ site_no }) => site_no);
  const pues = new Map(rows.map(({ site_no, pue }) => [site_no, pue]));
  return new Map(
    sites.map(({ site_no }) => [
      site_no,
      { pue: pues.get(site_no) ?? null, water_m3: sumOf((water.get(site_no) ?? []).map(({ used_m3 }) => used_m3)) },
    ]),
  );
}

function bandTable(used: ReadonlyMap<number, Used>) {
  const kwh = new Map<number, number>();
  for (const { bands } of used.values())
    for (const [price, drawn] of bands) kwh.set(price, (kwh.get(price) ?? 0) + drawn);
  return {
    type: "table" as const,
    title: both("By price", "按电价"),
    columns: [
      numberColumn("price", both("Price", "电价"), { unit: "USD/kWh", digits: 4 }),
      numberColumn("mwh", both("Energy", "电量"), { unit: "MWh", digits: 3, total: "sum" }),
      numberColumn("cost", both("Cost", "电费"), { unit: "USD", digits: 2, total: "sum" }),
    ],
    rows: [...kwh].toSorted(([a], [b]) => a - b).map(([price, drawn]) => [price, drawn / 1_000, drawn * price]),
    note: both("With what cooling and losses add by each site's tariff.", "已含各站点电价设置中的冷却与损耗系数。"),
  };
}

/** PH/s times days, from GH/s of single minutes. */
export const PH_DAYS = 1 / (1e6 * 1_440);

/** J/TH over the minutes that tell power and hashrate. */
const perTh = (kwh: number | null, ghsMinutes: number | null): number | null =>
  kwh === null || !ghsMinutes ? null : (kwh * 60_000_000) / ghsMinutes;

/** A site's row; the meters of containers tell of all that stands in them, so that no part of them is a customer's. */
function siteTable(
  { sites, customer }: About,
  sums: ReadonlyMap<number, SiteSums>,
  used: ReadonlyMap<number, Used>,
  cooling: ReadonlyMap<number, Cooling> | null,
) {
  return {
    type: "table" as const,
    title: both("Sites", "站点"),
    columns: [
      textColumn("site", both("Site", "站点")),
      numberColumn("mwh", both("Energy", "电量"), { unit: "MWh", digits: 3, total: "sum" }),
      numberColumn("coverage", both("Coverage", "覆盖率"), { unit: "%", digits: 1 }),
      numberColumn("work", both("Work", "算力日"), { unit: "PH·d", digits: 3, total: "sum" }),
      numberColumn("j_th", both("Efficiency", "能效"), { unit: "J/TH", digits: 2, total: { mean_by: "work" } }),
      numberColumn("cost", both("Cost", "电费"), { unit: "USD", digits: 2, total: "sum" }),
      ...(cooling === null
        ? []
        : [
            numberColumn("pue", both("PUE", "PUE"), { digits: 3, total: { mean_by: "mwh" } }),
            numberColumn("water", both("Water", "用水"), { unit: "m³", digits: 1, total: "sum" }),
          ]),
    ],
    rows: sites.map(({ site_no, name }) => {
      const [own, drawn, cold] = [sums.get(site_no), used.get(site_no), cooling?.get(site_no)];
      return [
        name,
        times(drawn?.kwh ?? null, 1 / 1_000),
        times(share(own?.power_minutes ?? 0, own?.due_minutes ?? 0), 100),
        own?.hashing_kwh == null ? null : times(own.ghs_minutes, PH_DAYS),
        perTh(own?.hashing_kwh ?? null, own?.ghs_minutes ?? null),
        drawn?.cost ?? null,
        ...(cooling === null ? [] : [cold?.pue ?? null, cold?.water_m3 ?? null]),
      ];
    }),
    note: customer === null ? OF_SITES : OF_CUSTOMER,
  };
}

const OF_SITES = both(
  "Energy is what miners drew in the minutes that tell it; what was not told is not added. Work and efficiency: of the minutes that tell power and hashrate. PUE and water as the containers' own meters tell them.",
  "电量为有数据的分钟内矿机的耗电，缺失部分不补。算力日与能效仅计功率与算力均有数据的分钟。PUE 与用水取自矿箱自身仪表。",
);
const OF_CUSTOMER = both(
  "Energy is what this customer's miners drew while they were theirs, in the minutes that tell it; what was not told is not added. Work and efficiency: of the minutes that tell power and hashrate. Coverage: minutes that tell power, of all minutes assigned; a miner that is off tells none. PUE and water are metered by container, for all that stands in it, and are no part of a customer's report.",
  "电量为该客户的矿机在属于其期间、有功率数据的分钟内的耗电，缺失部分不补。算力日与能效仅计功率与算力均有数据的分钟。覆盖率：有功率数据的分钟占分配分钟的比例，关机的矿机不上报功率。PUE 与用水按矿箱整体计量，不列入客户报表。",
);

async function build({ market, progress, ...about }: Sources): Promise<Built> {
  const { customer, span } = about;
  const ran = ranOf(about);
  const sums = await ran.sums(about);
  await progress(0.3);
  const used = await usedOf(about, market);
  await progress(0.5);
  const [cooling, steps] = [customer === null ? await coolingOf(about) : null, await ran.steps(about)];
  await progress(0.8);
  const [sites, drawn] = [[...sums.values()], [...used.values()]];
  const total = (pick: (own: SiteSums) => number | null) => sumOf(sites.map(pick));
  const mwh = times(sumOf(drawn.map(({ kwh }) => kwh)), 1 / 1_000);
  const cost = sumOf(drawn.map((own) => own.cost));
  const paidMwh = times(sumOf(drawn.map((own) => (own.cost === null ? null : own.kwh))), 1 / 1_000);
  const coverage = share(total((own) => own.power_minutes) ?? 0, total((own) => own.due_minutes) ?? 0);
  const efficiency = perTh(
    total((own) => own.hashing_kwh),
    total((own) => own.ghs_minutes),
  );
  return {
    coverage,
    figures: [
      figure(both("Energy of miners", "矿机电量"), mwh, "MWh", 1),
      figure(both("Efficiency", "能效"), efficiency, "J/TH", 2, "less"),
      usd(both("Power cost", "电费"), cost, "less"),
      figure(both("Cost a MWh", "每 MWh 电费"), cost === null || !paidMwh ? null : cost / paidMwh, "USD", 2, "less"),
      figure(both("Data coverage", "数据覆盖率"), times(coverage, 100), "%", 1, "more"),
    ],
    sections: [
      {
        type: "chart",
        title: both("Power of miners", "矿机功率"),
        unit: "MW",
        digits: 2,
        from: span.from.toISOString(),
        step_s: span.stepSeconds,
        lines: [{ name: both("Power", "功率"), values: steps.map(({ watts }) => times(watts, 1e-6)), is_plan: false }],
        note: both(
          "Where a site told no power there is no sum; nothing is filled in.",
          "任一站点缺功率数据的时段不求和，也不补值。",
        ),
      },
      siteTable(about, sums, used, cooling),
      bandTable(used),
    ],
  };
}

/** What was drawn, at which efficiency and price. */
export const energy: Kind = {
  title: both("Energy efficiency", "能效报告"),
  needs: ["reading.read", "site.read"],
  build,
};

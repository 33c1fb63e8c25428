import { sql } from "kysely";
import type { About } from "../customer-parts.ts";
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
  usdDigitsOf,
} from "../kind.ts";
import { minutesOf } from "../site-minutes.ts";
import { PH_DAYS, usedOf } from "./energy.ts";

type Work = {
  site_no: number;
  /** Minutes that tell hashrate. */
  minutes: number;
  ph_days: number | null;
  /** Of the minutes that tell power as well: what a margin is reckoned on. */
  powered_ph_days: number | null;
};

async function workOf(about: About): Promise<Map<number, Work>> {
  const { rows } = await sql<Work>`
    with ${minutesOf(about)}
    select site_no, count(ghs)::int as minutes, sum(ghs) * ${PH_DAYS}::float8 as ph_days,
      sum(ghs) filter (where watts is not null) * ${PH_DAYS}::float8 as powered_ph_days
    from told group by 1`.execute(about.db);
  return new Map(rows.map((row) => [row.site_no, row]));
}

type Paid = { usd: number | null; btc: number | null };

/** What a PH/s and day is paid as the market stands, after the pool's fee. */
async function paidOf(market: Sources["market"]): Promise<Paid> {
  const { hashprice, btc_per_th_day, pool_fee } = await market.market();
  return { usd: times(hashprice, 1 - pool_fee), btc: times(btc_per_th_day, 1_000 * (1 - pool_fee)) };
}

type Money = {
  name: string;
  ph_days: number | null;
  coverage: number | null;
  revenue: number | null;
  cost: number | null;
  margin: number | null;
  /** USD a kWh at which nothing is left, with what cooling and losses add. */
  even: number | null;
};

const less = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a - b);

async function moneyOf({ market, progress, ...about }: Sources, paid: Paid): Promise<Money[]> {
  const { sites, span } = about;
  const minutes = (span.to.getTime() - span.from.getTime()) / 60_000;
  const work = await workOf(about);
  await progress(0.4);
  const used = await usedOf(about, market);
  await progress(0.8);
  return sites.map(({ site_no, name }) => {
    const [done, drawn] = [work.get(site_no), used.get(site_no)];
    const earn = (ph_days: number | null | undefined) =>
      ph_days == null || paid.usd === null ? null : ph_days * paid.usd;
    const powered = earn(done?.powered_ph_days);
    const kwh = [...(drawn?.hashing.bands.values() ?? [])].reduce((sum, one) => sum + one, 0);
    return {
      name,
      ph_days: done?.ph_days ?? null,
      coverage: share(done?.minutes ?? 0, minutes),
      revenue: earn(done?.ph_days),
      cost: drawn?.cost ?? null,
      margin: less(powered, drawn?.hashing.cost ?? null),
      even: powered === null || kwh === 0 ? null : powered / kwh,
    };
  });
}

const COLUMNS = [
  textColumn("site", both("Site", "站点")),
  numberColumn("ph_days", both("Work", "算力日"), { unit: "PH·d", digits: 3, total: "sum" }),
  numberColumn("coverage", both("Coverage", "覆盖率"), { unit: "%", digits: 1 }),
  numberColumn("btc", both("Revenue", "收入"), { unit: "BTC", digits: 6, total: "sum" }),
  numberColumn("revenue", both("Revenue", "收入"), { unit: "USD", digits: 2, total: "sum" }),
  numberColumn("cost", both("Power cost", "电费"), { unit: "USD", digits: 2, total: "sum" }),
  numberColumn("margin", both("Margin", "毛利"), { unit: "USD", digits: 2, total: "sum" }),
  numberColumn("even", both("Break-even", "盈亏平衡"), { unit: "USD/kWh", digits: 4 }),
];

async function build(sources: Sources): Promise<Built> {
  const paid = await paidOf(sources.market);
  const sites = await moneyOf(sources, paid);
  const total = (pick: (one: Money) => number | null) => sumOf(sites.map(pick));
  const [ph_days, coverage] = [total((one) => one.ph_days), share(total((one) => one.coverage) ?? 0, sites.length)];
  return {
    coverage,
    figures: [
      figure(both("Work", "算力日"), ph_days, "PH·d", 2, "more"),
      usd(
        both("Revenue", "收入"),
        total((one) => one.revenue),
        "more",
      ),
      usd(
        both("Power cost", "电费"),
        total((one) => one.cost),
        "less",
      ),
      usd(
        both("Margin", "毛利"),
        total((one) => one.margin),
        "more",
      ),
      figure(both("Data coverage", "数据覆盖率"), times(coverage, 100), "%", 1, "more"),
    ],
    sections: [
      {
        type: "table",
        title: both("Sites", "站点"),
        columns: COLUMNS,
        rows: sites.map(({ name, ph_days: own, coverage: told, revenue, cost, margin, even }) => [
          name,
          own,
          times(told, 100),
          own === null || paid.btc === null ? null : own * paid.btc,
          revenue,
          cost,
          margin,
          even,
        ]),
        note: noteOf(paid),
      },
      {
        type: "bars",
        title: both("Margin by site", "各站点毛利"),
        unit: "USD",
        digits: usdDigitsOf(sites.flatMap(({ margin }) => margin ?? [])),
        bars: sites.flatMap(({ name, margin }) => (margin === null ? [] : [{ name: both(name, name), value: margin }])),
        note: null,
      },
    ],
  };
}

function noteOf({ usd }: Paid) {
  const price = usd === null ? null : usd.toFixed(2);
  return both(
    `${price === null ? "Nobody told a hashprice" : `At ${price} USD a PH/s and day after the pool's fee, as the market stood when this was built`}; also for the period before, as earlier prices are not kept. Revenue counts minutes that tell hashrate, cost those that tell power, margin and break-even those that tell both. A site without a tariff has no cost.`,
    `${price === null ? "无算力价格" : `按生成时行情，扣除矿池费后每 PH/s 每日 ${price} 美元`}；上一期间同价，历史行情不保留。收入按有算力数据的分钟计，电费按有功率数据的分钟计，毛利与盈亏平衡电价仅计两者均有数据的分钟。未设电价的站点无电费。`,
  );
}

/** What the work of the period is worth beside what its power cost. */
export const revenue: Kind = {
  title: both("Revenue and profitability", "收入与盈利"),
  needs: ["reading.read", "site.read"],
  build,
};

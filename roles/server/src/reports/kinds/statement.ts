import { sql } from "kysely";
import { customerGaps, customerGapTable } from "../customer-gaps.ts";
import { type About, partsOf, toldUntil } from "../customer-parts.ts";
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
  timeColumn,
  times,
} from "../kind.ts";
import { costOf } from "./energy.ts";

const PER_TH = 1e-3;

/** A miner for the part of the period in which it was the customer's. */
type Part = { site_no: number; site: string; miner_id: string; model: string | null; from: Date; to: Date };
/** What a part's hours add up to that begin at one hour of the site's clock; null where nothing was told. */
type Hours = Part & {
  hour: number | null;
  minutes: number;
  online_minutes: number;
  power_minutes: number;
  kwh: number | null;
  /** Hashrate times the minutes online, and those minutes. */
  ghs_minutes: number | null;
  hashed_minutes: number | null;
};

async function hoursOf(about: About): Promise<Hours[]> {
  const { rows } = await sql<Hours>`
    with ${partsOf(about)}
    select p.site_no, s.name as site, m.miner_id, ${toldUntil(sql`p.until`, "model")} as model, p."from", p."to", h.*
    from parts p join sites s using (site_no) join miners m using (site_no, miner_no)
      left join latest l using (site_no, miner_no)
      left join lateral (
        select extract(hour from bucket at time zone s.time_zone)::int as hour,
          coalesce(sum(minutes), 0)::float8 as minutes, coalesce(sum(online_minutes), 0)::float8 as online_minutes,
          coalesce(sum(power_minutes), 0)::float8 as power_minutes, sum(kwh) as kwh,
          sum(hashrate_ghs_avg::float8 * online_minutes) as ghs_minutes,
          (sum(online_minutes) filter (where hashrate_ghs_avg is not null))::float8 as hashed_minutes
        from telemetry_1h t
        where t.site_no = p.site_no and t.miner_no = p.miner_no and t.bucket >= p."from" and t.bucket < p."to"
        group by 1) h on true
    order by s.name, m.miner_id collate "C", p."from", h.hour`.execute(about.db);
  return rows;
}

type Line = Part & {
  hours: number;
  minutes: number;
  online_minutes: number;
  power_minutes: number;
  kwh: number | null;
  ghs: number | null;
  cost: number | null;
};

async function linesOf(about: About, market: Sources["market"]): Promise<Line[]> {
  const tariffs = await market.tariffs();
  const parts = Map.groupBy(await hoursOf(about), ({ site_no, miner_id, from }) =>
    [site_no, from.getTime(), miner_id].join(" "),
  );
  return [...parts.values()].flatMap((rows): Line[] => {
    const [first] = rows;
    if (!first) return [];
    const { site_no, site, miner_id, model, from, to } = first;
    const told = rows.filter(({ hour }) => hour !== null);
    const total = (pick: (row: Hours) => number | null) => sumOf(told.map(pick));
    const drawn = told.flatMap(({ hour, kwh }) => (hour === null || kwh === null ? [] : [{ hour, kwh }]));
    const [ghs, hashed] = [total((row) => row.ghs_minutes), total((row) => row.hashed_minutes)];
    return [
      {
        ...{ site_no, site, miner_id, model, from, to },
        hours: (to.getTime() - from.getTime()) / 3_600_000,
        minutes: total((row) => row.minutes) ?? 0,
        online_minutes: total((row) => row.online_minutes) ?? 0,
        power_minutes: total((row) => row.power_minutes) ?? 0,
        kwh: total((row) => row.kwh),
        ghs: ghs === null || !hashed ? null : ghs / hashed,
        cost: drawn.length === 0 ? null : costOf(drawn, tariffs.get(site_no) ?? null).cost,
      },
    ];
  });
}

function minerTable(lines: readonly Line[]) {
  return {
    type: "table" as const,
    title: both("Miners", "矿机"),
    columns: [
      textColumn("site", both("Site", "站点")),
      textColumn("miner", both("Miner", "矿机")),
      textColumn("model", both("Model", "型号")),
      timeColumn("from", both("From", "自")),
      timeColumn("to", both("To", "至")),
      numberColumn("hours", both("Hours assigned", "分配小时"), { unit: "h", total: "sum" }),
      numberColumn("coverage", both("Coverage", "覆盖率"), { unit: "%", digits: 1, total: { mean_by: "hours" } }),
      numberColumn("told_hours", both("Hours told", "有数据小时"), { unit: "h", digits: 2, total: "sum" }),
      numberColumn("online_hours", both("Hours online", "在线小时"), { unit: "h", digits: 2, total: "sum" }),
      numberColumn("uptime", both("Uptime share", "在线率"), {
        unit: "%",
        digits: 2,
        total: { mean_by: "told_hours" },
      }),
      numberColumn("hashrate", both("Hashrate online, mean", "在线平均算力"), {
        unit: "TH/s",
        digits: 1,
        total: { mean_by: "online_hours" },
      }),
      numberColumn("kwh", both("Energy", "电量"), { unit: "kWh", digits: 2, total: "sum" }),
      numberColumn("power_told", both("Online with power told", "在线且有功率"), {
        unit: "%",
        digits: 1,
        total: { mean_by: "online_hours" },
      }),
      numberColumn("cost", both("Cost", "电费"), { unit: "USD", digits: 2, total: "sum" }),
    ],
    rows: lines.map((line) => [
      line.site,
      line.miner_id,
      line.model,
      line.from.toISOString(),
      line.to.toISOString(),
      line.hours,
      times(share(line.minutes / 60, line.hours), 100),
      line.minutes / 60,
      line.online_minutes / 60,
      times(share(line.online_minutes, line.minutes), 100),
      times(line.ghs, PER_TH),
      line.kwh,
      times(share(line.power_minutes, line.online_minutes), 100),
      line.cost,
    ]),
    note: both(
      "A miner counts for the hours in which it was this customer's, five minutes after five minutes as they were told: nothing is filled in. Uptime: time online of the time told. Energy: what the miner drew by the readings that tell it. Cost: by the site's tariff, with what it adds for cooling and losses.",
      "矿机只计入属于该客户的小时，按每五分钟的实际数据累计，缺失部分不补。在线率：在线时间占有数据时间的比例。电量：按有功率的读数计算的矿机耗电。电费：按站点电价，含其冷却与损耗系数。",
    ),
  };
}

async function build({ market, progress, ...about }: Sources): Promise<Built> {
  const lines = await linesOf(about, market);
  await progress(0.6);
  const gaps = await customerGaps(about);
  const total = (pick: (line: Line) => number | null) => sumOf(lines.map(pick));
  const [minutes, online] = [total((line) => line.minutes) ?? 0, total((line) => line.online_minutes) ?? 0];
  const coverage = share(minutes / 60, total(({ hours }) => hours) ?? 0);
  const note = both(gaps.length === 1 ? "1 gap" : `${gaps.length} gaps`, `${gaps.length} 处缺口`);
  const count = new Set(lines.map(({ site_no, miner_id }) => `${site_no} ${miner_id}`)).size;
  const counted = both(count === 1 ? "1 miner" : `${count} miners`, `${count} 台矿机`);
  return {
    coverage,
    figures: [
      figure(both("Hours online", "在线小时"), online / 60, "h", 1, "more", counted),
      figure(both("Uptime share", "在线率"), times(share(online, minutes), 100), "%", 2, "more"),
      figure(
        both("Energy of miners", "矿机电量"),
        total(({ kwh }) => kwh),
        "kWh",
        1,
      ),
      figure(
        both("Power cost", "电费"),
        total(({ cost }) => cost),
        "USD",
        2,
      ),
      figure(both("Data coverage", "数据覆盖率"), times(coverage, 100), "%", 1, "more", note),
    ],
    sections: [minerTable(lines), ...(gaps.length > 0 ? [customerGapTable(gaps)] : [])],
  };
}

/** What a customer's miners ran, drew and cost. */
export const statement: Kind = {
  title: both("Customer statement", "客户结算单"),
  needs: ["reading.read", "site.read"],
  build,
};

import type { ReportSection } from "@banksman/wire/model";
import { sql } from "kysely";
import { customerGaps, customerGapTable } from "../customer-gaps.ts";
import { type About, partsOf, rowsWithin } from "../customer-parts.ts";
import { failuresOf, QUIET_MINUTES } from "../failures.ts";
import { firedOf } from "../fired-alerts.ts";
import {
  type Built,
  both,
  figure,
  type Kind,
  numberColumn,
  type ReportSite,
  type Sources,
  share,
  sumOf,
  textColumn,
  timeColumn,
  times,
} from "../kind.ts";
import { ranOf, type SiteSums } from "../ran.ts";
import { type Gap, siteGaps } from "../site-minutes.ts";

const PER_PH = 1e-6;
/** From here on a loss is put down to heat: chips slow down or stop above it, whatever their maker. */
const HOT_CHIP_C = 95;
const HOT_BOARD_C = 85;

type Failures = ReadonlyMap<number, number>;
type Losses = { offline: number; heat: number; still: number; slow: number; rejected: number };

async function alertsOf(about: About): Promise<Map<string, number>> {
  const { rows } = await sql<{ site_id: string; n: number }>`
    with ${firedOf(about)} select site_id, count(*)::int as n from fired group by 1`.execute(about.db);
  return new Map(rows.map(({ site_id, n }) => [site_id, n]));
}

/**
 * What was lost against the nameplate, GH/s averaged over the period's hours, of a customer over those in which any miner
 * was theirs, by cause; from hourly roll-ups of miners. An hour's hashrate is that of the readings that tell it, so it stands
 * for the share of the hour in which the miner answered.
 */
async function lossesOf(about: About): Promise<Losses | null> {
  const { rows } = await sql<Losses & { told: number; theirs: number }>`
    with ${partsOf(about)},
    hours as (
      select least(online::float8 / nullif(readings, 0), 1) as up, expected_hashrate_ghs_avg as plate,
        hashrate_ghs_avg as ghs,
        coalesce(temperature_chip_max >= ${HOT_CHIP_C} or temperature_max_max >= ${HOT_BOARD_C}, false) as hot,
        greatest(rejected_shares_max - rejected_shares_min, 0) as bad,
        greatest(accepted_shares_max - accepted_shares_min, 0) as good
      ${rowsWithin(about, "telemetry_1h")} and expected_hashrate_ghs_avg > 0),
    times as (select unnest(range_agg(tstzrange("from", "to"))) as time from parts),
    lost as (select *, greatest(plate - ghs, 0) * up as short from hours where ghs is not null)
    select (select count(*)::int from hours) as told,
      (select coalesce(extract(epoch from sum(upper(time) - lower(time))) / 3600, 0)::float8 from times) as theirs,
      coalesce((select sum(plate * (1 - up)) from hours), 0) as offline,
      coalesce(sum(short) filter (where hot), 0) as heat,
      coalesce(sum(short) filter (where not hot and ghs < 0.05 * plate), 0) as still,
      coalesce(sum(short) filter (where not hot and ghs >= 0.05 * plate), 0) as slow,
      coalesce(sum(ghs * up * bad / nullif(bad + good, 0)), 0) as rejected
    from lost`.execute(about.db);
  const [sums] = rows;
  // Nothing told is not nothing lost.
  if (sums === undefined || sums.told === 0) return null;
  const { from, reckonedTo: to } = about.span;
  const hours = about.customer === null ? Math.max(1, (to.getTime() - from.getTime()) / 3_600_000) : sums.theirs;
  const mean = (total: number) => (total / hours) * PER_PH;
  return {
    offline: mean(sums.offline),
    heat: mean(sums.heat),
    still: mean(sums.still),
    slow: mean(sums.slow),
    rejected: mean(sums.rejected),
  };
}

const hours = (minutes: number, count: number): number | null => (count === 0 ? null : minutes / 60 / count);
/** Miners that were back sooner than a minute shows were away for a time that nobody knows. */
const hoursToRepair = (minutes: number, count: number) => (minutes < count ? null : hours(minutes, count));

/** The head's figures: those that are compared with the period before. */
function figuresOf(all: readonly SiteSums[], failures: number, coverage: number | null, gaps: number) {
  const total = (pick: (sums: SiteSums) => number | null) => sumOf(all.map(pick));
  const [ghs, plate] = [total(({ ghs: own }) => own), total(({ expected_ghs }) => expected_ghs)];
  const [up, known] = [
    total(({ online_minutes }) => online_minutes) ?? 0,
    total(({ miner_minutes }) => miner_minutes) ?? 0,
  ];
  const percent = (part: number | null) => times(part, 100);
  const ofPlate = ghs === null || plate === null ? null : share(ghs, plate);
  const note = both(gaps === 1 ? "1 gap" : `${gaps} gaps`, `${gaps} 处缺口`);
  return [
    figure(both("Availability", "可用率"), percent(share(up, known)), "%", 2, "more"),
    figure(both("Hashrate, mean", "平均算力"), times(ghs, PER_PH), "PH/s", 1, "more"),
    figure(both("Of nameplate", "额定占比"), percent(ofPlate), "%", 1, "more"),
    figure(both("MTBF", "平均故障间隔"), hours(up, failures), "h", 0, "more"),
    figure(both("Data coverage", "数据覆盖率"), percent(coverage), "%", 1, "more", note),
  ];
}

function lossBars(losses: Losses, { customer }: Pick<About, "customer">): ReportSection {
  const over =
    customer === null
      ? both("the period", "期内")
      : both("the hours in which any miner was this customer's", "该客户拥有矿机的各小时");
  const bar = (en: string, zh: string, value: number) => ({ name: both(en, zh), value });
  return {
    type: "bars",
    title: both("Where the hashrate was lost", "算力损失的去向"),
    unit: "PH/s",
    digits: 2,
    bars: [
      bar("Offline", "离线", losses.offline),
      bar("Heat", "高温", losses.heat),
      bar("Standing still", "在线但无算力", losses.still),
      bar("Below nameplate", "低于额定", losses.slow),
      bar("Rejected by the pool", "矿池拒绝", losses.rejected),
    ],
    note: both(
      `Against the nameplate, mean over ${over.en}, from hours: heat where a chip reached ${HOT_CHIP_C} °C or a board ${HOT_BOARD_C} °C in that hour; asleep miners stand still; an hour in which a miner answered and told no hashrate is not known and not counted.`,
      `相对额定算力、按小时计算的${over.zh}均值：该小时芯片达到 ${HOT_CHIP_C} °C 或算力板达到 ${HOT_BOARD_C} °C 计为高温；休眠矿机计为在线但无算力；在线但未上报算力的小时不计。`,
    ),
  };
}

function siteTable(
  { sites, customer }: Pick<About, "sites" | "customer">,
  sums: ReadonlyMap<number, SiteSums>,
  failures: Failures,
  alerts: ReadonlyMap<string, number>,
) {
  const rows = sites.map(({ site_no, site_id, name }) => {
    const own = sums.get(site_no);
    const failed = failures.get(site_no) ?? 0;
    const [known, up] = [own?.miner_minutes ?? 0, own?.online_minutes ?? 0];
    return [
      name,
      known,
      times(share(up, known), 100),
      times(share(own?.minutes ?? 0, own?.due_minutes ?? 0), 100),
      times(own?.ghs ?? null, PER_PH),
      times(own?.expected_ghs ?? null, PER_PH),
      own?.ghs == null || own.expected_ghs === null ? null : times(share(own.ghs, own.expected_ghs), 100),
      alerts.get(site_id) ?? 0,
      failed,
      known === 0 ? null : hours(up, failed),
      known === 0 ? null : hoursToRepair(known - up, failed),
    ];
  });
  return {
    type: "table" as const,
    title: both("Sites", "站点"),
    columns: [
      textColumn("site", both("Site", "站点")),
      numberColumn("miner_minutes", both("Miner minutes", "矿机分钟"), { total: "sum" }),
      numberColumn("availability", both("Availability", "可用率"), {
        unit: "%",
        digits: 2,
        total: { mean_by: "miner_minutes" },
      }),
      numberColumn("coverage", both("Coverage", "覆盖率"), { unit: "%", digits: 1 }),
      numberColumn("hashrate", both("Hashrate", "算力"), { unit: "PH/s", digits: 2, total: "sum" }),
      numberColumn("nameplate", both("Nameplate", "额定"), { unit: "PH/s", digits: 2, total: "sum" }),
      numberColumn("of_plate", both("Of nameplate", "额定占比"), {
        unit: "%",
        digits: 1,
        total: { mean_by: "nameplate" },
      }),
      numberColumn("alerts", both("Alerts", "告警"), { total: "sum" }),
      numberColumn("failures", both("Failures", "故障次数"), { total: "sum" }),
      numberColumn("mtbf", both("MTBF", "平均故障间隔"), { unit: "h", digits: 1 }),
      numberColumn("mttr", both("MTTR", "平均修复时间"), { unit: "h", digits: 2 }),
    ],
    rows,
    note: customer === null ? OF_SITES : OF_CUSTOMER,
  };
}

const FAILURES = both(
  `Failure: a miner that hashed stops answering or hashing by itself, not within an order to it (restart, mode, power target, pools) and the ${QUIET_MINUTES} minutes after. MTBF: online hours a failure; MTTR: offline hours a failure, unknown where that is less than the minute that is told.`,
  `故障：运行中的矿机自行失联或停止算力，对该矿机下达的命令（重启、模式、功率目标、矿池）执行期间及其后 ${QUIET_MINUTES} 分钟内的不计。MTBF：每次故障对应的在线小时；MTTR：每次故障对应的离线小时，不足可分辨的一分钟时为未知。`,
);
const OF_SITES = both(
  `Availability: minutes in which a miner was online, of all minutes in which its site told of it. Hashrate and nameplate: mean over the minutes told; one in which no miner answered counts as none. ${FAILURES.en}`,
  `可用率：矿机在线分钟数占站点有数据的矿机分钟数的比例。算力与额定：有数据分钟的均值，矿机全部无应答的分钟算力按零计。${FAILURES.zh}`,
);
const OF_CUSTOMER = both(
  `Of this customer's miners, each for the whole hours in which it was theirs; nothing is filled in. Availability: minutes in which a miner was online, of those that were told, each five minutes with a reading. Coverage: minutes told, of those assigned. Hashrate and nameplate: what the miners came to together hour by hour, mean over the hours told. ${FAILURES.en}`,
  `仅含该客户的矿机，各按属于该客户的整小时计算，缺失部分不补。可用率：在线分钟数占有数据分钟数（按每五分钟）的比例。覆盖率：有数据分钟数占分配分钟数的比例。算力与额定：各小时矿机合计在有数据小时的均值。${FAILURES.zh}`,
);

/** How many stretches were not told, and their table where there are any. */
async function gapsOf(about: About): Promise<{ count: number; tables: ReportSection[] }> {
  if (about.customer !== null) {
    const gaps = await customerGaps(about);
    return { count: gaps.length, tables: gaps.length > 0 ? [customerGapTable(gaps)] : [] };
  }
  const gaps = await siteGaps(about);
  return { count: gaps.length, tables: gaps.length > 0 ? [gapTable(about.sites, gaps)] : [] };
}

function gapTable(sites: readonly ReportSite[], gaps: readonly Gap[]): ReportSection {
  const nameOf = new Map(sites.map(({ site_no, name }) => [site_no, name]));
  return {
    type: "table",
    title: both("Gaps in the data", "数据缺口"),
    columns: [
      textColumn("site", both("Site", "站点")),
      timeColumn("from", both("From", "自")),
      timeColumn("to", both("To", "至")),
      numberColumn("minutes", both("Minutes", "分钟"), { total: "sum" }),
    ],
    rows: gaps.map(({ site_no, from, to }) => [
      nameOf.get(site_no) ?? "",
      from.toISOString(),
      to.toISOString(),
      (to.getTime() - from.getTime()) / 60_000,
    ]),
    note: both(
      "Stretches of more than ten minutes in which the site told nothing and no earlier reading of its miners counted any more.",
      "站点超过十分钟没有任何数据、且此前的读数均已过期的时段。",
    ),
  };
}

async function build({ progress, ...about }: Sources): Promise<Built> {
  const { span } = about;
  const ran = ranOf(about);
  const sums = await ran.sums(about);
  await progress(0.3);
  const [failures, alerts, gaps] = await Promise.all([failuresOf(about), alertsOf(about), gapsOf(about)]);
  await progress(0.5);
  const steps = await ran.steps(about);
  await progress(0.7);
  const losses = await lossesOf(about);
  const all = [...sums.values()];
  const total = (pick: (own: SiteSums) => number) => sumOf(all.map(pick)) ?? 0;
  const coverage = share(
    total((own) => own.minutes),
    total((own) => own.due_minutes),
  );
  return {
    coverage,
    figures: figuresOf(
      all,
      [...failures.values()].reduce((sum, n) => sum + n, 0),
      coverage,
      gaps.count,
    ),
    sections: [
      {
        type: "chart",
        title: both("Hashrate against nameplate", "算力与额定算力"),
        unit: "PH/s",
        digits: 1,
        from: span.from.toISOString(),
        step_s: span.stepSeconds,
        lines: [
          { name: both("Hashrate", "算力"), values: steps.map(({ ghs }) => times(ghs, PER_PH)), is_plan: false },
          {
            name: both("Nameplate", "额定"),
            values: steps.map(({ expected_ghs }) => times(expected_ghs, PER_PH)),
            is_plan: true,
          },
        ],
        note: both(
          "A miner counts with its last reading until that is stale. Where a site gave no data there is no sum; nothing is filled in.",
          "矿机的读数在过期之前一直计入。任一站点缺数据的时段不求和，也不补值。",
        ),
      },
      siteTable(about, sums, failures, alerts),
      ...(losses === null ? [] : [lossBars(losses, about)]),
      ...gaps.tables,
    ],
  };
}

/** Whether miners ran, how well, and why not. */
export const operation: Kind = {
  title: both("Operation", "运行报告"),
  needs: ["reading.read", "alert.read"],
  needsOfCustomer: ["reading.read"],
  build,
};

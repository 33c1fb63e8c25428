import type { MinerHealth, ReportSection } from "@banksman/wire/model";
import { sql } from "kysely";
import { healthCode } from "../../db/codes.ts";
import type { Db } from "../../db/connect.ts";
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
  times,
} from "../kind.ts";
import type { Span } from "../period.ts";
import { type Gap, gapsOf, type SiteSums, siteSums, stepsOf } from "../site-minutes.ts";

const PER_PH = 1e-6;
/** From here on a loss is put down to heat: chips slow down or stop above it, whatever their maker. */
const HOT_CHIP_C = 95;
const HOT_BOARD_C = 85;

type Failures = Map<number, number>;
type Losses = { offline: number; heat: number; still: number; slow: number; rejected: number };

const DOWN: readonly MinerHealth[] = ["unreachable", "notHashing"];
const PUT_ASIDE: readonly MinerHealth[] = ["asleep", "maintenance"];
/** Events keep a health by its number, as text. */
const codesOf = (words: readonly MinerHealth[]) => words.map((word) => `${healthCode.toNumber(word)}`);

/** How often miners stopped hashing or answering, by site. */
async function failuresOf(db: Db, sites: readonly ReportSite[], { from, to }: Span): Promise<Failures> {
  const { rows } = await sql<{ site_no: number; n: number }>`
    select site_no, count(*)::int as n from miner_events
    where site_no = any(${sites.map(({ site_no }) => site_no)}::int[]) and at >= ${from} and at < ${to} and kind = 'health'
      and after = any(${codesOf(DOWN)}::text[]) and before <> all(${codesOf([...DOWN, ...PUT_ASIDE])}::text[])
    group by 1`.execute(db);
  return new Map(rows.map(({ site_no, n }) => [site_no, n]));
}

async function alertsOf(db: Db, sites: readonly ReportSite[], { from, to }: Span): Promise<Map<string, number>> {
  const { rows } = await sql<{ site_id: string; n: number }>`
    select site_id, count(*)::int as n from alerts
    where site_id = any(${sites.map(({ site_id }) => site_id)}::text[]) and fired_at >= ${from} and fired_at < ${to}
    group by 1`.execute(db);
  return new Map(rows.map(({ site_id, n }) => [site_id, n]));
}

/**
 * What was lost against the nameplate, GH/s averaged over the period's hours, by cause; from hourly roll-ups of miners. An
 * hour's hashrate is that of the readings that tell it, so it stands for the share of the hour in which the miner answered.
 */
async function lossesOf(db: Db, sites: readonly ReportSite[], { from, reckonedTo: to }: Span): Promise<Losses | null> {
  const { rows } = await sql<Losses & { told: number }>`
    with hours as (
      select least(online::float8 / nullif(readings, 0), 1) as up, expected_hashrate_ghs_avg as plate,
        hashrate_ghs_avg as ghs,
        coalesce(temperature_chip_max >= ${HOT_CHIP_C} or temperature_max_max >= ${HOT_BOARD_C}, false) as hot,
        greatest(rejected_shares_max - rejected_shares_min, 0) as bad,
        greatest(accepted_shares_max - accepted_shares_min, 0) as good
      from telemetry_1h where site_no = any(${sites.map(({ site_no }) => site_no)}::int[])
        and bucket >= ${from} and bucket < ${to} and expected_hashrate_ghs_avg > 0),
    lost as (select *, greatest(plate - ghs, 0) * up as short from hours where ghs is not null)
    select (select count(*)::int from hours) as told, coalesce((select sum(plate * (1 - up)) from hours), 0) as offline,
      coalesce(sum(short) filter (where hot), 0) as heat,
      coalesce(sum(short) filter (where not hot and ghs < 0.05 * plate), 0) as still,
      coalesce(sum(short) filter (where not hot and ghs >= 0.05 * plate), 0) as slow,
      coalesce(sum(ghs * up * bad / nullif(bad + good, 0)), 0) as rejected
    from lost`.execute(db);
  const hours = Math.max(1, (to.getTime() - from.getTime()) / 3_600_000);
  const [sums] = rows;
  // Nothing told is not nothing lost.
  if (sums === undefined || sums.told === 0) return null;
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

function lossBars(losses: Losses): ReportSection {
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
      `Against the nameplate, mean over the period, from hours: heat where a chip reached ${HOT_CHIP_C} °C or a board ${HOT_BOARD_C} °C in that hour; asleep miners stand still; an hour in which a miner answered and told no hashrate is not known and not counted.`,
      `相对额定算力、按小时计算的期内均值：该小时芯片达到 ${HOT_CHIP_C} °C 或算力板达到 ${HOT_BOARD_C} °C 计为高温；休眠矿机计为在线但无算力；在线但未上报算力的小时不计。`,
    ),
  };
}

function siteTable(
  sites: readonly ReportSite[],
  sums: ReadonlyMap<number, SiteSums>,
  minutes: number,
  failures: Failures,
  alerts: ReadonlyMap<string, number>,
) {
  const rows = sites.map(({ site_no, site_id, name }) => {
    const own = sums.get(site_no);
    const failed = failures.get(site_no) ?? 0;
    const down = own ? own.miner_minutes - own.online_minutes : 0;
    return [
      name,
      own?.miner_minutes ?? 0,
      own ? times(share(own.online_minutes, own.miner_minutes), 100) : null,
      times(share(own?.minutes ?? 0, minutes), 100),
      times(own?.ghs ?? null, PER_PH),
      times(own?.expected_ghs ?? null, PER_PH),
      own?.ghs == null || own.expected_ghs === null ? null : times(share(own.ghs, own.expected_ghs), 100),
      alerts.get(site_id) ?? 0,
      failed,
      own ? hours(own.online_minutes, failed) : null,
      own ? hours(down, failed) : null,
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
      numberColumn("mttr", both("MTTR", "平均修复时间"), { unit: "h", digits: 1 }),
    ],
    rows,
    note: both(
      "Availability: minutes in which a miner was online, of all minutes in which its site told of it. Failure: a miner that hashed stops answering or hashing by itself. MTBF: online hours a failure; MTTR: offline hours a failure.",
      "可用率：矿机在线分钟数占站点有数据的矿机分钟数的比例。故障：运行中的矿机自行失联或停止算力。MTBF：每次故障对应的在线小时；MTTR：每次故障对应的离线小时。",
    ),
  };
}

function gapTable(sites: readonly ReportSite[], gaps: readonly Gap[]) {
  const nameOf = new Map(sites.map(({ site_no, name }) => [site_no, name]));
  return {
    type: "table" as const,
    title: both("Gaps in the data", "数据缺口"),
    columns: [
      textColumn("site", both("Site", "站点")),
      { ...textColumn("from", both("From", "自")), type: "time" as const },
      { ...textColumn("to", both("To", "至")), type: "time" as const },
      numberColumn("minutes", both("Minutes", "分钟"), { total: "sum" }),
    ],
    rows: gaps.map(({ site_no, from, to }) => [
      nameOf.get(site_no) ?? "",
      from.toISOString(),
      to.toISOString(),
      (to.getTime() - from.getTime()) / 60_000,
    ]),
    note: both(
      "Stretches of more than ten minutes without any reading of the site.",
      "站点超过十分钟没有任何数据的时段。",
    ),
  };
}

async function build({ db, sites, span, progress }: Sources): Promise<Built> {
  const minutes = (span.to.getTime() - span.from.getTime()) / 60_000;
  const sums = await siteSums(db, sites, span);
  await progress(0.3);
  const [failures, alerts, gaps] = await Promise.all([
    failuresOf(db, sites, span),
    alertsOf(db, sites, span),
    gapsOf(db, sites, span),
  ]);
  await progress(0.5);
  const steps = await stepsOf(db, sites, span);
  await progress(0.7);
  const losses = await lossesOf(db, sites, span);
  const all = [...sums.values()];
  const coverage = share(sumOf(all.map((one) => one.minutes)) ?? 0, minutes * sites.length);
  return {
    coverage,
    figures: figuresOf(
      all,
      [...failures.values()].reduce((sum, n) => sum + n, 0),
      coverage,
      gaps.length,
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
          "Where a site gave no data there is no sum; nothing is filled in.",
          "任一站点缺数据的时段不求和，也不补值。",
        ),
      },
      siteTable(sites, sums, minutes, failures, alerts),
      ...(losses === null ? [] : [lossBars(losses)]),
      ...(gaps.length > 0 ? [gapTable(sites, gaps)] : []),
    ],
  };
}

/** Whether miners ran, how well, and why not. */
export const operation: Kind = {
  title: both("Operation", "运行报告"),
  needs: ["reading.read", "alert.read"],
  build,
};

import { sql } from "kysely";
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
} from "../kind.ts";
import { everyStep } from "../period.ts";

const PER_PH = 1e-15;
const PER_TH = 1e-12;
const ROWS = 5_000;

/** Means over hours counted from the period's begin, each the mean of its readings, so that hours with more of them don't count more. */
type Side = {
  hours: number;
  pool_hs: number | null;
  device_hs: number | null;
  /** Over the hours in which both sides told something. */
  both_hours: number;
  both_pool_hs: number | null;
  both_device_hs: number | null;
  /** Hours in which the devices hashed and the pool saw nothing. */
  silent: number;
};
type Account = Side & { site: string; pool: string; coin: string; account: string };
type Worker = Side & { site: string; account: string; worker: string };

const SIDES = sql`count(h.hour)::int as hours, avg(h.pool_hs) as pool_hs, avg(h.device_hs) as device_hs,
  count(h.hour) filter (where h.pool_hs is not null and h.device_hs is not null)::int as both_hours,
  avg(h.pool_hs) filter (where h.device_hs is not null) as both_pool_hs,
  avg(h.device_hs) filter (where h.pool_hs is not null) as both_device_hs,
  count(h.hour) filter (where h.device_hs > 0 and coalesce(h.pool_hs, 0) = 0)::int as silent`;

async function accountsOf(about: About): Promise<Account[]> {
  const { from, to } = about.span;
  const { rows } = await sql<Account>`
    with hours as (
      select account_no, date_bin('1 hour', at, ${from}) as hour, avg(pool_hs) as pool_hs, avg(device_hs) as device_hs
      from pool_account_history join pool_accounts using (account_no)
      where site_no = any(${numbersOf(about)}::int[]) and at >= ${from} and at < ${to} group by 1, 2)
    select s.name as site, a.pool, a.coin, a.account, ${SIDES}
    from pool_accounts a join sites s using (site_no) left join hours h using (account_no)
    where a.site_no = any(${numbersOf(about)}::int[]) and a.created_at < ${to}
    group by a.account_no, s.name order by s.name, a.pool, a.account`.execute(about.db);
  return rows;
}

/** Workers, those furthest below their devices first. */
async function workersOf(about: About): Promise<Worker[]> {
  const { from, to } = about.span;
  const { rows } = await sql<Worker>`
    select s.name as site, a.account, h.worker, ${SIDES}
    from pool_accounts a join sites s using (site_no)
      join (select account_no, worker, at as hour, pool_hs, device_hs from pool_worker_history
        where at >= ${from} and at < ${to}) h using (account_no)
    where a.site_no = any(${numbersOf(about)}::int[]) group by a.account_no, s.name, h.worker
    order by avg(h.pool_hs) filter (where h.device_hs is not null)
      / nullif(avg(h.device_hs) filter (where h.pool_hs is not null), 0) nulls last, h.worker collate "C"
    limit ${ROWS}`.execute(about.db);
  return rows;
}

type Step = { pool: number | null; device: number | null };

/** Both sides over all accounts; a step in which one that told anything in the period told nothing has no sum. */
async function stepsOf(about: About): Promise<Step[]> {
  const { from, to, stepSeconds } = about.span;
  const { rows } = await sql<{ step: number } & Step>`
    with means as (
      select account_no, floor(extract(epoch from at - ${from}::timestamptz) / ${stepSeconds})::int as step,
        avg(pool_hs) as pool_hs, avg(device_hs) as device_hs
      from pool_account_history join pool_accounts using (account_no)
      where site_no = any(${numbersOf(about)}::int[]) and at >= ${from} and at < ${to} group by 1, 2),
    told as (select count(distinct account_no) filter (where pool_hs is not null) as pool,
      count(distinct account_no) filter (where device_hs is not null) as device from means)
    select step, case when count(pool_hs) = (select pool from told) then sum(pool_hs) end as pool,
      case when count(device_hs) = (select device from told) then sum(device_hs) end as device
    from means group by 1`.execute(about.db);
  return everyStep(about.span, rows, { pool: null, device: null });
}

/** What the pool counts more than the devices claim, in percent, over the hours in which both told something. */
const differenceOf = ({ both_pool_hs: pool, both_device_hs: device }: Side): number | null =>
  pool === null || device === null ? null : times(share(pool - device, device), 100);

const COLUMNS = [
  numberColumn("pool_ths", both("At the pool", "矿池侧"), { unit: "TH/s", digits: 1, total: "sum" }),
  numberColumn("device_ths", both("At the devices", "设备侧"), { unit: "TH/s", digits: 1, total: "sum" }),
  numberColumn("difference", both("Difference", "差异"), { unit: "%", digits: 2 }),
  numberColumn("silent", both("Pool silent", "矿池静默"), { unit: "h", digits: 0, total: "sum" }),
];
const cells = (side: Side) => [
  times(side.pool_hs, PER_TH),
  times(side.device_hs, PER_TH),
  differenceOf(side),
  side.silent,
];

async function build({ progress, ...about }: Sources): Promise<Built> {
  const { span } = about;
  const hours = Math.ceil((span.to.getTime() - span.from.getTime()) / 3_600_000);
  const accounts = await accountsOf(about);
  await progress(0.3);
  const workers = await workersOf(about);
  await progress(0.7);
  const steps = await stepsOf(about);
  // Accounts of which the pool, or the devices, told nothing are left out of the comparison, not counted as 0.
  const compared = accounts.filter((one) => one.both_pool_hs !== null && one.both_device_hs !== null);
  const weighed = (pick: (one: Account) => number | null) =>
    sumOf(compared.map((one) => times(pick(one), one.both_hours)));
  const [pool, device] = [weighed((one) => one.both_pool_hs), weighed((one) => one.both_device_hs)];
  const coverage = share(sumOf(accounts.map((one) => one.hours)) ?? 0, hours * accounts.length);
  const mean = (pick: (one: Account) => number | null) => times(sumOf(accounts.map(pick)), PER_PH);
  return {
    coverage,
    figures: [
      figure(
        both("At the pools", "矿池侧算力"),
        mean((one) => one.pool_hs),
        "PH/s",
        2,
        "more",
      ),
      figure(
        both("At the devices", "设备侧算力"),
        mean((one) => one.device_hs),
        "PH/s",
        2,
        "more",
      ),
      figure(
        both("Difference", "差异"),
        pool === null || device === null ? null : times(share(pool - device, device), 100),
        "%",
        2,
      ),
      figure(both("Pool silent", "矿池静默"), sumOf(accounts.map((one) => one.silent)), "h", 0, "less"),
      figure(both("Data coverage", "数据覆盖率"), times(coverage, 100), "%", 1, "more"),
    ],
    sections: [
      {
        type: "chart",
        title: both("Pools and devices", "矿池与设备"),
        unit: "PH/s",
        digits: 2,
        from: span.from.toISOString(),
        step_s: span.stepSeconds,
        lines: [
          {
            name: both("At the pools", "矿池侧"),
            values: steps.map((step) => times(step.pool, PER_PH)),
            is_plan: false,
          },
          {
            name: both("At the devices", "设备侧"),
            values: steps.map((step) => times(step.device, PER_PH)),
            is_plan: true,
          },
        ],
        note: both(
          "Where an account told nothing there is no sum; nothing is filled in.",
          "任一账户缺数据的时段不求和，也不补值。",
        ),
      },
      {
        type: "table",
        title: both("Accounts", "账户"),
        columns: [
          textColumn("site", both("Site", "站点")),
          textColumn("pool", both("Pool", "矿池")),
          textColumn("coin", both("Coin", "币种")),
          textColumn("account", both("Account", "账户")),
          numberColumn("coverage", both("Coverage", "覆盖率"), { unit: "%", digits: 1 }),
          ...COLUMNS,
        ],
        rows: accounts.map((one) => [
          one.site,
          one.pool,
          one.coin,
          one.account,
          times(share(one.hours, hours), 100),
          ...cells(one),
        ]),
        note: both(
          "Means over hours with a reading. Difference: what the pool counts more (+) or less (−) than the devices claim, in hours in which both told something. Pool silent: hours in which devices hashed and the pool saw nothing. Histories reach back 90 days.",
          "对有读数的小时求均值。差异：双方均有数据的小时内，矿池比设备多（+）或少（−）计的算力。矿池静默：设备有算力而矿池无数据的小时数。历史保留 90 天。",
        ),
      },
      {
        type: "table",
        title: both("Workers", "矿工"),
        columns: [
          textColumn("site", both("Site", "站点")),
          textColumn("account", both("Account", "账户")),
          textColumn("worker", both("Worker", "矿工")),
          ...COLUMNS,
        ],
        rows: workers.map((one) => [one.site, one.account, one.worker, ...cells(one)]),
        note:
          workers.length === ROWS
            ? both(`The ${ROWS} furthest below their devices.`, `仅列低于设备最多的 ${ROWS} 个。`)
            : both("Those furthest below their devices first.", "低于设备最多的排在最前。"),
      },
    ],
  };
}

/** What pools counted beside what the devices claimed. */
export const pools: Kind = {
  title: both("Pool reconciliation", "矿池对账"),
  needs: ["pool.read"],
  build,
};

import { HEALTH_WORDS, type LocalText } from "@banksman/wire/model";
import { sql } from "kysely";
import { healthCode } from "../../db/codes.ts";
import { type About, numbersOf, partsOf, rowsWithin, toldUntil } from "../customer-parts.ts";
import {
  type Built,
  both,
  countedTo,
  figure,
  type Kind,
  numberColumn,
  type Sources,
  share,
  sumOf,
  textColumn,
  timeColumn,
  times,
  wordOf,
} from "../kind.ts";

const PER_TH = 1e-3;

type Key = { site_no: number; miner_no: number };
/** What a miner is. */
type Known = Key & {
  site: string;
  miner_id: string;
  model: string | null;
  firmware: string | null;
  ip_address: string | null;
  mac: string | null;
  serial: string | null;
  rack: string | null;
  position: string | null;
  health: number | null;
  fault_count: number | null;
  last_at: Date | null;
  /** Told in the period, whether its hour is reckoned yet or not. */
  is_told: boolean;
  /** Hours of the period that there were to tell of. */
  due: number;
};
/** What a miner's hours with a reading come to. */
type Told = {
  readings: number;
  online: number;
  told: number;
  /** Each counted by the share in which the miner answered. */
  hours: number | null;
  ghs: number | null;
  /** Sums over the hours that tell both: hashrate and nameplate, hashrate and power. */
  plated_ghs: number | null;
  plate: number | null;
  powered_ghs: number | null;
  watts: number | null;
  chip_max: number | null;
};
type Row = Known & { [K in keyof Told]: Told[K] | null };

/** SQL: the sum of a column over the hours that tell another one too. */
const together = (column: string, other: string) =>
  sql`sum(${sql.ref(column)}::float8) filter (where ${sql.ref(other)} is not null)`;

/**
 * SQL: `asked`, the miners that are meant: with how many hours of the period, since when they are meant in it, and up to when,
 * if not up to now, what they tell of themselves is told. A site's since they were first seen, a customer's that are or were theirs in it.
 */
function askedOf(about: About) {
  const { from, to, reckonedTo } = about.span;
  const hours = (length: ReturnType<typeof sql>) => sql`ceil(extract(epoch from ${length}) / 3600)`;
  if (about.customer !== null)
    return sql`${partsOf(about)}, asked as (
      select site_no, miner_no, ${hours(sql`sum("to" - "from")`)}::int as due, max("from") as since,
        case when not exists (select from customer_miners a where a.site_no = p.site_no and a.miner_no = p.miner_no
          and a.customer_id = ${about.customer.customer_id} and a.valid_to is null) then max(until) end as until
      from parts p group by 1, 2)`;
  const since = sql`greatest(${from}::timestamptz, date_trunc('hour', m.first_seen_at, 'UTC'))`;
  return sql`asked as (
    select site_no, miner_no, greatest(0, ${hours(sql`${reckonedTo}::timestamptz - ${since}`)})::int as due,
      ${from}::timestamptz as since, null::timestamptz as until
    from miners m join latest using (site_no, miner_no)
    where site_no = any(${numbersOf(about)}::int[]) and m.first_seen_at < ${to} and m.retired_at is null)`;
}

async function knownOf(about: About): Promise<Known[]> {
  // What was told in an hour that is not reckoned yet is in no sum, but it is told.
  const end = about.span.reckonedTo < about.span.to ? "infinity" : about.span.to;
  const was = (kind: Parameters<typeof toldUntil>[1]) => toldUntil(sql`k.until`, kind);
  /** What is told as it is now, of a miner that is theirs by now. */
  const now = (told: ReturnType<typeof sql>) => sql`case when k.until is null then ${told} end`;
  const { rows } = await sql<Known>`
    with ${askedOf(about)}
    select k.site_no, k.miner_no, s.name as site, m.miner_id, ${was("model")} as model, ${was("firmware")} as firmware,
      ${was("ip")} as ip_address, ${now(sql`l.mac`)} as mac,
      ${now(sql`coalesce(m.serial, d.detail::json->>'serial')`)} as serial,
      ${now(sql`l.rack`)} as rack, ${now(sql`l.position`)} as position, ${now(sql`l.health`)} as health,
      ${now(sql`l.fault_count`)} as fault_count, ${now(sql`l.ts`)} as last_at, k.due,
      coalesce(k.until is null and l.ts >= k.since and l.ts < ${end}::timestamptz, false) as is_told
    from asked k join miners m using (site_no, miner_no) join sites s using (site_no)
      left join latest l using (site_no, miner_no) left join latest_detail d using (site_no, miner_no)
    order by s.name, m.miner_id collate "C"`.execute(about.db);
  return rows;
}

async function toldOf(about: About): Promise<(Key & Told)[]> {
  const { rows } = await sql<Key & Told>`
    with ${partsOf(about)}
    select t.site_no, t.miner_no, sum(readings)::float8 as readings, sum(online)::float8 as online, count(*)::int as told,
      sum(least(online::float8 / nullif(readings, 0), 1)) as hours, avg(hashrate_ghs_avg)::float8 as ghs,
      ${together("hashrate_ghs_avg", "expected_hashrate_ghs_avg")} as plated_ghs,
      ${together("expected_hashrate_ghs_avg", "hashrate_ghs_avg")} as plate,
      ${together("hashrate_ghs_avg", "power_consumption_avg")} as powered_ghs,
      ${together("power_consumption_avg", "hashrate_ghs_avg")} as watts, max(temperature_chip_max)::float8 as chip_max
    ${rowsWithin(about, "telemetry_1h")} group by 1, 2`.execute(about.db);
  return rows;
}

const NOTHING: { [K in keyof Told]: null } = {
  ...{ readings: null, online: null, told: null, hours: null, ghs: null, plated_ghs: null, plate: null },
  ...{ powered_ghs: null, watts: null, chip_max: null },
};

/** Brought together here: the database can't tell how many parts a customer has, and would add all hours up for each miner. */
async function rowsOf(about: About): Promise<Row[]> {
  const keyOf = ({ site_no, miner_no }: Key) => `${site_no} ${miner_no}`;
  const told = new Map((await toldOf(about)).map((one) => [keyOf(one), one]));
  return (await knownOf(about)).map((one) => ({ ...one, ...(told.get(keyOf(one)) ?? NOTHING) }));
}

const isSilent = ({ readings, is_told }: Row) => readings === null && !is_told;

async function build({ progress, language, ...about }: Sources): Promise<Built> {
  const rows = await rowsOf(about);
  await progress(0.7);
  const models = Map.groupBy(rows, ({ model }) => model ?? "");
  const [readings, online] = [sumOf(rows.map((row) => row.readings)) ?? 0, sumOf(rows.map((row) => row.online)) ?? 0];
  const upTo = countedTo(about);
  const noted = ({ en, zh }: LocalText) =>
    upTo === null ? both(en, zh) : both(`${en} It ${upTo.en}.`, `${zh}${upTo.zh}。`);
  const faulty = rows.filter(({ fault_count }) => (fault_count ?? 0) > 0).length;
  return {
    coverage: share(
      sumOf(rows.map(({ told }) => told)) ?? 0,
      rows.reduce((sum, { due }) => sum + due, 0),
    ),
    figures: [
      figure(both("Miners", "矿机"), rows.length, "", 0, "more"),
      figure(both("Online share", "在线率"), times(share(online, readings), 100), "%", 1, "more", upTo),
      figure(both("Models", "型号"), [...models.keys()].filter((model) => model !== "").length, "", 0),
      figure(both("With faults now", "当前有故障"), faulty, "", 0, "less"),
      figure(both("Without readings", "期内无数据"), rows.filter(isSilent).length, "", 0, "less"),
    ],
    sections: [
      {
        type: "table",
        title: both("Models", "型号"),
        columns: [
          textColumn("model", both("Model", "型号")),
          numberColumn("miners", both("Miners", "矿机"), { total: "sum" }),
          numberColumn("hashrate", both("Hashrate, mean a miner", "单机平均算力"), { unit: "TH/s", digits: 1 }),
          numberColumn("of_plate", both("Of nameplate", "额定占比"), { unit: "%", digits: 1 }),
          numberColumn("j_th", both("Efficiency", "能效"), { unit: "J/TH", digits: 1 }),
        ],
        rows: [...models].map(([model, own]) => {
          const sum = (pick: (row: Row) => number | null) => sumOf(own.map(pick));
          const ratio = (part: number | null, whole: number | null) =>
            part === null || whole === null ? null : share(part, whole);
          const ghs = own.map((row) => row.ghs).filter((one) => one !== null);
          const ofPlate = ratio(
            sum(({ plated_ghs }) => plated_ghs),
            sum(({ plate }) => plate),
          );
          const perGh = ratio(
            sum(({ watts }) => watts),
            sum(({ powered_ghs }) => powered_ghs),
          );
          return [
            model,
            own.length,
            times(ratio(sumOf(ghs), ghs.length), PER_TH),
            times(ofPlate, 100),
            times(perGh, 1_000),
          ];
        }),
        note: noted(OF_MODELS),
      },
      {
        type: "table",
        title: both("Inventory", "矿机清单"),
        columns: [
          textColumn("site", both("Site", "站点")),
          textColumn("miner", both("Miner", "矿机")),
          textColumn("model", both("Model", "型号")),
          textColumn("firmware", both("Firmware", "固件")),
          textColumn("ip", both("Address", "地址")),
          textColumn("mac", both("MAC", "MAC")),
          textColumn("serial", both("Serial", "序列号")),
          textColumn("rack", both("Rack", "机架")),
          textColumn("position", both("Position", "位置")),
          numberColumn("online_hours", both("Hours online", "在线小时"), { unit: "h", digits: 1, total: "sum" }),
          numberColumn("online_share", both("Online share", "在线率"), { unit: "%", digits: 1 }),
          numberColumn("hashrate", both("Hashrate, mean", "平均算力"), { unit: "TH/s", digits: 1 }),
          numberColumn("chip_max", both("Chip max", "芯片最高温度"), { unit: "°C", digits: 0 }),
          textColumn("health", both("Status now", "当前状态")),
          numberColumn("faults", both("Faults now", "当前故障"), { total: "sum" }),
          timeColumn("last_at", both("Last reading", "最近数据")),
        ],
        rows: rows.map((row) => [
          row.site,
          row.miner_id,
          row.model,
          row.firmware,
          row.ip_address,
          row.mac,
          row.serial,
          row.rack,
          row.position,
          row.hours,
          row.readings === null || row.online === null ? null : times(share(row.online, row.readings), 100),
          times(row.ghs, PER_TH),
          row.chip_max,
          wordOf(HEALTH_WORDS, healthCode.toWord(row.health) ?? "", language),
          row.fault_count,
          row.last_at?.toISOString() ?? null,
        ]),
        note: noted(about.customer === null ? OF_SITES : OF_CUSTOMER),
      },
    ],
  };
}

const OF_MODELS = both(
  "Hashrate: the mean of its miners' means over hours with a reading. Of nameplate and efficiency: over the hours in which a miner told both.",
  "算力：各矿机有数据小时均值的平均。额定占比与能效：仅计两项均有数据的小时。",
);
const OF_SITES = both(
  "Hours online: hours with readings, each counted by the share in which the miner answered.",
  "在线小时：有数据的小时按其中在线的比例累计。",
);
const OF_CUSTOMER = both(
  "Miners that were this customer's in the period; hours count while they were. Hours online: hours with readings, each counted by the share in which the miner answered. Of a miner that is no longer theirs stand the model, firmware and address that it had when it went, and nothing of now.",
  "本期内属于该客户的矿机，仅计属于其期间的小时。在线小时：有数据的小时按其中在线的比例累计。已转出的矿机列出转出时的型号、固件与地址，不列当前状态。",
);

/** Every miner, what it is and how it ran. */
export const miners: Kind = { title: both("Miners, inventory", "矿机清单"), needs: ["reading.read"], build };

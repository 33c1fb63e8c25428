import type { Tariff } from "@banksman/wire/api";
import { MinerHealth } from "@banksman/wire/model";
import fc from "fast-check";
import type pg from "pg";
import { healthCode, UNREACHABLE } from "../db/codes.ts";
import {
  isFailure,
  lostIn,
  movesIn,
  type Ordered,
  type Owned,
  orderAround,
  orderedAt,
  ownedFrom,
  partAt,
  partsOf,
  piecesOf,
  storeOrdered,
  storeOwned,
} from "./report-reckoning.ts";
import { HOUR, hourIn, iso, MINUTE, mean, type ReportWorld, sum, sumKnown, type WorldSite } from "./report-world.ts";

/** Miners of customers with their readings, events and alerts, and what of all that is acme's. */
const HASHING = healthCode.toNumber("hashing");
const HOURS = 9 * 24;
const figure = fc.record({
  online: fc.boolean(),
  ghs: fc.option(fc.constantFrom(0, 3_000, 90_000, 150_000, 200_000, 260_000), { freq: 5 }),
  watts: fc.option(fc.integer({ min: 0, max: 4_000 }), { freq: 5 }),
  chip: fc.option(fc.integer({ min: 60, max: 100 })),
  board: fc.option(fc.integer({ min: 50, max: 87 })),
  accepted: fc.integer({ min: 0, max: 90 }),
  rejected: fc.integer({ min: 0, max: 9 }),
});
/** A few readings, or one every five minutes of most of the hour. */
const readings = fc.oneof(
  fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 59 }), figure), {
    selector: ([minute]) => minute,
    minLength: 1,
    maxLength: 5,
  }),
  fc
    .tuple(fc.integer({ min: 8, max: 12 }), figure)
    .map(([count, one]) =>
      Array.from({ length: count }, (_, n): [number, typeof one] => [
        n * 5,
        { ...one, online: one.online || n % 3 > 0 },
      ]),
    ),
);
const hour = fc.record({
  // Hours that several miners tell of, and any.
  hour: fc.oneof(fc.integer({ min: 0, max: 6 }), fc.integer({ min: -1, max: HOURS + 1 })),
  plate: fc.option(fc.constantFrom(100_000, 200_000), { freq: 6 }),
  readings,
});
const moment = fc.integer({ min: -90, max: HOURS * 60 + 150 });
const health = fc.constantFrom(...MinerHealth.options);
/** Miners at the three sites of a world, which change hands. */
export const hostedMiner = fc.record({
  site: fc.integer({ min: 0, max: 2 }),
  moves: fc.oneof(fc.constant([[-9, "acme"] as const]), movesIn(HOURS)),
  hours: fc.uniqueArray(hour, { selector: (one) => one.hour, maxLength: 8 }),
  events: fc.uniqueArray(fc.record({ at: moment, before: health, after: health, order: orderAround }), {
    selector: ({ at }) => at,
    maxLength: 8,
  }),
  alerts: fc.array(fc.record({ at: moment, kind: fc.constantFrom("miner", "collector") }), { maxLength: 4 }),
});

type HostedMiner = typeof hostedMiner extends fc.Arbitrary<infer T> ? T : never;
type Reading = {
  at: number;
  online: boolean;
  plate: number | null;
  ghs: number | null;
  watts: number | null;
  chip: number | null;
  board: number | null;
  accepted: number;
  rejected: number;
};
type Hosted = Bare & {
  readings: Reading[];
  events: { at: number; before: MinerHealth; after: MinerHealth }[];
  ordered: Ordered[];
  alerts: { at: number; kind: string }[];
};

async function store(
  pool: pg.Pool,
  { id, miner_no, place, readings: told, events, ordered, alerts }: Hosted,
): Promise<void> {
  const { site_no, site_id } = place;
  const column = (pick: (one: Reading) => unknown) => told.map(pick);
  await pool.query(
    `insert into telemetry (site_no, miner_no, ts, health, hashrate_ghs, expected_hashrate_ghs, power_consumption,
       temperature_chip_max, temperature_max, accepted_shares, rejected_shares)
     select $1, $2, * from unnest($3::timestamptz[], $4::int2[], $5::float8[], $6::float8[], $7::real[], $8::real[],
       $9::real[], $10::int8[], $11::int8[])`,
    [
      ...[site_no, miner_no, column(({ at }) => iso(at)), column(({ online }) => (online ? HASHING : UNREACHABLE))],
      ...[column(({ ghs }) => ghs), column(({ plate }) => plate), column(({ watts }) => watts)],
      ...[column(({ chip }) => chip), column(({ board }) => board)],
      ...[column(({ accepted }) => accepted), column(({ rejected }) => rejected)],
    ],
  );
  await pool.query(
    "insert into rollup_dirty select distinct $1::int, 'hour', date_trunc('hour', at) from unnest($2::timestamptz[]) at on conflict do nothing",
    [site_no, column(({ at }) => iso(at))],
  );
  await storeOrdered({ pool }, { siteNo: site_no, miner: id }, ordered);
  for (const { at, before: was, after: is } of events)
    await pool.query("insert into miner_events values ($1, $2, $3, 'health', $4, $5)", [
      ...[site_no, miner_no, iso(at)],
      ...[was, is].map((word) => String(healthCode.toNumber(word))),
    ]);
  for (const [count, { at, kind }] of alerts.entries())
    await pool.query(
      `insert into alerts (source, fingerprint, rule, level, state, title, text, labels, site_id, target, since, fired_at)
       values ('rules', $1, '{}', 'info', 'firing', '{}', '{}', '{}', $2, $3, $4, $4)`,
      [`${id} ${count}`, site_id, JSON.stringify({ kind, site_id, id }), iso(at)],
    );
}

/** A miner's hour within a part: what its five minutes say. */
function hourOf(at: number, own: readonly Reading[]) {
  const pieces = piecesOf(own);
  const minutesOf = (list: readonly { minutes: number }[]) => sum(list.map(({ minutes }) => minutes));
  const online = pieces.filter((one) => one.online);
  const drawn = online.filter(({ watts }) => watts !== null);
  const ghs = mean(own.map((one) => one.ghs));
  const [minutes, up] = [minutesOf(pieces), minutesOf(online)];
  return {
    ...{ at, minutes, online: up, power: minutesOf(drawn), ghs, plate: mean(own.map(({ plate }) => plate)) },
    kwh: drawn.length === 0 ? null : sum(drawn.map((one) => ((one.watts ?? 0) * one.minutes) / 60_000)),
    hashed: ghs === null ? null : (ghs * up) / minutes,
    lost: lostIn(own[0]?.plate ?? null, own),
  };
}

/** All that is acme's of a site. */
export function reckon(
  miners: readonly Hosted[],
  { from, to }: { from: number; to: number },
  tariff: Tariff | null,
  zone: string,
) {
  const parts = miners.flatMap((one) => partsOf(one.owned, from, to).map((part) => ({ ...part, one })));
  const isIn = ({ at }: { at: number }) => at >= from && at < to;
  const hours = parts.flatMap(({ one, from: since, to: until }) => {
    const own = one.readings.filter(({ at }) => at >= since && at < until);
    return [...Map.groupBy(own, ({ at }) => Math.floor(at / HOUR) * HOUR)].map(([at, list]) => hourOf(at, list));
  });
  const byHour = new Map(
    [...Map.groupBy(hours, ({ at }) => at)].map(([at, list]) => {
      const total = (pick: (one: (typeof list)[number]) => number | null) => sumKnown(list.map(pick));
      const watts = total(({ kwh, minutes }) => (kwh === null ? null : (kwh * 60_000) / minutes));
      // Where nobody answered nothing was hashed; where those that answered tell no hashrate nobody knows.
      const answered = list.filter(({ online }) => online > 0);
      const ghs = answered.length === 0 ? 0 : sumKnown(answered.map(({ hashed }) => hashed));
      return [at, { ghs, plate: total(({ plate }) => plate), watts }];
    }),
  );
  const minutes = (pick: (one: (typeof hours)[number]) => number) => sum(hours.map(pick));
  const priced = hours.flatMap(({ at, kwh }) => {
    const clock = hourIn(at, zone);
    const band = tariff?.bands.find((one) => clock >= one.from || clock < one.to);
    return kwh === null || !tariff ? [] : [{ kwh: kwh * tariff.overhead, price: band?.price ?? tariff.price }];
  });
  const both = hours.filter(({ kwh, ghs }) => kwh !== null && ghs !== null);
  return {
    ...{ parts, hours, byHour, priced },
    due: sum(parts.map((part) => (part.to - part.from) / MINUTE)),
    told: minutes((one) => one.minutes),
    up: minutes(({ online }) => online),
    power: minutes(({ power }) => power),
    ghs: mean([...byHour.values()].map((one) => one.ghs)),
    plate: mean([...byHour.values()].map((one) => one.plate)),
    kwh: sumKnown(hours.map(({ kwh }) => kwh)),
    cost: priced.length === 0 ? null : sum(priced.map(({ kwh, price }) => kwh * price)),
    both: { kwh: sumKnown(both.map(({ kwh }) => kwh)), work: sum(both.map(({ ghs, power }) => (ghs ?? 0) * power)) },
    failures: parts.flatMap(({ one, ...part }) =>
      one.events.filter((event) => isFailure(event, one.ordered) && event.at >= part.from && event.at < part.to),
    ).length,
    alerts: miners.flatMap(({ owned, alerts }) =>
      alerts.filter((one) => one.kind === "miner" && isIn(one) && partAt(owned, one.at) !== null),
    ).length,
  };
}

/** A miner and whose it is when. */
export type Bare = { n: number; id: string; place: WorldSite; miner_no: number; owned: Owned[] };

async function clear(pool: pg.Pool): Promise<void> {
  await pool.query(`truncate telemetry, telemetry_1h, telemetry_1d, rollup_dirty, miner_events, latest, latest_detail,
    customer_miners, alerts cascade`);
  await pool.query("delete from orders");
  await pool.query("delete from miners");
}

/** Stores miners anew of which nothing is told yet. */
export async function storeBare(
  { pool, sites }: Pick<ReportWorld, "pool" | "sites">,
  miners: readonly Pick<HostedMiner, "site" | "moves">[],
  begin: number,
): Promise<Bare[]> {
  await clear(pool);
  const stored: Bare[] = [];
  for (const [n, { site, moves }] of miners.entries()) {
    const place = sites[site];
    if (!place) continue;
    const { rows } = await pool.query(
      "insert into miners (site_no, miner_id, serial) values ($1, $2, $3) returning miner_no",
      [place.site_no, `m${n}`, `SN${n}`],
    );
    const one = { n, id: `m${n}`, place, miner_no: Number(rows[0].miner_no), owned: ownedFrom(begin, moves) };
    await storeOwned(pool, place.site_no, one.miner_no, one.owned);
    stored.push(one);
  }
  return stored;
}

/** Stores miners anew, their moments reckoned from `begin`, and gives what was stored. */
export async function storeHosted(
  world: Pick<ReportWorld, "pool" | "sites">,
  miners: readonly HostedMiner[],
  begin: number,
): Promise<Hosted[]> {
  const at = (minutes: number) => begin + minutes * MINUTE;
  const moved = <T extends { at: number }>(list: readonly T[]) => list.map((one) => ({ ...one, at: at(one.at) }));
  const all = (await storeBare(world, miners, begin)).flatMap((bare): Hosted[] => {
    const told = miners[bare.n];
    if (!told) return [];
    const readings = told.hours.flatMap((one) =>
      one.readings.map(([minute, own]) => ({
        ...{ ...own, at: at(one.hour * 60 + minute), plate: one.plate },
        // Who can't be asked tells no hashrate.
        ghs: own.online ? own.ghs : null,
      })),
    );
    const events = moved(told.events);
    return [{ ...bare, readings, events, ordered: orderedAt(events), alerts: moved(told.alerts) }];
  });
  for (const one of all) await store(world.pool, one);
  return all;
}

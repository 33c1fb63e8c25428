import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { Tariff } from "@banksman/wire/api";
import fc from "fast-check";
import {
  close,
  HOUR,
  hourIn,
  iso,
  known,
  MINUTE,
  momentsOf,
  percent,
  periodIn,
  sameFigures,
  sameRows,
  startReportWorld,
  sum,
  sumKnown,
  ZONES,
} from "../../test/report-world.ts";

/** Revenue, cost and margin beside a slow reckoning, minute by minute. */
/** What sites pay that have no tariff of their own. */
const forAll: { price: number | undefined; overhead: number } = { price: undefined, overhead: 1.25 };

const world = await startReportWorld(forAll);
after(() => world.close());

const FIRST = Date.parse("2025-10-24T00:00:00Z");
/** An hour before the clocks of Berlin and of New York go back. */
const CHANGES = ["2025-10-26T00:00:00Z", "2025-11-02T05:00:00Z"].map(Date.parse);
const figure = fc.option(fc.integer({ min: 0, max: 9_000_000 }), { freq: 3 });
const stretch = fc.record({
  at: fc.oneof(
    fc.integer({ min: 0, max: 11 * 24 * 60 }).map((minute) => FIRST + minute * MINUTE),
    fc.tuple(fc.constantFrom(...CHANGES), fc.integer({ min: 0, max: 200 })).map(([at, minute]) => at + minute * MINUTE),
  ),
  minutes: fc.integer({ min: 1, max: 150 }),
  ghs: figure,
  watts: figure,
  isAway: fc.constantFrom(false, false, false, true),
});
const hour = fc.integer({ min: 0, max: 23 });
const price = fc.double({ min: 0.01, max: 0.2, noNaN: true });
const tariff = fc.record({
  price,
  overhead: fc.double({ min: 1, max: 2, noNaN: true }),
  bands: fc.array(
    fc.record({ from: hour, to: hour, price }).filter(({ from, to }) => from !== to),
    { maxLength: 3 },
  ),
});
const site = fc.record({ stretches: fc.array(stretch, { maxLength: 8 }), tariff: fc.option(tariff, { freq: 2 }) });
const facts = fc.record({
  hashprice: fc.option(fc.double({ min: 20, max: 90, noNaN: true })),
  btc_price: fc.option(fc.integer({ min: 20_000, max: 200_000 })),
  difficulty: fc.option(fc.double({ min: 1e13, max: 2e14, noNaN: true })),
  fees_btc: fc.option(fc.double({ min: 0, max: 2, noNaN: true })),
});
const SUBSIDY = 3.125;

test("revenue, cost, margin and break-even equal a reckoning minute by minute: gaps, bands, clock changes, unknown prices", async () => {
  const wish = fc.record({
    zone: fc.constantFrom(...ZONES),
    sites: fc.tuple(site, site, site),
    facts,
    scheme: fc.constantFrom("fpps", "pps"),
    fee: fc.double({ min: 0, max: 0.1, noNaN: true }),
    price: fc.option(price, { nil: undefined }),
  });
  await fc.assert(
    fc.asyncProperty(wish, async ({ zone, sites, facts: told, scheme, fee, price: usual }) => {
      const period = periodIn(zone);
      const { from, to } = momentsOf(period);
      forAll.price = usual;
      await world.pool.query("truncate site_1m, site_tariffs, market_facts");
      await world.pool.query("update market_settings set pool_fee = $1, scheme = $2", [fee, scheme]);
      for (const [name, value] of Object.entries(told))
        if (value !== null)
          await world.pool.query("insert into market_facts values ($1, 'manual', $2, now(), 'test')", [name, value]);
      const all = sites.map((one, n) => ({ ...one, place: world.sites[n], minutes: minutesOf(one.stretches) }));
      for (const { place, minutes, tariff: own } of all) {
        if (own) await world.pool.query("insert into site_tariffs values ($1, $2, now())", [place?.site_no, own]);
        await world.pool.query(
          `insert into site_1m (site_no, bucket, total, online, hashrate_ghs, power_consumption)
           select $1, bucket, 1, online, ghs, watts
           from unnest($2::timestamptz[], $3::int[], $4::float8[], $5::float8[]) n (bucket, online, ghs, watts)`,
          [
            place?.site_no,
            minutes.map(({ at }) => iso(at)),
            minutes.map(({ isAway }) => (isAway ? 0 : 1)),
            minutes.map(({ isAway, ghs }) => (isAway ? null : ghs)),
            minutes.map(({ watts }) => watts),
          ],
        );
      }
      const document = await world.report("revenue", period);

      // What a TH/s finds in a day: its share of the blocks, by the work that one takes.
      const reward = SUBSIDY + (scheme === "fpps" ? (told.fees_btc ?? 0) : 0);
      const btcPerTh = told.difficulty === null ? null : (reward * 86_400 * 1e12) / told.difficulty / 2 ** 32;
      const byNetwork = btcPerTh === null || told.btc_price === null ? null : btcPerTh * 1_000 * told.btc_price;
      const [usd, btc] = [told.hashprice ?? byNetwork, btcPerTh].map((one) => (one === null ? null : one * (1 - fee)));
      const rows = all.map(({ place, minutes, tariff: own }) => {
        const paid = own ?? (usual === undefined ? null : { price: usual, bands: [], overhead: forAll.overhead });
        const within = minutes.filter(({ at }) => at >= from && at < to);
        return {
          site: place?.name ?? "",
          ...reckon(within, place?.time_zone ?? "UTC", paid, usd ?? null, btc ?? null),
        };
      });
      const minutes = (to - from) / MINUTE;
      const coverage = sum(rows.map(({ hashed }) => hashed)) / minutes / rows.length;
      close(document.coverage, coverage, "coverage");
      sameFigures(document, {
        Work: sumKnown(rows.map(({ ph_days }) => ph_days)),
        Revenue: sumKnown(rows.map(({ revenue }) => revenue)),
        "Power cost": sumKnown(rows.map(({ cost }) => cost)),
        Margin: sumKnown(rows.map(({ margin }) => margin)),
        "Data coverage": percent(coverage, 1),
      });
      sameRows(
        document,
        "Sites",
        rows.map(({ site: name, hashed, ...one }) => ({
          site: name,
          ph_days: one.ph_days,
          coverage: percent(hashed, minutes),
          btc: one.btc,
          revenue: one.revenue,
          cost: one.cost,
          margin: one.margin,
          even: one.even,
        })),
      );
      const bars = document.sections.flatMap((section) => (section.type === "bars" ? section.bars : []));
      const charted = rows.filter(({ margin }) => margin !== null);
      assert.deepEqual(bars.map(({ name }) => name.en).toSorted(), charted.map((one) => one.site).toSorted());
      for (const { site: name, margin } of charted)
        close(bars.find((bar) => bar.name.en === name)?.value, margin, `${name} bar`);
    }),
    { numRuns: 15 },
  );
});

type Minute = { at: number; isAway: boolean; ghs: number | null; watts: number | null };

/**
 * Single minutes of stretches; where they overlap the later one counts. Miners that are all away do nothing, while nobody
 * knows what they draw.
 */
function minutesOf(stretches: readonly (Minute & { minutes: number })[]) {
  const byMoment = new Map<number, Minute>();
  for (const { at, minutes, isAway, ghs, watts } of stretches) {
    const told = isAway ? { isAway, ghs: 0, watts: null } : { isAway, ghs, watts };
    for (let n = 0; n < minutes; n += 1) byMoment.set(at + n * MINUTE, { at: at + n * MINUTE, ...told });
  }
  return [...byMoment.values()];
}

function reckon(
  minutes: readonly Minute[],
  zone: string,
  tariff: Tariff | null,
  usd: number | null,
  btc: number | null,
) {
  const workOf = (of: readonly Minute[]) => {
    const told = known(of.map(({ ghs }) => ghs));
    return told.length === 0 ? null : sum(told) / 1e6 / 1_440;
  };
  const costOf = (of: readonly Minute[]) => {
    if (tariff === null) return null;
    const told = of.filter(({ watts }) => watts !== null);
    if (told.length === 0) return null;
    const clocks = new Map(told.map(({ at }) => [Math.floor(at / HOUR), hourIn(at, zone)]));
    const parts = told.map(({ at, watts }) => {
      const clock = clocks.get(Math.floor(at / HOUR)) ?? 0;
      const band = tariff.bands.find(({ from, to }) =>
        from < to ? clock >= from && clock < to : clock >= from || clock < to,
      );
      const kwh = ((watts ?? 0) / 60_000) * tariff.overhead;
      return { kwh, usd: kwh * (band?.price ?? tariff.price) };
    });
    return { kwh: sum(parts.map(({ kwh }) => kwh)), usd: sum(parts.map((part) => part.usd)) };
  };
  const both = minutes.filter(({ ghs, watts }) => ghs !== null && watts !== null);
  const [work, worked] = [workOf(minutes), workOf(both)];
  const [cost, charged] = [costOf(minutes), costOf(both)];
  const earned = worked === null || usd === null ? null : worked * usd;
  return {
    hashed: minutes.filter(({ ghs }) => ghs !== null).length,
    ph_days: work,
    btc: work === null || btc === null ? null : work * btc * 1_000,
    revenue: work === null || usd === null ? null : work * usd,
    cost: cost?.usd ?? null,
    margin: earned === null || charged === null ? null : earned - charged.usd,
    even: earned === null || charged === null || charged.kwh === 0 ? null : earned / charged.kwh,
  };
}

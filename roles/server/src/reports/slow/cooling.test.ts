import { after, test } from "node:test";
import { type CoolingDerived, type CoolingRecord, deriveCooling } from "@banksman/wire/model";
import fc from "fast-check";
import { createCoolingRollUp } from "../../cooling/roll-up.ts";
import { coolingUploadStore } from "../../cooling/upload-store.ts";
import { nativeFlavour } from "../../db/partitions.ts";
import {
  close,
  HOUR,
  iso,
  known,
  MINUTE,
  mean,
  momentsOf,
  percent,
  periodIn,
  rowsOf,
  sameFigures,
  sameRows,
  startReportWorld,
  sum,
  sumKnown,
  ZONES,
} from "../../test/report-world.ts";

/** Cooling beside a slow reckoning over raw snapshots. */
const world = await startReportWorld();
after(() => world.close());
const flavour = nativeFlavour(world.pool);
const store = coolingUploadStore(world.pool, flavour);
const rollUp = createCoolingRollUp(world.pool, flavour);

const quality = fc.constantFrom("good", "good", "good", "good", "uncertain", "bad", "stale");
const measured = (min: number, max: number) =>
  fc.record({ value: fc.integer({ min: min * 4, max: max * 4 }).map((n) => n / 4), quality });
const snapshot = fc.record({
  minute: fc.integer({ min: 0, max: 59 }),
  "supply.temp": measured(20, 45),
  "return.temp": measured(30, 60),
  "supply.flow": measured(50, 150),
  "dewpoint.temp": measured(0, 25),
  "power.total": measured(0, 2_000_000),
  "power.cooling": measured(1_000, 90_000),
  /** How far the meter went on since the snapshot before. */
  water: measured(0, 2),
});
const hour = fc.record({
  hour: fc.oneof(fc.integer({ min: -2, max: 9 * 24 + 3 }), fc.constantFrom(-1, 0, 9 * 24 - 1, 9 * 24, 9 * 24 + 1)),
  snapshots: fc.uniqueArray(snapshot, { selector: ({ minute }) => minute, minLength: 2, maxLength: 6 }),
});
const fault = fc.record({
  since: fc.integer({ min: -20, max: 240 }),
  hours: fc.option(fc.integer({ min: 0, max: 30 })),
});
const hours = (minLength: number, maxLength: number) =>
  fc.uniqueArray(hour, { selector: (one) => one.hour, minLength, maxLength });
const unit = fc.record({
  site: fc.integer({ min: 0, max: 2 }),
  name: fc.boolean(),
  enabled: fc.boolean(),
  interval_s: fc.constantFrom(60, 3_600),
  hours: fc.oneof(hours(0, 0), { weight: 5, arbitrary: hours(4, 8) }),
  /** Which of the snapshots, as a share, the meter begins anew at. */
  anew: fc.option(fc.double({ min: 0, max: 0.99, noNaN: true })),
  faults: fc.array(fault, { maxLength: 3 }),
});
type Unit = typeof unit extends fc.Arbitrary<infer T> ? T : never;
type Snapshot = { at: number; record: CoolingRecord; derived: CoolingDerived };

const isTold = ({ quality: own }: { quality: string }) => own === "good" || own === "uncertain";

/** The snapshots of a unit in their order, with what its water meter shows. */
function snapshotsOf({ hours: told, anew }: Unit, from: number, to: number): Snapshot[] {
  const list = told
    .flatMap((own) => own.snapshots.map((one) => ({ ...one, at: from + own.hour * HOUR + one.minute * MINUTE })))
    .toSorted((a, b) => a.at - b.at);
  const shown = list.filter(({ at, water }) => isTold(water) && at >= from && at < to).map(({ at }) => at);
  // Sums can't tell when in the first and the last hour a meter began anew.
  const within = shown.filter((at) => hourOf(at) > hourOf(shown[0] ?? 0) && hourOf(at) < hourOf(shown.at(-1) ?? 0));
  const restart = anew === null ? undefined : within[Math.floor(anew * within.length)];
  let meter = 5_000;
  return list.map(({ minute: _, water, at, ...values }) => {
    meter = (at === restart ? 0 : meter) + water.value;
    const all = { ...values, "water.used": { value: meter, quality: water.quality } };
    const record: CoolingRecord = {
      ...{ driver: "antbox", profile: "hydro", make: "Bitmain", model: "HK3", firmware: null, connected: true },
      at: iso(at),
      values: Object.fromEntries(
        Object.entries(all).map(([name, { value, quality: own }]) => [
          name,
          { value: own === "bad" ? null : value, quality: own, at: iso(at) },
        ]),
      ),
      faults: [],
      miners: null,
    };
    return { at, record, derived: deriveCooling(record) };
  });
}
const hourOf = (at: number) => Math.floor(at / HOUR);

test("cooling equals what a slow reckoning over snapshots gives: gaps, doubtful sensors, meters that begin anew", async () => {
  const wish = fc.record({
    zone: fc.constantFrom(...ZONES, "Asia/Kolkata"),
    units: fc.array(unit, { maxLength: 4, size: "max" }),
  });
  await fc.assert(
    fc.asyncProperty(wish, async ({ zone, units }) => {
      const period = periodIn(zone);
      const { from, to } = momentsOf(period);
      await world.pool.query("truncate cooling_snapshots, cooling_5min, cooling_1h, cooling_dirty");
      await world.pool.query("delete from cooling_units");
      const all = units.map((one, n) => ({ ...one, n, snapshots: snapshotsOf(one, from, to) }));
      for (const one of all) await keep(one, from);
      await rollUp();
      const [document, energy] = [await world.report("cooling", period), await world.report("energy", period)];

      const told = all.flatMap((one) => {
        const own = one.snapshots.filter(({ at }) => at >= from && at < to);
        if (!one.enabled && own.length === 0) return [];
        const faults = one.faults.filter(({ since, hours }) => {
          const [begins, ends] = [from + since * HOUR, hours === null ? to : from + (since + hours) * HOUR];
          return begins < to && ends > from;
        });
        return [
          {
            ...one,
            ...reckon(own, one.interval_s),
            faults: faults.length,
            coverage: shareOf(own.length, one.interval_s),
          },
        ];
      });
      function shareOf(readings: number, intervalS: number): number {
        return Math.min(1, (readings * intervalS * 1_000) / (to - from));
      }
      const coverage = told.length === 0 ? null : sum(told.map((one) => one.coverage)) / told.length;
      close(document.coverage, coverage, "coverage");
      sameFigures(document, {
        "Heat carried off": sumKnown(told.map(({ heat }) => heat)),
        "Energy of containers": sumKnown(told.map(({ energy: own }) => own)),
        PUE: ratio(sumKnown(told.map(({ whole }) => whole)), sumKnown(told.map(({ without }) => without))),
        Water: sumKnown(told.map(({ water }) => water)),
        "Data coverage": percent(coverage, 1),
      });
      sameRows(
        document,
        "Cooling units",
        told.map(({ site, n, name, coverage: own, faults, ...one }) => ({
          site: world.sites[site]?.name ?? "",
          unit: name ? `Box ${n}` : `10.0.0.${n}`,
          coverage: 100 * own,
          supply: one.supply,
          supply_max: one.supply_max,
          delta_t: one.delta_t,
          heat: one.heat,
          energy: one.energy,
          without: one.without,
          pue: one.pue,
          balance: one.balance,
          margin: one.margin,
          water: one.water,
          faults,
        })),
      );
      for (const [n, { name }] of world.sites.entries()) {
        const row = rowsOf(energy, "Sites").find(({ site }) => site === name);
        const own = told.filter(({ site }) => site === n);
        close(row?.water, sumKnown(own.map(({ water }) => water)), `${name} water`);
        const fives = own.flatMap((one) => one.fives);
        const [whole, without] = [
          sumKnown(fives.map((one) => one.pue_power)),
          sumKnown(fives.map((one) => one.without)),
        ];
        close(row?.pue, ratio(whole, without), `${name} PUE`);
      }
    }),
    { numRuns: 8 },
  );
});

async function keep(
  { n, site, name, enabled, interval_s, snapshots, faults }: Unit & { n: number; snapshots: Snapshot[] },
  from: number,
) {
  const place = world.sites[site];
  const { rows } = await world.pool.query(
    `insert into cooling_units (site_no, collected_by, registered_by, host, name, enabled, interval_s)
     values ($1, $1, 'person', $2, $3, $4, $5) returning unit_no`,
    [place?.site_no, `10.0.0.${n}`, name ? `Box ${n}` : null, enabled, interval_s],
  );
  for (const [code, { since, hours }] of faults.entries())
    await world.pool.query(
      `insert into cooling_faults (site_no, unit_no, code, since, until, level, fault) values ($1, $2, $3, $4, $5, 'warning', '{}')`,
      [
        ...[place?.site_no, rows[0].unit_no, `f${code}`, iso(from + since * HOUR)],
        hours === null ? null : iso(from + (since + hours) * HOUR),
      ],
    );
  const [own] = await store.unitsByKey([{ site_id: place?.site_id ?? "", host: `10.0.0.${n}` }]);
  if (!own) return;
  const { site_id, host } = own;
  const readings = snapshots.map(({ at, record, derived }) => ({
    unit: own,
    reading: { site_id, host, round_at: iso(at), lane: "fast" as const, record },
    derived,
  }));
  await store.write({ siteNo: own.site_no, collectorId: "edge", rounds: [], readings, failures: [] });
}

type Picked = (snapshot: Snapshot) => number | null;
const figure =
  (name: keyof CoolingRecord["values"]): Picked =>
  ({ record }) => {
    const told = record.values[name];
    return told && isTold(told) && typeof told.value === "number" ? told.value : null;
  };
const derived =
  (name: keyof CoolingDerived): Picked =>
  (snapshot_) =>
    snapshot_.derived[name];

const ratio = (part: number | null, whole: number | null): number | null =>
  part === null || !whole ? null : part / whole;

function reckon(snapshots: readonly Snapshot[], intervalS: number) {
  const fives = [...Map.groupBy(snapshots, ({ at }) => Math.floor(at / 5 / MINUTE)).values()].map((list) => {
    const of = (pick: Picked) => mean(list.map(pick));
    const [power, pue] = [of(derived("power")), of(derived("pue"))];
    return {
      hour: hourOf(list[0]?.at ?? 0),
      supply: of(figure("supply.temp")),
      delta_t: of(derived("delta_t")),
      heat: of(derived("heat")),
      power,
      pue_power: pue === null ? null : power,
      without: pue === null || power === null ? null : power / pue,
      balance: of(derived("heat_balance")),
    };
  });
  type Five = (typeof fives)[number];
  /** What is told of an hour counts for as long as it was told: five minutes each, or until the next reading is due. */
  const megawattHours = (pick: (five: Five) => number | null) =>
    sumKnown(
      [...Map.groupBy(fives, ({ hour: own }) => own).values()].map((own) => {
        const told = known(own.map(pick));
        const share = Math.min(1, (told.length * Math.max(300, intervalS)) / 3_600);
        return told.length === 0 ? null : ((sum(told) / told.length) * share) / 1_000;
      }),
    );
  const all = (pick: Picked) => known(snapshots.map(pick));
  const [supplies, margins, shown] = [
    all(figure("supply.temp")),
    all(derived("dew_margin")),
    all(figure("water.used")),
  ];
  const [whole, without] = [megawattHours((five) => five.pue_power), megawattHours((five) => five.without)];
  return {
    fives,
    supply: mean(fives.map((one) => one.supply)),
    supply_max: supplies.length === 0 ? null : Math.max(...supplies),
    delta_t: mean(fives.map((one) => one.delta_t)),
    heat: megawattHours(({ heat }) => heat),
    energy: megawattHours(({ power }) => power),
    whole,
    without,
    pue: ratio(whole, without),
    balance: mean(fives.map((one) => one.balance)),
    margin: margins.length === 0 ? null : Math.min(...margins),
    water: shown.length === 0 ? null : sum(shown.map((value, n) => Math.max(0, value - (shown[n - 1] ?? value)))),
  };
}

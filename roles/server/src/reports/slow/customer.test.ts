import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { Tariff } from "@banksman/wire/api";
import type { ReportDocument } from "@banksman/wire/model";
import fc from "fast-check";
import { hostedMiner, reckon, storeHosted } from "../../test/customer-world.ts";
import { gapsIn, hoursToRepair } from "../../test/report-reckoning.ts";
import {
  ACME,
  close,
  HOUR,
  hourSums,
  iso,
  lineOf,
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

/** Operation and energy of one customer's miners beside a slow reckoning over raw readings, events and alerts. */
const TARIFFS: readonly (Tariff | null)[] = [
  { price: 0.07, overhead: 1.1, bands: [{ from: 22, to: 6, price: 0.03 }] },
  { price: 0.05, overhead: 1, bands: [] },
  null,
];

const world = await startReportWorld();
after(() => world.close());
const rollUp = await hourSums(world);
for (const [n, tariff] of TARIFFS.entries())
  if (tariff)
    await world.pool.query("insert into site_tariffs (site_no, tariff) values ($1, $2)", [
      world.sites[n]?.site_no,
      tariff,
    ]);

type Reckoned = ReturnType<typeof reckon> & { name: string };

const per = (factor: number, value: number | null) => (value === null ? null : value * factor);
/** J/TH of what was drawn in kWh and done in GH/s times minutes. */
const perTh = ({ kwh, work }: { kwh: number | null; work: number }) =>
  kwh === null || work === 0 ? null : ((kwh * 3_600_000) / (work * 60)) * 1_000;
const perFailure = ({ told, failures }: Reckoned, minutes: number) =>
  failures === 0 || told === 0 ? null : minutes / 60 / failures;

function checkOperation(document: ReportDocument, sites: readonly Reckoned[], period: { from: number; to: number }) {
  const total = (pick: (one: Reckoned) => number) => sum(sites.map(pick));
  const coverage = percent(
    total(({ told }) => told),
    total(({ due }) => due),
  );
  const failures = total((one) => one.failures);
  const [ghs, plate] = [sumKnown(sites.map((one) => one.ghs)), sumKnown(sites.map((one) => one.plate))];
  sameFigures(document, {
    Availability: percent(
      total(({ up }) => up),
      total(({ told }) => told),
    ),
    "Hashrate, mean": per(1e-6, ghs),
    "Of nameplate": percent(ghs, plate),
    MTBF: failures === 0 ? null : total(({ up }) => up) / 60 / failures,
    "Data coverage": coverage,
  });
  close(document.coverage, per(0.01, coverage), "coverage");
  sameRows(
    document,
    "Sites",
    sites.map((one) => ({
      site: one.name,
      miner_minutes: one.told,
      availability: percent(one.up, one.told),
      coverage: percent(one.told, one.due),
      hashrate: per(1e-6, one.ghs),
      nameplate: per(1e-6, one.plate),
      of_plate: percent(one.ghs, one.plate),
      alerts: one.alerts,
      failures: one.failures,
      mtbf: perFailure(one, one.up),
      mttr: hoursToRepair(one.told - one.up, one.told, one.failures),
    })),
  );
  const lost = sites.flatMap(({ hours }) => hours.flatMap((one) => one.lost));
  const theirs = new Set<number>();
  for (const { from, to } of sites.flatMap(({ parts }) => parts))
    for (let at = from; at < to; at += HOUR) theirs.add(at);
  const bars = document.sections.flatMap((section) => (section.type === "bars" ? section.bars : []));
  assert.equal(bars.length, lost.length > 0 ? 5 : 0);
  for (const { name, value } of bars)
    close(
      value,
      sum(lost.flatMap(({ cause, ghs: one }) => (cause === name.en ? one : []))) / theirs.size / 1e6,
      name.en,
    );
  const gaps = sites.flatMap(({ name, parts }) =>
    parts.flatMap(({ one, from, to }) => gapsIn(one.readings, from, to).map(([a, b]) => `${name} ${iso(a)} ${iso(b)}`)),
  );
  const shown = document.sections.some(({ title }) => title.en === "Gaps in the data")
    ? rowsOf(document, "Gaps in the data")
    : [];
  const counts = Object.fromEntries([...Map.groupBy(gaps, (gap) => gap)].map(([gap, list]) => [gap, list.length]));
  assert.deepEqual(Object.fromEntries(shown.map((row) => [`${row.site} ${row.from} ${row.to}`, row.miners])), counts);
  checkLine(document, "Hashrate", sites, period, ({ ghs: one }) => per(1e-6, one));
  checkLine(document, "Nameplate", sites, period, (one) => per(1e-6, one.plate));
}

type Together = { ghs: number | null; plate: number | null; watts: number | null };

/**
 * Step by step what the sites come to that have miners of theirs then; nothing where one of them, not silent all along, is
 * silent. `alone`: where it is silent about this very thing.
 */
function checkLine(
  document: ReportDocument,
  name: string,
  sites: readonly Reckoned[],
  { from, to }: { from: number; to: number },
  pick: (one: Together) => number | null,
  alone = false,
) {
  const [chart] = document.sections;
  assert.ok(chart?.type === "chart");
  const width = chart.step_s * 1_000;
  const values = lineOf(document, name);
  assert.equal(values.length, Math.ceil((to - from) / width));
  for (const [n, value] of values.entries()) {
    const [begin, end] = [from + n * width, from + (n + 1) * width];
    const due = sites.filter(
      ({ parts, hours }) => hours.length > 0 && parts.some((part) => part.from < end && part.to > begin),
    );
    const told = due.map(({ byHour }) => [...byHour].filter(([at]) => at >= begin && at < end).map(([, one]) => one));
    const isWhole = told.every((list) => list.length > 0);
    const tellsIt = (list: Iterable<Together>) => [...list].some((one) => pick(one) !== null);
    const isSilent = due.some(({ byHour }, place) => tellsIt(byHour.values()) && !tellsIt(told[place] ?? []));
    close(
      value,
      isWhole && !(alone && isSilent) ? sumKnown(told.map((list) => mean(list.map(pick)))) : null,
      `${name}, step ${n}`,
    );
  }
}

function checkEnergy(document: ReportDocument, sites: readonly Reckoned[], period: { from: number; to: number }) {
  const total = (pick: (one: Reckoned) => number | null) => sumKnown(sites.map(pick));
  const [mwh, cost] = [
    per(
      1e-3,
      total(({ kwh }) => kwh),
    ),
    total((one) => one.cost),
  ];
  // A site's tariff pays for all that its miners drew there, or for nothing.
  const paidKwh = sumKnown(sites.flatMap(({ hours }, n) => (TARIFFS[n] ? hours.map(({ kwh }) => kwh) : [])));
  const coverage = percent(
    total(({ power }) => power),
    total(({ due }) => due),
  );
  sameFigures(document, {
    "Energy of miners": mwh,
    Efficiency: perTh({ kwh: total(({ both }) => both.kwh), work: total(({ both }) => both.work) ?? 0 }),
    "Power cost": cost,
    "Cost a MWh": cost === null || !paidKwh ? null : (1_000 * cost) / paidKwh,
    "Data coverage": coverage,
  });
  close(document.coverage, per(0.01, coverage), "coverage");
  sameRows(
    document,
    "Sites",
    sites.map((one) => ({
      site: one.name,
      mwh: per(1e-3, one.kwh),
      coverage: percent(one.power, one.due),
      work: one.both.kwh === null ? null : one.both.work / 1e6 / 1_440,
      j_th: perTh(one.both),
      cost: one.cost,
    })),
  );
  const bands = Map.groupBy(
    sites.flatMap(({ priced }) => priced),
    ({ price }) => price,
  );
  sameRows(
    document,
    "By price",
    [...bands].map(([price, list]) => {
      const kwh = sum(list.map((one) => one.kwh));
      return { price, mwh: kwh / 1_000, cost: kwh * price };
    }),
  );
  checkLine(document, "Power", sites, period, ({ watts }) => per(1e-6, watts), true);
}

test("operation and energy of a customer equal what a slow reckoning gives: moves, holes, others' miners, bands, wide steps", async () => {
  const wish = fc.record({
    zone: fc.constantFrom(...ZONES),
    // Wider than what was told, so that a chart's steps are two hours.
    isWide: fc.boolean(),
    miners: fc.array(hostedMiner, { minLength: 2, maxLength: 7 }),
  });
  await fc.assert(
    fc.asyncProperty(wish, async ({ zone, isWide, miners }) => {
      const narrow = periodIn(zone);
      const period = isWide ? { ...narrow, from: "2025-10-19", to: "2025-11-09" } : narrow;
      const span = momentsOf(period);
      const all = await storeHosted(world, miners, momentsOf(narrow).from);
      await rollUp();
      const sites = world.sites.map((place, n) => {
        const own = all.filter((one) => one.place === place);
        return { name: place.name, ...reckon(own, span, TARIFFS[n] ?? null, place.time_zone) };
      });
      checkOperation(await world.report("operation", period, world.sites, ACME), sites, span);
      checkEnergy(await world.report("energy", period, world.sites, ACME), sites, span);
    }),
    { numRuns: 12 },
  );
});

import { after, test } from "node:test";
import fc from "fast-check";
import {
  close,
  HOUR,
  iso,
  lineOf,
  MINUTE,
  mean,
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

/** Pools beside devices, and a slow reckoning over single readings beside both. */

const world = await startReportWorld();
after(() => world.close());

const PETA = 1e15;
/** Moments of a reading, in minutes from the period's begin; some before it and after its end. */
const moment = fc.oneof(
  fc.integer({ min: -200, max: 9 * 24 * 60 + 200 }),
  fc.integer({ min: 0, max: 300 }),
  fc.constantFrom(-1, 0, 59, 60, 9 * 24 * 60 - 1, 9 * 24 * 60, 9 * 24 * 60 + 60),
);
const side = fc.option(
  fc.integer({ min: 0, max: 9 }).map((n) => n * PETA),
  { freq: 4 },
);
const reading = fc.record({ at: moment, pool: side, device: side });
const readings = fc.uniqueArray(reading, { selector: ({ at }) => at, maxLength: 30 });
/** The hour of a worker's reading, and its sides, of which one at least was told. */
const worker = fc.uniqueArray(
  reading.filter(({ pool, device }) => pool !== null || device !== null),
  { selector: ({ at }) => at, maxLength: 12 },
);
const account = fc.record({
  site: fc.integer({ min: 0, max: 2 }),
  coin: fc.constantFrom("bitcoin", "litecoin"),
  /** Hours from the period's begin. */
  created: fc.constantFrom(-1_000, 20, 9 * 24 + 2),
  readings,
  workers: fc.array(worker, { maxLength: 2 }),
});

test("pools and workers equal what a slow reckoning gives: gaps, one side silent, half-hour zones, several sites", async () => {
  const wish = fc.record({
    zone: fc.constantFrom(...ZONES, "Asia/Kolkata"),
    accounts: fc.array(account, { maxLength: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(wish, async ({ zone, accounts }) => {
      const period = periodIn(zone);
      const { from, to } = momentsOf(period);
      await world.pool.query("delete from pool_accounts");
      const all = accounts.map((one, n) => ({
        ...one,
        name: `account-${n}`,
        place: world.sites[one.site],
        readings: one.readings.map((own) => ({ ...own, at: from + own.at * MINUTE })),
        // The server keeps a worker's reading at its whole hour.
        workers: one.workers.map((own) => [
          ...new Map(
            own.map(({ at, ...told }) => {
              const kept = Math.floor((from + at * MINUTE) / HOUR) * HOUR;
              return [kept, { ...told, at: kept }];
            }),
          ).values(),
        ]),
      }));
      for (const { place, coin, created, name, ...one } of all) {
        const { rows } = await world.pool.query(
          `insert into pool_accounts (site_no, pool, coin, account, is_ours, created_at) values ($1, 'f2pool', $2, $3, true, $4)
           returning account_no`,
          [place?.site_no, coin, name, iso(from + created * HOUR)],
        );
        const no: number = rows[0].account_no;
        for (const { at, pool, device } of one.readings)
          await world.pool.query("insert into pool_account_history values ($1, $2, $3, $4)", [
            no,
            iso(at),
            pool,
            device,
          ]);
        for (const [n, own] of one.workers.entries())
          for (const { at, pool, device } of own)
            await world.pool.query("insert into pool_worker_history values ($1, $2, $3, $4, $5)", [
              ...[no, `w${n}`, iso(at), pool, device],
            ]);
      }
      const document = await world.report("pools", period);

      const isWithin = ({ at }: { at: number }) => at >= from && at < to;
      const span = (to - from) / HOUR;
      const told = all
        .map((one) => ({ ...one, readings: one.readings.filter(isWithin) }))
        .filter(({ created }) => from + created * HOUR < to);
      const rows = told.map((one) => ({ ...one, ...reckon(one.readings, from) }));
      const compared = rows.filter(({ both }) => both.length > 0);
      const weighed = (key: "pool" | "device") => compared.flatMap(({ both }) => both.map((hour) => hour[key] ?? 0));
      const [pool, device] = [sum(weighed("pool")), sum(weighed("device"))];
      const coverage = rows.length === 0 ? null : sum(rows.map(({ hours }) => hours.length)) / span / rows.length;
      close(document.coverage, coverage, "coverage");
      sameFigures(document, {
        "At the pools": inUnits(sumKnown(rows.map((one) => one.pool)), PETA),
        "At the devices": inUnits(sumKnown(rows.map((one) => one.device)), PETA),
        Difference: compared.length === 0 ? null : percent(pool - device, device),
        "Pool silent": sumKnown(rows.map(({ silent }) => silent)),
        "Data coverage": percent(coverage, 1),
      });
      const cells = ({ pool: at_pool, device: at_device, difference, silent }: ReturnType<typeof reckon>) => ({
        pool_ths: inUnits(at_pool, 1e12),
        device_ths: inUnits(at_device, 1e12),
        difference,
        silent,
      });
      sameRows(
        document,
        "Accounts",
        rows.map(({ place, coin, name, hours, ...one }) => ({
          site: place?.name ?? "",
          pool: "f2pool",
          coin,
          account: name,
          coverage: (100 * hours.length) / span,
          ...cells({ hours, ...one }),
        })),
      );
      sameRows(
        document,
        "Workers",
        all.flatMap(({ place, name, workers }) =>
          workers.flatMap((own, n) => {
            const hours = own.filter(isWithin);
            if (hours.length === 0) return [];
            return [{ site: place?.name ?? "", account: name, worker: `w${n}`, ...cells(reckon(hours, 0)) }];
          }),
        ),
      );
      // A chart's step is an hour in periods of this length.
      const charted = all.map((one) => one.readings.filter(isWithin));
      for (const [line, key] of [
        ["At the pools", "pool"],
        ["At the devices", "device"],
      ] as const) {
        const own = charted.filter((list) => list.some((one) => one[key] !== null));
        const values = lineOf(document, line);
        for (let step = 0; step < span; step += 1) {
          const means = own.map((list) =>
            mean(list.filter(({ at }) => Math.floor((at - from) / HOUR) === step).map((one) => one[key])),
          );
          const isWhole = means.length > 0 && !means.includes(null);
          close(values[step], isWhole ? inUnits(sumKnown(means), PETA) : null, `${line}, step ${step}`);
        }
      }
    }),
    { numRuns: 15 },
  );
});

const inUnits = (value: number | null, unit: number): number | null => (value === null ? null : value / unit);

type Told = { at: number; pool: number | null; device: number | null };

/** Both sides by hours counted from a moment: each hour the mean of its readings, each figure the mean of its hours. */
function reckon(list: readonly Told[], from: number) {
  const hours = [...Map.groupBy(list, ({ at }) => Math.floor((at - from) / HOUR)).values()].map((own) => ({
    pool: mean(own.map(({ pool }) => pool)),
    device: mean(own.map(({ device }) => device)),
  }));
  const both = hours.filter(({ pool, device }) => pool !== null && device !== null);
  const [pool, device] = [mean(both.map((hour) => hour.pool)), mean(both.map((hour) => hour.device))];
  return {
    hours,
    both,
    pool: mean(hours.map((hour) => hour.pool)),
    device: mean(hours.map((hour) => hour.device)),
    difference: pool === null || device === null ? null : percent(pool - device, device),
    silent: hours.filter((hour) => (hour.device ?? 0) > 0 && !hour.pool).length,
  };
}

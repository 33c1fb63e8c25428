import { after, test } from "node:test";
import { MinerHealth } from "@banksman/wire/model";
import fc from "fast-check";
import { healthCode, UNREACHABLE } from "../../db/codes.ts";
import { hoursToRepair, isFailure, lostIn, orderAround, orderedAt, storeOrdered } from "../../test/report-reckoning.ts";
import {
  close,
  HOUR,
  hourSums,
  iso,
  MINUTE,
  momentsOf,
  periodIn,
  rowsOf,
  startReportWorld,
  sum,
  ZONES,
} from "../../test/report-world.ts";

/** Failures and losses beside a slow reckoning over events and raw readings. */

const world = await startReportWorld();
after(() => world.close());
const rollUp = await hourSums(world);

const HASHING = healthCode.toNumber("hashing");
const moment = fc.integer({ min: -90, max: 9 * 24 * 60 + 150 });
const event = fc.record({
  at: moment,
  before: fc.constantFrom(...MinerHealth.options),
  after: fc.constantFrom(...MinerHealth.options),
  order: orderAround,
});
const reading = fc.record({
  minute: fc.integer({ min: 0, max: 59 }),
  online: fc.boolean(),
  ghs: fc.option(fc.constantFrom(0, 3_000, 90_000, 150_000, 200_000, 260_000), { freq: 5 }),
  chip: fc.option(fc.integer({ min: 60, max: 100 })),
  board: fc.option(fc.integer({ min: 50, max: 87 })),
  accepted: fc.integer({ min: 0, max: 90 }),
  rejected: fc.integer({ min: 0, max: 9 }),
});
const hour = fc.record({
  hour: fc.integer({ min: -1, max: 9 * 24 + 1 }),
  plate: fc.option(fc.constantFrom(100_000, 200_000), { freq: 6 }),
  readings: fc.uniqueArray(reading, { selector: ({ minute }) => minute, minLength: 1, maxLength: 5 }),
});
const site = fc.record({
  events: fc.uniqueArray(event, { selector: ({ at }) => at, maxLength: 12 }),
  minutes: fc.uniqueArray(
    fc.record({ at: moment, total: fc.integer({ min: 1, max: 9 }), down: fc.integer({ min: 0, max: 9 }) }),
    {
      selector: ({ at }) => at,
      maxLength: 20,
    },
  ),
  alerts: fc.array(moment, { maxLength: 5 }),
  hours: fc.uniqueArray(hour, { selector: (one) => one.hour, maxLength: 10 }),
});

test("failures, MTBF, MTTR and what was lost by cause equal what a slow reckoning over events and raw readings gives", async () => {
  const wish = fc.record({ zone: fc.constantFrom(...ZONES), sites: fc.tuple(site, site, site) });
  await fc.assert(
    fc.asyncProperty(wish, async ({ zone, sites }) => {
      const period = periodIn(zone);
      const { from, to } = momentsOf(period);
      const isWithin = ({ at }: { at: number }) => at >= from && at < to;
      await world.pool.query(
        "truncate telemetry, telemetry_1h, telemetry_1d, rollup_dirty, site_1m, miner_events, alerts cascade",
      );
      await world.pool.query("delete from orders");
      await world.pool.query("delete from miners");
      const moved = <T extends { at: number }>(list: readonly T[]) =>
        list.map((one) => ({ ...one, at: from + one.at * MINUTE }));
      const all = sites.map((one, n) => ({
        ...{ place: world.sites[n], events: moved(one.events), minutes: moved(one.minutes) },
        alerts: moved(one.alerts.map((at) => ({ at }))),
        hours: one.hours.map(({ hour: own, plate, readings }) => ({
          ...{ at: from + own * HOUR, plate },
          // Who can't be asked tells no hashrate.
          readings: readings.map((told) => ({ ...told, ghs: told.online ? told.ghs : null })),
        })),
      }));
      for (const one of all) await store(one);
      await rollUp();
      const document = await world.report("operation", period);

      let [failed, up] = [0, 0];
      for (const { place, events, minutes, alerts } of all) {
        const failures = events.filter((one) => isWithin(one) && isFailure(one, orderedAt(events))).length;
        const told = minutes.filter(isWithin);
        const online = sum(told.map(({ total, down }) => Math.max(0, total - down)));
        const total = sum(told.map((one) => one.total));
        const row = rowsOf(document, "Sites").find((own) => own.site === place?.name);
        const perFailure = (count: number) => (failures === 0 || told.length === 0 ? null : count / 60 / failures);
        close(row?.failures, failures, "failures");
        close(row?.alerts, alerts.filter(isWithin).length, "alerts");
        close(row?.mtbf, perFailure(online), "MTBF");
        close(row?.mttr, hoursToRepair(total - online, told.length, failures), "MTTR");
        failed += failures;
        up += online;
      }
      const mtbf = document.figures.find(({ name }) => name.en === "MTBF")?.value;
      close(mtbf, failed === 0 ? null : up / 60 / failed, "MTBF of all");
      const bars = document.sections.flatMap((section) => (section.type === "bars" ? section.bars : []));
      const lost = all.flatMap(({ hours }) =>
        hours.filter(isWithin).flatMap(({ plate, readings }) => lostIn(plate, readings)),
      );
      for (const { name, value } of bars) {
        const own = lost.filter(({ cause }) => cause === name.en);
        close(value, sum(own.map(({ ghs }) => ghs)) / ((to - from) / HOUR) / 1e6, name.en);
      }

      async function store({ place, events, minutes, alerts, hours }: (typeof all)[number]): Promise<void> {
        const [no, { pool }] = [place?.site_no, world];
        const { rows } = await pool.query(
          "insert into miners (site_no, miner_id) values ($1, 'm') returning miner_no",
          [no],
        );
        const miner: number = rows[0].miner_no;
        await storeOrdered(world, { siteNo: no, miner: "m" }, orderedAt(events));
        for (const { at, ...one } of events)
          await pool.query("insert into miner_events values ($1, $2, $3, 'health', $4, $5)", [
            ...[no, miner, iso(at)],
            ...[one.before, one.after].map((word) => String(healthCode.toNumber(word))),
          ]);
        for (const { at, total, down } of minutes)
          await pool.query("insert into site_1m (site_no, bucket, total, online) values ($1, $2, $3, $4)", [
            ...[no, iso(at), total, Math.max(0, total - down)],
          ]);
        for (const [n, { at }] of alerts.entries())
          await pool.query(
            `insert into alerts (source, fingerprint, rule, level, state, title, text, labels, site_id, since, fired_at)
             values ('rules', $1, '{}', 'info', 'firing', '{}', '{}', '{}', $2, $3, $3)`,
            [`${place?.site_id} ${n}`, place?.site_id, iso(at)],
          );
        for (const { at, plate, readings } of hours) {
          await pool.query("insert into rollup_dirty values ($1, 'hour', $2)", [no, iso(at)]);
          for (const { minute, online, ghs, chip, board, accepted, rejected } of readings)
            await pool.query(
              `insert into telemetry (site_no, miner_no, ts, health, hashrate_ghs, expected_hashrate_ghs, temperature_chip_max,
                 temperature_max, accepted_shares, rejected_shares) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
              [
                ...[no, miner, iso(at + minute * MINUTE), online ? HASHING : UNREACHABLE, ghs, plate, chip, board],
                ...[accepted, rejected],
              ],
            );
        }
      }
    }),
    { numRuns: 10 },
  );
});

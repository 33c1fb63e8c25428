import { after, test } from "node:test";
import { HEALTH_WORDS } from "@banksman/wire/model";
import fc from "fast-check";
import { healthCode, UNREACHABLE } from "../../db/codes.ts";
import {
  close,
  HOUR,
  hourSums,
  iso,
  known,
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

/** The inventory beside a slow reckoning over raw readings. */

const world = await startReportWorld();
after(() => world.close());
const rollUp = await hourSums(world);

const HASHING = healthCode.toNumber("hashing");
const figure = (max: number) => fc.option(fc.integer({ min: 0, max }), { freq: 4 });
const reading = fc.record({
  minute: fc.integer({ min: 0, max: 59 }),
  second: fc.integer({ min: 0, max: 59 }),
  online: fc.boolean(),
  ghs: figure(300_000),
  plate: fc.option(fc.integer({ min: 90_000, max: 300_000 })),
  watts: figure(4_000),
  chip: figure(110),
});
/** Hours from the period's begin, also before and after it: the others are gaps. A miner that starts again tells nothing for a while. */
const hour = fc.record({
  hour: fc.oneof(fc.integer({ min: -2, max: 9 * 24 + 3 }), fc.constantFrom(-1, 0, 9 * 24 - 1, 9 * 24, 9 * 24 + 1)),
  readings: fc.uniqueArray(reading, {
    selector: ({ minute, second }) => minute * 60 + second,
    minLength: 1,
    maxLength: 5,
  }),
});
const miner = fc.record({
  site: fc.integer({ min: 0, max: 2 }),
  model: fc.option(fc.constantFrom("Antminer S21", "Whatsminer M60")),
  /** Hours after the period's begin. */
  seen: fc.oneof(fc.constant(-900), fc.integer({ min: -3, max: 9 * 24 + 4 })),
  serial: fc.option(fc.constant("SN1")),
  told_serial: fc.option(fc.constant("SN2")),
  faults: fc.integer({ min: 0, max: 2 }),
  health: fc.constantFrom("hashing", "unreachable", "degraded"),
  hours: fc.uniqueArray(hour, { selector: (one) => one.hour, maxLength: 8 }),
});

test("the inventory equals what a slow reckoning over raw readings gives: holes, restarts, new miners, clock changes", async () => {
  const wish = fc.record({ zone: fc.constantFrom(...ZONES), miners: fc.array(miner, { maxLength: 8 }) });
  await fc.assert(
    fc.asyncProperty(wish, async ({ zone, miners }) => {
      const period = periodIn(zone);
      const { from, to } = momentsOf(period);
      await world.pool.query("truncate telemetry, telemetry_1h, telemetry_1d, rollup_dirty, latest, latest_detail");
      await world.pool.query("delete from miners");
      const all = miners.map((one, n) => {
        const readings = one.hours.flatMap((own) =>
          own.readings.map(({ minute, second, ...told }) => ({
            ...told,
            at: from + own.hour * HOUR + minute * MINUTE + second * 1_000,
          })),
        );
        return { ...one, n, readings, place: world.sites[one.site], first: from + one.seen * HOUR + 20 * MINUTE };
      });
      for (const one of all) await store(one);
      await rollUp();
      const document = await world.report("miners", period);

      const told = all.filter(({ first }) => first < to).map((one) => ({ ...one, ...reckon(one.readings, from, to) }));
      const readings = told.flatMap(({ own }) => own);
      let expected = 0;
      for (const { first } of told) for (let at = from; at < to; at += HOUR) if (at + HOUR > first) expected += 1;
      close(
        document.coverage,
        expected === 0 ? null : sum(told.map(({ hours }) => hours.length)) / expected,
        "coverage",
      );
      sameFigures(document, {
        Miners: told.length,
        "Online share": percent(readings.filter(({ online }) => online).length, readings.length),
        Models: new Set(known(told.map(({ model }) => model))).size,
        "With faults now": told.filter(({ faults }) => faults > 0).length,
        "Without readings": told.filter(({ own }) => own.length === 0).length,
      });
      sameRows(
        document,
        "Models",
        [...Map.groupBy(told, ({ model }) => model ?? "")].map(([model, list]) => {
          const hours = list.flatMap((one) => one.hours);
          const plated = hours.filter(({ ghs, plate }) => ghs !== null && plate !== null);
          const powered = hours.filter(({ ghs, watts }) => ghs !== null && watts !== null);
          const perGh = percent(sumKnown(powered.map(({ watts }) => watts)), sumKnown(powered.map(({ ghs }) => ghs)));
          const ths = mean(list.map((one) => mean(one.hours.map(({ ghs }) => ghs))));
          return {
            model,
            miners: list.length,
            hashrate: ths === null ? null : ths / 1_000,
            of_plate: percent(sumKnown(plated.map(({ ghs }) => ghs)), sumKnown(plated.map(({ plate }) => plate))),
            j_th: perGh === null ? null : perGh * 10,
          };
        }),
      );
      sameRows(
        document,
        "Inventory",
        told.map(({ place, n, model, serial, told_serial, own, hours, health, faults }) => {
          const ghs = mean(hours.map((one) => one.ghs));
          const chips = known(own.map(({ chip }) => chip));
          return {
            site: place?.name ?? "",
            miner: `m${n}`,
            model,
            firmware: "1.0",
            ip: `10.0.0.${n}`,
            mac: null,
            serial: serial ?? told_serial,
            rack: "R1",
            position: `${n}`,
            online_hours: sumKnown(hours.map(({ online }) => online)),
            online_share: percent(own.filter(({ online }) => online).length, own.length),
            hashrate: ghs === null ? null : ghs / 1_000,
            chip_max: chips.length === 0 ? null : Math.max(...chips),
            health: HEALTH_WORDS[health].en,
            faults,
            last_at: iso(to),
          };
        }),
      );

      async function store({ place, n, first, serial, told_serial, ...one }: (typeof all)[number]): Promise<void> {
        const site = place?.site_no;
        const { rows } = await world.pool.query(
          "insert into miners (site_no, miner_id, serial, first_seen_at) values ($1, $2, $3, $4) returning miner_no",
          [site, `m${n}`, serial, iso(first)],
        );
        const miner_no: number = rows[0].miner_no;
        await world.pool.query(
          `insert into latest (site_no, miner_no, ts, health, received_at, fault_count, miner_id, ip_address, model, firmware,
             rack, position) values ($1, $2, $3, $4, $3, $5, $6, $7, $8, '1.0', 'R1', $9)`,
          [
            site,
            miner_no,
            iso(to),
            healthCode.toNumber(one.health),
            one.faults,
            `m${n}`,
            `10.0.0.${n}`,
            one.model,
            `${n}`,
          ],
        );
        if (told_serial !== null)
          await world.pool.query("insert into latest_detail (site_no, miner_no, detail) values ($1, $2, $3)", [
            site,
            miner_no,
            JSON.stringify({ serial: told_serial }),
          ]);
        for (const { at, online, ghs, plate, watts, chip } of one.readings)
          await world.pool.query(
            `insert into telemetry (site_no, miner_no, ts, health, hashrate_ghs, expected_hashrate_ghs, power_consumption,
               temperature_chip_max) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
            [site, miner_no, iso(at), online ? HASHING : UNREACHABLE, ghs, plate, watts, chip],
          );
        for (const { hour: at } of one.hours)
          await world.pool.query("insert into rollup_dirty values ($1, 'hour', $2) on conflict do nothing", [
            site,
            iso(from + at * HOUR),
          ]);
      }
    }),
    { numRuns: 12 },
  );
});

type Reading = { at: number; online: boolean; ghs: number | null; plate: number | null; watts: number | null };

/** A miner's readings of the period, and each of its hours that has one. */
function reckon<R extends Reading>(readings: readonly R[], from: number, to: number) {
  const own = readings.filter(({ at }) => at >= from && at < to);
  const hours = [...Map.groupBy(own, ({ at }) => Math.floor(at / HOUR)).values()].map((list) => ({
    online: list.filter(({ online }) => online).length / list.length,
    ghs: mean(list.map(({ ghs }) => ghs)),
    plate: mean(list.map(({ plate }) => plate)),
    watts: mean(list.map(({ watts }) => watts)),
  }));
  return { own, hours };
}

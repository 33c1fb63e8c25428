import assert from "node:assert/strict";
import { after, test } from "node:test";
import fc from "fast-check";
import { healthCode, UNREACHABLE } from "../../db/codes.ts";
import { type Bare, storeBare } from "../../test/customer-world.ts";
import { movesIn, partsOf } from "../../test/report-reckoning.ts";
import {
  ACME,
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
  rowsOf,
  sameFigures,
  sameRows,
  startReportWorld,
  sum,
  sumKnown,
  ZONES,
} from "../../test/report-world.ts";

/** The inventory of one customer beside a slow reckoning over raw readings and changes. */

const world = await startReportWorld();
after(() => world.close());
const rollUp = await hourSums(world);

const HOURS = 9 * 24;
const moment = fc.integer({ min: -300, max: HOURS * 60 + 400 });
const HASHING = healthCode.toNumber("hashing");
const reading = fc.record({
  hour: fc.integer({ min: -2, max: HOURS + 2 }),
  minute: fc.integer({ min: 0, max: 59 }),
  online: fc.boolean(),
  ghs: fc.option(fc.integer({ min: 0, max: 300_000 })),
  watts: fc.option(fc.integer({ min: 0, max: 4_000 })),
  chip: fc.option(fc.integer({ min: 0, max: 110 })),
});
const listed = fc.record({
  ...{ site: fc.integer({ min: 0, max: 2 }), moves: movesIn(HOURS), faults: fc.nat(2) },
  readings: fc.uniqueArray(reading, { selector: ({ hour, minute }) => hour * 60 + minute, maxLength: 10 }),
  /** When another device stood in its place. */
  changes: fc.uniqueArray(moment, { maxLength: 3 }),
});

test("a customer's inventory is of miners that are or were theirs, for their hours, with nothing of what came after them", async () => {
  const wish = fc.record({ zone: fc.constantFrom(...ZONES), miners: fc.array(listed, { maxLength: 7 }) });
  await fc.assert(
    fc.asyncProperty(wish, async ({ zone, miners }) => {
      const period = periodIn(zone);
      const { from, to } = momentsOf(period);
      const stored = await storeBare(world, miners, from);
      const all = stored.map((one) => {
        const { readings = [], changes = [], faults = 0 } = miners[one.n] ?? {};
        const told = readings.map(({ hour, minute, ...rest }) => ({
          ...rest,
          at: from + hour * HOUR + minute * MINUTE,
        }));
        return { ...one, faults, told, changes: changes.toSorted((a, b) => a - b).map((at) => from + at * MINUTE) };
      });
      for (const one of all) await store(one, to);
      await rollUp();
      const document = await world.report("miners", period, world.sites, ACME);

      const theirs = all.flatMap((one) => {
        const parts = partsOf(one.owned, from, to);
        const isNow = one.owned.some(({ customer, to: until }) => customer === "acme" && until === null);
        const gone = Math.max(
          ...one.owned.flatMap((part) => (partsOf([part], from, to).length > 0 ? (part.to ?? []) : [])),
        );
        const own = one.told.filter(({ at }) => parts.some((part) => at >= part.from && at < part.to));
        const hours = [...Map.groupBy(own, ({ at }) => Math.floor(at / HOUR)).values()];
        // The device that stood there when it stopped being theirs.
        const device = isNow ? one.changes.length : one.changes.filter((at) => at < gone).length;
        const due = sum(parts.map((part) => (part.to - part.from) / HOUR));
        return parts.length > 0 ? [{ ...one, isNow, own, hours, device, due }] : [];
      });
      const shares = (list: readonly { online: boolean }[]) => list.filter(({ online }) => online).length / list.length;
      const readings = theirs.flatMap(({ own }) => own);
      const due = sum(theirs.map((one) => one.due));
      close(document.coverage, due === 0 ? null : sum(theirs.map(({ hours }) => hours.length)) / due, "coverage");
      sameFigures(document, {
        Miners: theirs.length,
        "Online share": percent(readings.filter(({ online }) => online).length, readings.length),
        Models: new Set(theirs.map(({ device }) => device)).size,
        "With faults now": theirs.filter(({ isNow, faults }) => isNow && faults > 0).length,
        "Without readings": theirs.filter(({ own }) => own.length === 0).length,
      });
      sameRows(
        document,
        "Inventory",
        theirs.map(({ n, id, place, isNow, own, hours, device, faults }) => {
          const ghs = mean(hours.map((list) => mean(list.map((one) => one.ghs))));
          const chips = known(own.map(({ chip }) => chip));
          return {
            ...{
              site: place.name,
              miner: id,
              model: `Model ${device}`,
              firmware: `${device}.0`,
              ip: `10.0.0.${device}`,
            },
            ...{ mac: isNow ? `mac ${n}` : null, serial: isNow ? `SN${n}` : null },
            ...{ rack: isNow ? "R1" : null, position: isNow ? `${n}` : null },
            online_hours: sumKnown(hours.map(shares)),
            online_share: percent(own.filter(({ online }) => online).length, own.length),
            hashrate: ghs === null ? null : ghs / 1_000,
            chip_max: chips.length === 0 ? null : Math.max(...chips),
            ...{ health: isNow ? "Degraded" : "", faults: isNow ? faults : null, last_at: isNow ? iso(to) : null },
          };
        }),
      );
      const statement = await world.report("statement", period, world.sites, ACME);
      const models = all.flatMap(({ id, owned, changes }) =>
        owned.flatMap((part) => {
          const [own] = partsOf([part], from, to);
          const device = changes.filter((at) => at < (part.to ?? Number.POSITIVE_INFINITY)).length;
          return own ? [[`${id} ${iso(own.from)}`, `Model ${device}`]] : [];
        }),
      );
      assert.deepEqual(
        Object.fromEntries(rowsOf(statement, "Miners").map((row) => [`${row.miner} ${row.from}`, row.model])),
        Object.fromEntries(models),
      );
    }),
    { numRuns: 12 },
  );
});

type Listed = Bare & {
  faults: number;
  changes: number[];
  told: { at: number; online: boolean; ghs: number | null; watts: number | null; chip: number | null }[];
};

async function store(
  { n, id, place: { site_no }, miner_no, faults, changes, told }: Listed,
  to: number,
): Promise<void> {
  const { pool } = world;
  for (const { at, online, ghs, watts, chip } of told) {
    await pool.query(
      `insert into telemetry (site_no, miner_no, ts, health, hashrate_ghs, power_consumption, temperature_chip_max)
       values ($1, $2, $3, $4, $5, $6, $7)`,
      [site_no, miner_no, iso(at), online ? HASHING : UNREACHABLE, ghs, watts, chip],
    );
    await pool.query(
      "insert into rollup_dirty values ($1, 'hour', date_trunc('hour', $2::timestamptz)) on conflict do nothing",
      [site_no, iso(at)],
    );
  }
  for (const [device, at] of changes.entries())
    for (const [kind, word] of [
      ["model", (no: number) => `Model ${no}`],
      ["firmware", (no: number) => `${no}.0`],
      ["ip", (no: number) => `10.0.0.${no}`],
    ] as const)
      await pool.query("insert into miner_events values ($1, $2, $3, $4, $5, $6)", [
        ...[site_no, miner_no, iso(at), kind, word(device), word(device + 1)],
      ]);
  const device = changes.length;
  await pool.query(
    `insert into latest (site_no, miner_no, ts, health, received_at, fault_count, miner_id, ip_address, mac, model, firmware,
       rack, position) values ($1, $2, $3, $4, $3, $5, $6, $7, $8, $9, $10, 'R1', $11)`,
    [
      ...[site_no, miner_no, iso(to), healthCode.toNumber("degraded"), faults, id, `10.0.0.${device}`, `mac ${n}`],
      ...[`Model ${device}`, `${device}.0`, `${n}`],
    ],
  );
}

import { after, test } from "node:test";
import { AlertLevel } from "@banksman/wire/model";
import fc from "fast-check";
import { checkAlerts } from "../../test/alert-reckoning.ts";
import { iso, MINUTE, momentsOf, periodIn, startReportWorld, ZONES } from "../../test/report-world.ts";

/** Alerts beside a slow reckoning over their rows. */

const world = await startReportWorld();
after(() => world.close());

const SPAN_MINUTES = 9 * 24 * 60;
/** Minutes from the period's begin, some before it and after its end; the same targets alert over and over, also at once. */
const alert = fc.record({
  target: fc.integer({ min: 0, max: 6 }),
  source: fc.constantFrom("rules", "alertmanager"),
  level: fc.constantFrom(...AlertLevel.options),
  /** Null while it is pending. */
  fired: fc.option(fc.integer({ min: -600, max: SPAN_MINUTES + 600 }), { freq: 12 }),
  acknowledged: fc.option(fc.integer({ min: 0, max: 300 })),
  resolved: fc.option(fc.integer({ min: 0, max: 4_000 }), { freq: 3 }),
});

test("alerts equal what a slow reckoning gives: before and after the period, pending, open, several at once", async () => {
  const wish = fc.record({ zone: fc.constantFrom(...ZONES), alerts: fc.array(alert, { maxLength: 60 }) });
  await fc.assert(
    fc.asyncProperty(wish, async ({ zone, alerts }) => {
      const period = periodIn(zone);
      const { from, to } = momentsOf(period);
      await world.pool.query("delete from alerts");
      const rows = alerts.map((one, n) => {
        const site = world.sites[one.target % 4];
        const fired = one.fired === null ? null : from + one.fired * MINUTE + n;
        const over = fired === null || one.resolved === null ? null : fired + one.resolved * MINUTE;
        const seen = fired === null || one.acknowledged === null ? null : fired + one.acknowledged * MINUTE;
        const open = fired === null ? "pending" : seen === null ? "firing" : "acknowledged";
        return { ...one, n, site, fired, over, seen, state: over === null ? open : "resolved" };
      });
      for (const { n, site, fired, over, seen, state, target, source, level } of rows) {
        const [rule, title] = [`Rule ${target % 2}`, `Alert ${n}`].map((en) => JSON.stringify({ en, zh: "中" }));
        await world.pool.query(
          `insert into alerts (source, fingerprint, rule, level, state, title, text, labels, site_id, target, since,
             fired_at, acknowledged_at, acknowledged_by, resolved_at)
           values ($1, $2, $3, $4, $5, $6, '{"en":"","zh":""}', '{}', $7, $8, $9, $10, $11, $12, $13)`,
          [
            ...[source, `f${target}`, rule, level, state, title, site?.site_id ?? null],
            JSON.stringify({ id: `target ${target}` }),
            iso((fired ?? from) - n),
            ...[fired, seen].map((at) => (at === null ? null : iso(at))),
            seen === null ? null : "ann",
            over === null ? null : iso(over),
          ],
        );
      }
      const told = rows.flatMap(({ n, level, fired, seen, over, site, target }) =>
        fired !== null && fired >= from && fired < to && site
          ? [
              {
                ...{ level, fired, seen, over, until: to, rule: `Rule ${target % 2}`, title: `Alert ${n}` },
                ...{ site: site.name, target: `target ${target}` },
              },
            ]
          : [],
      );
      checkAlerts(await world.report("alerts", period), told);
    }),
    { numRuns: 25 },
  );
});

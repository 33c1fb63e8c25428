import { randomUUID } from "node:crypto";
import { after, test } from "node:test";
import { AlertLevel, ORDER_WORDS } from "@banksman/wire/model";
import fc from "fast-check";
import { checkAlerts, type ToldAlert } from "../../test/alert-reckoning.ts";
import { storeBare } from "../../test/customer-world.ts";
import { movesIn, partAt } from "../../test/report-reckoning.ts";
import {
  ACME,
  iso,
  known,
  MINUTE,
  momentsOf,
  percent,
  periodIn,
  sameFigures,
  sameRows,
  startReportWorld,
  storeOrder,
  sum,
  ZONES,
} from "../../test/report-world.ts";

/** Alerts and orders of one customer beside a slow reckoning over their rows: what is another's is in none. */

const world = await startReportWorld();
after(() => world.close());
const HOURS = 9 * 24;
const moment = fc.integer({ min: -300, max: HOURS * 60 + 400 });
const hosted = fc.record({ site: fc.integer({ min: 0, max: 2 }), moves: movesIn(HOURS) });
const alert = fc.record({
  miner: fc.nat(4),
  kind: fc.constantFrom("miner", "miner", "miner", "collector"),
  level: fc.constantFrom(...AlertLevel.options),
  fired: moment,
  acknowledged: fc.option(fc.integer({ min: 0, max: 3_000 })),
  resolved: fc.option(fc.integer({ min: 0, max: 6_000 })),
});

test("a customer's alerts are those of their miners, as they stood when a miner stopped being theirs", async () => {
  const wish = fc.record({
    zone: fc.constantFrom(...ZONES),
    miners: fc.array(hosted, { minLength: 5, maxLength: 5 }),
    alerts: fc.array(alert, { maxLength: 40 }),
  });
  await fc.assert(
    fc.asyncProperty(wish, async ({ zone, miners, alerts }) => {
      const period = periodIn(zone);
      const { from, to } = momentsOf(period);
      const stored = await storeBare(world, miners, from);
      const told: ToldAlert[] = [];
      for (const [n, { miner, kind, level, ...one }] of alerts.entries()) {
        const target = stored[miner];
        if (!target) continue;
        const fired = from + one.fired * MINUTE + n;
        const after = (minutes: number | null) => (minutes === null ? null : fired + minutes * MINUTE);
        const [seen, over] = [after(one.acknowledged), after(one.resolved)];
        const state = over === null ? (seen === null ? "firing" : "acknowledged") : "resolved";
        await world.pool.query(
          `insert into alerts (source, fingerprint, rule, level, state, title, text, labels, site_id, target, since, fired_at,
             acknowledged_at, acknowledged_by, resolved_at)
           values ('rule', $1, '{"en":"Rule","zh":"规则"}', $2, $3, $4, '{}', '{}', $5, $6, $7, $7, $8, $10, $9)`,
          [
            ...[target.id, level, state, JSON.stringify({ en: `Alert ${n}`, zh: "中" }), target.place.site_id],
            ...[JSON.stringify({ kind, id: target.id, site_id: target.place.site_id }), iso(fired)],
            ...[seen, over].map((at) => (at === null ? null : iso(at))),
            seen === null ? null : "ann",
          ],
        );
        const owned = partAt(target.owned, fired);
        if (owned === null || kind !== "miner" || fired < from || fired >= to) continue;
        const until = owned.to ?? Number.POSITIVE_INFINITY;
        const known_ = (at: number | null) => (at !== null && at < until ? at : null);
        // While it is theirs an alert is told in its newest words, later in those of its rule.
        const title = owned.to === null || known_(over) !== null ? `Alert ${n}` : "Rule";
        told.push({
          ...{ level, fired, seen: known_(seen), over: known_(over), until: Math.min(until, to), title },
          ...{ rule: "Rule", site: target.place.name, target: target.id },
        });
      }
      checkAlerts(await world.report("alerts", period, world.sites, ACME), told);
    }),
    { numRuns: 12 },
  );
});

const command = fc.record({
  /** The last is an edge. */
  miner: fc.nat(5),
  // At most one at a time is in flight to a device.
  state: fc.constantFrom(
    "succeeded",
    "failed",
    "refused",
    "unknown",
    "expired",
    "cancelled",
    "queued",
    "pending-approval",
  ),
  /** Whether it named a miner that its giver doesn't reach. */
  isNobody: fc.boolean(),
});
const order = fc.record({
  at: moment,
  name: fc.constantFrom("reboot", "locate"),
  decided: fc.option(fc.constant("bob")),
  commands: fc.uniqueArray(command, { selector: ({ miner }) => miner, minLength: 1, maxLength: 6 }),
});

test("a customer's orders are the commands to miners that were theirs; an order to others too tells neither why nor who approved", async () => {
  const wish = fc.record({
    zone: fc.constantFrom(...ZONES),
    miners: fc.array(hosted, { minLength: 5, maxLength: 5 }),
    orders: fc.array(order, { maxLength: 30 }),
  });
  await fc.assert(
    fc.asyncProperty(wish, async ({ zone, miners, orders }) => {
      const period = periodIn(zone);
      const { from, to } = momentsOf(period);
      const [place] = world.sites;
      const stored = await storeBare(
        world,
        miners.map((one) => ({ ...one, site: 0 })),
        from,
      );
      const told = [];
      for (const [n, { at: minutes, name, decided, commands }] of orders.entries()) {
        const at = from + minutes * MINUTE;
        const id = await storeOrder(world, {
          ...{ siteNo: place?.site_no, name, at, reason: `reason ${n}`, devices: commands.length, decided },
        });
        const given = commands.map((one) => {
          const target = stored[one.miner] ?? null;
          const isNobody = one.isNobody && target !== null;
          return { target, isNobody, state: isNobody ? "refused" : one.state };
        });
        for (const { target, isNobody, state } of given)
          await world.pool.query(
            `insert into commands (command_id, order_id, site_no, miner_id, name, step, state, code) values ($1, $2, $3, $4, $5, 0, $6, $7)`,
            [randomUUID(), id, place?.site_no, target?.id ?? null, name, state, isNobody ? "no_such_miner" : null],
          );
        const known_ = given.filter(({ isNobody }) => !isNobody);
        const own = known_.filter(({ target }) => target !== null && partAt(target.owned, at) !== null);
        if (own.length > 0 && at >= from && at < to)
          told.push({ at, name, n, own, decided, isWhole: own.length === known_.length });
      }
      const document = await world.report("orders", period, world.sites, ACME);
      const count = (list: readonly { state: string }[], ...states: string[]) =>
        list.filter(({ state }) => states.includes(state)).length;
      const all = told.flatMap(({ own, name }) => own.map((one) => ({ ...one, name })));
      sameFigures(document, {
        Commands: all.length,
        Succeeded: percent(count(all, "succeeded"), all.length),
        "Unknown outcome": count(all, "unknown"),
      });
      sameRows(
        document,
        "Commands by order",
        [...Map.groupBy(all, ({ name }) => name)].map(([name, list]) => {
          const [succeeded, failed, refused, unknown] = ["succeeded", "failed", "refused", "unknown"].map((state) =>
            count(list, state),
          );
          const ended = sum(known([succeeded ?? null, failed ?? null, refused ?? null, unknown ?? null]));
          return {
            ...{
              name: ORDER_WORDS[name].en,
              devices: list.length,
              succeeded: succeeded ?? 0,
              failed: failed ?? 0,
              refused: refused ?? 0,
            },
            ...{ unknown: unknown ?? 0, other: list.length - ended },
          };
        }),
      );
      sameRows(
        document,
        "Orders",
        told.map(({ at, name, n, own, decided, isWhole }) => ({
          ...{ given_at: iso(at), site: place?.name ?? "", name: ORDER_WORDS[name].en, given_by: "ann" },
          ...{ decided_by: isWhole ? decided : null, devices: own.length, succeeded: count(own, "succeeded") },
          reason: isWhole ? `reason ${n}` : null,
        })),
      );
      if (document.sections.some(({ title }) => title.en === "Audit trail by action"))
        throw new Error("the audit trail is a site's");
    }),
    { numRuns: 12 },
  );
});

import { randomUUID } from "node:crypto";
import { after, test } from "node:test";
import { ACTION_WORDS, CommandState, ORDER_WORDS } from "@banksman/wire/model";
import fc from "fast-check";
import {
  iso,
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

/** Orders, their commands and the audit trail beside a slow reckoning over their rows. */

const world = await startReportWorld();
after(() => world.close());

const SPAN_MINUTES = 9 * 24 * 60;
const moment = fc.oneof(
  fc.integer({ min: -300, max: SPAN_MINUTES + 300 }),
  // The period's first and last moments.
  fc.constantFrom(0, SPAN_MINUTES + 60),
);
const order = fc.record({
  at: moment,
  site: fc.integer({ min: 0, max: 2 }),
  name: fc.constantFrom("reboot", "pools_set", "locate"),
  states: fc.array(fc.constantFrom(...CommandState.options), { minLength: 1, maxLength: 8 }),
  decided: fc.option(fc.constant("bob")),
});
const deed = fc.record({
  at: moment,
  /** The third is of the whole installation. */
  site: fc.integer({ min: 0, max: 3 }),
  action: fc.constantFrom("commands.give", "sites.update", "something.odd"),
  actor: fc.constantFrom("ann", "bob", "eve"),
  result: fc.constantFrom("done", "refused", "failed", "unknown"),
});
const OTHER = ["expired", "cancelled", "pending-approval", "queued", "sent", "executing", "verifying"];

test("orders and audit equal what a slow reckoning gives: all states of commands, at some sites, at a period's ends", async () => {
  const wish = fc.record({
    zone: fc.constantFrom(...ZONES),
    orders: fc.array(order, { maxLength: 25 }),
    deeds: fc.array(deed, { maxLength: 40 }),
    asked: fc.integer({ min: 1, max: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(wish, async ({ zone, orders, deeds, asked }) => {
      const period = periodIn(zone);
      const { from, to } = momentsOf(period);
      const sites = world.sites.slice(0, asked);
      const isWithin = (at: number) => at >= from && at < to;
      await world.pool.query("delete from orders");
      // The trail only grows; of another run nothing may be in it.
      await world.pool.query("alter table audit disable trigger only_grows");
      await world.pool.query("delete from audit");
      await world.pool.query("alter table audit enable trigger only_grows");
      const given = orders.map((one, n) => ({ ...one, at: from + one.at * MINUTE, place: world.sites[one.site], n }));
      for (const { at, place, name, states, decided, n } of given) {
        const id = await storeOrder(world, {
          ...{ siteNo: place?.site_no, name, at, reason: `reason ${n}`, devices: states.length, decided },
        });
        for (const [device, state] of states.entries())
          await world.pool.query(
            `insert into commands (command_id, order_id, site_no, miner_id, name, step, state) values ($1, $2, $3, $4, $5, 0, $6)`,
            [randomUUID(), id, place?.site_no, `m${n}-${device}`, name, state],
          );
      }
      const done = deeds.map((one) => ({ ...one, at: from + one.at * MINUTE, place: world.sites[one.site] }));
      for (const [n, { at, place, action, actor, result }] of done.entries())
        await world.pool.query("insert into audit (seq, entry, hash) values ($1, $2, $3)", [
          n + 1,
          { at: iso(at), actor: { kind: "user", name: actor }, action, site: place?.site_id ?? null, result },
          Buffer.alloc(32),
        ]);
      const document = await world.report("orders", period, sites);

      const own = given.filter(({ at, site }) => isWithin(at) && site < asked);
      const commands = own.flatMap(({ name, states }) => states.map((state) => ({ name, state })));
      const seen = done.filter(({ at, site }) => isWithin(at) && site < asked);
      const count = (list: readonly { state: string }[], ...states: string[]) =>
        list.filter(({ state }) => states.includes(state)).length;
      sameFigures(document, {
        Commands: commands.length,
        Succeeded: percent(count(commands, "succeeded"), commands.length),
        "Unknown outcome": count(commands, "unknown"),
        "Audited actions": seen.filter(({ result }) => result === "done").length,
        "Refused actions": seen.filter(({ result }) => result === "refused").length,
      });
      sameRows(
        document,
        "Commands by order",
        [...Map.groupBy(commands, ({ name }) => name)].map(([name, list]) => ({
          name: ORDER_WORDS[name].en,
          devices: list.length,
          succeeded: count(list, "succeeded"),
          failed: count(list, "failed"),
          refused: count(list, "refused"),
          unknown: count(list, "unknown"),
          other: count(list, ...OTHER),
        })),
      );
      sameRows(
        document,
        "Orders",
        own.map(({ at, place, name, decided, states, n }) => ({
          given_at: iso(at),
          site: place?.name ?? "",
          name: ORDER_WORDS[name].en,
          given_by: "ann",
          decided_by: decided,
          devices: states.length,
          succeeded: states.filter((state) => state === "succeeded").length,
          reason: `reason ${n}`,
        })),
      );
      sameRows(
        document,
        "Audit trail by action",
        [...Map.groupBy(seen, ({ action }) => action)].map(([action, list]) => ({
          action: ACTION_WORDS[action]?.en ?? action,
          done: sum(list.map(({ result }) => Number(result === "done"))),
          refused: sum(list.map(({ result }) => Number(result === "refused"))),
          people: new Set(list.map(({ actor }) => actor)).size,
        })),
      );
    }),
    { numRuns: 20 },
  );
});

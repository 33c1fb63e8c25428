import assert from "node:assert/strict";
import { test } from "node:test";
import { createLog, createMetrics, systemClock } from "@banksman/kit";
import { startPostgres, tempFolder } from "@banksman/testkit";
import { type Rule, RuleFields } from "@banksman/wire/model";
import { openDatabase } from "../db/connect.ts";
import { migrate } from "../db/migrations.ts";
import { createEvaluator } from "./evaluator.ts";
import { LEASE_KEY } from "./leader.ts";

const MINUTE = 60_000;
const HOT: Rule = {
  ...RuleFields.parse({
    name: { zh: "热", en: "hot" },
    target: "miner",
    condition: "temperature_max > 80",
    for_s: 300,
    level: "severe",
    title: { zh: "{miner_id}", en: "{miner_id}" },
  }),
  rule_id: "hot",
  origin: "own",
  changed: false,
  updated_at: null,
  updated_by: null,
};

/** An evaluator on a real database, with a wall clock that can be set apart from the time that really passes. */
async function scene({ leads = true } = {}) {
  const [postgres, folder] = await Promise.all([startPostgres(), tempFolder()]);
  const log = createLog("test", "silent");
  const database = await openDatabase(postgres.url, folder.path, log);
  await migrate(database.pool, log);
  const other = leads ? null : await database.pool.connect();
  await other?.query("select pg_advisory_lock($1)", [LEASE_KEY]);
  let passed = 0;
  let jumped = 0;
  let tick = 0;
  let looks = 0;
  const start = Date.UTC(2026, 10, 21, 9);
  const evaluator = createEvaluator({
    db: database.db,
    pool: database.pool,
    rules: { all: async () => [HOT], poolHosts: async () => new Map(), version: async () => "1" },
    silences: {
      active: async () => {
        looks += 1;
        return [];
      },
      calls: async () => ({ orders: [], escalations: [] }),
    },
    channels: { all: async () => [] },
    outbox: { put: async () => 0 },
    onTold: () => {},
    functions: [],
    link: undefined,
    clock: { ...systemClock, now: () => start + passed + jumped, monotonic: () => (passed += tick) },
    log,
    metrics: createMetrics("test"),
  });
  await evaluator.step();
  return {
    /** Time passes, with a hot reading every half minute. */
    hot: async (minutes: number) => {
      for (let half = 0; half < minutes * 2; half += 1) {
        passed += MINUTE / 2;
        const target = { kind: "miner" as const, site_id: "s", id: "m" };
        const figures = { site_id: "s", miner_id: "m", online: true, temperature_max: 90 };
        evaluator.feed([{ target, at: evaluator.timeOf(0), figures }]);
        await evaluator.step();
      }
    },
    /** A turn after a while, in which time goes on with each look at the clock. */
    turnAfter: async (ms: number) => {
      tick = 1;
      passed += ms;
      await evaluator.step();
      tick = 0;
    },
    /** How often it was asked who is to be told what. */
    looks: () => looks,
    jump: (ms: number) => {
      jumped += ms;
    },
    trouble: evaluator.trouble,
    query: (text: string) => database.pool.query(text),
    states: async () =>
      (await database.pool.query<{ state: string }>("select state from alerts order by alert_id")).rows.map(
        ({ state }) => state,
      ),
    [Symbol.asyncDispose]: async () => {
      await evaluator.stop();
      other?.release(true);
      await database.close();
      await postgres[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

test("a wall clock that is set forward or back fires nothing sooner, ends nothing and doubles nothing", async () => {
  for (const day of [86_400_000, -86_400_000]) {
    await using server = await scene();
    await server.hot(2);
    assert.deepEqual(await server.states(), ["pending"]);
    server.jump(day);
    await server.hot(1);
    assert.deepEqual(await server.states(), ["pending"], "three minutes of five");
    await server.hot(4);
    assert.deepEqual(await server.states(), ["firing"]);
    server.jump(-2 * day);
    await server.hot(2);
    assert.deepEqual(await server.states(), ["firing"]);
  }
});

test("a database that refuses what the evaluation writes makes the server unready, with the reason", async () => {
  await using server = await scene();
  assert.equal(server.trouble(), null);
  await server.query("alter table alerts rename to alerts_gone");
  await server.hot(1);
  assert.match(server.trouble() ?? "", /rules can't be evaluated: .*alerts/);
  await server.query("alter table alerts_gone rename to alerts");
  await server.hot(1);
  assert.equal(server.trouble(), null);
});

test("what a server that does not evaluate can't hand over stays until it can", async () => {
  await using server = await scene({ leads: false });
  await server.query("alter table alert_inbox rename to alert_inbox_gone");
  await server.hot(1);
  await server.query("alter table alert_inbox_gone rename to alert_inbox");
  await server.hot(1);
  const { rows } = await server.query("select json_array_length(samples) as n from alert_inbox order by inbox_id");
  assert.deepEqual(rows, [{ n: 3 }, { n: 1 }]);
});

test("what waits to be told is looked at every five seconds, whatever moment a turn falls on", async () => {
  await using one = await scene();
  for (let early = 0; early < 20; early += 1) {
    await one.turnAfter(5_500);
    const before = one.looks();
    await one.turnAfter(5_000 - early);
    await one.turnAfter(500);
    assert.ok(one.looks() > before, `${early} ms before its time`);
  }
});

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import type { MinerHealth } from "@banksman/wire/model";
import { healthCode } from "../db/codes.ts";
import { type Ordered, storeOrdered } from "../test/report-reckoning.ts";
import { iso, MINUTE, momentsOf, periodIn, rowsOf, startReportWorld } from "../test/report-world.ts";

/** What the operation report calls a failure, beside orders to the miner. */
const PERIOD = periodIn("UTC");
const AT = momentsOf(PERIOD).from + 60 * MINUTE;

const world = await startReportWorld();
after(() => world.close());
beforeEach(async () => {
  await world.pool.query("truncate miner_events, site_1m");
  await world.pool.query("delete from orders");
  await world.pool.query("delete from miners");
});

/** A miner's failures, and the site's time to repair, where a miner goes down at AT. */
async function failures(ordered: readonly Ordered[], to = "m", health: MinerHealth = "unreachable") {
  const [site] = world.sites;
  const { rows } = await world.pool.query(
    "insert into miners (site_no, miner_id) values ($1, 'm') returning miner_no",
    [site?.site_no],
  );
  await world.pool.query("insert into miner_events values ($1, $2, $3, 'health', $4, $5)", [
    ...[site?.site_no, rows[0].miner_no, iso(AT)],
    ...[healthCode.toNumber("hashing"), healthCode.toNumber(health)],
  ]);
  await storeOrdered(world, { siteNo: site?.site_no, miner: to }, ordered);
  const [row] = rowsOf(await world.report("operation", PERIOD), "Sites").filter((one) => one.site === site?.name);
  return row;
}

const reboot = { name: "reboot", state: "succeeded", sent: AT - 5 * MINUTE, ended: AT - MINUTE };

test("a miner that goes down by itself has failed, one that was ordered to has not", async () => {
  const cases: [what: string, ordered: Ordered, failed: number][] = [
    ["rebooted, and its chips still start", reboot, 0],
    ["an order that goes on", { ...reboot, state: "verifying", ended: null }, 0],
    ["nobody knows what became of it", { ...reboot, state: "unknown" }, 0],
    ["put to sleep", { ...reboot, name: "mode_set" }, 0],
    [
      "ordered, by the server's clock, just after it went down by its edge's",
      { ...reboot, sent: AT + 30_000, ended: AT + MINUTE },
      0,
    ],
    ["ordered afterwards, further than clocks are apart", { ...reboot, sent: AT + 31_000, ended: AT + MINUTE }, 1],
    ["over for long", { ...reboot, sent: AT - 30 * MINUTE, ended: AT - 10 * MINUTE }, 1],
    ["ordered afterwards", { ...reboot, sent: AT + MINUTE, ended: AT + 2 * MINUTE }, 1],
    ["the miner said no", { ...reboot, state: "refused" }, 1],
    ["a light that blinks stops nothing", { ...reboot, name: "locate" }, 1],
  ];
  for (const [what, ordered, failed] of cases) {
    await world.pool.query("delete from orders");
    await world.pool.query("delete from miners");
    await world.pool.query("truncate miner_events");
    assert.equal((await failures([ordered]))?.failures, failed, what);
  }
});

test("an order to another miner excuses nothing", async () => {
  assert.equal((await failures([reboot], "other"))?.failures, 1);
});

test("a miner that was back sooner than a minute shows has an unknown time to repair, not none", async () => {
  const minute = (at: number, online: number) =>
    world.pool.query("insert into site_1m (site_no, bucket, total, online) values ($1, $2, 1, $3)", [
      ...[world.sites[0]?.site_no, iso(at), online],
    ]);
  for (let n = 0; n < 10; n++) await minute(AT + n * MINUTE, 1);
  const told = await failures([], "m", "notHashing");
  assert.deepEqual([told?.failures, told?.mttr], [1, null]);
  await minute(AT + 10 * MINUTE, 0);
  const [row] = rowsOf(await world.report("operation", PERIOD), "Sites");
  assert.ok(typeof row?.mttr === "number" && row.mttr > 0, "a minute away is told");
});

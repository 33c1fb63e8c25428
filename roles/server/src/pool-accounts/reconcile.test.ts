import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type DeviceSide, type PoolSide, reconcile, toleranceOf } from "./reconcile.ts";

const NOW = new Date("2026-11-21T09:00:00Z");
const TH = 1e12;
const seen = (name: string, th: number | null, more: Partial<PoolSide> = {}): PoolSide => ({
  name,
  hashrate_hs: th === null ? null : th * TH,
  hashrate_1h_hs: th === null ? null : th * TH,
  last_share_at: new Date(NOW.getTime() - 30_000),
  state: null,
  reject_share: null,
  source_ip: null,
  ...more,
});
const silent = (name: string): PoolSide => seen(name, 0, { last_share_at: new Date(NOW.getTime() - 3_600_000) });
const device = (worker_name: string, th: number | null, more: Partial<DeviceSide> = {}): DeviceSide => ({
  miner_id: worker_name.replace("acc.", "m-"),
  worker_name,
  mean_hs: th === null ? null : th * TH,
  is_hashing: (th ?? 0) > 0,
  covered_s: 3_590,
  ...more,
});
const verdicts = (pool: PoolSide[], devices: DeviceSide[], others: string[] = []) =>
  reconcile("acc", others, pool, devices, NOW).map(({ worker, verdict }) => `${worker} ${verdict}`);

test("both sides alike within what an hour of shares can tell", () => {
  assert.deepEqual(verdicts([seen("acc.a", 98)], [device("acc.a", 100)]), ["acc.a matching"]);
  assert.deepEqual(verdicts([seen("acc.a", 81)], [device("acc.a", 100)]), ["acc.a matching"]);
  const [row] = reconcile("acc", [], [seen("acc.a", 98)], [device("acc.a", 100)], NOW);
  assert.deepEqual(
    [row?.pool_hs, row?.device_hs, row?.difference, row?.miner_ids],
    [98 * TH, 100 * TH, -0.02, ["m-a"]],
  );
});

test("the pool counts less than the device claims, or more", () => {
  assert.deepEqual(verdicts([seen("acc.a", 75)], [device("acc.a", 100)]), ["acc.a below_device"]);
  assert.deepEqual(verdicts([seen("acc.a", 130)], [device("acc.a", 100)]), ["acc.a above_device"]);
});

test("a device that hashes while its pool sees nothing works for somebody else", () => {
  assert.deepEqual(verdicts([silent("acc.a")], [device("acc.a", 100)]), ["acc.a pool_silent"]);
  // Also where the pool does not list the worker at all.
  assert.deepEqual(verdicts([], [device("acc.a", 100)]), ["acc.a pool_silent"]);
  assert.deepEqual(verdicts([], [device("acc.a", 100, { covered_s: 600 })]), ["acc.a unsure"]);
});

test("shares while the device is silent come from another machine under its name", () => {
  assert.deepEqual(verdicts([seen("acc.a", 100)], [device("acc.a", 0)]), ["acc.a device_silent"]);
  // A device that stopped within the hour still explains the pool's hour.
  assert.deepEqual(verdicts([seen("acc.a", 50)], [device("acc.a", 50, { is_hashing: false })]), ["acc.a matching"]);
});

test("both silent is power or network, not theft; a worker nobody has is a machine to register", () => {
  assert.deepEqual(verdicts([silent("acc.a")], [device("acc.a", 0)]), ["acc.a both_silent"]);
  assert.deepEqual(verdicts([seen("acc.x", 100), silent("acc.old")], []), [
    "acc.x unregistered",
    "acc.old both_silent",
  ]);
});

test("too short a time, or a device that doesn't tell, is unsure and not wrong", () => {
  assert.deepEqual(verdicts([seen("acc.a", 50)], [device("acc.a", 100, { covered_s: 900 })]), ["acc.a unsure"]);
  assert.deepEqual(verdicts([seen("acc.a", 50)], [device("acc.a", null, { is_hashing: true })]), ["acc.a unsure"]);
});

test("names match exactly, then in any case, then by the part after the last dot", () => {
  assert.deepEqual(verdicts([seen("ACC.A", 100)], [device("acc.a", 100)]), ["ACC.A matching"]);
  assert.deepEqual(verdicts([seen("a", 100)], [device("acc.a", 100)]), ["a matching"]);
  const both = [device("acc.x.a", 100), device("acc.y.a", 100)];
  assert.deepEqual(verdicts([seen("a", 100)], both), ["a ambiguous"]);
});

test("several miners under one worker name are one side", () => {
  const twins = [device("acc.hall", 100, { miner_id: "m-1" }), device("acc.hall", 100, { miner_id: "m-2" })];
  const [row] = reconcile("acc", [], [seen("acc.hall", 198)], twins, NOW);
  assert.deepEqual([row?.verdict, row?.miner_ids, row?.device_hs], ["matching", ["m-1", "m-2"], 200 * TH]);
});

test("devices of the site's other accounts are left to those", () => {
  assert.deepEqual(verdicts([seen("a", 100)], [device("other.a", 100)], ["other"]), ["a unregistered"]);
  assert.deepEqual(verdicts([], [device("other.a", 100)], ["other"]), []);
  // A worker of an account that nobody reads says nothing about this one.
  assert.deepEqual(verdicts([], [device("third.a", 100)]), []);
});

test("shares from another public address than the account's usual one are marked", () => {
  const pool = ["198.51.100.1", "198.51.100.1", "203.0.113.9"].map((source_ip, n) =>
    seen(`acc.${n}`, 1, { source_ip }),
  );
  assert.deepEqual(
    reconcile("acc", [], pool, [], NOW).map((row) => row.is_elsewhere),
    [false, false, true],
  );
});

test("an honest pool's sampling noise is no alarm, a tenth skimmed of a hundred workers is seen in their sum", () => {
  // 300 shares an hour, three standard deviations to either side.
  fc.assert(
    fc.property(fc.double({ min: -3, max: 3, noNaN: true }), (sigmas) => {
      const th = 100 * (1 + sigmas / Math.sqrt(300));
      assert.deepEqual(verdicts([seen("acc.a", th)], [device("acc.a", 100)]), ["acc.a matching"]);
    }),
  );
  assert.ok(toleranceOf(100) < 0.1);
});

test("every worker is told of once, and no device of the account is left out", () => {
  const name = fc.constantFrom("acc.a", "acc.b", "ACC.a", "b", "acc.c.a", "other.a", "c");
  fc.assert(
    fc.property(fc.uniqueArray(name), fc.array(name), (listed, worn) => {
      const devices = worn.map((worker, n) => device(worker, 100, { miner_id: `m-${n}` }));
      const rows = reconcile(
        "acc",
        ["other"],
        listed.map((worker) => seen(worker, 100)),
        devices,
        NOW,
      );
      assert.deepEqual(
        rows.slice(0, listed.length).map(({ worker }) => worker),
        listed,
      );
      const own = devices.filter(({ worker_name }) => /^acc\./i.test(worker_name)).map(({ miner_id }) => miner_id);
      const told = new Set(rows.flatMap(({ miner_ids }) => miner_ids));
      assert.ok(own.every((id) => told.has(id)));
    }),
  );
});

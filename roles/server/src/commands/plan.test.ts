import assert from "node:assert/strict";
import { test } from "node:test";
import { plan } from "./plan.ts";

test("a miner that only its container's list tells of is left out with the reason: no edge could carry the order out", () => {
  const miner = (miner_id: string, driver: string) => ({
    miner_id,
    cooling_host: null,
    driver,
    health: "hashing" as const,
  });
  const planned = plan(
    { order: "reboot" },
    [miner("10.1.100.1", "cooling:antbox"), miner("m1", "antminer")],
    { antminer: { title: "Antminer", orders: ["reboot"] } },
    () => ({ is: "free" }),
  );
  assert.deepEqual(
    planned.map(({ device, verdict }) => [device.miner_id, verdict.is, verdict.is === "refuse" ? verdict.code : null]),
    [
      ["10.1.100.1", "refuse", "only_listed"],
      ["m1", "free", null],
    ],
  );
});

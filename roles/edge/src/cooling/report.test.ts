import assert from "node:assert/strict";
import { test } from "node:test";
import type { CoolingOrderReport } from "@banksman/devices";
import { MinerUsage } from "../orders/errors.ts";
import { describeCoolingOrder } from "./report.ts";

const report = (more: Partial<CoolingOrderReport>): CoolingOrderReport => ({
  ...{ outcome: "accepted", verified: "no", code: null, reason: null, seen: null },
  ...{ driver: "antbox", model: null, took_ms: 1, record: null },
  ...more,
});

test("an order that was taken and could not be read back is told so, and nobody is asked to give it again", () => {
  const seen = MinerUsage.CALL_BUSY("10.1.101.1:80").message;
  const told = describeCoolingOrder(report({ seen }));
  assert.match(told, /^taken, and the unit could not be read since: 10\.1\.101\.1:80 was busy/);
  assert.match(told, /Read the unit \(banksman cooling test\) before you order/);
  assert.doesNotMatch(told, /try again/);
});

test("what was refused or not reached has nothing to be read first", () => {
  assert.equal(describeCoolingOrder(report({ outcome: "refused", reason: "no such pump" })), "refused: no such pump\n");
  assert.equal(describeCoolingOrder(report({ outcome: "unreachable" })), "not reached\n");
});

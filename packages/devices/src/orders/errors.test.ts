import assert from "node:assert/strict";
import { test } from "node:test";
import { CodedError } from "@banksman/kit";
import { isOrderEnd, OfflineReason } from "@banksman/wire/model";
import { DeviceErrors } from "../errors.ts";
import { endOfError, OrderErrors } from "./errors.ts";

test("whatever ends an order at a device has words in both languages", () => {
  const codes = [
    ...Object.keys(DeviceErrors).map((key) => `DEVICE_${key}`),
    ...Object.keys(OrderErrors).map((key) => `ORDER_${key}`),
  ];
  for (const code of codes) {
    const end = endOfError(new CodedError(code, "", false));
    assert.equal(end, code.replace(/^(DEVICE|ORDER)_/, "").toLowerCase(), code);
  }
  assert.deepEqual(
    OfflineReason.options.filter((reason) => !isOrderEnd(reason)),
    [],
  );
  assert.equal(endOfError(new CodedError("USAGE_CALL_BUSY", "", true)), "call_busy");
  assert.equal(endOfError(new CodedError("EGRESS_FORBIDDEN", "", false)), "edge_failed");
});

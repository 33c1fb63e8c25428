import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { PAGE, supportedDevices } from "./test/supported-devices.ts";

test("docs/supported-devices.md is as the drivers print it", () => {
  const hint = "print it with: node packages/devices/src/test/print-supported-devices.ts";
  assert.equal(readFileSync(PAGE, "utf8"), supportedDevices(), hint);
});

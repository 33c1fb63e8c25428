import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { DEVICES_PAGE, withFamilyTables } from "./test/family-tables.ts";
import { PAGE, supportedDevices } from "./test/supported-devices.ts";

const hint = "print it with: node packages/devices/src/test/print-supported-devices.ts";

test("docs/supported-devices.md is as the drivers print it", () => {
  assert.ok(readFileSync(PAGE, "utf8") === supportedDevices(), hint);
});

test("the tables in docs/devices.md are as the drivers print them", () => {
  const page = readFileSync(DEVICES_PAGE, "utf8");
  assert.ok(page.includes("| `antminer` |"), "there is a table");
  assert.ok(page === withFamilyTables(page), hint);
});

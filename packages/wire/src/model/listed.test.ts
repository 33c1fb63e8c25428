import assert from "node:assert/strict";
import { test } from "node:test";
import { isListed, readingSeconds } from "./listed.ts";

test("a miner of a container's list is told with the list, however often its site is swept", () => {
  assert.deepEqual([isListed("cooling:antbox"), isListed("antminer"), isListed(null)], [true, false, false]);
  const cases = [
    ["antminer", 30, 30],
    ["antminer", null, null],
    [null, 60, 60],
    ["cooling:antbox", 30, 300],
    ["cooling:antbox", null, 300],
    ["cooling:antbox", 600, 600],
  ] as const;
  for (const [driver, sweep, told] of cases) assert.equal(readingSeconds(driver, sweep), told, `${driver} ${sweep}`);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { checkRule } from "./check.ts";
import { pack } from "./pack/index.ts";

test("every rule that ships passes the check that saving makes, and has an id of its own", () => {
  for (const { rule_id, fields } of pack) assert.deepEqual(checkRule(fields).problems, [], rule_id);
  assert.equal(new Set(pack.map(({ rule_id }) => rule_id)).size, pack.length);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { differences, filterOf } from "./audit-query.ts";

test("the address says what the trail is narrowed by; what is no filter is left out", () => {
  const now = Date.UTC(2026, 10, 28, 12, 0, 30);
  const filter = filterOf(new URLSearchParams("actor=mei&result=refused&hours=24&before=9"), now);
  assert.deepEqual(filter, {
    q: undefined,
    actor: "mei",
    action: undefined,
    site_id: undefined,
    result: "refused",
    from: "2026-11-27T12:00:00.000Z",
  });
  assert.equal(filterOf(new URLSearchParams("result=nonsense&hours=x"), now).result, undefined);
});

test("before and after stand beside each other, member by member", () => {
  assert.deepEqual(differences({ name: "a", on: true }, { name: "b", list: [1] }), [
    { name: "name", before: "a", after: "b" },
    { name: "on", before: "true", after: null },
    { name: "list", before: null, after: "[\n 1\n]" },
  ]);
  assert.deepEqual(differences(null, null), []);
  assert.deepEqual(differences(null, "x"), [{ name: "", before: null, after: "x" }]);
});

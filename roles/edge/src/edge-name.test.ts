import assert from "node:assert/strict";
import { hostname } from "node:os";
import { test } from "node:test";
import { edgeName } from "./edge-name.ts";

const spool = (path: string) => ({ path, maxBytes: 1, maxAgeMs: 1 });

test("two edges on one machine have names that tell them apart, and keep them", () => {
  const [one, other] = [spool("/srv/a/cache/offline_cache.db"), spool("/srv/b/cache/offline_cache.db")];
  const name = edgeName({ name: undefined, spool: one });
  assert.ok(name.startsWith(`${hostname()}-`), name);
  assert.notEqual(name, edgeName({ name: undefined, spool: other }));
  assert.equal(name, edgeName({ name: undefined, spool: { ...one } }));
});

test("a configured name stays as it is", () => {
  assert.equal(edgeName({ name: "hall 3", spool: spool("/srv/a.db") }), "hall 3");
});

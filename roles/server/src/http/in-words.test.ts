import assert from "node:assert/strict";
import { test } from "node:test";
import { AssignMiners, CreateSite, GiveCommands, ListOrders } from "@banksman/wire/api";
import type { z } from "zod";
import { parseInWords } from "./in-words.ts";

const wrong = (schema: z.ZodType | undefined, value: unknown) =>
  schema === undefined ? assert.fail() : parseInWords(schema, value).wrong;

test("what is wrong with a member is told in words for people, whatever it is", () => {
  const site = { site_id: "1", name: "one" };
  const cases: [z.ZodType | undefined, unknown, string, string][] = [
    [CreateSite.body, { ...site, name: "" }, "name", "must not be empty"],
    [CreateSite.body, { site_id: "1" }, "name", "is missing"],
    [CreateSite.body, { ...site, name: 7 }, "name", "must be a text"],
    [CreateSite.body, { ...site, name: "x".repeat(9_000) }, "name", "must have at most 100 characters"],
    [ListOrders.query, { limit: "x" }, "limit", "must be a number"],
    [ListOrders.query, { limit: "0" }, "limit", "must be at least 1"],
    [ListOrders.query, { show: "all of them" }, "show", "must be one of all, active, approval"],
    [ListOrders.query, { limit: "2.5" }, "limit", "must be a whole number"],
  ];
  for (const [schema, value, path, message] of cases)
    assert.deepEqual(wrong(schema, value), { path, message }, JSON.stringify(value));
});

test("of what may be one of several things, the mistake in the one that was meant is told", () => {
  const given = { target: { site_id: "1", cooling: ["10.0.0.1"] }, reason: "a test" };
  const order = (one: object) => wrong(GiveCommands.body, { ...given, order: one });
  assert.deepEqual(order({ order: "pump", name: "oil1", on: true }), { path: "order.pump", message: "is missing" });
  assert.deepEqual(order({ order: "set_temp", celsius: 99 }), { path: "order.celsius", message: "must be at most 60" });
  assert.deepEqual(order({ order: "dance" }), { path: "order", message: "is none of what it may be" });
  const miners = wrong(AssignMiners.body, { miners: { site_id: "1", container: "" } });
  assert.deepEqual(miners, { path: "miners.container", message: "must not be empty" });
});

test("a schema's own words go before", () => {
  const message = "say why, in a few words";
  const given = { target: { site_id: "1", edge: true }, order: { order: "rescan" }, reason: "x" };
  assert.deepEqual(wrong(GiveCommands.body, given), { path: "reason", message });
});

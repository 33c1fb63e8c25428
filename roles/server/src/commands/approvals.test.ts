import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { waitFor } from "@banksman/testkit";
import type { GivenOrder } from "@banksman/wire/api";
import { commandSite, first } from "../test/command-site.ts";
import { siteWithKey } from "../test/test-server.ts";

const site = await commandSite(40);
const { server, admin, second, edge, miners, person, give, command, reaches, order, decide, preview, sentTo } = site;
after(() => site[Symbol.asyncDispose]());

const call = (method: string, path: string, body?: object, cookie = admin) =>
  server.call(method, `/api${path}`, { cookie, ...(body && { body }) });

async function policy(fields: { name: string; orders: string[]; min_devices: number }) {
  const title = { en: fields.name, zh: fields.name };
  assert.equal((await call("POST", "/approval-policies", { ...fields, title, within_minutes: 10 })).status, 200);
}

describe("a second person", () => {
  const raw = (text: string) => ({ miners: ["m20"], order: { order: "raw", command: text } });

  test("must approve what the policy says, and nobody their own", async () => {
    const given = await give(raw("one"));
    const { order_id: id, payload_hash } = given.order;
    assert.equal((await command(first(given))).state, "pending-approval");
    const own = await decide(id, "approve", admin, { payload_hash });
    assert.deepEqual([own.status, own.body.code], [409, "OWN_ORDER"]);
    assert.equal((await decide(id, "approve", second, { payload_hash })).status, 200);
    await reaches(first(given), "sent");
    assert.equal((await order(id)).approval?.decided_by, "second");
    edge.end(first(given));
    await reaches(first(given), "succeeded");
    const again = await decide(id, "approve", second, { payload_hash });
    assert.deepEqual([again.status, again.body.code], [409, "DECIDED"]);
  });

  test("approves that payload and no other, though it reads the same", async () => {
    const [one, two] = [await give(raw("two")), await give(raw("two"))];
    const wrong = await decide(two.order.order_id, "approve", second, { payload_hash: one.order.payload_hash });
    assert.deepEqual([wrong.status, wrong.body.code], [409, "ANOTHER_PAYLOAD"]);
    assert.equal((await decide(one.order.order_id, "reject", second, { note: "not now" })).status, 200);
    const refused = await command(first(one));
    assert.deepEqual([refused.state, refused.code], ["refused", "not_approved"]);
    await decide(two.order.order_id, "cancel", admin);
    assert.equal((await command(first(two))).state, "cancelled");
    assert.deepEqual([sentTo(first(one)), sentTo(first(two))], [0, 0]);
  });
});

describe("an order in parts", () => {
  const slow = (from: number, to: number) => ({
    miners: miners.slice(from, to),
    order: { order: "mode_set", mode: "low" },
  });
  const states = (parts: { order: GivenOrder }[]) =>
    parts.map((part) => (part.order.approval === null ? "goes" : "waits"));

  test("needs the second person from the part on that reaches the policy's number", async () => {
    await policy({ name: "ten", orders: ["mode_set", "power_target"], min_devices: 10 });
    const giver = await person("parts", "operator");
    const parts = [await give(slow(0, 6), { cookie: giver }), await give(slow(6, 9), { cookie: giver })];
    assert.deepEqual(states(parts), ["goes", "goes"]);
    // Nine went: the same ones again are no more than nine, one more is ten, whatever of the policy's orders it is.
    assert.equal((await preview(slow(0, 9), giver)).approval, null);
    assert.equal((await preview(slow(9, 10), giver)).approval?.policy, "ten");
    const watts = { miners: ["m9"], order: { order: "power_target", watts: 3_000 } };
    assert.deepEqual(states([await give(watts, { cookie: giver })]), ["waits"]);
    assert.deepEqual(states([await give(slow(9, 10), { cookie: giver })]), ["waits"]);
    // Another person has a count of their own, and what is of no policy has none.
    assert.deepEqual(states([await give(slow(10, 12), { cookie: second })]), ["goes"]);
    assert.deepEqual(states([await give({ miners: miners.slice(12, 30) }, { cookie: giver })]), ["goes"]);
  });

  test("what was cancelled before it left, or waits for the second person, does not count", async () => {
    const giver = await person("careful", "operator");
    // Nobody has told the end of what these were ordered before, so that this waits behind it.
    const given = await give(slow(0, 8), { cookie: giver });
    assert.deepEqual((await order(given.order.order_id)).by_state, { queued: 8 });
    assert.equal((await decide(given.order.order_id, "cancel", giver)).status, 200);
    assert.deepEqual(states([await give(slow(0, 12), { cookie: giver })]), ["waits"]);
    assert.deepEqual(states([await give(slow(20, 22), { cookie: giver })]), ["goes"]);
  });

  test("given all at once, no more of it goes than one after another", async () => {
    const giver = await person("hasty", "operator");
    const parts = await Promise.all(
      Array.from({ length: 10 }, (_, n) => give(slow(n * 3, n * 3 + 3), { cookie: giver })),
    );
    const went = states(parts).filter((state) => state === "goes").length;
    assert.equal(went, 3);
  });
});

describe("an approved order", () => {
  test("begins with its canary, whose time counts from the approval, and a batch's from its turn", async () => {
    await policy({ name: "locate", orders: ["locate"], min_devices: 5 });
    const five = miners.slice(30, 35);
    const rolling = { canary: 1, batch: 2, max_failed_percent: 0 };
    const given = await give({ miners: five, rolling, ttl_seconds: 500 });
    const { order_id: id, payload_hash } = given.order;
    const at = async (n: number) => {
      const { state, step, expires_at, sent_at } = await command(given.commands[n]?.command_id ?? "");
      return { state, step, expires_at, sent_at };
    };
    assert.deepEqual(await at(0), { state: "pending-approval", step: 0, expires_at: null, sent_at: null });
    assert.equal((await decide(id, "approve", second, { payload_hash })).status, 200);
    const { approval } = await order(id);
    const decidedMs = Date.parse(approval?.decided_at ?? "");
    await reaches(first(given), "sent");
    assert.equal(Date.parse((await at(0)).expires_at ?? ""), decidedMs + 500_000);
    const waiting = { state: "queued", expires_at: null, sent_at: null };
    assert.deepEqual(
      [await at(1), await at(4)].map(({ step, ...rest }) => rest),
      [waiting, waiting],
    );
    assert.deepEqual((await order(id)).by_state, { sent: 1, queued: 4 });

    edge.end(first(given));
    await reaches(given.commands[2]?.command_id ?? "", "sent");
    const canaryEndedMs = Date.parse((await command(first(given))).ended_at ?? "");
    assert.equal(Date.parse((await at(1)).expires_at ?? ""), canaryEndedMs + 500_000);
    assert.equal((await at(4)).expires_at, null);
    for (const n of [1, 2]) edge.end(given.commands[n]?.command_id ?? "");
    for (const n of [3, 4]) {
      await reaches(given.commands[n]?.command_id ?? "", "sent");
      edge.end(given.commands[n]?.command_id ?? "");
    }
    await waitFor("the end", async () => (await order(id)).by_state.succeeded === 5);
    const sent = await Promise.all(given.commands.map((_, n) => at(n)));
    assert.deepEqual(
      sent.map(({ step }) => step),
      [0, 1, 1, 2, 2],
    );
    assert.ok(sent.every(({ sent_at }) => Date.parse(sent_at ?? "") >= decidedMs));
  });
});

/** The most that a target or a filter may come to. */
const MOST = 20_000;

test("a filter that fits more devices than an order takes is refused, in the preview too", async () => {
  const { key: otherKey } = await siteWithKey(server, "2");
  const upload = (from: number, to: number) => {
    const body = Array.from({ length: to - from }, (_, n) => ({ miner_id: `n${from + n}`, online: true }));
    return server.call("POST", "/api/collector/upload", { key: otherKey, body });
  };
  assert.equal((await upload(0, MOST)).status, 200);
  const target = { site_id: "2", filter: {} };
  assert.equal((await preview({ target })).devices, MOST);
  assert.equal((await upload(MOST, MOST + 1)).status, 200);
  for (const path of ["/commands", "/commands/preview"]) {
    const body = { target, order: { order: "locate", on: true }, reason: "a test" };
    const { status, body: answer } = await call("POST", path, body);
    assert.deepEqual([status, answer.code], [422, "TOO_MANY_DEVICES"]);
  }
});

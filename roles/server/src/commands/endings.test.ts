import assert from "node:assert/strict";
import { after, test } from "node:test";
import { waitFor } from "@banksman/testkit";
import type { OrderResult } from "@banksman/wire/model";
import { commandSite, first } from "../test/command-site.ts";
import { DONE } from "../test/fake-edge.ts";

const site = await commandSite(20, { egress: { allow: ["127.0.0.0/8"] } });
const { server, admin, second, edge, give, reaches, decide } = site;
after(() => site[Symbol.asyncDispose]());

const call = (method: string, path: string, body?: object) =>
  server.call(method, `/api${path}`, { cookie: admin, ...(body && { body }) });

// Nobody listens there: what is kept for it is what is told.
const { body: hook } = await call("POST", "/webhooks", { url: "http://127.0.0.1:1/x", events: ["command.result"] });
const { webhook_id } = hook.data as { webhook_id: number };

type Told = { command_id: string; state: string; code: string | null };

/** The ends of a command as the audit trail and the webhook have them, oldest first. */
async function endsOf(id: string) {
  const { body: trail } = await call("GET", "/audit?action=commands.end&limit=500");
  const { body: posts } = await call("GET", `/webhooks/${webhook_id}/deliveries?per_page=100`);
  const rows = (trail.data as { rows: { after: Told; result: string; code: string | null }[] }).rows;
  const { deliveries } = posts.data as { deliveries: { body: { type: string; data: Told } }[] };
  return {
    audit: rows
      .filter((row) => row.after.command_id === id)
      .map((row) => [row.after.state, row.result, row.code])
      .toReversed(),
    webhook: deliveries
      .filter(({ body }) => body.data.command_id === id)
      .map(({ body }) => [body.type, body.data.state, body.data.code])
      .toReversed(),
  };
}
const once = (state: string, result: string, code: string | null) => ({
  audit: [[state, result, code]],
  webhook: [["command.result", state, code]],
});

/** A command that left, and what the edge told of it. */
async function ended(miner: string, result: OrderResult): Promise<string> {
  const id = first(await give({ miners: [miner] }));
  await reaches(id, "sent");
  edge.end(id, result);
  return id;
}

test("done, failed and refused by the device is told once each, however often the edge tells it", async () => {
  const failed = { ...DONE, outcome: "unreachable", verified: "not_checked", code: "timed_out" } as const;
  const refused = { ...DONE, outcome: "refused", verified: "not_checked", code: "locked" } as const;
  const cases = [
    ["m0", DONE, once("succeeded", "done", null)],
    ["m1", failed, once("failed", "failed", "timed_out")],
    ["m2", refused, once("refused", "refused", "locked")],
  ] as const;
  for (const [miner, result, told] of cases) {
    const id = await ended(miner, result);
    edge.end(id, result);
    await waitFor("both to be taken", () => edge.frames.filter((f) => f.type === "taken" && f.command_id === id)[1]);
    assert.deepEqual(await endsOf(id), told);
  }
});

test("unknown told twice is one end; what it turns out to be is the other", async () => {
  const unknown = { ...DONE, outcome: "unknown", verified: "not_checked", code: "cut_off" } as const;
  const id = await ended("m3", unknown);
  await reaches(id, "unknown");
  edge.end(id, unknown);
  await waitFor("both to be taken", () => edge.frames.filter((f) => f.type === "taken" && f.command_id === id)[1]);
  assert.deepEqual(await endsOf(id), once("unknown", "unknown", "cut_off"));
  edge.end(id);
  await reaches(id, "succeeded");
  const { audit, webhook } = await endsOf(id);
  assert.deepEqual(audit[1], ["succeeded", "done", null]);
  assert.equal(webhook.length, 2);
});

test("refused when it is given, with those that go beside it", async () => {
  const given = await give({ miners: ["m4", "nobody"] });
  const out = given.commands.find(({ miner_id }) => miner_id === "nobody")?.command_id ?? "";
  assert.deepEqual(await endsOf(out), once("refused", "refused", "no_such_miner"));
  const low = await give({ miners: ["m5"], order: { order: "power_target", watts: 100 } });
  assert.deepEqual(await endsOf(first(low)), once("refused", "refused", "power-limits"));
  const { body } = await call("GET", "/audit?action=commands&limit=2");
  const { rows } = body.data as { rows: { action: string }[] };
  assert.deepEqual(rows.map(({ action }) => action).toSorted(), ["commands.end", "commands.give"]);
});

test("not approved, and withdrawn before anybody approved it", async () => {
  const raw = { miners: ["m6", "m7"], order: { order: "raw", command: "x" } };
  const [one, two] = [await give(raw), await give(raw)];
  assert.equal((await decide(one.order.order_id, "reject", second)).status, 200);
  assert.equal((await decide(two.order.order_id, "cancel", admin)).status, 200);
  for (const { command_id } of one.commands)
    assert.deepEqual(await endsOf(command_id), once("refused", "refused", "not_approved"));
  for (const { command_id } of two.commands)
    assert.deepEqual(await endsOf(command_id), once("cancelled", "failed", "cancelled"));
});

test("cancelled in the queue, by itself and with its order, once however often it is asked for", async () => {
  const busy = first(await give({ miners: ["m8"] }));
  await reaches(busy, "sent");
  const alone = first(await give({ miners: ["m8"] }));
  const order = await give({ miners: ["m8"] });
  const cancel = () => call("POST", `/commands/${alone}/cancel`);
  const answers = await Promise.all([cancel(), cancel()]);
  assert.deepEqual(answers.map(({ status }) => status).toSorted(), [200, 409]);
  assert.equal((await decide(order.order.order_id, "cancel", admin)).status, 200);
  assert.equal((await decide(order.order.order_id, "cancel", admin)).status, 409);
  for (const id of [alone, first(order)]) assert.deepEqual(await endsOf(id), once("cancelled", "failed", "cancelled"));
  edge.end(busy);
});

test("every command that is over was told, and none that isn't", async () => {
  await give({ miners: ["m9"] });
  const { body } = await call("GET", "/commands?state=over&limit=500");
  const { commands } = body.data as { commands: { command_id: string }[] };
  const { body: trail } = await call("GET", "/audit?action=commands.end&limit=500");
  const told = (trail.data as { rows: { after: Told }[] }).rows.map(({ after: { command_id } }) => command_id);
  assert.deepEqual([...new Set(told)].toSorted(), commands.map(({ command_id }) => command_id).toSorted());
});

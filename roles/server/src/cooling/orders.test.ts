import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { waitFor } from "@banksman/testkit";
import type { Command, GiveCommands, GivenOrder, ReplyOf } from "@banksman/wire/api";
import { DONE, type FakeEdge, fakeEdge } from "../test/fake-edge.ts";
import { siteWithKey, startTestServer, type TestServer } from "../test/test-server.ts";

/** An edge of site "hub" that reads two boxes, of the sites "a" and "b". */
let server: TestServer;
let cookie: string;
let key: string;
let edge: FakeEdge;
const BOX = "10.1.101.1";

type Data = ReplyOf<typeof GiveCommands>["data"];
const call = (method: string, path: string, body?: unknown, as = cookie) =>
  server.call(method, `/api${path}`, { cookie: as, body });
const give = async (siteId: string, order: object, cooling = [BOX]): Promise<Data> => {
  const { status, body } = await call("POST", "/commands", {
    target: { site_id: siteId, cooling },
    order,
    reason: "a test",
  });
  assert.equal(status, 202, JSON.stringify(body));
  return body.data as Data;
};
const commandOf = ({ commands: [command] }: Data): string => command?.command_id ?? "";
const settled = (commandId: string, state: string) =>
  waitFor(`the command to be ${state}`, async () => {
    const { body } = await call("GET", `/commands/${commandId}`);
    return (body.data as Command).state === state ? (body.data as Command) : undefined;
  });

before(async () => {
  server = await startTestServer();
  ({ cookie, key } = await siteWithKey(server, "hub"));
  for (const siteId of ["a", "b"]) {
    await siteWithKey(server, siteId);
    const unit = { host: BOX, collected_by: "hub", driver: "antbox" };
    assert.equal((await call("POST", `/sites/${siteId}/cooling-units`, unit)).status, 200);
  }
  edge = await fakeEdge(server.url, key, [], { cooling: ["start", "stop", "reset", "set_temp", "pid"] });
  edge.say({ type: "cooling_lease", request: 1, holds: [], can: 10 });
  await waitFor("leases", () =>
    edge.frames.some((frame) => frame.type === "cooling_leases" && frame.grants.length === 2),
  );
});
after(async () => {
  edge.socket.terminate();
  await server[Symbol.asyncDispose]();
});

test("a unit is entered with a driver that the edge has, where it is known which those are", async () => {
  const enter = (body: object) => call("POST", "/sites/hub/cooling-units", { host: "10.9.9.9", ...body });
  const { status, body } = await enter({ driver: "nope" });
  assert.deepEqual([status, body.code, body.path], [400, "NO_SUCH_DRIVER", "driver"]);
  assert.equal((await enter({ driver: "antbox" })).status, 200);
  const path = "/sites/hub/cooling-units/10.9.9.9";
  assert.equal((await call("PATCH", path, { driver: "nope" })).body.code, "NO_SUCH_DRIVER");
  assert.equal((await call("PATCH", path, { driver: null, enabled: false })).status, 200);
  assert.equal((await call("GET", `${path}/history?values=nosuch&hours=1`)).body.path, "values");
  assert.equal((await call("DELETE", path)).status, 200);
});

test("an order reaches the edge that reads the unit, whatever site that is at, and its end is told", async () => {
  const given = await give("b", { order: "set_temp", celsius: 34 });
  assert.equal(given.order.name, "cooling_set_temperature");
  const frame = await edge.coolingCommand();
  assert.deepEqual(frame.unit, { site_id: "b", host: BOX });
  assert.deepEqual(frame.order, { order: "set_temp", celsius: 34 });
  edge.say({ type: "progress", command_id: frame.command_id, stage: "executing" });
  edge.say({ type: "progress", command_id: frame.command_id, stage: "verifying" });
  await settled(frame.command_id, "verifying");
  edge.end(frame.command_id, { ...DONE, driver: "antbox", seen: "set point 34 °C" });
  const command = await settled(frame.command_id, "succeeded");
  assert.equal(command.cooling_host, BOX);
  assert.equal(command.result?.seen, "set point 34 °C");
  await waitFor("taken", () => edge.frames.some((one) => one.type === "taken" && one.command_id === frame.command_id));
});

test("one unit has one order in flight, in the order given; another unit does not wait for it", async () => {
  const first = await give("a", { order: "reset" });
  const second = await give("a", { order: "pid", on: true });
  const other = await give("b", { order: "start" });
  await settled(commandOf(first), "sent");
  await settled(commandOf(other), "sent");
  const { body } = await call("GET", `/commands/${commandOf(second)}`);
  assert.equal((body.data as Command).state, "queued");
  edge.end(commandOf(first));
  await settled(commandOf(second), "sent");
  edge.end(commandOf(second));
  edge.end(commandOf(other));
  await settled(commandOf(second), "succeeded");
});

test("what can't be ordered is refused with the reason: beyond the limits, unknown to the driver, no such unit", async () => {
  const codes = async (order: object, cooling?: string[]) =>
    (await give("a", order, cooling)).commands.map(({ state, code }) => [state, code]);
  assert.deepEqual(await codes({ order: "set_temp", celsius: 50 }), [["refused", "supply-temperature"]]);
  assert.deepEqual(await codes({ order: "valve", valve: "1", open: true }), [["refused", "not_offered"]]);
  assert.deepEqual(await codes({ order: "reset" }, ["10.9.9.9"]), [["refused", "no_such_unit"]]);
  const wrong = [
    [{ site_id: "a", cooling: [BOX] }, { order: "reboot" }],
    [{ site_id: "a", miner_ids: ["m"] }, { order: "stop" }],
    [{ site_id: "a", edge: true }, { order: "stop" }],
  ] as const;
  for (const [target, order] of wrong)
    assert.equal((await call("POST", "/commands", { target, order, reason: "a test" })).status, 400);
});

test("cooling does not stop while the box carries a load, and needs a second person when it may", async () => {
  const record = (watts: number) => {
    const at = new Date().toISOString();
    const values = { "power.total": { value: watts, quality: "good", at } };
    const told = { driver: "antbox", profile: "hydro", make: "Bitmain", model: null, firmware: null, connected: true };
    return {
      site_id: "a",
      host: BOX,
      round_at: at,
      lane: "fast",
      record: { ...told, at, values, faults: [], miners: null },
    };
  };
  const upload = async (watts: number) => {
    const body = { batch_id: randomUUID(), collector_id: "e", rounds: [], failures: [], readings: [record(watts)] };
    assert.equal((await server.call("POST", "/api/collector/cooling", { key, body })).status, 200);
  };
  await upload(900_000);
  const refused = await give("a", { order: "stop" });
  assert.deepEqual([refused.commands[0]?.state, refused.commands[0]?.code], ["refused", "cooling-while-hashing"]);
  await upload(4_000);
  const waiting = await give("a", { order: "stop" });
  assert.equal(waiting.order.approval?.policy, "cooling-stop");

  // The load comes back while it waits: approved or not, it does not leave.
  await upload(900_000);
  const password = "another-long-password";
  await call("POST", "/users", { username: "second", password, grants: [{ role: "operator", scope: { of: "all" } }] });
  const second = await server.signIn("second", password);
  const seen = (await call("GET", `/orders/${waiting.order.order_id}`)).body.data as GivenOrder;
  const approved = await call(
    "POST",
    `/orders/${waiting.order.order_id}/approve`,
    { payload_hash: seen.payload_hash },
    second,
  );
  assert.equal(approved.status, 200, JSON.stringify(approved.body));
  const command = await settled(commandOf(waiting), "refused");
  assert.equal(command.code, "cooling-while-hashing");
});

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { tempFolder, waitFor } from "@banksman/testkit";
import type { Automation, GivenOrder } from "@banksman/wire/api";
import type { OrderResult } from "@banksman/wire/model";
import { DONE, type FakeEdge, fakeEdge } from "../test/fake-edge.ts";
import { siteWithKey, startTestServer, type TestServer } from "../test/test-server.ts";

/** Four miners, the first the least efficient: 60, 50, 20 and 15 J/TH. */
const MINERS = {
  old: [3_000, 50_000],
  older: [3_000, 60_000],
  fresh: [3_000, 150_000],
  best: [3_000, 200_000],
} as const;

let folder: Awaited<ReturnType<typeof tempFolder>>;
let server: TestServer;
let cookie: string;
let key: string;
let edge: FakeEdge;
/** Miners that sleep, as the fake edge was ordered. */
const asleep = new Set<string>();

before(async () => {
  folder = await tempFolder();
  server = await startTestServer({ signal_file: join(folder.path, "signals.json") });
  ({ cookie, key } = await siteWithKey(server, "1"));
  await upload();
  edge = await fakeEdge(server.url, key, [...Object.keys(MINERS), "dark"]);
});

after(async () => {
  edge[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const upload = async (more: object[] = []) => {
  const readings = Object.entries(MINERS).map(([miner_id, [power_consumption, hashrate_ghs]]) =>
    asleep.has(miner_id)
      ? { miner_id, online: true, driver: "antminer", hashrate_ghs: 0, power_consumption: 20, status: "sleeping" }
      : { miner_id, online: true, driver: "antminer", hashrate_ghs, power_consumption, status: "hashing" },
  );
  const { status } = await server.call("POST", "/api/collector/upload", { key, body: [...readings, ...more] });
  assert.equal(status, 200);
};

const call = async (method: string, path: string, body?: unknown) =>
  server.call(method, `/api${path}`, { cookie, ...(body !== undefined && { body }) });
const data = <T>(reply: { status: number; body: Record<string, unknown> }): T => {
  assert.ok(reply.status < 300, JSON.stringify(reply.body));
  return reply.body.data as T;
};
const find = async (id: string): Promise<Automation> => {
  const { automations } = data<{ automations: Automation[] }>(await call("GET", "/automations"));
  const found = automations.find(({ automation_id }) => automation_id === id);
  assert.ok(found);
  return found;
};
const ordered = (from: number) =>
  edge
    .commands()
    .slice(from)
    .map(({ order, miner_id }) => [miner_id, order.order, "mode" in order ? order.mode : ""]);

const REFUSED: OrderResult = {
  ...DONE,
  outcome: "refused",
  verified: "not_checked",
  code: "refused",
  reason: "its firmware can't",
};
/** How the edge answers what it is sent after this. */
function fromNowOn(answer: Parameters<FakeEdge["answer"]>[0]): void {
  const past = new Set(edge.commands());
  edge.answer((frame) => (past.has(frame) ? null : answer(frame)));
}

/** The edge carries out what it is sent, and the miners show it. */
function obey(): void {
  fromNowOn(({ order, miner_id }) => {
    if (order.order === "mode_set" && miner_id) {
      if (order.mode === "sleep") asleep.add(miner_id);
      else asleep.delete(miner_id);
    }
    return DONE;
  });
}

describe("curtailment by a price", () => {
  const plan = {
    kind: "curtailment",
    when: { is: "price", signal: "price", above: 0.1 },
    target_mw: 0.0065,
    step_miners: 1,
    step_seconds: 1,
  };

  test("a dry run says whom it would put to sleep, and orders nothing", async () => {
    const none = data<{ would: unknown[]; status: { en: string } }>(
      await call("POST", "/automations/dry-run", { site_id: "1", plan }),
    );
    assert.deepEqual([none.would, none.status.en], [[], "Nobody has told price lately: everything stays as it is"]);
    data(await call("POST", "/automations/signals", { name: "price", value: 0.2 }));
    const { would } = data<{ would: { miner_ids: string[]; order: string }[] }>(
      await call("POST", "/automations/dry-run", { site_id: "1", plan: { ...plan, step_miners: 10 } }),
    );
    assert.deepEqual(
      would.map(({ miner_ids, order }) => [order, miner_ids]),
      [["mode_set sleep", ["old", "older"]]],
    );
    assert.equal(edge.commands().length, 0);
  });

  test("above its limit the least efficient sleep, step by step; below it they wake, the best first", async () => {
    obey();
    const from = edge.commands().length;
    data(await call("POST", "/automations", { automation_id: "dear-power", name: "Dear power", site_id: "1", plan }));
    await waitFor("two miners to sleep", async () => (await find("dear-power")).held === 2 && asleep.size === 2, {
      withinMs: 20_000,
    });
    assert.deepEqual(ordered(from), [
      ["old", "mode_set", "sleep"],
      ["older", "mode_set", "sleep"],
    ]);
    await upload();
    await waitFor(
      "it to be content",
      async () => (await find("dear-power")).status?.en === "Holds the site at 0.01 of 0.01 MW",
      { withinMs: 10_000 },
    );
    assert.equal((await call("DELETE", "/automations/dear-power")).body.code, "HOLDS_MINERS");

    await writeFile(join(folder.path, "signals.json"), JSON.stringify({ price: 0.05 }));
    await waitFor("everybody to wake", async () => (await find("dear-power")).held === 0, { withinMs: 20_000 });
    assert.deepEqual(ordered(from + 2), [
      ["older", "mode_set", "wake"],
      ["old", "mode_set", "wake"],
    ]);
    await upload();
  });

  test("each order is a line of the audit trail, by the automation and with its reason", async () => {
    const { rows } = data<{ rows: { actor: object; action: string; reason: string }[] }>(
      await call("GET", "/audit?action=commands.give"),
    );
    const [newest] = rows;
    assert.deepEqual(newest?.actor, { kind: "automation", name: "dear-power" });
    assert.equal(newest?.reason, "Dear power: the curtailment is over");
    data(await call("DELETE", "/automations/dear-power"));
  });
});

describe("curtailment of miners that don't follow", () => {
  test("asks the next ones, once each, and can be removed when nobody sleeps for it", async () => {
    await upload();
    const from = edge.commands().length;
    fromNowOn(() => REFUSED);
    const plan = { kind: "curtailment", when: { is: "always" }, target_mw: 0, step_miners: 3, step_seconds: 1 };
    data(await call("POST", "/automations", { automation_id: "stubborn", name: "Stubborn", site_id: "1", plan }));
    await waitFor(
      "all to be asked in vain",
      async () => (await find("stubborn")).problem === "4 miners did not follow, and are told again in an hour",
      { withinMs: 20_000 },
    );
    assert.deepEqual(
      ordered(from)
        .map(([minerId]) => minerId)
        .toSorted(),
      Object.keys(MINERS).toSorted(),
    );
    assert.deepEqual(
      ordered(from)
        .slice(0, 3)
        .map(([minerId]) => minerId)
        .toSorted(),
      ["fresh", "old", "older"],
    );
    data(await call("PATCH", "/automations/stubborn", { enabled: false }));
    data(await call("DELETE", "/automations/stubborn"));
    obey();
  });

  test("switched off while its order is under way it lets those go that would not sleep", async () => {
    await upload();
    fromNowOn(() => null);
    const from = edge.commands().length;
    const plan = { kind: "curtailment", when: { is: "always" }, target_mw: 0, step_miners: 1, step_seconds: 1 };
    data(await call("POST", "/automations", { automation_id: "off", name: "Off", site_id: "1", plan }));
    const sent = await waitFor("the order", () => edge.commands()[from], { withinMs: 10_000 });
    data(await call("PATCH", "/automations/off", { enabled: false }));
    assert.equal((await call("DELETE", "/automations/off")).body.code, "HOLDS_MINERS");
    edge.end(sent.command_id, REFUSED);
    await waitFor("it to hold nobody", async () => (await find("off")).held === 0, { withinMs: 10_000 });
    data(await call("DELETE", "/automations/off"));
    obey();
  });
});

describe("an order after an alert", () => {
  test("goes to the miner once, and after the last try the alert is left to people", async () => {
    const rule = {
      rule_id: "dark-for-long",
      name: { zh: "无算力", en: "Dark" },
      level: "warning",
      target: "miner",
      condition: "hashrate_ghs == 0 && status != 'sleeping'",
      for_s: 0,
      recover_for_s: 0,
      title: { zh: "{miner_id}", en: "{miner_id} is dark" },
    };
    data(await call("POST", "/alert-rules", rule));
    const plan = { kind: "on_alert", rule_id: "dark-for-long", order: { order: "reboot" }, stop_after: 1 };
    data(
      await call("POST", "/automations", { automation_id: "reboot-dark", name: "Reboot the dark", site_id: "1", plan }),
    );
    const from = edge.commands().length;
    const dark = { miner_id: "dark", online: true, driver: "antminer", hashrate_ghs: 0, status: "idle" };
    const isOrdered = async () => {
      await upload([dark]);
      return edge.commands().length > from;
    };
    // A rule that was just made looks at what comes from then on.
    await waitFor("the reboot", isOrdered, { withinMs: 20_000 });
    const { alerts } = data<{ alerts: { alert_id: number }[] }>(await call("GET", "/alerts?rule_id=dark-for-long"));
    const timeline = async () =>
      data<{ timeline: { kind: string; text: string | null }[] }>(await call("GET", `/alerts/${alerts[0]?.alert_id}`))
        .timeline;
    await waitFor("a note for people", async () => (await timeline()).some(({ kind }) => kind === "note"), {
      withinMs: 10_000,
    });
    const left = "0 ordered now, 0 wait for their next try, 1 left to people";
    await waitFor("it to say so", async () => (await find("reboot-dark")).status?.en === left);
    assert.deepEqual(ordered(from), [["dark", "reboot", ""]]);
    const { rows } = data<{ rows: { actor: object; target: string }[] }>(
      await call("GET", "/audit?action=alerts.notes"),
    );
    assert.deepEqual(
      rows.map(({ actor, target }) => [actor, target]),
      [[{ kind: "automation", name: "reboot-dark" }, String(alerts[0]?.alert_id)]],
    );
    data(await call("PATCH", "/automations/reboot-dark", { enabled: false }));
  });
});

describe("an order that waits for a second person", () => {
  test("stays its makers' when the automation is gone: they can't approve it, others can", async () => {
    const title = { en: "lights", zh: "灯" };
    const policy = { name: "lights", title, orders: ["locate"], min_devices: 1 };
    data(await call("POST", "/approval-policies", policy));
    const users = ["changer", "stranger"].map((username) => ({
      username,
      password: "a-password-of-this-test",
      role: "admin",
    }));
    for (const user of users) data(await call("POST", "/users", user));
    const [changer, stranger] = await Promise.all(
      users.map(({ username, password }) => server.signIn(username, password)),
    );
    const plan = { kind: "on_alert", rule_id: "dark-for-long", order: { order: "locate", on: true } };
    const automation = { automation_id: "light", name: "Light", site_id: "1", plan, enabled: false };
    data(await call("POST", "/automations", automation));
    const change = await server.call("PATCH", "/api/automations/light", {
      cookie: changer ?? "",
      body: { enabled: true },
    });
    assert.equal(change.status, 200);
    const order = await waitFor("its order", async () => {
      const { orders } = data<{ orders: GivenOrder[] }>(await call("GET", "/orders?show=approval"));
      return orders.find(({ given_by }) => given_by === "automation light");
    });
    assert.deepEqual(order.authors, ["automation light", "admin", "changer"]);
    data(await call("DELETE", "/automations/light"));
    const approve = async (as: string | undefined) => {
      const path = `/api/orders/${order.order_id}/approve`;
      const { status, body } = await server.call("POST", path, {
        cookie: as ?? "",
        body: { payload_hash: order.payload_hash },
      });
      return body.code ?? status;
    };
    assert.deepEqual(
      [await approve(cookie), await approve(changer), await approve(stranger)],
      ["OWN_ORDER", "OWN_ORDER", 200],
    );
    await waitFor("its end", async () => {
      const { by_state } = data<GivenOrder>(await call("GET", `/orders/${order.order_id}`));
      return by_state.succeeded === 1;
    });
  });
});

describe("a pool that fails", () => {
  test("while a rule's alert is open the miners go to other pools, and home when it is over", async () => {
    const pools = [{ url: "stratum+tcp://other.example:3333", worker: "farm.x" }];
    const plan = {
      kind: "pool_failover",
      rule_id: "dark-for-long",
      pools,
      home_pools: [{ url: "stratum+tcp://home.example:3333", worker: "farm.x" }],
      home_after_minutes: 1,
      batch: 10,
    };
    const from = edge.commands().length;
    data(await call("POST", "/automations", { automation_id: "failover", name: "Failover", site_id: "1", plan }));
    // The dark one was just rebooted, and is left in peace for a while.
    const moved = () => edge.commands().slice(from);
    await waitFor("the order to all others", () => moved().length === 4, { withinMs: 20_000 });
    assert.deepEqual(
      moved()
        .map(({ miner_id }) => miner_id ?? "")
        .toSorted(),
      Object.keys(MINERS).toSorted(),
    );
    assert.ok(moved().every(({ order }) => order.order === "pools_set"));
    const { orders } = data<{ orders: { given_by: string; reason: string }[] }>(await call("GET", "/orders?limit=1"));
    assert.deepEqual(
      orders.map(({ given_by, reason }) => [given_by, reason]),
      [["automation failover", "Failover: alert of rule dark-for-long"]],
    );
    data(await call("DELETE", "/automations/failover"));

    const nowhere = { ...plan, rack: "none" };
    data(await call("POST", "/automations", { automation_id: "nowhere", name: "N", site_id: "1", plan: nowhere }));
    await waitFor("its problem", async () => (await find("nowhere")).problem?.includes("no device fits"));
    const { rows } = data<{ rows: object[] }>(await call("GET", "/audit?action=commands.give&result=refused"));
    assert.partialDeepStrictEqual(rows, [
      { actor: { kind: "automation", name: "nowhere" }, site: "1", code: "NO_DEVICES" },
    ]);
    data(await call("DELETE", "/automations/nowhere"));

    fromNowOn(() => REFUSED);
    data(await call("POST", "/automations", { automation_id: "locked", name: "Locked", site_id: "1", plan }));
    await waitFor(
      "the canary's failure to pause it",
      async () => (await find("locked")).problem?.includes("is paused"),
      {
        withinMs: 20_000,
      },
    );
    const { last_order_id } = await find("locked");
    data(await call("POST", `/orders/${last_order_id}/cancel`));
    await waitFor(
      "it to say that nobody moved",
      async () => (await find("locked")).problem?.includes("moved no miner"),
      {
        withinMs: 10_000,
      },
    );
    data(await call("DELETE", "/automations/locked"));
  });
});

test("bad plans are refused by name; a viewer sees automations and changes none", async () => {
  const bad = (plan: object) => call("POST", "/automations", { automation_id: "x", name: "x", site_id: "1", plan });
  assert.match(
    String((await bad({ kind: "on_alert", rule_id: "r", order: { order: "raw", command: "x" } })).body.detail),
    /an automation may order/,
  );
  const unknown = { kind: "on_alert", rule_id: "nosuch", order: { order: "reboot" } };
  data(
    await call("POST", "/automations", {
      ...{ automation_id: "known", name: "known", site_id: "1", enabled: false },
      plan: { ...unknown, rule_id: "dark-for-long" },
    }),
  );
  for (const reply of [
    await bad(unknown),
    await call("POST", "/automations/dry-run", { site_id: "1", plan: unknown }),
    await call("PATCH", "/automations/known", { plan: unknown }),
  ])
    assert.deepEqual([reply.status, reply.body.code, reply.body.path], [400, "NO_SUCH_RULE", "plan.rule_id"]);
  data(await call("DELETE", "/automations/known"));
  assert.equal((await bad({ kind: "curtailment", when: { is: "never" }, target_mw: 1 })).status, 400);
  assert.equal(
    (
      await call("POST", "/automations/dry-run", {
        site_id: "none",
        plan: { kind: "curtailment", when: { is: "always" }, target_mw: 1 },
      })
    ).status,
    404,
  );
  await call("POST", "/users", { username: "viewer", password: "a-viewer-of-this-test", role: "viewer" });
  const viewer = await server.signIn("viewer", "a-viewer-of-this-test");
  assert.equal((await server.call("GET", "/api/automations", { cookie: viewer })).status, 200);
  assert.equal(
    (await server.call("POST", "/api/automations/signals", { cookie: viewer, body: { name: "price", value: 9 } }))
      .status,
    403,
  );
});

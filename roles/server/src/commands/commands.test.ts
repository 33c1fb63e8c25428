import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { waitFor } from "@banksman/testkit";
import { LIVE_PATH, ListCommands, LiveMessage } from "@banksman/wire/api";
import { WebSocket } from "ws";
import { commandSite, first } from "../test/command-site.ts";
import { DONE } from "../test/fake-edge.ts";

const site = await commandSite(40);
const {
  server,
  admin,
  second,
  edge,
  miners: MINERS,
  ask,
  give,
  command,
  reaches,
  order,
  decide,
  preview,
  sentTo,
} = site;
after(() => site[Symbol.asyncDispose]());

describe("a command", () => {
  test("goes to the edge, and is told by its states until the device shows it", async () => {
    const id = first(await give({ miners: ["m0"] }));
    const frame = await waitFor("the frame", () => edge.commands().find(({ command_id }) => command_id === id));
    assert.deepEqual([frame.miner_id, frame.order], ["m0", { order: "locate", on: true }]);
    assert.ok(frame.expires_in_ms > 500_000 && frame.expires_in_ms <= 600_000);
    await reaches(id, "sent");
    edge.say({ type: "progress", command_id: id, stage: "executing" });
    await reaches(id, "executing");
    edge.say({ type: "progress", command_id: id, stage: "verifying" });
    await reaches(id, "verifying");
    edge.end(id);
    const { result, given_by, note } = await reaches(id, "succeeded");
    assert.deepEqual([result?.seen, given_by, note?.en], ["the device shows it", "admin", "the device shows it"]);
    await waitFor("taken", () => edge.frames.some((one) => one.type === "taken" && one.command_id === id));
    // Told once more, as after a cut: nothing changes, and it is taken again so that the edge can forget it.
    edge.end(id, { ...DONE, verified: "no" });
    await waitFor("taken again", () => edge.frames.filter((one) => one.type === "taken" && one.command_id === id)[1]);
    assert.equal((await command(id)).state, "succeeded");
  });

  test("waits for the one before it at the same device, not for those of others", async () => {
    const one = first(await give({ miners: ["m1"] }));
    const two = first(await give({ miners: ["m1"], order: { order: "locate", on: false } }));
    const other = first(await give({ miners: ["m2"] }));
    await reaches(one, "sent");
    await reaches(other, "sent");
    assert.equal((await command(two)).state, "queued");
    edge.end(one);
    await reaches(two, "sent");
    edge.end(two);
    edge.end(other);
    await reaches(two, "succeeded");
  });

  test("keeps the order of 50 operators who give at once, one in flight at a time", async () => {
    const inFlight = new Map<string, number>();
    const sequence: string[] = [];
    let most = 0;
    edge.answer(({ miner_id, command_id }) => {
      if (miner_id !== "m3") return null;
      inFlight.set(command_id, 1);
      most = Math.max(most, inFlight.size);
      sequence.push(command_id);
      setTimeout(() => {
        inFlight.delete(command_id);
        edge.end(command_id);
      }, 1);
      return null;
    });
    const cookies = [admin, second];
    const given = await Promise.all(
      Array.from({ length: 50 }, (_, n) => give({ miners: ["m3"] }, { cookie: cookies[n % 2] ?? admin })),
    );
    const succeeded = await waitFor("all to succeed", async () => {
      const { body } = await server.call("GET", "/api/commands?miner_id=m3&state=succeeded", { cookie: admin });
      const { commands } = ListCommands.reply.parse(body).data;
      return commands.length === given.length ? commands : null;
    });
    edge.answer(() => null);
    assert.equal(most, 1);
    assert.equal(new Set(sequence).size, 50);
    const sent = succeeded
      .toSorted((a, b) => Date.parse(a.sent_at ?? "") - Date.parse(b.sent_at ?? ""))
      .map(({ command_id }) => command_id);
    assert.deepEqual(sent, sequence);
  });

  test("is told live to who may see its site, and to nobody else", async () => {
    const grants = [{ role: "viewer", scope: { of: "site", site_id: "2" } }];
    await server.call("POST", "/api/sites", { cookie: admin, body: { site_id: "2", name: "Site 2" } });
    const user = { username: "elsewhere", password: "another-long-password", grants };
    assert.equal((await server.call("POST", "/api/users", { cookie: admin, body: user })).status, 200);
    const follow = async (cookie: string) => {
      const socket = new WebSocket(server.url.replace("http", "ws") + LIVE_PATH, { headers: { cookie } });
      const told: LiveMessage[] = [];
      socket.on("message", (data) => told.push(LiveMessage.parse(JSON.parse(String(data)))));
      await new Promise((resolve) => socket.once("open", resolve));
      socket.send(JSON.stringify({ type: "subscribe_commands" }));
      return { socket, told };
    };
    const [here, elsewhere] = [await follow(second), await follow(await server.signIn(user.username, user.password))];
    const { order: given, commands } = await give({ miners: ["m8"] });
    const times = () =>
      here.told.filter(
        (one) => one.type === "commands" && one.site_id === "1" && one.order_ids.includes(given.order_id),
      ).length;
    await waitFor("that it was given", () => times() > 0);
    await reaches(commands[0]?.command_id ?? "", "sent");
    const before = times();
    edge.end(commands[0]?.command_id ?? "");
    await waitFor("that it ended", () => times() > before);
    assert.deepEqual(elsewhere.told, []);
    for (const { socket } of [here, elsewhere]) socket.terminate();
  });

  test("can be cancelled until it leaves, and expires when its time is over", async () => {
    const one = first(await give({ miners: ["m4"] }));
    const two = first(await give({ miners: ["m4"] }));
    const three = first(await give({ miners: ["m4"], ttl_seconds: 5 }));
    await reaches(one, "sent");
    const late = await server.call("POST", `/api/commands/${one}/cancel`, { cookie: admin });
    assert.deepEqual([late.status, late.body.code], [409, "HAS_LEFT"]);
    assert.equal((await server.call("POST", `/api/commands/${two}/cancel`, { cookie: admin })).status, 200);
    assert.equal((await command(two)).state, "cancelled");
    await reaches(three, "expired");
    const { body } = await server.call("GET", "/api/audit?action=commands.end", { cookie: admin });
    const { rows } = body.data as { rows: { after: { command_id: string; state: string } }[] };
    const own = rows.filter(({ after }) => after.command_id === three).map(({ after }) => after.state);
    assert.deepEqual(own, ["expired"]);
    edge.end(one);
    await reaches(one, "succeeded");
    assert.deepEqual([sentTo(two), sentTo(three)], [0, 0]);
  });

  test("given twice under one Idempotency-Key is given once; another one under the same key is refused", async () => {
    const headers = { "idempotency-key": "from-a-script-1" };
    const both = await Promise.all([give({ miners: ["m5"] }, { headers }), give({ miners: ["m5"] }, { headers })]);
    assert.equal(first(both[0]), first(both[1]));
    const { status, body } = await ask({ miners: ["m6"] }, admin, headers);
    assert.deepEqual([status, body.code], [409, "KEY_USED"]);
    edge.end(first(both[0]));
  });

  test("that no device could take is told for each, with the reason", async () => {
    const { commands } = await give({ miners: ["m39", "nobody", "m38"], order: { order: "restart_hashing" } });
    assert.deepEqual(commands.map(({ miner_id, state, code }) => [miner_id, state, code]).toSorted(), [
      ["m38", "refused", "not_offered"],
      ["m39", "queued", null],
      ["nobody", "refused", "no_such_miner"],
    ]);
    const sleep = await give({ miners: ["m38"], order: { order: "mode_set", mode: "sleep" } });
    assert.equal(sleep.commands[0]?.code, "already_so");
    const { status, body } = await ask({ target: { site_id: "1", filter: { model: "none" } } });
    assert.deepEqual([status, body.code], [422, "NO_DEVICES"]);
  });

  test("to the edge itself goes to the edge", async () => {
    const id = first(
      await give({ target: { site_id: "1", edge: true }, order: { order: "set_interval", seconds: 60 } }),
    );
    await reaches(id, "sent");
    const frame = edge.commands().find(({ command_id }) => command_id === id);
    assert.deepEqual([frame?.miner_id, frame?.order], [null, { order: "set_interval", seconds: 60 }]);
    edge.end(id);
    const wrong = await ask({ target: { site_id: "1", edge: true } });
    assert.equal(wrong.status, 400);
  });

  test("is in the audit trail: given, and how it ended; no password anywhere", async () => {
    const pools = [{ url: "stratum+tcp://a.example:1", worker: "w", password: "hunter2-of-the-pool" }];
    const given = await give({ miners: ["m7"], order: { order: "pools_set", pools } });
    await reaches(first(given), "sent");
    const frame = edge.commands().find(({ command_id }) => command_id === first(given));
    assert.deepEqual(frame?.order, { order: "pools_set", pools });
    edge.end(first(given));
    await reaches(first(given), "succeeded");
    // The row of its end is put into the chain right after the command's own transaction.
    const { body, rows } = await waitFor("the row of its end", async () => {
      const { body: told } = await server.call("GET", "/api/audit?action=commands", { cookie: admin });
      const found = (told.data as { rows: { action: string; target: string; reason: string; result: string }[] }).rows;
      return found[0]?.action === "commands.end" ? { body: told, rows: found } : null;
    });
    const own = rows.slice(0, 2).map(({ action, target, reason, result }) => [action, target, reason, result]);
    assert.deepEqual(own, [
      ["commands.end", "m7", null, "done"],
      ["commands.give", "site 1", "a test", "done"],
    ]);
    assert.doesNotMatch(JSON.stringify([given, body, await order(given.order.order_id)]), /hunter2/);
  });
});

describe("interlocks", () => {
  test("refuse what is out of limits, and say so beforehand", async () => {
    const low = { order: "power_target", watts: 100 };
    const seen = await preview({ miners: ["m10", "m11"], order: low });
    assert.deepEqual([seen.devices, seen.ordered, seen.skipped[0]?.code], [2, 0, "power-limits"]);
    const { commands } = await give({ miners: ["m10"], order: low });
    assert.deepEqual([commands[0]?.state, commands[0]?.code], ["refused", "power-limits"]);
  });

  test("let a share of a site reboot at once, and the next when it may", async () => {
    const rule = {
      name: "reboot-share",
      title: { en: "one at once", zh: "一次一台" },
      orders: ["reboot"],
      rule: { kind: "at_once", max_percent: 5, window_seconds: 0 },
    };
    assert.equal((await server.call("POST", "/api/interlocks", { cookie: admin, body: rule })).status, 200);
    const seen = await preview({ miners: ["m12", "m13", "m14"], order: { order: "reboot" } });
    assert.deepEqual([seen.ordered, seen.waits[0]?.code, seen.waits[0]?.devices], [3, "reboot-share", 1]);
    const given = await give({ miners: ["m12", "m13", "m14"], order: { order: "reboot" } });
    const ids = given.commands.map(({ command_id }) => command_id);
    const waiting = await waitFor("the third to wait", async () => {
      const rows = await Promise.all(ids.map(command));
      const sent = rows.filter(({ state }) => state === "sent");
      return sent.length === 2 ? rows.find(({ code }) => code === "reboot-share") : null;
    });
    assert.equal(waiting.state, "queued");
    assert.deepEqual(waiting.note, { en: "one at once", zh: "一次一台" });
    const sent = ids.filter((id) => id !== waiting.command_id);
    for (const id of sent) edge.end(id);
    await reaches(waiting.command_id, "sent");
    edge.end(waiting.command_id);
    await reaches(waiting.command_id, "succeeded");
    const quiet = await preview({ miners: ["m12"], order: { order: "power_target", watts: 3_000 } });
    assert.equal(quiet.waits[0]?.code, "quiet-after-reboot");
  });

  test("name orders and figures that there are: a mistyped one would never hold", async () => {
    const title = { en: "typo", zh: "错" };
    const limits = { kind: "limits", figure: "watts", min: 1, max: 2 };
    const wrong: readonly [string, object, string][] = [
      ["interlocks", { orders: ["rebot"], rule: { kind: "at_once", max_percent: 5, window_seconds: 0 } }, "orders"],
      ["interlocks", { orders: ["reboot"], rule: { kind: "quiet", after: ["rebot"], seconds: 9 } }, "rule.after"],
      ["interlocks", { orders: ["power_target"], rule: { ...limits, figure: "wats" } }, "rule.figure"],
      ["interlocks", { orders: ["power_target"], rule: { ...limits, min: 3 } }, "rule.max"],
      ["approval-policies", { orders: ["reboot", "cooling_stopp"] }, "orders"],
    ];
    for (const [what, fields, path] of wrong) {
      const body = { name: "typo", title, ...fields };
      const reply = await server.call("POST", `/api/${what}`, { cookie: admin, body });
      assert.deepEqual([reply.status, reply.body.path], [400, path], JSON.stringify(reply.body));
    }
    const body = { name: "cold", title, enabled: false, orders: ["cooling_set_temperature"] };
    const right = { ...body, rule: { ...limits, figure: "celsius" } };
    assert.equal((await server.call("POST", "/api/interlocks", { cookie: admin, body: right })).status, 200);
  });

  test("are policy: an operator sees them and can't change them", async () => {
    assert.equal((await server.call("GET", "/api/interlocks", { cookie: second })).status, 200);
    assert.equal((await server.call("DELETE", "/api/interlocks/power-limits", { cookie: second })).status, 403);
  });
});

describe("a rolling order", () => {
  test("sends the canary, then batch after batch; pauses when too many fail; goes on when a person says so", async () => {
    const miners = MINERS.slice(22, 29);
    const rolling = { canary: 1, batch: 3, max_failed_percent: 40 };
    const given = await give({ miners, rolling });
    const { order_id: id } = given.order;
    const batch = (size: number, from: number) =>
      waitFor(`${size} of the batch`, () => {
        const own = edge.commands().filter(({ miner_id }) => miners.includes(miner_id ?? ""));
        return own.length === from + size ? own.slice(from) : null;
      });
    const [canary] = await batch(1, 0);
    assert.deepEqual([given.order.steps, (await order(id)).step], [3, 0]);
    edge.end(canary?.command_id ?? "");
    const failed = { ...DONE, outcome: "unreachable", verified: "not_checked", code: "timed_out" } as const;
    for (const { command_id } of await batch(3, 1)) edge.end(command_id, failed);
    const paused = await waitFor("a pause", async () => {
      const now = await order(id);
      return now.paused_because === null ? null : now;
    });
    assert.equal(paused.paused_because, "3 of 4 devices failed");
    assert.deepEqual(paused.paused_note, { en: "3 of 4 devices failed", zh: "4 台设备中有 3 台失败" });
    assert.deepEqual(paused.by_state, { succeeded: 1, failed: 3, queued: 3 });
    assert.equal((await decide(id, "resume", admin)).status, 200);
    assert.equal((await order(id)).paused_note, null);
    for (const { command_id } of await batch(3, 4)) edge.end(command_id);
    await waitFor("the end", async () => (await order(id)).by_state.succeeded === 4);
  });

  test("can be held and cancelled in the middle", async () => {
    const miners = MINERS.slice(30, 35);
    const given = await give({ miners, rolling: { canary: 0, batch: 2, max_failed_percent: 0 } });
    const { order_id: id } = given.order;
    await waitFor("the first batch", async () => (await order(id)).by_state.sent === 2);
    await decide(id, "pause", admin);
    for (const { command_id, miner_id } of edge.commands()) if (miners.includes(miner_id ?? "")) edge.end(command_id);
    await waitFor("the first batch's end", async () => (await order(id)).by_state.succeeded === 2);
    assert.equal((await order(id)).step, 0);
    assert.equal((await decide(id, "cancel", admin)).status, 200);
    assert.deepEqual((await order(id)).by_state, { succeeded: 2, cancelled: 3 });
  });

  test("goes on when its canary is cancelled by itself", async () => {
    const busy = first(await give({ miners: ["m36"] }));
    await reaches(busy, "sent");
    const given = await give({
      miners: ["m36", "m37"],
      rolling: { canary: 1, batch: 1, max_failed_percent: 0 },
    });
    const canary = given.commands.find(({ miner_id }) => miner_id === "m36")?.command_id ?? "";
    const next = given.commands.find(({ miner_id }) => miner_id === "m37")?.command_id ?? "";
    assert.equal((await server.call("POST", `/api/commands/${canary}/cancel`, { cookie: admin })).status, 200);
    await reaches(next, "sent");
    edge.end(busy);
    edge.end(next);
    await reaches(next, "succeeded");
  });
});

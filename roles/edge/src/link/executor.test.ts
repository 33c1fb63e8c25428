import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { LeftOrder, OrderReport } from "@banksman/devices";
import { type Clock, createLog, systemClock, VirtualClock } from "@banksman/kit";
import { tempFolder, waitFor } from "@banksman/testkit";
import type { EdgeFrame, ServerFrame } from "@banksman/wire/link";
import fc from "fast-check";
import { lockDevice } from "../orders/device-lock.ts";
import { MinerUsage } from "../orders/errors.ts";
import { createExecutor } from "./executor.ts";
import { Ledger } from "./ledger.ts";

const ID = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, "0")}`;
const DONE: OrderReport = {
  outcome: "accepted",
  verified: "yes",
  code: null,
  reason: null,
  seen: "done",
  driver: "fake",
  model: null,
  took_ms: 1,
};
const BEFORE = { reading: { online: true, driver: "fake" }, told: [] } as LeftOrder["before"];
const command = (n: number, miner = "m1", ms = 60_000): ServerFrame => ({
  type: "command",
  command_id: ID(n),
  miner_id: miner,
  order: { order: "locate", on: true },
  expires_in_ms: ms,
});

type How = {
  give?: (left: () => void) => Promise<OrderReport>;
  locks?: string;
  mac?: string;
  clock?: Clock;
  knows?: () => boolean;
};

/** An edge whose miners are fakes that count what leaves for them. */
function edgeOn(folder: string, how: How = {}) {
  const ledger = new Ledger(join(folder, "commands.db"));
  const told: EdgeFrame[] = [];
  const left: string[] = [];
  const expected: unknown[] = [];
  let settled = 0;
  const stop = new AbortController();
  const executor = createExecutor({
    ledger,
    targetOf: (id) =>
      id === "nobody" || how.knows?.() === false ? null : { host: "127.0.0.1", port: 4028, type: "auto" },
    machineOf: () => (how.mac === undefined ? null : { mac: how.mac }),
    give: async (_target, order, options) => {
      expected.push(options.expected);
      const leave = () => {
        options.onLeaving?.(BEFORE);
        left.push(order.order);
      };
      if (how.give) return how.give(leave);
      leave();
      options.onTaken?.();
      return DONE;
    },
    settle: async (_target, _order, options) => {
      expected.push(options.expected);
      settled += 1;
      return { ...DONE, seen: "settled" };
    },
    toUnit: null,
    edgeOrder: async () => "done",
    options: { connectTimeoutMs: 1, totalTimeoutMs: 1 },
    folder: how.locks ?? folder,
    tell: (frame) => told.push(frame),
    clock: how.clock ?? systemClock,
    log: createLog("edge", "silent"),
    signal: stop.signal,
  });
  const results = () => told.flatMap((frame) => (frame.type === "result" ? [frame] : []));
  return {
    ledger,
    told,
    left,
    expected,
    executor,
    results,
    settled: () => settled,
    result: (n: number) => waitFor("a result", () => results().find(({ command_id }) => command_id === ID(n))),
    die: () => ledger[Symbol.dispose](),
  };
}

describe("the edge's end of an order", () => {
  test("a command that the network delivers again, in any order, leaves once and is told again", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 20 }), async (ids) => {
        await using folder = await tempFolder();
        const edge = edgeOn(folder.path);
        for (const n of ids) edge.executor.take(command(n, `m${n}`));
        await edge.executor.drained();
        for (const n of ids) edge.executor.take(command(n, `m${n}`));
        await edge.executor.drained();
        assert.equal(edge.left.length, new Set(ids).size);
        assert.deepEqual(new Set(edge.results().map(({ command_id }) => command_id)), new Set(ids.map(ID)));
        edge.die();
      }),
      { numRuns: 15 },
    );
  });

  test("one that had left when the edge died is settled by reading, and never sent again", async () => {
    await using folder = await tempFolder();
    const dead = edgeOn(folder.path, {
      // The kernel lets go of what a killed process holds; this one only stands still.
      locks: join(folder.path, "dead"),
      give: (leave) => {
        leave();
        return new Promise(() => undefined);
      },
    });
    dead.executor.take(command(1));
    await waitFor("it to leave", () => dead.left.length === 1);
    dead.die();
    const alive = edgeOn(folder.path);
    alive.executor.resume();
    alive.executor.take(command(1));
    assert.equal((await alive.result(1)).result.seen, "settled");
    assert.deepEqual([alive.left, alive.settled()], [[], 1]);
    alive.die();
  });

  test("an order is for the machine that goes by the miner's id, also when it is settled", async () => {
    await using folder = await tempFolder();
    const mac = "02:00:00:00:00:01";
    const edge = edgeOn(folder.path, { mac });
    edge.executor.take(command(1));
    await edge.result(1);
    edge.die();
    {
      using dead = new Ledger(join(folder.path, "commands.db"));
      dead.add(ID(2), "m1", { order: "locate", on: true }, Date.now() + 60_000);
      dead.leaving(ID(2), BEFORE, Date.now());
    }
    const alive = edgeOn(folder.path, { mac });
    alive.executor.resume();
    await alive.result(2);
    assert.deepEqual([edge.expected, alive.expected], [[{ mac }], [{ mac }]]);
    alive.die();
  });

  /** What a process leaves that dies after its order may have left; its time is over when the next one starts. */
  const leaveBehind = (folder: string, now: number) => {
    using dead = new Ledger(join(folder, "commands.db"));
    dead.add(ID(1), "m1", { order: "locate", on: true }, now - 1);
    dead.leaving(ID(1), BEFORE, now - 10);
  };

  test("one that may have left waits for the sweep that finds its miner; never found, nobody knows what became of it", async () => {
    for (const isFound of [true, false]) {
      await using folder = await tempFolder();
      const clock = new VirtualClock();
      leaveBehind(folder.path, clock.now());
      let isSwept = false;
      const edge = edgeOn(folder.path, { clock, knows: () => isSwept });
      edge.executor.resume();
      await clock.advance(30_000);
      assert.deepEqual(edge.results(), []);
      isSwept = isFound;
      await clock.advance(600_000);
      const { outcome, code } = (await edge.result(1)).result;
      assert.deepEqual([outcome, code], isFound ? ["accepted", null] : ["unknown", "no_such_miner"]);
      edge.die();
    }
  });

  test("one that may have left waits for whoever holds the device; held on, nobody knows what became of it", async () => {
    for (const isLetGo of [true, false]) {
      await using folder = await tempFolder();
      const clock = new VirtualClock();
      leaveBehind(folder.path, clock.now());
      const held = lockDevice(folder.path, "127.0.0.1:4028");
      const edge = edgeOn(folder.path, { clock });
      edge.executor.resume();
      await clock.advance(2_000);
      assert.deepEqual(edge.results(), []);
      if (isLetGo) held[Symbol.dispose]();
      await clock.advance(600_000);
      const { outcome, code } = (await edge.result(1)).result;
      assert.deepEqual([outcome, code], isLetGo ? ["accepted", null] : ["unknown", "device_busy"]);
      edge.die();
      if (!isLetGo) held[Symbol.dispose]();
    }
  });

  test("what goes wrong after an order has left is not told as a device that was busy before", async () => {
    await using folder = await tempFolder();
    const edge = edgeOn(folder.path, {
      give: async (leave) => {
        leave();
        throw MinerUsage.DEVICE_BUSY("127.0.0.1:4028");
      },
    });
    edge.executor.take(command(1));
    const { outcome, code } = (await edge.result(1)).result;
    assert.deepEqual([outcome, code], ["unknown", "edge_failed"]);
    edge.die();
  });

  test("one that had only arrived is carried out by the next process, unless its time is over", async () => {
    await using folder = await tempFolder();
    {
      using dead = new Ledger(join(folder.path, "commands.db"));
      dead.add(ID(1), "m1", { order: "locate", on: true }, Date.now() + 60_000);
      dead.add(ID(2), "m2", { order: "locate", on: true }, Date.now() - 1);
    }
    const alive = edgeOn(folder.path);
    alive.executor.resume();
    assert.equal((await alive.result(1)).result.outcome, "accepted");
    assert.deepEqual([(await alive.result(2)).result.code, alive.left.length], ["expired", 1]);
    alive.die();
  });

  test("what never arrived is told so, and is not carried out if it comes after all", async () => {
    await using folder = await tempFolder();
    const edge = edgeOn(folder.path);
    edge.executor.take({ type: "settle", command_id: ID(1) });
    assert.equal((await edge.result(1)).result.code, "expired");
    edge.executor.take(command(1));
    await edge.executor.drained();
    assert.deepEqual(edge.left, []);
    edge.die();
  });

  test("ends are told again until the server has them", async () => {
    await using folder = await tempFolder();
    const edge = edgeOn(folder.path);
    edge.executor.take(command(1));
    await edge.result(1);
    edge.executor.linked();
    assert.equal(edge.results().length, 2);
    edge.executor.take({ type: "taken", command_id: ID(1) });
    edge.executor.linked();
    assert.equal(edge.results().length, 2);
    edge.die();
  });

  test("orders to one miner go one after another; a miner that isn't there is told", async () => {
    await using folder = await tempFolder();
    let inside = 0;
    let most = 0;
    const edge = edgeOn(folder.path, {
      give: async (leave) => {
        inside += 1;
        most = Math.max(most, inside);
        leave();
        await new Promise((resolve) => setImmediate(resolve));
        inside -= 1;
        return DONE;
      },
    });
    for (let n = 1; n <= 5; n++) edge.executor.take(command(n));
    edge.executor.take(command(9, "nobody"));
    assert.equal((await edge.result(9)).result.code, "no_such_miner");
    await edge.result(5);
    assert.equal(most, 1);
    edge.die();
  });
});

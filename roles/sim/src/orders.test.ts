import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { freePort } from "@banksman/testkit";
import type { Order } from "@banksman/wire/model";
import { ORDER_FAULTS, type Timing } from "./control.ts";
import { startMiners } from "./start-miners.ts";
import { give, type OrderBench, startOrderBench } from "./test/order-bench.ts";

/** A range of this process alone, so that test files don't meet. */
const RANGE = `127.${100 + (process.pid % 100)}.${(process.pid >> 7) & 127}`;
/** Restarts within moments, and shares all the time: what takes minutes in the field must not take them here. */
const TIMING: Timing = { rebootMs: 120, startingMs: 0, difficulty: 16 };
const POOL = { url: "stratum+tcp://other.pool.example:3333", worker: "minefarm.moved", password: "x" };

/** One of each family, and the firmware's own names for what each order sends. */
const FAMILIES = [
  {
    model: "s21",
    reboot: "reboot",
    pools: ["set_miner_conf"],
    locate: "blink",
    modes: { sleep: "set_miner_conf", wake: "set_miner_conf", low: "set_miner_conf" },
    restart: "set_miner_conf",
    power: null,
  },
  {
    model: "m50",
    reboot: "reboot",
    pools: ["update_pools"],
    locate: "set_led",
    modes: { sleep: "power_off", wake: "power_on", low: "set_low_power" },
    restart: "restart_btminer",
    power: "adjust_power_limit",
  },
  {
    model: "m66s",
    reboot: "set.system.reboot",
    pools: ["set.miner.pools"],
    locate: "set.system.led",
    modes: { sleep: "set.miner.service", wake: "set.miner.service", low: "set.miner.power_mode" },
    restart: "set.miner.service",
    power: "set.miner.power_limit",
  },
  {
    model: "a15",
    reboot: "reboot",
    pools: ["setpool", "reboot"],
    locate: "led",
    modes: { sleep: "softoff", wake: "softon", low: "workmode" },
    restart: null,
    power: null,
  },
] as const;

let bench: OrderBench;

before(async () => {
  bench = await startOrderBench(
    RANGE,
    FAMILIES.map(({ model }) => model),
    TIMING,
  );
});

after(() => bench.close());

/** Families go side by side, the orders to one after the other: each waits for its miner, not for this machine. */
describe("orders", { concurrency: FAMILIES.length }, () => {
  for (const family of FAMILIES) ordersTo(family);
});

function ordersTo(family: (typeof FAMILIES)[number]): void {
  describe(`to a ${family.model}`, { concurrency: 1 }, () => {
    /** Gives the order and says what was seen; exactly the named messages must have arrived, once each. */
    const done = async (order: Order, names: readonly string[]) => {
      const { target, control } = bench.miner(family.model, null);
      const counts = new Map(control.done);
      const result = await give(target, order);
      assert.deepEqual(
        { outcome: result.outcome, verified: result.verified, reason: result.reason },
        { outcome: "accepted", verified: "yes", reason: null },
        result.seen ?? "",
      );
      for (const name of new Set(names)) {
        const times = names.filter((one) => one === name).length;
        assert.equal((control.done.get(name) ?? 0) - (counts.get(name) ?? 0), times, `${name} was delivered once`);
        assert.equal(control.arrived.get(name), control.done.get(name));
      }
      return result;
    };

    test("reboot: goes away and comes back", async () => {
      const { seen } = await done({ order: "reboot" }, [family.reboot]);
      assert.match(seen ?? "", /came back|up for \d+ s/);
    });

    test("locate on and off", async () => {
      await done({ order: "locate", on: true }, [family.locate]);
      await done({ order: "locate", on: false }, [family.locate]);
    });

    test("pools are set, asked, and not set again when they are so already", async () => {
      const { seen } = await done({ order: "pools_set", pools: [POOL] }, family.pools);
      assert.match(seen ?? "", /shares are accepted|tells no shares/);
      const { target } = bench.miner(family.model, null);
      const { value } = await give(target, { order: "pools_get" });
      assert.ok(Array.isArray(value));
      assert.deepEqual(value[0], { url: POOL.url, worker: POOL.worker });
      if (family.model === "s21") {
        const again = await give(target, { order: "pools_set", pools: [POOL] });
        assert.match(again.seen ?? "", /so already; nothing was sent/);
      }
    });

    test("low, sleep and wake are reached; the mode is told", async () => {
      const { target } = bench.miner(family.model, null);
      const mode = async () => (await give(target, { order: "mode_get" })).value;
      await done({ order: "mode_set", mode: "low" }, [family.modes.low]);
      assert.equal(await mode(), "low");
      await done({ order: "mode_set", mode: "sleep" }, [family.modes.sleep]);
      assert.equal(await mode(), "sleep");
      await done({ order: "mode_set", mode: "sleep" }, []);
      await done({ order: "mode_set", mode: "wake" }, [family.modes.wake]);
      assert.equal(await mode(), "normal");
    });

    test("restart_hashing and power_target, where the firmware knows them", async () => {
      const { target } = bench.miner(family.model, null);
      // The uptime that begins anew must have been above what it begins with.
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      if (family.restart) await done({ order: "restart_hashing" }, [family.restart]);
      else assert.equal((await give(target, { order: "restart_hashing" })).code, "not_offered");
      if (family.power) await done({ order: "power_target", watts: 3_210 }, [family.power]);
      else assert.equal((await give(target, { order: "power_target", watts: 3_210 })).code, "not_offered");
    });

    test("another machine at the address is sent nothing; the one that is meant takes the order", async () => {
      const { target, control, mac } = bench.miner(family.model, null);
      const before = JSON.stringify([...control.arrived]);
      const order: Order = { order: "locate", on: true };
      const other = await give(target, order, { expected: { mac: "02:aa:aa:aa:aa:aa", serial: "another" } });
      assert.deepEqual([other.outcome, other.code, other.verified], ["refused", "another_device", "not_checked"]);
      assert.match(other.reason ?? "", /nothing was sent: .* was meant/);
      assert.equal(JSON.stringify([...control.arrived]), before);
      const meant = await give(target, order, { expected: { mac: mac.toUpperCase() } });
      assert.deepEqual([meant.outcome, meant.verified], ["accepted", "yes"]);
    });

    test("a dry run tells the messages and sends none", async () => {
      const { target, control } = bench.miner(family.model, null);
      const before = JSON.stringify([...control.arrived]);
      const order: Order = { order: "pools_set", pools: [{ ...POOL, worker: "minefarm.dry" }] };
      const { messages, outcome } = await give(target, order, { dryRun: true });
      assert.equal(outcome, "accepted");
      assert.match(messages?.[0]?.bytes ?? "", /minefarm\.dry/);
      assert.equal(JSON.stringify([...control.arrived]), before);
    });

    const failures: Record<(typeof ORDER_FAULTS)[number], [outcome: string, verified: string, done: number]> = {
      order_hang: ["accepted", "yes", 1],
      order_busy: ["unknown", "no", 0],
      order_ignored: ["accepted", "no", 0],
      order_error: ["refused", "not_checked", 0],
      order_denied: ["refused", "not_checked", 0],
      // API 3 doesn't say why a signature is no good, so that nobody may try again.
      order_stale_token: family.model === "m66s" ? ["refused", "not_checked", 0] : ["accepted", "yes", 1],
    };
    for (const kind of ORDER_FAULTS) {
      test(`${kind}: a reboot is delivered once and its outcome is told as it is`, async () => {
        const { target, control } = bench.miner(family.model, kind);
        const [outcome, verified, times] = failures[kind];
        const result = await give(target, { order: "reboot" }, { verifyWithinMs: 1_000, orderTimeoutMs: 800 });
        assert.deepEqual(
          { outcome: result.outcome, verified: result.verified },
          { outcome, verified },
          result.seen ?? "",
        );
        assert.equal(control.done.get(family.reboot) ?? 0, times);
        assert.ok((control.arrived.get(family.reboot) ?? 0) <= 1, "no order arrives twice");
        if (outcome !== "accepted") assert.ok(result.reason && result.code);
      });
    }

    test("without credentials nothing is ordered where the firmware wants them", async () => {
      const { target, control } = bench.miner(family.model, null);
      const before = JSON.stringify([...control.arrived]);
      const order: Order = { order: "pools_set", pools: [{ ...POOL, worker: "minefarm.nobody" }] };
      const { outcome, reason } = await give(target, order, { factoryCredentials: false });
      assert.equal(outcome, "refused");
      assert.match(reason ?? "", /password|denied/);
      const dry = await give(target, order, { factoryCredentials: false, dryRun: true });
      assert.deepEqual([dry.outcome, dry.reason], [outcome, reason], "a dry run says what the order would meet");
      assert.equal(JSON.stringify([...control.arrived]), before);
    });

    test("a wrong password is refused, and shown to nobody", async () => {
      const { target, control } = bench.miner(family.model, null);
      const before = JSON.stringify([...control.done]);
      const credentials = { "*": { username: "root", password: "not-the-password" } };
      const order: Order = { order: "pools_set", pools: [{ ...POOL, worker: "minefarm.wrong" }] };
      const result = await give(target, order, { credentials });
      assert.equal(result.outcome, "refused", JSON.stringify(result));
      assert.doesNotMatch(JSON.stringify(result), /not-the-password/);
      assert.equal(JSON.stringify([...control.done]), before);
    });
  });
}

test("a miner whose clock is wrong takes orders all the same: they are signed with its own time", async () => {
  const [port, v3Port] = [await freePort(), await freePort()];
  const now = () => Date.now() - 5 * 3_600_000;
  for (const [model, last, name] of [
    ["m66s", 90, "set.system.led"],
    ["a15", 91, "softoff"],
  ] as const) {
    const from = `${RANGE}.${last}`;
    const models = [model];
    await using sim = await startMiners({
      count: 1,
      from,
      port,
      v3Port,
      seed: 3,
      models,
      faults: [],
      timing: TIMING,
      now,
    });
    const order: Order = model === "m66s" ? { order: "locate", on: true } : { order: "mode_set", mode: "sleep" };
    const result = await give({ host: from, port, options: { v3_port: v3Port } }, order);
    assert.deepEqual([result.outcome, result.verified], ["accepted", "yes"], JSON.stringify(result));
    assert.equal(sim.controls[0]?.done.get(name), 1);
  }
});

test("nobody there: unreachable, and nothing else is tried", async () => {
  const result = await give({ host: "127.255.255.250", port: await freePort() }, { order: "reboot" });
  assert.deepEqual([result.outcome, result.code, result.driver], ["unreachable", "refused", null]);
});

test("a miner whose web server is away is not reached, and refuses nothing", async () => {
  const { target, control } = bench.miner("s21", null);
  const away = { ...target, options: { ...target.options, http_port: await freePort() } };
  const arrived = new Map(control.arrived);
  for (const order of [{ order: "mode_get" }, { order: "mode_set", mode: "sleep" }] as const) {
    const result = await give(away, order);
    assert.deepEqual([result.outcome, result.code], ["unreachable", "refused"], JSON.stringify(result));
    assert.match(result.reason ?? "", /refuses connections/);
  }
  assert.deepEqual(control.arrived, arrived);
});

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Order } from "@banksman/wire/model";
import { ORDER_FAULTS, type OrderFault, type Timing } from "../control.ts";
import { give, type OrderBench, startOrderBench } from "../test/order-bench.ts";

/** A range of this process alone, so that test files don't meet. */
const RANGE = `127.${100 + (process.pid % 100)}.${128 + ((process.pid >> 7) & 127)}`;
const TIMING: Timing = { rebootMs: 120, startingMs: 0, difficulty: 1 };
const POOL = { url: "stratum+tcp://other.pool.example:3333", worker: "minefarm.moved", password: "x" };

type Expected = {
  driver: string;
  model: string;
  /** The firmware's own names for the messages of each order; null where it knows no such order. */
  reboot: string;
  pools: readonly string[];
  locate: string | null;
  sleep: string | null;
  wake: string | null;
  restart: string | null;
  power: readonly string[] | null;
  logs: boolean;
  /** Orders want a login. */
  secret: boolean;
};

const FAMILIES: readonly Expected[] = [
  {
    driver: "braiins",
    model: "s19xp-braiins",
    reboot: "reboot",
    pools: ["pools"],
    locate: "locate",
    sleep: "pause",
    wake: "resume",
    restart: "restart",
    power: ["power-target"],
    logs: true,
    secret: true,
  },
  {
    driver: "vnish",
    model: "s19xp-vnish",
    reboot: "reboot",
    pools: ["pools"],
    locate: "find-miner",
    sleep: "stop",
    wake: "start",
    restart: "restart",
    power: ["preset"],
    logs: true,
    secret: true,
  },
  {
    driver: "luxos",
    model: "s19kpro-luxos",
    reboot: "rebootdevice",
    pools: ["addpool", "switchpool", "removepool", "removepool", "removepool"],
    locate: "ledset",
    sleep: "curtail",
    wake: "curtail",
    restart: "resetminer",
    power: ["atmset", "profileset", "atmset"],
    logs: false,
    secret: false,
  },
  {
    driver: "epic",
    model: "s19xp-epic",
    reboot: "reboot",
    pools: ["coin"],
    locate: "identify",
    sleep: "miner",
    wake: "miner",
    restart: null,
    power: null,
    logs: true,
    secret: true,
  },
  {
    driver: "auradine",
    model: "at1500",
    reboot: "restart",
    pools: ["updatepools"],
    locate: "led",
    sleep: "mode",
    wake: "mode",
    restart: null,
    power: ["mode"],
    logs: false,
    secret: true,
  },
  {
    driver: "sealminer",
    model: "sealminer-a2",
    reboot: "reboot",
    pools: ["updatepools", "reboot"],
    locate: "led_conf",
    sleep: "suspend",
    wake: "restart",
    restart: "restart",
    power: ["powerlimit", "reboot"],
    logs: false,
    secret: true,
  },
  {
    driver: "proto",
    model: "proto-rig",
    reboot: "reboot",
    pools: ["pools"],
    locate: "locate",
    sleep: "stop",
    wake: "start",
    restart: null,
    power: ["target"],
    logs: true,
    secret: true,
  },
  {
    driver: "bitaxe",
    model: "bitaxe-gamma",
    reboot: "restart",
    pools: ["settings", "restart"],
    locate: null,
    sleep: null,
    wake: null,
    restart: null,
    power: null,
    logs: false,
    secret: false,
  },
  {
    driver: "hiveon",
    model: "s19jpro-hiveon",
    reboot: "reboot",
    pools: ["set_miner_conf"],
    locate: "blink",
    sleep: "set_miner_conf",
    wake: "set_miner_conf",
    restart: "set_miner_conf",
    power: null,
    logs: true,
    secret: true,
  },
  {
    driver: "hammer",
    model: "d10",
    reboot: "reboot",
    pools: ["set_miner_conf"],
    locate: "blink",
    sleep: null,
    wake: null,
    restart: null,
    power: null,
    logs: false,
    secret: true,
  },
  {
    driver: "elphapex",
    model: "dg1",
    reboot: "reboot",
    pools: ["set_miner_conf"],
    locate: "blink",
    sleep: null,
    wake: null,
    restart: null,
    power: null,
    logs: false,
    secret: true,
  },
];

/** Machines of which no order is known. */
const READ_ONLY = ["s19-msk", "unknown"] as const;

let bench: OrderBench;

before(async () => {
  bench = await startOrderBench(RANGE, [...FAMILIES.map(({ model }) => model), ...READ_ONLY], TIMING);
});

after(() => bench.close());

for (const family of FAMILIES) {
  describe(`orders to ${family.driver}`, () => {
    /** Gives the order; exactly the named messages must have arrived and been carried out, each as often as named. */
    const done = async (order: Order, names: readonly string[], verified = "yes") => {
      const { target, control } = bench.miner(family.model, null);
      const was = new Map(control.done);
      const result = await give(target, order);
      const { outcome, reason, seen } = result;
      assert.deepEqual(
        { outcome, verified: result.verified, reason },
        { outcome: "accepted", verified, reason: null },
        seen ?? "",
      );
      const now = [...control.done].map(([name, times]) => [name, times - (was.get(name) ?? 0)] as const);
      const wanted = [...new Set(names)].map((name) => [name, names.filter((one) => one === name).length]);
      assert.deepEqual(now.filter(([, times]) => times > 0).toSorted(), wanted.toSorted());
      assert.deepEqual([...control.arrived], [...control.done]);
      return result;
    };
    const notOffered = async (order: Order) => {
      const { target } = bench.miner(family.model, null);
      assert.equal((await give(target, order)).code, "not_offered");
    };

    test("it is recognised over its own protocol", async () => {
      const { target } = bench.miner(family.model, null);
      const { driver } = await give(target, { order: "pools_get" });
      assert.equal(driver, family.driver);
    });

    test("reboot: it goes away and comes back", async () => {
      const { seen } = await done({ order: "reboot" }, [family.reboot]);
      assert.match(seen ?? "", /came back|up for \d+ s/);
    });

    test("pools are set and told", async () => {
      const { seen } = await done({ order: "pools_set", pools: [POOL] }, family.pools);
      assert.match(seen ?? "", /shares are accepted|tells no shares/);
      const { value } = await give(bench.miner(family.model, null).target, { order: "pools_get" });
      assert.ok(Array.isArray(value));
      assert.deepEqual(value[0], { url: POOL.url, worker: POOL.worker });
    });

    test("its light, where it has one", async () => {
      if (family.locate === null) return notOffered({ order: "locate", on: true });
      await done({ order: "locate", on: true }, [family.locate], family.driver === "proto" ? "not_checked" : "yes");
      const off = await give(bench.miner(family.model, null).target, { order: "locate", on: false });
      assert.equal(off.outcome, family.driver === "proto" ? "refused" : "accepted", off.reason ?? "");
      return undefined;
    });

    test("sleep and wake, where it knows them", async () => {
      if (family.sleep === null || family.wake === null) return notOffered({ order: "mode_set", mode: "sleep" });
      const mode = async () => (await give(bench.miner(family.model, null).target, { order: "mode_get" })).value;
      await done({ order: "mode_set", mode: "sleep" }, [family.sleep]);
      assert.equal(await mode(), "sleep");
      await done({ order: "mode_set", mode: "sleep" }, []);
      await done({ order: "mode_set", mode: "wake" }, [family.wake]);
      assert.equal(await mode(), "normal");
      return undefined;
    });

    test("a dry run tells the bytes and sends nothing", async () => {
      const { target, control } = bench.miner(family.model, null);
      const was = JSON.stringify([...control.arrived]);
      const order: Order = { order: "pools_set", pools: [{ ...POOL, worker: "minefarm.dry" }] };
      const { messages, outcome } = await give(target, order, { dryRun: true });
      assert.equal(outcome, "accepted");
      const bytes = messages?.map((message) => message.bytes).join("\n") ?? "";
      assert.match(bytes, /minefarm\.dry/);
      assert.doesNotMatch(bytes, /letmein/, "a password is blotted out");
      assert.equal(JSON.stringify([...control.arrived]), was);
    });

    test("logs, power_target and restart_hashing, where it knows them", async () => {
      const { target, control } = bench.miner(family.model, null);
      const logs = await give(target, { order: "logs" });
      assert.equal(logs.code, family.logs ? null : "not_offered");
      if (family.logs) assert.match(String(logs.value), /SIM000000001/);
      if (family.restart === null) await notOffered({ order: "restart_hashing" });
      else {
        const result = await give(target, { order: "restart_hashing" }, { verify: false });
        assert.equal(result.outcome, "accepted", result.reason ?? "");
        assert.ok((control.done.get(family.restart) ?? 0) >= 1);
      }
      const unseen = family.driver === "sealminer" ? "not_checked" : "yes";
      if (family.power === null) await notOffered({ order: "power_target", watts: 2_500 });
      else await done({ order: "power_target", watts: 2_500 }, family.power, unseen);
    });

    const failures: Record<OrderFault, [outcome: string, verified: string, done: number]> = {
      order_hang: ["accepted", "yes", 1],
      order_busy: ["unknown", "no", 0],
      order_ignored: ["accepted", "no", 0],
      order_error: ["refused", "not_checked", 0],
      order_denied: ["refused", "not_checked", 0],
      // Only the first three firmwares have tokens and nonces that run out.
      order_stale_token: ["accepted", "yes", 1],
    };
    for (const kind of ORDER_FAULTS) {
      // A firmware without a login can't turn anybody away.
      const [outcome, verified, times] = failures[kind];
      test(`${kind}: a reboot is delivered at most once and its outcome is told as it is`, async () => {
        const { target, control } = bench.miner(family.model, kind);
        const result = await give(target, { order: "reboot" }, { verifyWithinMs: 500, orderTimeoutMs: 600 });
        assert.deepEqual(
          { outcome: result.outcome, verified: result.verified },
          { outcome, verified },
          result.seen ?? "",
        );
        assert.equal(control.done.get(family.reboot) ?? 0, times);
        assert.ok((control.arrived.get(family.reboot) ?? 0) <= 1, "no order arrives twice");
      });
    }

    test("without a password, or with a wrong one, nothing is ordered where it wants one", async () => {
      if (!family.secret) return;
      const { target, control } = bench.miner(family.model, null);
      const was = JSON.stringify([...control.done]);
      const order: Order = { order: "reboot" };
      const nobody = await give(target, order, { factoryCredentials: false });
      const credentials = { "*": { username: "root", password: "not-the-password" } };
      const wrong = await give(target, order, { credentials });
      // One that asks for a login even to be read isn't known without it.
      const expected = family.driver === "elphapex" ? ["access_denied", "access_denied"] : ["refused", "refused"];
      const told = [nobody, wrong].map(({ outcome, code }) => (outcome === "unreachable" ? code : outcome));
      assert.deepEqual(told, expected);
      assert.doesNotMatch(JSON.stringify(wrong), /not-the-password/);
      assert.equal(JSON.stringify([...control.done]), was);
    });
  });
}

test("a machine of which no order is known tells its pools, and nothing else is offered", async () => {
  for (const [model, driver] of [
    ["s19-msk", "mskminer"],
    ["unknown", "cgminer"],
  ] as const) {
    const { target, control } = bench.miner(model, null);
    const pools = await give(target, { order: "pools_get" });
    assert.deepEqual([pools.driver, pools.outcome], [driver, "accepted"]);
    assert.ok(Array.isArray(pools.value) && pools.value.length === 3);
    const orders: Order[] = [
      { order: "reboot" },
      { order: "pools_set", pools: [POOL] },
      { order: "locate", on: true },
      { order: "mode_set", mode: "sleep" },
      { order: "restart_hashing" },
      { order: "power_target", watts: 2_000 },
      { order: "logs" },
    ];
    for (const order of orders) assert.equal((await give(target, order)).code, "not_offered", order.order);
    assert.equal(control.arrived.size, 0);
  }
});

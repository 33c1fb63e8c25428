import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type OrderReport, runOrder } from "@banksman/devices";
import { freePort } from "@banksman/testkit";
import type { Order } from "@banksman/wire/model";
import { ORDER_FAULTS, type OrderFault, type Timing } from "../control.ts";
import { type Sim, startMiners } from "../start-miners.ts";

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

const KINDS: readonly (OrderFault | null)[] = [null, ...ORDER_FAULTS];
let sims: Sim[] = [];
let ports: { port: number; webPort: number };

before(async () => {
  ports = { port: await freePort(), webPort: await freePort() };
  let last = 0;
  for (const { model } of FAMILIES) {
    for (const kind of KINDS) {
      const faults = kind === null ? [] : [{ kind, share: 1 }];
      const options = { count: 1, from: `${RANGE}.${++last}`, seed: 3, models: [model], faults, timing: TIMING };
      sims.push(await startMiners({ ...options, ...ports }));
    }
  }
});

after(async () => {
  await Promise.all(sims.map((sim) => sim.close()));
  sims = [];
});

function minerOf(model: string, kind: OrderFault | null) {
  const sim = sims.find(({ miners: [one] }) => one?.model.id === model && (one.fault ?? null) === kind);
  const [miner, control] = [sim?.miners[0], sim?.controls[0]];
  assert.ok(miner && control);
  return { target: { host: miner.host, port: ports.port, options: { http_port: ports.webPort } }, control };
}

type Options = Partial<Parameters<typeof runOrder>[2]>;
const give = (target: Parameters<typeof runOrder>[0], order: Order, more: Options = {}): Promise<OrderReport> =>
  runOrder(target, order, {
    connectTimeoutMs: 1_000,
    totalTimeoutMs: 5_000,
    factoryCredentials: true,
    pollMs: 40,
    verifyWithinMs: 6_000,
    ...more,
  });

for (const family of FAMILIES) {
  describe(`orders to ${family.driver}`, () => {
    /** Gives the order; exactly the named messages must have arrived and been carried out, each as often as named. */
    const done = async (order: Order, names: readonly string[], verified = "yes") => {
      const { target, control } = minerOf(family.model, null);
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
      const { target } = minerOf(family.model, null);
      assert.equal((await give(target, order)).code, "not_offered");
    };

    test("it is recognised over its own protocol", async () => {
      const { target } = minerOf(family.model, null);
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
      const { value } = await give(minerOf(family.model, null).target, { order: "pools_get" });
      assert.ok(Array.isArray(value));
      assert.deepEqual(value[0], { url: POOL.url, worker: POOL.worker });
    });

    test("its light, where it has one", async () => {
      if (family.locate === null) return notOffered({ order: "locate", on: true });
      await done({ order: "locate", on: true }, [family.locate], family.driver === "proto" ? "not_checked" : "yes");
      const off = await give(minerOf(family.model, null).target, { order: "locate", on: false });
      assert.equal(off.outcome, family.driver === "proto" ? "refused" : "accepted", off.reason ?? "");
      return undefined;
    });

    test("sleep and wake, where it knows them", async () => {
      if (family.sleep === null || family.wake === null) return notOffered({ order: "mode_set", mode: "sleep" });
      const mode = async () => (await give(minerOf(family.model, null).target, { order: "mode_get" })).value;
      await done({ order: "mode_set", mode: "sleep" }, [family.sleep]);
      assert.equal(await mode(), "sleep");
      await done({ order: "mode_set", mode: "sleep" }, []);
      await done({ order: "mode_set", mode: "wake" }, [family.wake]);
      assert.equal(await mode(), "normal");
      return undefined;
    });

    test("a dry run tells the bytes and sends nothing", async () => {
      const { target, control } = minerOf(family.model, null);
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
      const { target, control } = minerOf(family.model, null);
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
        const { target, control } = minerOf(family.model, kind);
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
      const { target, control } = minerOf(family.model, null);
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

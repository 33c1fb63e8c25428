import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import {
  type CoolingFamily,
  CoolingProfile,
  type CoolingTarget,
  coolingFamilies,
  coolingFamilyOf,
  identifyCooling,
  readCooling,
  runCoolingOrder,
} from "@banksman/devices";
import { freePort, waitFor } from "@banksman/testkit";
import type { CoolingOrder } from "@banksman/wire/model";
import { parse } from "yaml";
import { createNoise } from "../noise.ts";
import { HYDRO_BOX, Plant, type PlantFault } from "./plant.ts";
import { COOLING_MAKERS, type CoolingMaker, type CoolingSim, startCooling } from "./start-cooling.ts";

/** A range of this process alone, so that test files don't meet. */
const RANGE = `127.${100 + (process.pid % 100)}.${(process.pid >> 7) & 127}`;
const HOUR_MS = 3_600_000;

let sim: CoolingSim;
let ports: Record<CoolingMaker, number>;

before(async () => {
  ports = { antbox: await freePort(), microbt: await freePort(), bitdeer: await freePort() };
  sim = await startCooling({
    count: 3,
    from: `${RANGE}.1`,
    makers: COOLING_MAKERS,
    port: ports.antbox,
    modbusPort: ports.microbt,
    mqttPort: ports.bitdeer,
    publishMs: 40,
    seed: 1,
    latency: { fromMs: 0, toMs: 2 },
    miners: 10,
  });
});

after(() => sim.close());

function of(maker: CoolingMaker) {
  const controller = sim.controllers.find((one) => one.maker === maker);
  const family: CoolingFamily | undefined = coolingFamilies.find(({ id }) => id === maker);
  assert.ok(controller && family);
  const target: Omit<CoolingTarget, "deadline"> = {
    // Bitdeer's publish to a broker at the first address.
    host: maker === "bitdeer" ? `${RANGE}.1` : controller.host,
    port: ports[maker],
    connectTimeoutMs: 1_000,
    credentials: { username: "admin", password: "admin" },
    ...(maker === "bitdeer" && { topic: controller.topic }),
  };
  return { controller, family, target };
}

const soon = () => performance.now() + 5_000;

for (const maker of COOLING_MAKERS) {
  describe(maker, () => {
    test("what the plant is like stands in the record, every value good", async () => {
      const { controller, family, target } = of(maker);
      const record = await readCooling(family, { ...target, deadline: soon() }, "slow");
      const { supply, return: back, electricKw } = controller.plant.state(Date.now());
      const value = (name: string) => Number(record.values[name]?.value);
      assert.ok(Math.abs(value("supply.temp") - supply) < 1, `${value("supply.temp")} for ${supply}`);
      assert.ok(Math.abs(value("return.temp") - back) < 1);
      const watts = maker === "antbox" ? value("power.box1") + value("power.box2") : value("power.total");
      assert.ok(Math.abs(watts / 1_000 / electricKw - 1) < 0.05, `${watts} W for ${electricKw} kW`);
      const phases = (["a", "b", "c"] as const).map((name) => value(`volts.${name}`) * value(`amps.${name}`));
      const metered = maker === "microbt" ? watts / 4 : watts;
      const between = maker === "antbox" ? 1 : Math.sqrt(3);
      const drawn = phases.reduce((sum, own) => sum + own, 0) / between;
      if (maker !== "bitdeer") assert.ok(Math.abs(drawn / metered - 1) < 0.05, `${drawn} W by phases of ${metered}`);
      const doubtful = Object.entries(record.values).filter(([, { quality }]) => quality !== "good");
      assert.deepEqual(
        doubtful.map(([name]) => name),
        maker === "microbt" ? ["supply.temp"] : [],
      );
      assert.deepEqual([record.driver, record.connected, record.faults], [maker, true, []]);
    });

    test("stop and start are seen on the plant, and reach it once each", async () => {
      const { controller, family, target } = of(maker);
      for (const order of ["stop", "start"] as const) {
        const was = [...controller.writes.values()].reduce((sum, count) => sum + count, 0);
        const report = await runCoolingOrder(
          family,
          { order },
          { target, timeoutMs: 3_000, verifyWithinMs: 5_000, pollMs: 20 },
        );
        assert.deepEqual([report.outcome, report.verified], ["accepted", "yes"], `${report.reason} ${report.seen}`);
        assert.equal(controller.plant.settings.running, order === "start");
        assert.equal(
          [...controller.writes.values()].reduce((sum, count) => sum + count, 0),
          was + 1,
        );
      }
    });

    test("a dry run tells what would be sent and sends nothing", async () => {
      const { controller, family, target } = of(maker);
      const was = JSON.stringify([...controller.writes]);
      const { messages, outcome } = await runCoolingOrder(
        family,
        { order: "stop" },
        { target, timeoutMs: 1_000, dryRun: true },
      );
      assert.equal(outcome, "accepted");
      assert.match(messages?.[0]?.bytes ?? "", /operation=close|word 601 = 0|AutoStop/);
      assert.equal(JSON.stringify([...controller.writes]), was);
    });

    test("what it doesn't know is not offered, and nothing is sent", async () => {
      const { controller, family, target } = of(maker);
      const was = JSON.stringify([...controller.writes]);
      const strange: CoolingOrder = { order: "valve", valve: "1", open: true };
      const report = await runCoolingOrder(family, strange, { target, timeoutMs: 1_000 });
      assert.deepEqual([report.outcome, report.code], ["refused", "not_offered"]);
      assert.equal(JSON.stringify([...controller.writes]), was);
    });
  });
}

test("a stranger is found out at its own port", async () => {
  for (const maker of ["antbox", "microbt"] as const) {
    const { target, family } = of(maker);
    const families = coolingFamilies.toSorted((a) => (a === family ? -1 : 1));
    const found = await identifyCooling(target, 1_500, { families });
    assert.equal(found.record.driver, maker);
  }
});

test("a gateway that refuses is told so, however silent it is to the other makers", async () => {
  const { controller, target } = of("microbt");
  const families = coolingFamilies.filter(({ id }) => id !== "bitdeer").toReversed();
  controller.fault = "exception";
  try {
    await assert.rejects(identifyCooling(target, 300, { families }), /Modbus exception/);
  } finally {
    controller.fault = null;
  }
});

test("MicroBT: sockets switch after the login, and not without it", async () => {
  const { family, target } = of("microbt");
  const order: CoolingOrder = { order: "socket", unit: 2, socket: 7, on: false };
  const { credentials: _, ...nameless } = target;
  const refused = await runCoolingOrder(family, order, { target: nameless, timeoutMs: 1_000, verifyWithinMs: 0 });
  assert.equal(refused.outcome, "refused");
  const wrong = { ...target, credentials: { username: "admin", password: "wrong" } };
  const denied = await runCoolingOrder(family, order, { target: wrong, timeoutMs: 1_000, verifyWithinMs: 0 });
  assert.deepEqual([denied.outcome, /exception 3/.test(denied.reason ?? "")], ["refused", true]);
  assert.equal(
    (await runCoolingOrder(family, order, { target, timeoutMs: 1_000, verifyWithinMs: 0 })).outcome,
    "accepted",
  );
  const record = await readCooling(family, { ...target, deadline: soon() }, "slow");
  assert.deepEqual([record.values["socket.2.7"]?.value, record.values["socket.2.8"]?.value], [false, true]);
});

test("Bitdeer: a temperature is set, another container's messages are left alone", async () => {
  const { controller, family, target } = of("bitdeer");
  const report = await runCoolingOrder(
    family,
    { order: "set_temp", celsius: 41 },
    { target, timeoutMs: 3_000, verifyWithinMs: 0 },
  );
  assert.equal(report.outcome, "accepted", report.reason ?? "");
  while (controller.plant.settings.setpoint !== 41) await new Promise((resolve) => setImmediate(resolve));
  const strange = { ...target, topic: "C999_D40", deadline: performance.now() + 200 };
  await assert.rejects(readCooling(family, strange, "fast"), /did not answer in time/);
});

describe("the plant", () => {
  const plant = (fault?: PlantFault) => new Plant(HYDRO_BOX, createNoise(1, 1), START, fault);
  const START = Date.UTC(2026, 5, 1);

  test("holds its temperature, and the heat in the coolant is the miners'", () => {
    const { supply, return: back, flow, heatKw } = plant().state(START + 6 * HOUR_MS);
    assert.ok(Math.abs(supply - 35) < 1.5, `${supply} °C`);
    assert.ok(Math.abs(flow * 1.163 * (back - supply) - heatKw) < 0.08 * heatKw);
  });

  test("without its pump it stops the miners before it boils", () => {
    const one = plant();
    one.settings = { ...one.settings, running: false };
    const { flow, heatKw, return: back } = one.state(START + HOUR_MS);
    assert.ok(flow < 1 && heatKw < 10 && back < 80, `${flow} ${heatKw} ${back}`);
  });

  test("a stuck sensor stands still, a leak lets the pressure fall, fouling makes the tower work", () => {
    const since = START + 24 * HOUR_MS;
    const late = since + 20 * 24 * HOUR_MS;
    const stuck = plant({ kind: "stuck_sensor", sinceMs: since });
    assert.equal(stuck.state(late).supply, stuck.state(late + HOUR_MS).supply);
    assert.ok(plant({ kind: "slow_leak", sinceMs: since }).state(late).returnPressure < 50);
    assert.ok(plant({ kind: "fouling", sinceMs: since }).state(late).effort > plant().state(late).effort * 1.2);
  });
});

describe("the profiles of docs/cooling.md", () => {
  const profiles = async (page = "cooling.md") => {
    const text = await readFile(join(import.meta.dirname, "../../../../docs", page), "utf8");
    const blocks = [...text.matchAll(/```yaml\n(id: .*?)```/gs)].map(([, block]) => parse(block ?? ""));
    return blocks.map((block) => CoolingProfile.parse(block));
  };

  test("are whole", async () => {
    assert.deepEqual(
      (await profiles()).map(({ id, over }) => [id, over]),
      [
        ["acme-cdu", "modbus"],
        ["acme-web", "http-json"],
        ["d40-by-hand", "mqtt"],
      ],
    );
  });

  test("are the same in Chinese", async () => assert.deepEqual(await profiles("zh/cooling.md"), await profiles()));

  test("the one over MQTT reads a container as its driver does, and stops it once", async () => {
    const { controller, family, target } = of("bitdeer");
    const profile = (await profiles()).find(({ over }) => over === "mqtt");
    assert.ok(profile);
    const own = coolingFamilyOf(profile);
    const names = Object.keys(profile.values);
    const shown = async (by: CoolingFamily) => {
      const { values } = await readCooling(by, { ...target, deadline: soon() }, "fast");
      return names.map((name) => [name, values[name]?.value]);
    };
    await waitFor("both to tell the same", async () => isDeepStrictEqual(await shown(own), await shown(family)));
    const writes = () => [...controller.writes.values()].reduce((sum, count) => sum + count, 0);
    const was = writes();
    const report = await runCoolingOrder(own, { order: "stop" }, { target, timeoutMs: 3_000, pollMs: 20 });
    assert.deepEqual([report.outcome, report.verified], ["accepted", "yes"]);
    assert.deepEqual([writes() - was, controller.plant.settings.running], [1, false]);
    assert.match(
      (await runCoolingOrder(own, { order: "reset" }, { target, timeoutMs: 3_000 })).reason ?? "",
      /knows no reset; it knows stop/,
    );
  });
});

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { after, before, beforeEach, suite, test } from "node:test";
import { coolingFamilies, readCooling } from "@banksman/devices";
import { systemClock } from "@banksman/kit";
import { type HttpAnswer, serveHttp } from "@banksman/replay";
import { waitFor } from "@banksman/testkit";
import type { EdgeFrame } from "@banksman/wire/link";
import type { CoolingOrder } from "@banksman/wire/model";
import { createExecutor } from "../link/executor.ts";
import { Ledger } from "../link/ledger.ts";
import { quietLog, tempDir } from "../test-kit.ts";
import { targetOf } from "./look.ts";
import { Turns } from "./turns.ts";
import { createUnitOrders } from "./unit-orders.ts";
import type { CoolingUnit } from "./units.ts";

const STOP: CoolingOrder = { order: "stop" };
const never = () => assert.fail("no miner here");

/** An AntBox whose pump does as it is told, and which counts what comes at once. */
async function antbox() {
  const plant = { runs: true, writes: 0, now: 0, most: 0, breaksOn: "" };
  const answer = async (operation: string): Promise<HttpAnswer> => {
    plant.most = Math.max(plant.most, ++plant.now);
    await new Promise((resolve) => setTimeout(resolve, 15));
    plant.now--;
    if (operation === "open" || operation === "close") {
      plant.writes++;
      plant.runs = operation === "open";
    }
    if (operation === plant.breaksOn) return { fault: "reset" };
    return { body: { ok: true, params: { circulating_pump: plant.runs, supply_liquid_temp: 35 } } };
  };
  const served = await serveHttp((call) => answer(call.query.get("operation") ?? ""));
  return { plant, served };
}

suite("orders to a cooling unit over the link", () => {
  const family = coolingFamilies.find(({ id }) => id === "antbox") ?? assert.fail();
  let box: Awaited<ReturnType<typeof antbox>>;
  let folder: ReturnType<typeof tempDir>;
  let unit: CoolingUnit;
  let ledger: Ledger;
  let frames: EdgeFrame[];
  let isHeld: boolean;
  let turns: Turns;
  const key = () => ({ site_id: "s", host: unit.host });

  before(async () => {
    box = await antbox();
    const { port } = box.served;
    unit = {
      ...{ site_id: "s", host: `127.0.0.1:${port}`, address: "127.0.0.1", port, driver: "antbox", leased: true },
      ...{ interval_s: 60, timeout_ms: 3_000, retries: 3 },
    };
  });
  after(() => box.served[Symbol.asyncDispose]());
  beforeEach(() => {
    folder = tempDir();
    ledger = new Ledger(join(`${folder}`, "commands.db"));
    frames = [];
    isHeld = true;
    Object.assign(box.plant, { runs: true, writes: 0, most: 0, breaksOn: "" });
  });

  function executor() {
    const { signal } = new AbortController();
    const tell = (frame: EdgeFrame) => void frames.push(frame);
    turns = new Turns({ folder: `${folder}`, clock: systemClock });
    const held = { unit, until: () => Number.POSITIVE_INFINITY };
    const shared = { ledger, tell, folder: `${folder}`, clock: systemClock, signal };
    const toUnit = createUnitOrders({
      ...shared,
      turns,
      families: coolingFamilies,
      familyOf: () => family,
      unitOf: ({ host }) => (isHeld && host === unit.host ? held : null),
      pace: { verifyWithinMs: 400, pollMs: 30 },
    });
    const options = { connectTimeoutMs: 1, totalTimeoutMs: 1, orderTimeoutMs: 1 };
    const parts = { targetOf: () => null, machineOf: () => null, give: never, settle: never, edgeOrder: never };
    return createExecutor({ ...shared, ...parts, toUnit, options, log: quietLog });
  }
  const command = (id: string, order: CoolingOrder = STOP) =>
    ({ type: "cooling_command", command_id: id, unit: key(), order, expires_in_ms: 5_000 }) as const;
  const resultOf = (id: string) =>
    waitFor("the result", () => frames.find((frame) => frame.type === "result" && frame.command_id === id)).then(
      (frame) => (frame.type === "result" ? frame.result : assert.fail()),
    );

  test("leaves once, is read back, and is told again instead of done again when it comes twice", async () => {
    const id = randomUUID();
    const one = executor();
    one.take(command(id));
    one.take(command(id));
    const result = await resultOf(id);
    assert.deepEqual([result.outcome, result.verified, result.driver], ["accepted", "yes", "antbox"]);
    assert.match(result.seen ?? "", /circulating pump off/);
    assert.deepEqual(
      frames.flatMap((frame) => (frame.type === "progress" ? [frame.stage] : [])),
      ["executing", "verifying"],
    );
    frames = [];
    one.take(command(id));
    await resultOf(id);
    assert.equal(box.plant.writes, 1);
  });

  test("to a unit that another edge reads nothing is sent", async () => {
    isHeld = false;
    const id = randomUUID();
    executor().take(command(id));
    const result = await resultOf(id);
    assert.deepEqual([result.outcome, result.code, box.plant.writes], ["unreachable", "not_leased", 0]);
  });

  test("what the driver doesn't know is refused, and nothing is sent", async () => {
    const id = randomUUID();
    executor().take(command(id, { order: "valve", valve: "1", open: true }));
    const result = await resultOf(id);
    assert.deepEqual([result.outcome, result.code, box.plant.writes], ["refused", "not_offered", 0]);
  });

  test("one whose answer is lost is not sent again: the plant tells what became of it", async () => {
    box.plant.breaksOn = "close";
    const id = randomUUID();
    executor().take(command(id));
    const result = await resultOf(id);
    assert.deepEqual([result.outcome, result.verified, box.plant.writes], ["accepted", "yes", 1]);
  });

  for (const [runs, outcome, verified] of [
    [false, "accepted", "yes"],
    [true, "unknown", "no"],
  ] as const) {
    test(`one that a crash left in the middle is settled by reading: the pump ${runs ? "runs" : "stands"}`, async () => {
      const id = randomUUID();
      ledger.addForUnit(id, key(), STOP, Date.now() + 5_000);
      ledger.leaving(id, null, Date.now());
      box.plant.runs = runs;
      executor().resume();
      const result = await resultOf(id);
      assert.deepEqual([result.outcome, result.verified, box.plant.writes], [outcome, verified, 0]);
    });
  }

  test("the controller has one request at a time, while rounds go on and an order is read back", async () => {
    const one = executor();
    let isOver = false;
    const device = `127.0.0.1:${unit.port}`;
    const looks = async () => {
      while (!isOver)
        await turns.take(device, performance.now() + 1_000, () =>
          readCooling(family, { ...targetOf(unit, 1_000), deadline: performance.now() + 1_000 }, "fast"),
        );
    };
    const looking = Promise.all([looks(), looks()]);
    const id = randomUUID();
    one.take(command(id));
    await resultOf(id);
    isOver = true;
    await looking;
    assert.deepEqual([box.plant.most, box.plant.writes], [1, 1]);
  });
});

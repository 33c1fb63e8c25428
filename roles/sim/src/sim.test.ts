import assert from "node:assert/strict";
import { connect } from "node:net";
import { suite, test } from "node:test";
import { coolingOptionsOf } from "./cooling/run-cooling.ts";
import { FAULT_KINDS, parseFault, planFaults } from "./fault-plan.ts";
import { minerStateAt } from "./miner-state.ts";
import { MODELS } from "./models.ts";
import { createNoise } from "./noise.ts";
import { rosterOf } from "./roster.ts";
import { simOptionsOf } from "./run-sim.ts";
import { type SimOptions, startMiners } from "./start-miners.ts";

/** A range of this process alone, so that test files don't meet. */
const FROM = `127.${100 + (process.pid % 100)}.${(process.pid >> 7) & 127}.1`;
const NOW = Date.UTC(2026, 2, 4, 12);
const HOUR = 3_600_000;

const options = (changes: Partial<SimOptions> = {}): SimOptions => ({
  count: 60,
  from: FROM,
  port: 4028,
  seed: 7,
  faults: [],
  now: () => NOW,
  ...changes,
});

/** What comes back on the wire, NUL and all; an error's code when the connection fails. */
function ask(host: string, request: string, withinMs = 2_000): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect({ host, port: 4028 }, () => socket.write(request));
    const timer = setTimeout(() => socket.destroy(), withinMs);
    socket.on("data", (chunk) => {
      text += chunk;
    });
    socket.on("error", (error) => {
      text = `error ${Reflect.get(error, "code")}`;
    });
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(text);
    });
  });
}

const json = (text: string) => JSON.parse(text.replace(/\0$/, ""));

suite("a simulated site", () => {
  test("shows every model, one asleep, one with a failing board, one that restarts", () => {
    const roster = rosterOf(options());
    assert.equal(new Set(roster.map(({ model }) => model.id)).size, MODELS.length);
    assert.deepEqual([...new Set(roster.map(({ fate }) => fate))].sort(), [
      "asleep",
      "dark_board",
      "restless",
      "steady",
    ]);
    assert.equal(new Set(roster.map(({ host }) => host)).size, 60);
  });

  test("answers each family's commands, each answer ending in one NUL", async () => {
    await using sim = await startMiners(options({ count: 52 }));
    for (const family of ["antminer", "whatsminer", "avalon"] as const) {
      const miner = sim.miners.find(({ model, fate }) => model.family === family && fate === "steady");
      const text = await ask(miner?.host ?? "", '{"command":"summary"}');
      assert.equal(text.indexOf("\0"), text.length - 1);
      assert.equal(json(text).STATUS[0].STATUS, "S");
      assert.ok(json(text).SUMMARY[0].Elapsed > 0);
    }
  });

  test("joins commands where the firmware does, refuses where it doesn't", async () => {
    await using sim = await startMiners(options({ count: 52 }));
    const hostOf = (family: string) =>
      sim.miners.find(({ model, fate }) => model.family === family && fate === "steady")?.host ?? "";
    assert.equal(json(await ask(hostOf("antminer"), '{"command":"summary+stats"}')).STATUS[0].Code, 14);
    assert.deepEqual(Object.keys(json(await ask(hostOf("avalon"), '{"command":"summary+stats"}'))), [
      "summary",
      "stats",
      "id",
    ]);
    assert.deepEqual(Object.keys(json(await ask(hostOf("whatsminer"), '{"command":"summary+devs"}'))), [
      "summary",
      "devs",
      "id",
    ]);
  });

  test("a sleeping WhatsMiner fails its mining commands and says why in status", async () => {
    await using sim = await startMiners(options({ count: 20, models: ["m50"] }));
    const asleep = sim.miners.find(({ fate }) => fate === "asleep")?.host ?? "";
    assert.equal(json(await ask(asleep, '{"command":"summary"}')).STATUS[0].Code, 24);
    assert.equal(json(await ask(asleep, '{"command":"status"}')).Msg.mineroff, "true");
  });

  test("the same seed, miner and moment give the same answer", async () => {
    const once = async () => {
      await using sim = await startMiners(options({ count: 4 }));
      return ask(sim.miners[0]?.host ?? "", '{"command":"stats"}');
    };
    assert.equal(await once(), await once());
  });
});

suite("the figures hang together", () => {
  for (const model of MODELS) {
    test(model.id, () => {
      for (let hour = 0; hour < 48; hour++) {
        const state = minerStateAt(model, "steady", createNoise(3, 5), NOW + hour * HOUR);
        const boards = state.boards.reduce((sum, board) => sum + board.now, 0);
        assert.ok(Math.abs(boards - state.now) < 0.02, "the boards add up to the total");
        if (state.uptime > 600)
          assert.ok(Math.abs(state.now / (model.terahashes * 1000) - 1) < 0.06, "near the nameplate");
        assert.ok(state.watts < model.watts * 1.08 && state.rejected <= state.accepted);
        for (const board of state.boards)
          assert.ok(board.inlet < board.outlet && board.outlet < 95 && board.inlet > 15);
      }
    });
  }

  test("counters only grow until a restart, which starts them anew", () => {
    const noise = createNoise(3, 41);
    let last = minerStateAt(MODELS[1] ?? assert.fail(), "restless", noise, NOW);
    let restarts = 0;
    for (let minute = 1; minute < 120; minute++) {
      const state = minerStateAt(MODELS[1] ?? assert.fail(), "restless", noise, NOW + minute * 60_000);
      if (state.uptime < last.uptime) restarts++;
      else assert.ok(state.accepted >= last.accepted);
      last = state;
    }
    assert.equal(restarts, 4);
  });

  test("the failing board is dark for a time and comes back", () => {
    const seen = new Set<boolean>();
    for (let minute = 0; minute < 120; minute += 10) {
      seen.add(
        minerStateAt(MODELS[0] ?? assert.fail(), "dark_board", createNoise(1, 30), NOW + minute * 60_000).boards.some(
          ({ dead }) => dead,
        ),
      );
    }
    assert.deepEqual(seen, new Set([true, false]));
  });
});

suite("faults on demand", () => {
  test("hit exactly their share, the same miners for the same seed, none twice", () => {
    const plan = planFaults(
      [
        { kind: "hang", share: 0.05 },
        { kind: "refuse", share: 0.1 },
      ],
      200,
      9,
    );
    const kinds = [...plan.values()];
    assert.deepEqual(
      [kinds.filter((kind) => kind === "hang").length, kinds.filter((kind) => kind === "refuse").length],
      [10, 20],
    );
    assert.deepEqual(
      plan,
      planFaults(
        [
          { kind: "hang", share: 0.05 },
          { kind: "refuse", share: 0.1 },
        ],
        200,
        9,
      ),
    );
  });

  for (const kind of FAULT_KINDS) {
    test(kind, async () => {
      await using sim = await startMiners(options({ count: 1, models: ["s19pro"], faults: [{ kind, share: 1 }] }));
      const got = await ask(sim.miners[0]?.host ?? "", '{"command":"version"}', kind === "hang" ? 100 : 5_000);
      const expected: Record<typeof kind, RegExp> = {
        refuse: /^error ECONNREFUSED$/,
        hang: /^$/,
        reset: /^error ECONNRESET$|^\{"STATUS/,
        drip: /"Type":"Antminer S19 Pro".*\0$/,
        malformed: /^\{"STATUS.*\0$/,
        truncate: /^\{"STATUS[^\0]*$/,
        not_a_miner: /^HTTP\/1\.1 400/,
        wrong_model: /"Code":14/,
        // They only show when something is ordered: orders.test.ts.
        order_hang: /"Type":"Antminer S19 Pro"/,
        order_busy: /"Type":"Antminer S19 Pro"/,
        order_ignored: /"Type":"Antminer S19 Pro"/,
        order_error: /"Type":"Antminer S19 Pro"/,
        order_denied: /"Type":"Antminer S19 Pro"/,
        order_stale_token: /"Type":"Antminer S19 Pro"/,
      };
      assert.match(got, expected[kind]);
      if (kind === "malformed") assert.throws(() => json(got), SyntaxError);
    });
  }

  test("a share that is none is refused with the fix", () => {
    assert.match(String(parseFault("hang=2")), /from 0 to 1, such as hang=0\.05 or hang=5%/);
    assert.match(String(parseFault("sleep=0.1")), /use one of refuse, hang/);
  });
});

suite("one listener for all", () => {
  test("the called address says which miner is meant", async () => {
    const port = 20_000 + (process.pid % 10_000);
    await using sim = await startMiners(options({ count: 500, port, oneListener: true }));
    const last = sim.miners.at(-1);
    const text = await new Promise<string>((resolve) => {
      let got = "";
      const socket = connect({ host: last?.host ?? "", port }, () => socket.write('{"command":"version"}'));
      socket.on("data", (chunk) => {
        got += chunk;
      });
      socket.on("close", () => resolve(got));
    });
    assert.match(text, new RegExp(last?.model.family === "whatsminer" ? "Code" : (last?.model.name ?? "")));
  });
});

test("a taken address is named, with what to do, and nothing stays open", async () => {
  const taken = rosterOf(options({ count: 3 }))[2]?.host ?? "";
  await using other = await startMiners(options({ count: 1, from: taken }));
  assert.equal(other.miners[0]?.host, taken);
  await assert.rejects(startMiners(options({ count: 3 })), {
    code: "SIM_ADDRESS_TAKEN",
    message: new RegExp(`${taken}:4028 is in use.*--from.*--port`),
  });
  assert.equal(await ask(FROM, '{"command":"version"}'), "error ECONNREFUSED");
});

test("flags are checked by name", () => {
  assert.throws(() => simOptionsOf({ count: "0" }), {
    code: "USAGE_FLAGS",
    message: /--count 0: must be a whole number/,
  });
  for (const latency of ["400-200", "5-1", "fast", "1-2-3", ""]) {
    assert.throws(() => simOptionsOf({ latency }), { message: /banksman sim miners: --latency/ }, latency);
    assert.throws(() => coolingOptionsOf({ latency }), { message: /banksman sim cooling: --latency/ }, latency);
  }
  assert.deepEqual(coolingOptionsOf({ latency: "200" }).latency, { fromMs: 200, toMs: 200 });
  assert.deepEqual(simOptionsOf({ latency: "150-400" }).latency, { fromMs: 150, toMs: 400 });
  assert.throws(() => rosterOf(options({ from: "192.168.1.1" })), /not an address of 127\.0\.0\.0\/8/);
  assert.throws(() => rosterOf(options({ models: ["s99"] })), /"s99" is no model; use s19,/);
});

import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { waitFor } from "@banksman/testkit";
import { COOLING_LEASE_MS } from "@banksman/wire/link";
import { coolingSite } from "./cooling-site.ts";
import { banksman } from "./site.ts";

/** A range of this process alone, so that test files don't meet. */
const NET = `127.${100 + (process.pid % 40)}.${(process.pid >> 6) & 127}`;
const UNITS = 20;
/** What a busy machine adds to a lease's end. */
const SLACK_MS = 1_500;

suite("two edges that share units, with a real server", () => {
  let site: Awaited<ReturnType<typeof coolingSite>>;
  before(async () => {
    site = await coolingSite(`${NET}.1`, UNITS);
  });
  after(() => site[Symbol.asyncDispose]());

  test("the units of the file register themselves, and what is read of them is at the server", async () => {
    const first = await site.startEdge("first");
    await waitFor("all units leased", async () => (await first.units()) === UNITS, { withinMs: 20_000 });
    const online = async () =>
      (await site.call<{ units: { state: string }[] }>("GET", "/cooling-units?site_id=1")).units;
    const units = await waitFor(
      "readings of all",
      async () => {
        const all = await online();
        return all.length === UNITS && all.every(({ state }) => state === "online") ? all : null;
      },
      { withinMs: 20_000 },
    );
    assert.equal(units.length, UNITS);
    const { rounds } = await site.call<{ rounds: { done: number; failed: number }[] }>(
      "GET",
      "/sites/1/cooling-rounds?hours=1",
    );
    assert.deepEqual([rounds[0]?.done, rounds[0]?.failed], [UNITS, 0]);

    const second = await site.startEdge("second");
    await second.process.output(/linked to the server/);
    const { links } = await site.call<{ links: { collector_id: string }[] }>("GET", "/sites/1/links");
    const names = new Set(links.map(({ collector_id }) => collector_id));
    assert.equal(names.size, 2, `both run on this machine, and are told apart: ${[...names].join(", ")}`);
    await first.process.stop("SIGKILL");
    const killed = performance.now();
    const asked = site.sim.controllers.map(({ requests }) => requests);
    await waitFor("the units to move", async () => (await second.units()) === UNITS, { withinMs: 20_000, everyMs: 50 });
    const moved = performance.now() - killed;
    assert.ok(moved <= COOLING_LEASE_MS + 1_000 + SLACK_MS, `moved after ${Math.round(moved)} ms`);
    await waitFor("all of them asked by the other", () =>
      site.sim.controllers.every(({ requests }, i) => requests > (asked[i] ?? 0)),
    );
    assert.deepEqual(
      site.sim.controllers.filter(({ overlaps }) => overlaps > 0).map(({ host }) => host),
      [],
      "no controller ever had two requests at once",
    );
  });

  test("banksman cooling order goes through the server to the edge that reads the unit, once, and is seen on the plant", async () => {
    const { token } = await site.call<{ token: string }>("POST", "/session/tokens", {
      name: "operator",
      permissions: ["site.read", "reading.read", "command.read", "command.give"],
      scope: { of: "site", site_id: "1" },
      days: 1,
    });
    const [box] = site.sim.controllers;
    assert.ok(box);
    const order = async (...words: string[]) => {
      const address = `${box.host}:${site.controllerPort}`;
      const child = banksman(["cooling", "order", address, ...words], {
        LOG_LEVEL: "warn",
        BANKSMAN_URL: site.url,
        BANKSMAN_TOKEN: token,
      });
      return { code: await child.exited, told: child.stdout() + child.stderr() };
    };
    const strange = banksman(["cooling", "order", "127.20.1.99", "stop", "--reason", "a drill"], {
      BANKSMAN_URL: site.url,
      BANKSMAN_TOKEN: token,
    });
    assert.equal(await strange.exited, 2);
    assert.match(
      strange.stderr(),
      /there is no cooling unit at 127\.20\.1\.99 at any site, or none that this token may see/,
    );
    const unexplained = await order("set-temp", "34");
    assert.deepEqual([unexplained.code, /--reason TEXT/.test(unexplained.told)], [2, true]);
    const seen = await order("set-temp", "34", "--dry-run");
    assert.deepEqual([seen.code, box.plant.settings.setpoint], [0, 35], seen.told);
    const done = await order("set-temp", "34", "--reason", "cold front");
    assert.equal(done.code, 0, done.told);
    assert.match(done.told, /set_temp: 127\..* of site 1: succeeded/);
    assert.deepEqual([box.plant.settings.setpoint, box.writes.get("setTemp"), box.overlaps], [34, 1, 0]);
    const stopped = await order("stop", "--reason", "for good");
    assert.deepEqual([stopped.code, box.plant.settings.running], [1, true], stopped.told);
  });
});

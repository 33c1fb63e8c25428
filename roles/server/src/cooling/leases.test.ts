import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startPostgres, waitFor } from "@banksman/testkit";
import { COOLING_LEASE_MS, COOLING_RENEW_MS, type CoolingLeases } from "@banksman/wire/link";
import type { CoolingUnitKey } from "@banksman/wire/model";
import { type FakeEdge, fakeEdge } from "../test/fake-edge.ts";
import { siteWithKey, startTestServer, type TestServer } from "../test/test-server.ts";

/** Two servers on one database, each with edges of one site linked to it. */
let postgres: Awaited<ReturnType<typeof startPostgres>>;
let servers: TestServer[];
let cookie: string;
let key: string;

before(async () => {
  postgres = await startPostgres();
  servers = [
    await startTestServer({ database_url: postgres.url }),
    await startTestServer({ database_url: postgres.url }),
  ];
  ({ cookie, key } = await siteWithKey(first(), "mine"));
});
after(async () => {
  for (const server of servers) await server[Symbol.asyncDispose]();
  await postgres[Symbol.asyncDispose]();
});
const first = (): TestServer => {
  const [server] = servers;
  assert.ok(server);
  return server;
};

const HOSTS = Array.from({ length: 12 }, (_, n) => `10.1.${101 + n}.1`);
const plan = { driver: "antbox", interval_s: 60, timeout_ms: 3_000, retries: 3 };
const unitsOf = (siteId: string, hosts: readonly string[]) => hosts.map((host) => ({ site_id: siteId, host, ...plan }));

/** An edge that renews its leases as edges do, and notes what it holds until when. */
class Leaseholder {
  readonly edge: FakeEdge;
  readonly #leases = new Map<string, number>();
  readonly #asked = new Map<number, number>();
  #timer: NodeJS.Timeout | null = null;
  #request = 0;
  #seen = 0;
  refused: CoolingLeases["refused"] = [];

  constructor(edge: FakeEdge) {
    this.edge = edge;
    edge.socket.on("message", () => this.#take());
  }

  ask(part: { can?: number; units?: ReturnType<typeof unitsOf>; gives_back?: CoolingUnitKey[] } = {}): void {
    this.#request += 1;
    this.#asked.set(this.#request, performance.now());
    const holds = this.holds().map((host) => ({ site_id: "mine", host }));
    this.edge.say({ type: "cooling_lease", request: this.#request, can: 100, holds, ...part });
  }

  renew(can = 100): void {
    this.#timer = setInterval(() => this.ask({ can }), COOLING_RENEW_MS);
  }

  /** What it may read now, by its own clock. */
  holds(): string[] {
    const now = performance.now();
    return [...this.#leases].filter(([, end]) => end > now).map(([host]) => host);
  }

  /** Asks for nothing more by itself. */
  rest(): void {
    if (this.#timer) clearInterval(this.#timer);
  }

  /** Gone without a word, as by kill -9. */
  kill(): void {
    this.rest();
    this.edge.socket.terminate();
  }

  #take(): void {
    for (const frame of this.edge.frames.slice(this.#seen)) {
      if (frame.type !== "cooling_leases") continue;
      this.refused = frame.refused;
      const asked = this.#asked.get(frame.request) ?? 0;
      for (const { host } of frame.grants) this.#leases.set(host, asked + COOLING_LEASE_MS);
    }
    this.#seen = this.edge.frames.length;
  }
}

const link = async (server: TestServer): Promise<Leaseholder> => new Leaseholder(await fakeEdge(server.url, key, []));

test("two edges at two servers share a site's units, never hold one together, and one's go to the other when it is killed", async () => {
  const [server, other] = servers;
  assert.ok(server && other);
  const one = await link(server);
  one.ask({ can: 6, units: unitsOf("mine", HOSTS) });
  await waitFor("as many as it can", () => one.holds().length === 6);

  const two = await link(other);
  let doubled: string[] = [];
  const watch = setInterval(() => {
    const held = new Set(one.holds());
    doubled = [...doubled, ...two.holds().filter((host) => held.has(host))];
  }, 10);
  one.renew(6);
  two.ask();
  two.renew();
  await waitFor("the others", () => two.holds().length === 6);

  one.kill();
  const killed = performance.now();
  const dead = one.holds();
  await waitFor("those of the dead one", () => two.holds().length === HOSTS.length, { withinMs: 15_000 });
  const took = performance.now() - killed;
  assert.equal(dead.length, 6);
  assert.ok(took < 10_000, `${Math.round(took)} ms`);
  clearInterval(watch);
  assert.deepEqual(doubled, []);

  // What is given back is free at once, and not when its lease would have ended.
  two.rest();
  two.ask({ can: 0, gives_back: HOSTS.map((host) => ({ site_id: "mine", host })) });
  const three = await link(server);
  three.ask();
  await waitFor("all units at once", () => three.holds().length === HOSTS.length, { withinMs: 1_000 });
  two.kill();
  three.kill();
});

test("an edge reads units of another site only where they are registered to be read from its own", async () => {
  await siteWithKey(first(), "far");
  const made = await first().call("POST", "/api/sites/far/cooling-units", {
    cookie,
    body: { host: "10.2.1.1", collected_by: "mine", interval_s: 30 },
  });
  assert.equal(made.status, 200, JSON.stringify(made.body));
  const edge = await link(first());
  edge.ask({ units: unitsOf("far", ["10.2.1.1", "10.2.1.2"]) });
  await waitFor("a grant", () => edge.holds().includes("10.2.1.1"));
  assert.deepEqual(
    edge.refused.map(({ host, code }) => [host, code]),
    [["10.2.1.2", "unknown_unit"]],
  );
  const grants = edge.edge.frames.flatMap((frame) => (frame.type === "cooling_leases" ? frame.grants : []));
  // As it is registered, not as the edge's file says.
  assert.equal(grants.find(({ host }) => host === "10.2.1.1")?.interval_s, 30);
  const { body } = await first().call("GET", "/api/sites/far/cooling-units/10.2.1.1", { cookie });
  assert.equal((body.data as { lease: { collector_id: string } }).lease.collector_id, "edge-1");
  edge.kill();
});

import assert from "node:assert/strict";
import { beforeEach, suite, test } from "node:test";
import { VirtualClock } from "@banksman/kit";
import { COOLING_LEASE_MS, COOLING_RENEW_MS, type CoolingGrant, type CoolingLease } from "@banksman/wire/link";
import { quietLog } from "../test-kit.ts";
import { Leases } from "./leases.ts";
import { type CoolingUnit, unitId } from "./units.ts";

const unit = (host: string, more: Partial<CoolingUnit> = {}): CoolingUnit => ({
  site_id: "s",
  host,
  address: host,
  driver: "antbox",
  interval_s: 60,
  timeout_ms: 3_000,
  retries: 3,
  leased: true,
  ...more,
});
const grant = (host: string, more: Partial<CoolingGrant> = {}): CoolingGrant => ({
  unit_no: 1,
  site_id: "s",
  host,
  driver: null,
  interval_s: 60,
  timeout_ms: 3_000,
  retries: 3,
  expires_in_ms: COOLING_LEASE_MS,
  ...more,
});

suite("leases of cooling units", () => {
  let clock: VirtualClock;
  let sent: CoolingLease[];
  let isUp: boolean;
  let changes: number;
  let leases: Leases;
  let stop: AbortController;
  let running: Promise<void>;
  let settled: Set<string>;

  beforeEach(() => {
    clock = new VirtualClock();
    sent = [];
    isUp = true;
    changes = 0;
    settled = new Set(["s a", "s b"]);
    stop = new AbortController();
    const own = [unit("a", { credentials: { username: "u", password: "p" } }), unit("c", { leased: false })];
    leases = new Leases({
      own: new Map(own.map((one) => [unitId(one), one])),
      send: (frame) => {
        if (isUp && frame.type === "cooling_lease") sent.push(frame);
        return isUp;
      },
      clock,
      log: quietLog,
      onChange: () => changes++,
    });
    leases.linked();
    running = leases.run(stop.signal, Promise.resolve(), (one) => settled.has(unitId(one)));
  });
  const answer = (request: number, ...grants: CoolingGrant[]) =>
    leases.take({ type: "cooling_leases", request, ttl_ms: COOLING_LEASE_MS, grants, refused: [] });
  const hosts = () => leases.helds().map(({ unit: { host } }) => host);

  test("its own units are told with the first request, without passwords and without those that need no lease", async () => {
    assert.deepEqual(sent[0]?.units, [
      { site_id: "s", host: "a", driver: "antbox", interval_s: 60, timeout_ms: 3_000, retries: 3 },
    ]);
    await clock.advance(COOLING_RENEW_MS);
    assert.deepEqual([sent[1]?.request, sent[1]?.units], [2, undefined]);
  });

  test("nothing is read before an answer; what the file knows of a unit is kept with what the server says of it", () => {
    assert.deepEqual(hosts(), []);
    answer(1, grant("a", { interval_s: 30 }), grant("10.1.1.1:8480"));
    const [mine, other] = leases.helds().map(({ unit: one }) => one);
    assert.deepEqual([mine?.driver, mine?.interval_s, mine?.credentials?.username], ["antbox", 30, "u"]);
    assert.deepEqual([other?.address, other?.port, other?.driver], ["10.1.1.1", 8480, null]);
    assert.equal(changes, 1);
  });

  test("a lease ends 9 s after its request was sent, however late the answer came, and is renewed by the next", async () => {
    await clock.advance(2_000);
    answer(1, grant("a"));
    await clock.advance(6_999);
    assert.deepEqual(hosts(), ["a"]);
    await clock.advance(1);
    assert.deepEqual(hosts(), []);
    answer(2, grant("a"));
    assert.deepEqual(hosts(), ["a"]);
    assert.equal(leases.helds()[0]?.until(), COOLING_RENEW_MS + COOLING_LEASE_MS);
  });

  test("cut off from the server it goes on until the end and not beyond, and answers of the lost connection count no more", async () => {
    answer(1, grant("a"));
    isUp = false;
    await clock.advance(COOLING_LEASE_MS - 1);
    assert.deepEqual(hosts(), ["a"]);
    await clock.advance(1);
    assert.deepEqual(hosts(), []);
    isUp = true;
    leases.linked();
    answer(2, grant("a"));
    assert.deepEqual(hosts(), [], "the new connection has asked once only");
    answer(1, grant("a"));
    assert.deepEqual(hosts(), ["a"]);
  });

  test("one request may be answered again, with what another edge's lease left", async () => {
    answer(1, grant("a"));
    await clock.advance(1_000);
    answer(1, grant("a"), grant("b"));
    assert.deepEqual(hosts(), ["a", "b"]);
    assert.equal(leases.helds()[1]?.until(), COOLING_LEASE_MS);
  });

  test("a unit that is not granted any more is told as held until its lease ends, so that nobody else begins before", async () => {
    answer(1, grant("a"), grant("b"));
    await clock.advance(COOLING_RENEW_MS);
    answer(2, grant("a"));
    await clock.advance(COOLING_RENEW_MS);
    assert.deepEqual(
      sent[2]?.holds.map(({ host }) => host),
      ["a", "b"],
    );
    answer(3, grant("a"));
    await clock.advance(COOLING_RENEW_MS);
    assert.deepEqual(
      sent[3]?.holds.map(({ host }) => host),
      ["a"],
    );
  });

  test("an edge that stops gives back what its controllers are through with, and takes no answer after that", async () => {
    answer(1, grant("a"), grant("b"));
    settled.delete("s b");
    stop.abort();
    await running;
    const last = sent.at(-1);
    assert.deepEqual(
      [last?.gives_back, last?.holds, last?.can],
      [[{ site_id: "s", host: "a" }], [{ site_id: "s", host: "b" }], 0],
    );
    answer(1, grant("a"));
    assert.deepEqual(hosts(), []);
  });
});

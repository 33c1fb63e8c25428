import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Share } from "./share/share.ts";
import { STATUS } from "./share/status.ts";
import { Statistics } from "./statistics.ts";
import { type Defect, Model } from "./test/vectors/model.ts";
import type { Figures } from "./windows/figures.ts";
import { idHalves } from "./windows/sums.ts";

const T0 = 1_700_000_040;

type Given = { userId: number; workerId: bigint; time: number; difficulty: bigint; status: number };

function shareOf({ userId, workerId, time, difficulty, status }: Given): Share {
  const share = new Share();
  const id = idHalves(workerId);
  const sum = idHalves(difficulty);
  return Object.assign(share, {
    userId,
    workerHi: id.hi,
    workerLo: id.lo,
    time,
    difficultyHi: sum.hi,
    difficultyLo: sum.lo,
    status,
    ip3: time | 0,
    hasIp: true,
  });
}

const plainShare = (more: Partial<Given> = {}): Share =>
  shareOf({ userId: 1, workerId: 7n, time: T0, difficulty: 8n, status: STATUS.accept, ...more });

const comparable = ({ since, workers, ...figures }: Figures) => ({ ...figures });

const U64 = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(8192n, 8192n, 65_536n) },
  { weight: 2, arbitrary: fc.bigInt({ min: 1n, max: 0xffff_ffff_ffff_ffffn }) },
  { weight: 1, arbitrary: fc.constantFrom(0xffff_ffff_ffff_ffffn, 1n << 63n, 0xffff_ffffn, 1n << 32n) },
);
const STATUSES = [...Object.values(STATUS), 22, 23, 63, 64, 300, 0x7fffffff, -1];
/** A share beside the clock: now and then late by minutes or an hour, or ahead. */
const OFFSET = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -3, max: 0 }) },
  { weight: 3, arbitrary: fc.integer({ min: -3_610, max: 70 }) },
  { weight: 1, arbitrary: fc.constantFrom(-3_600, -3_601, -900, -300, -60, 60, 61, 4_000) },
);
const GIVEN = fc.record({
  userId: fc.integer({ min: 1, max: 3 }),
  workerId: fc.constantFrom(1n, -1n, 1n << 62n, -(1n << 63n)),
  offset: OFFSET,
  difficulty: U64,
  status: fc.constantFrom(STATUS.accept, STATUS.accept, STATUS.accept, ...STATUSES),
});
const MOVE = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 20 }) },
  { weight: 2, arbitrary: fc.constantFrom(1, 9, 10, 59, 60, 61, 299, 300, 301, 840, 899, 900, 3_599, 3_600) },
  { weight: 1, arbitrary: fc.integer({ min: -100, max: 0 }) },
);
const EVENTS = fc.array(fc.oneof({ weight: 4, arbitrary: GIVEN }, { weight: 3, arbitrary: MOVE }), { maxLength: 120 });

for (const compat of ["g2", "g4"] as const)
  test(`windows are what a naive model says, in any order and over any clock (${compat})`, () => {
    const none: ReadonlySet<Defect> = new Set();
    fc.assert(
      fc.property(EVENTS, (events) => {
        const statistics = new Statistics({ compat });
        const model = new Model(compat, none);
        let now = T0;
        for (const event of events) {
          if (typeof event === "number") now += event;
          else {
            const share = shareOf({ ...event, time: now + event.offset });
            statistics.add(share, now);
            model.add(share, now);
          }
        }
        for (const worker of model.workers.values()) {
          const { hi, lo } = idHalves(BigInt(worker.workerId));
          const ours = statistics.read(statistics.findWorker(worker.userId, hi, lo), now);
          assert.deepEqual(comparable(ours), comparable(worker.figures(now, compat)));
        }
        for (const user of model.users.values()) {
          const ours = statistics.read(statistics.findUser(user.userId), now);
          assert.deepEqual(comparable(ours), comparable(user.figures(now, compat)));
          assert.equal(ours.workers, model.workersOf(user.userId));
        }
        const pool = statistics.read(statistics.pool, now);
        assert.deepEqual(comparable(pool), comparable(model.pool.figures(now, compat)));
        assert.equal(pool.workers, model.workers.size);
        assert.deepEqual(statistics.expire(now), expireModel(model, now));
        assert.equal(statistics.workerCount, model.workers.size);
        assert.equal(statistics.userCount, model.users.size);
      }),
      { numRuns: 400 },
    );
  });

function expireModel(model: Model, now: number): { workers: number; users: number } {
  const before = { workers: model.workers.size, users: model.users.size };
  model.expire(now);
  return { workers: before.workers - model.workers.size, users: before.users - model.users.size };
}

for (const compat of ["g2", "g4"] as const)
  test(`rows kept by what has changed alone are what all rows would be (${compat})`, () => {
    fc.assert(
      fc.property(EVENTS, (events) => {
        const statistics = new Statistics({ compat });
        const table = new Map<number, object>();
        let now = T0;
        for (const event of events) {
          if (typeof event !== "number") {
            statistics.add(shareOf({ ...event, time: now + event.offset }), now);
            continue;
          }
          // A clock that is set back shows rows of a time that it has passed: the next change puts them right.
          now += Math.max(0, event);
          statistics.read(statistics.findUser(1), now);
          for (const handle of statistics.takeChanged(now)) table.set(handle, comparable(statistics.read(handle, now)));
          for (const what of ["workers", "users"] as const)
            for (const handle of statistics.live(what))
              assert.deepEqual(table.get(handle), comparable(statistics.read(handle, now)));
        }
      }),
      { numRuns: 300 },
    );
  });

test("a worker with so many shares that a ring is smaller has the same figures in it", () => {
  const statistics = new Statistics({ compat: "g4" });
  const model = new Model("g4", new Set());
  for (let i = 0; i < 60_000; i++) {
    const now = T0 + Math.floor(i / 20);
    const share = plainShare({
      time: now - (i % 7),
      difficulty: BigInt(1 + (i % 5)),
      status: i % 100 === 0 ? 23 : STATUS.accept,
    });
    statistics.add(share, now);
    model.add(share, now);
  }
  const now = T0 + 3_001;
  const ours = statistics.read(statistics.findWorker(1, 0, 7), now);
  const theirs = model.workers.get("1/7")?.figures(now, "g4");
  assert.ok(theirs);
  assert.deepEqual(comparable(ours), comparable(theirs));
});

test("a share exactly an hour old makes its worker and is in no window", () => {
  const statistics = new Statistics({ compat: "g2" });
  assert.equal(statistics.add(plainShare({ time: T0 - 3_600 }), T0), "counted");
  const figures = statistics.read(statistics.findWorker(1, 0, 7), T0);
  assert.deepEqual([figures.acceptCount, figures.accept], [1, [0, 0, 0, 0]]);
});

test("a share more than an hour old is late and makes no worker", () => {
  const statistics = new Statistics({ compat: "g2" });
  assert.equal(statistics.add(plainShare({ time: T0 - 3_601 }), T0), "late");
  assert.equal(statistics.findWorker(1, 0, 7), -1);
});

test("a share from the future beyond the bound is refused; one within it counts when its second comes", () => {
  const statistics = new Statistics({ compat: "g2", maxFutureSeconds: 60 });
  assert.equal(statistics.add(plainShare({ time: T0 + 61 }), T0), "future");
  assert.equal(statistics.add(plainShare({ time: T0 + 60 }), T0), "counted");
  const worker = statistics.findWorker(1, 0, 7);
  assert.deepEqual(statistics.read(worker, T0).accept, [0, 0, 0, 0]);
  assert.deepEqual(statistics.read(worker, T0 + 60).accept, [8, 8, 8, 8]);
});

test("an older share that comes later leaves the last address and time", () => {
  const statistics = new Statistics({ compat: "g2" });
  statistics.add(plainShare({ time: T0 }), T0);
  const before = statistics.read(statistics.findWorker(1, 0, 7), T0).lastShareIp;
  statistics.add(plainShare({ time: T0 - 10 }), T0);
  const after = statistics.read(statistics.findWorker(1, 0, 7), T0);
  assert.deepEqual([after.lastShareTime, after.lastShareIp, after.acceptCount], [T0, before, 2]);
});

test("a row is taken when a share came, and when a share left a window, and else never", () => {
  const statistics = new Statistics({ compat: "g2" });
  statistics.add(plainShare(), T0);
  const take = (now: number) => [...statistics.takeChanged(now)].map((handle) => statistics.read(handle, now)).length;
  assert.equal(take(T0), 2, "the worker and its user");
  assert.equal(take(T0 + 59), 0);
  assert.equal(take(T0 + 60), 2, "the share left the minute");
  assert.equal(take(T0 + 61), 0);
  assert.equal(take(T0 + 3_599), 2, "it left two windows meanwhile");
  assert.equal(take(T0 + 3_600), 2);
  assert.equal(take(T0 + 9_000), 0);
});

test("what could not be written is taken again", () => {
  const statistics = new Statistics({ compat: "g2" });
  statistics.add(plainShare(), T0);
  const taken = [...statistics.takeChanged(T0)];
  for (const handle of taken) statistics.read(handle, T0);
  statistics.putBack(taken);
  assert.deepEqual([...statistics.takeChanged(T0)], taken);
});

test("an hour of six steady shares a minute takes less than a kilobyte a worker", () => {
  const statistics = new Statistics({ compat: "g2" });
  const workers = 2_000;
  const before = statistics.bytes;
  for (let second = 0; second < 4_500; second += 10)
    for (let worker = 1; worker <= workers; worker++)
      statistics.add(
        plainShare({ workerId: BigInt(worker), userId: 1 + (worker % 20), time: T0 + second }),
        T0 + second,
      );
  // Memory comes in pages of 1 and 4 MB: most of what the first ones hold is counted too.
  assert.ok((statistics.bytes - before) / workers < 2_600, `${(statistics.bytes - before) / workers} bytes`);
  const worker = statistics.read(statistics.findWorker(2, 0, 1), T0 + 4_499);
  assert.deepEqual(worker.accept, [48, 240, 720, 2_880]);
});

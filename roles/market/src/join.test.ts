import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Diff, JoinRule, Snapshot } from "./exchange.ts";
import { exchanges } from "./exchanges/index.ts";
import { HOLD_FRAMES, Join } from "./join.ts";
import { previousIdRule, rangeRule } from "./join-rules.ts";

const range = rangeRule("rest");
const diff = (first: number, last: number, prev: number | null = null, timeMs: number | null = null): Diff => ({
  kind: "diff",
  symbol: "X",
  first,
  last,
  prev,
  bids: [],
  asks: [],
  engineMs: timeMs,
  pushMs: timeMs,
});
const snapshot = (id: number): Snapshot => ({
  kind: "snapshot",
  symbol: "X",
  id,
  bids: [],
  asks: [],
  engineMs: null,
  pushMs: null,
});
const joined = (rule: JoinRule, id: number) => {
  const join = new Join(rule);
  assert.equal(join.join(snapshot(id)).joined, true);
  return join;
};

test("a snapshot drops what it already has and starts with the diff that holds its next id", () => {
  const join = new Join(range);
  for (const one of [diff(750, 752), diff(753, 754), diff(755, 757)]) assert.equal(join.offer(one), "buffered");
  assert.deepEqual(join.join(snapshot(752)), { joined: true, apply: [diff(753, 754), diff(755, 757)] });
  assert.equal(join.last, 757);
});

test("a snapshot may fall inside a diff's range", () => {
  const join = new Join(range);
  join.offer(diff(100, 110));
  assert.deepEqual(join.join(snapshot(105)), { joined: true, apply: [diff(100, 110)] });
});

test("a snapshot older than the first diff is of no use and the diffs wait for another one", () => {
  const join = new Join(range);
  join.offer(diff(10, 12));
  assert.deepEqual(join.join(snapshot(8)), { joined: false, why: "too_old" });
  assert.deepEqual(join.join(snapshot(9)), { joined: true, apply: [diff(10, 12)] });
});

test("a snapshot newer than all diffs is taken, and the next diff must touch it", () => {
  const join = new Join(range);
  join.offer(diff(1, 5));
  assert.deepEqual(join.join(snapshot(20)), { joined: true, apply: [] });
  assert.equal(join.offer(diff(15, 18)), "duplicate");
  assert.equal(join.offer(diff(21, 25)), "apply");
});

test("a hole among the waiting diffs asks for a snapshot behind it", () => {
  const join = new Join(range);
  join.offer(diff(1, 2));
  join.offer(diff(5, 6));
  assert.deepEqual(join.join(snapshot(1)), { joined: false, why: "hole" });
  assert.deepEqual(join.join(snapshot(4)), { joined: true, apply: [diff(5, 6)] });
});

test("ids shared by many books follow by the id before, not by the first one", () => {
  const join = joined(previousIdRule, 149);
  assert.equal(join.offer(diff(157, 160, 149)), "apply");
  assert.equal(join.offer(diff(190, 195, 160)), "apply");
  assert.equal(join.offer(diff(300, 310, 200)), "held");
  assert.deepEqual(join.giveUp(), { from: 196, to: 200, missing: 5 });
});

test("shared ids: the first diff holds the snapshot's id or continues it directly", () => {
  for (const first of [diff(90, 110, 80), diff(105, 120, 100)]) {
    const join = new Join(previousIdRule);
    join.offer(first);
    assert.equal(join.join(snapshot(100)).joined, true);
  }
  const late = new Join(previousIdRule);
  late.offer(diff(105, 120, 101));
  assert.deepEqual(late.join(snapshot(100)), { joined: false, why: "too_old" });
});

test("the same diff twice is a duplicate, no gap", () => {
  const join = joined(range, 10);
  assert.equal(join.offer(diff(11, 12)), "apply");
  assert.equal(join.offer(diff(11, 12)), "duplicate");
});

test("two diffs that swapped places are put in order", () => {
  const join = joined(range, 10);
  assert.equal(join.offer(diff(13, 14)), "held");
  assert.equal(join.offer(diff(11, 12)), "apply");
  assert.deepEqual(join.next(), diff(13, 14));
  assert.equal(join.next(), null);
});

test("what never comes is a gap of exactly those ids, and what was held waits for the next snapshot", () => {
  const join = joined(range, 10);
  join.offer(diff(14, 15));
  assert.deepEqual(join.giveUp(), { from: 11, to: 13, missing: 3 });
  assert.equal(join.last, null);
  assert.deepEqual(join.join(snapshot(13)), { joined: true, apply: [diff(14, 15)] });
});

test("ids that fall while time goes on are a restart, never a negative gap", () => {
  const join = joined(range, 1_000);
  assert.equal(join.offer(diff(1_001, 1_005, null, 50_000)), "apply");
  assert.equal(join.offer(diff(3, 5, null, 50_100)), "duplicate");
  assert.equal(join.offer(diff(6, 8, null, 51_000)), "restarted");
});

test("a diff of another connection, cut at other ids, is no gap", () => {
  const join = joined(range, 20);
  assert.equal(join.offer(diff(15, 24)), "apply");
});

test("the buffer is bounded and counts what it lets go", () => {
  const join = new Join(range, 10);
  for (let id = 1; id <= 15; id++) join.offer(diff(id, id));
  assert.equal(join.buffered, 10);
  assert.equal(join.dropped, 5);
});

/** A true history: diffs that cut the ids 1…n at random places, with `prev` as each exchange's rule wants it. */
const history = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 5, maxLength: 60 }).map((widths) => {
  let last = 0;
  return widths.map((width) => {
    const one = diff(last + 1, last + width, last);
    last += width;
    return one;
  });
});
type Disorder = { at: number; what: "duplicate" | "swap" | "drop" };
const disorder = fc.record({ at: fc.nat(59), what: fc.constantFrom<Disorder["what"]>("duplicate", "swap", "drop") });

/** The frames as they arrive: some twice, some swapped with the next, some never. */
function disturb(diffs: Diff[], disorders: Disorder[]): Diff[] {
  const arriving = [...diffs];
  for (const { at, what } of disorders) {
    const [a, b] = [arriving[at], arriving[at + 1]];
    if (!a) continue;
    if (what === "duplicate") arriving.splice(at, 0, a);
    else if (what === "swap" && b) arriving.splice(at, 2, b, a);
    else if (what === "drop") arriving.splice(at, 1);
  }
  return arriving;
}

const rules = new Map(exchanges.flatMap((e) => e.products).map((product) => [product.connector, product.rule]));
for (const [connector, rule] of rules)
  test(`${connector}: whatever the order of snapshot and diffs, what is applied has no hole and goes forward`, () => {
    fc.assert(
      fc.property(
        history,
        fc.array(disorder, { maxLength: 4 }),
        fc.nat(60),
        fc.nat(300),
        (diffs, disorders, at, id) => {
          const arriving = disturb(diffs, disorders);
          const join = new Join(rule);
          const end = diffs.at(-1)?.last ?? 0;
          let covered: number | null = null;
          const applied = (one: Diff) => {
            assert.ok(covered !== null && one.first <= covered + 1, "a hole before an applied diff");
            assert.ok(one.last > covered, "an applied diff that brings nothing new");
            covered = one.last;
          };
          const take = (snapshotId: number) => {
            const result = join.join(snapshot(Math.min(end, snapshotId)));
            if (!result.joined) return;
            covered = Math.min(end, snapshotId);
            for (const one of result.apply) applied(one);
          };
          arriving.forEach((one, index) => {
            if (index === at) take(id);
            if (join.offer(one) === "apply") applied(one);
            for (let next = join.next(); next; next = join.next()) applied(next);
            if (join.held > HOLD_FRAMES) {
              assert.ok(join.giveUp());
              covered = null;
            }
          });
          if (join.held > 0) {
            assert.ok((join.giveUp()?.missing ?? 0) > 0);
            covered = null;
          }
          assert.equal(join.last, covered);
          // A snapshot of the end always heals.
          take(end);
          assert.equal(join.last, end);
        },
      ),
      { numRuns: 300 },
    );
  });

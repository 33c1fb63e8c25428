import assert from "node:assert/strict";
import { describe, mock, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { createAdmission, type Wanted } from "./admission.ts";
import { createBucket } from "./bucket.ts";
import { createPartCache } from "./part-cache.ts";
import type { Viewing } from "./tokens.ts";

test("a bucket gives its rate within a tenth, to many at once as to one", async () => {
  for (const takers of [1, 8]) {
    const bytesPerS = 4_000_000;
    const bucket = createBucket(bytesPerS);
    const began = performance.now();
    let taken = 0;
    const take = async () => {
      while (performance.now() - began < 2_000) {
        await bucket.take(16_384);
        taken += 16_384;
      }
    };
    await Promise.all(Array.from({ length: takers }, take));
    const share = taken / ((performance.now() - began) / 1_000) / bytesPerS;
    // A quarter of a second may go at once in the beginning.
    assert.ok(share > 0.9 && share < 1.1 + 0.25 / 2, `${takers} takers: ${share} of the rate`);
  }
});

test("a bucket gives no less than its rate, however many take of it, by a clock that is never late", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const [bytesPerS, endMs] = [1_000_000, 5_000];
    let [nowMs, taken] = [0, 0];
    const bucket = createBucket(bytesPerS, () => nowMs);
    const take = async () => {
      while (nowMs < endMs) {
        await bucket.take(16_384);
        taken += 16_384;
      }
    };
    let isOver = false;
    const all = Promise.all([take(), take(), take()]).then(() => {
      isOver = true;
    });
    while (!isOver) {
      await setImmediate();
      nowMs += 1;
      mock.timers.tick(1);
    }
    await all;
    const share = taken / (nowMs / 1_000) / bytesPerS;
    assert.ok(share > 0.99 && share < 1.01 + 0.25 / 5, `${share} of the rate`);
  } finally {
    mock.timers.reset();
  }
});

const view = (userNo: number, camera: number, profile: Viewing["profile"] = "source"): Viewing => ({
  view_id: `00000000-0000-4000-8000-${String(userNo * 1_000 + camera).padStart(12, "0")}`,
  camera_id: `00000000-0000-4000-8000-${String(camera).padStart(12, "0")}`,
  profile,
  user_no: userNo,
  via: { is: "session", id: `session of ${userNo}` },
});
const wanted = (camera: number, outKbps: number, inKbps = 3_000): Wanted => ({
  profile: outKbps === 3_000 ? "source" : "low",
  outKbps,
  stream: `${camera} main`,
  inKbps,
});

describe("admission", () => {
  const limits = { total_mbps: 20, user_mbps: 10, site_mbps: 6 };

  test("gives less where a person's share is full, and says why", () => {
    const admission = createAdmission(() => limits);
    for (const camera of [1, 2, 3]) admission.begin(view(1, camera), `site ${camera}`, wanted(camera, 3_000));
    const { given, reason } = admission.choose([wanted(4, 3_000), wanted(4, 150)], 1, "site 4");
    assert.equal(given?.profile, "low");
    assert.equal(reason, "your share is full: 9.0 of 10 Mb/s are in use");
    assert.equal(admission.choose([wanted(4, 3_000)], 2, "site 4").given?.profile, "source");
  });

  test("counts a camera's line once however many watch it, and refuses another beyond the site's", () => {
    const admission = createAdmission(() => limits);
    for (const user of [1, 2, 3]) admission.begin(view(user, 1), "a", wanted(1, 3_000));
    admission.begin(view(4, 2), "a", wanted(2, 3_000));
    assert.notEqual(admission.choose([wanted(1, 3_000)], 5, "a").given, null);
    const { given, reason } = admission.choose([wanted(3, 150)], 5, "a");
    assert.deepEqual([given, reason], [null, "the line of site a is full: 6.0 of 6 Mb/s are in use"]);
    assert.notEqual(admission.choose([wanted(3, 150)], 5, "b").given, null);
  });

  test("forgets players that are gone", () => {
    let nowMs = 0;
    const admission = createAdmission(
      () => limits,
      () => nowMs,
    );
    for (const camera of [1, 2, 3]) admission.begin(view(1, camera), `site ${camera}`, wanted(camera, 3_000));
    nowMs = 20_000;
    admission.seen(view(1, 1), "site 1", wanted(1, 3_000));
    nowMs = 35_000;
    assert.equal(admission.kbps(), 3_000);
    // Who comes back is let in as far as there is room.
    for (const camera of [4, 5]) admission.begin(view(1, camera), `site ${camera}`, wanted(camera, 3_000));
    assert.equal(admission.seen(view(1, 1), "site 1", wanted(1, 3_000)), null);
    assert.match(admission.seen(view(1, 2), "site 2", wanted(2, 3_000)) ?? "", /your share is full/);
  });

  test("never lets in more than there is, whoever comes and goes", () => {
    const come = fc.record({ user: fc.integer({ min: 1, max: 5 }), camera: fc.integer({ min: 1, max: 30 }) });
    fc.assert(
      fc.property(fc.array(come, { maxLength: 80 }), (comers) => {
        const admission = createAdmission(() => limits);
        const given = new Map<string, { user: number; kbps: number }>();
        for (const { user, camera } of comers) {
          const site = `site ${camera % 4}`;
          const chosen = admission.choose([wanted(camera, 3_000), wanted(camera, 150)], user, site).given;
          if (chosen === null || given.has(view(user, camera).view_id)) continue;
          admission.begin(view(user, camera), site, chosen);
          given.set(view(user, camera).view_id, { user, kbps: chosen.outKbps });
        }
        const all = [...given.values()];
        const total = (of: typeof all) => of.reduce((sum, { kbps }) => sum + kbps, 0);
        assert.ok(total(all) <= limits.total_mbps * 1_000);
        for (const user of [1, 2, 3, 4, 5])
          assert.ok(total(all.filter((one) => one.user === user)) <= limits.user_mbps * 1_000);
      }),
    );
  });
});

describe("parts in memory", () => {
  const answer = (bytes: number) => ({ url: "", type: "", body: Buffer.alloc(bytes) });

  test("are fetched once for all who wait, and what failed is not asked for again at once", async () => {
    let nowMs = 0;
    const cache = createPartCache(1_000, () => nowMs);
    let fetches = 0;
    const fetch = async () => {
      fetches += 1;
      return answer(10);
    };
    await Promise.all(Array.from({ length: 81 }, () => cache.get("a", fetch)));
    await cache.get("a", fetch);
    assert.equal(fetches, 1);
    const fail = async () => {
      fetches += 1;
      throw new Error("gone");
    };
    await assert.rejects(Promise.all([cache.get("b", fail), cache.get("b", fail)]), /gone/);
    await assert.rejects(cache.get("b", fetch), /gone/);
    assert.equal(fetches, 2);
    nowMs = 2_000;
    await cache.get("b", fetch);
    assert.equal(fetches, 3);
  });

  test("never take more than they may, the newest stay", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ key: fc.integer({ max: 9, min: 0 }), bytes: fc.integer({ min: 0, max: 600 }) })),
        async (wishes) => {
          const cache = createPartCache(1_000);
          for (const { key, bytes } of wishes) {
            await cache.get(String(key), async () => answer(bytes));
            assert.ok(cache.bytes() <= 1_000);
          }
          const last = wishes.at(-1);
          if (last) await cache.get(String(last.key), () => assert.fail("the newest is still there"));
        },
      ),
    );
  });
});

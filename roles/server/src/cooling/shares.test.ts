import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { sharesOf } from "./shares.ts";

const edges = fc.uniqueArray(fc.record({ holder: fc.uuid(), can: fc.nat(300) }), {
  selector: ({ holder }) => holder,
  maxLength: 8,
});

test("nobody is given more than they can, none twice, and all that can be read is", () => {
  fc.assert(
    fc.property(fc.nat(500), edges, (units, asks) => {
      const shares = sharesOf(units, asks);
      let given = 0;
      for (const { holder, can } of asks) {
        const share = shares.get(holder) ?? 0;
        assert.ok(share <= can);
        given += share;
      }
      assert.equal(
        given,
        Math.min(
          units,
          asks.reduce((sum, { can }) => sum + can, 0),
        ),
      );
    }),
  );
});

test("shares differ by at most one but for those who can no more, and do not depend on who is named first", () => {
  fc.assert(
    fc.property(fc.nat(500), edges, (units, asks) => {
      const shares = sharesOf(units, asks);
      const most = Math.max(0, ...shares.values());
      for (const { holder, can } of asks) {
        const share = shares.get(holder) ?? 0;
        assert.ok(share >= Math.min(can, most - 1));
      }
      assert.deepEqual(sharesOf(units, asks.toReversed()), shares);
    }),
  );
});

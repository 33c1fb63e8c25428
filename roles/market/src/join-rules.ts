import type { Diff, JoinRule } from "./exchange.ts";

/**
 * Diffs carry ids `first` to `last` without a hole between them. One that starts before the next id and ends after it is
 * no gap: sizes are absolute, and two overlapping connections cut their diffs at different ids.
 */
export const rangeRule = (snapshot: JoinRule["snapshot"]): JoinRule => ({
  snapshot,
  isOld: (diff, last) => diff.last <= last,
  joins: (diff, id) => diff.first <= id + 1,
  continues: (diff, last) => diff.first <= last + 1,
  missing: (diff, last) => Math.max(0, diff.first - last - 1),
});

/** Ids are shared by many books, so only `prev`, the last id before, tells whether something is missing. */
export const previousIdRule: JoinRule = {
  snapshot: "rest",
  isOld: (diff, last) => diff.last <= last,
  joins: (diff, id) => diff.first <= id || before(diff) <= id,
  continues: (diff, last) => before(diff) <= last,
  missing: (diff, last) => Math.max(0, before(diff) - last),
};

const before = (diff: Diff) => diff.prev ?? diff.first - 1;

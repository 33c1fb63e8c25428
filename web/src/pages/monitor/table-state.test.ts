import assert from "node:assert/strict";
import { test } from "node:test";
import { GetLatest } from "@banksman/wire/api";
import { csvCell } from "./csv.ts";
import { isFiltered, queryOf, readTableState } from "./table-state.ts";
import { countMoved, inShownOrder } from "./use-steady-rows.ts";

const stateOf = (text: string) => readTableState(new URLSearchParams(text));

test("an empty address shows everything, worst first", () => {
  const state = stateOf("");
  assert.deepEqual(queryOf(state), { page: 1, per_page: 50, sort: "health", order: "asc" });
  assert.equal(isFiltered(state), false);
});

test("what an address says is what the server is asked", () => {
  const query = queryOf(
    stateOf(
      "q=10.1&online=offline&status=degraded,unreachable&model=S21&rack=R07&sort=power_consumption&order=desc&page=3&per_page=200",
    ),
  );
  assert.deepEqual(query, {
    page: 3,
    per_page: 200,
    sort: "power_consumption",
    order: "desc",
    q: "10.1",
    online: "false",
    status: "degraded,unreachable",
    model: "S21",
    rack: "R07",
  });
  assert.equal(GetLatest.query.parse(query).online, false);
});

test("nonsense in an address falls back instead of failing", () => {
  const state = stateOf("page=-2&per_page=7&sort=drop table&order=up&online=maybe&status=fine,degraded");
  assert.deepEqual({ ...queryOf(state) }, { page: 1, per_page: 50, sort: "health", order: "asc", status: "degraded" });
});

test("rows keep their places while their figures change", () => {
  const rows = [{ miner_id: "b" }, { miner_id: "new" }, { miner_id: "a" }];
  assert.deepEqual(
    inShownOrder(rows, ["a", "gone", "b"]).map((row) => row.miner_id),
    ["a", "b", "new"],
  );
  assert.equal(countMoved(["a", "b", "c"], ["b", "a", "c"]), 2);
  assert.equal(countMoved(["a", "b"], ["a", "b"]), 0);
});

test("texts of devices can't become formulas in a spreadsheet", () => {
  assert.equal(csvCell("=HYPERLINK(1)"), "'=HYPERLINK(1)");
  assert.equal(csvCell('say "hi", you'), '"say ""hi"", you"');
  assert.equal(csvCell(-5), "-5");
  assert.equal(csvCell(null), "");
});

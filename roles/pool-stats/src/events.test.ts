import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type EventRules, readEvent } from "./events.ts";

const ALL: EventRules = { singleUserPuid: null };
const read = (text: string, rules = ALL) => readEvent(Buffer.from(text), rules);
const update = (content: string) => `{"type":"worker_update","content":{${content}}}`;
const WHOLE = '"user_id":7,"worker_id":8,"worker_name":"rig.1","miner_agent":"bmminer/2.0"';

test("a worker_update tells a name", () => {
  assert.deepEqual(read(update(WHOLE)), {
    is: "name",
    name: { userId: 7, workerId: "8", name: "rig.1", agent: "bmminer/2.0" },
  });
});

test("a disconnect of the later generation is a worker_update too", () => {
  assert.equal(read(`{"type":"worker_update","action":"miner_dead","content":{${WHOLE}}}`).is, "name");
});

test("worker ids keep 64 bits, user ids the low 32", () => {
  const result = read(
    update(
      WHOLE.replace('"worker_id":8', '"worker_id":-9223372036854775808').replace('"user_id":7', '"user_id":4294967297'),
    ),
  );
  assert.deepEqual(result.is === "name" && [result.name.workerId, result.name.userId], ["-9223372036854775808", 1]);
});

test("names keep letters, digits and -._:|^/ alone; escapes are not decoded", () => {
  const result = read(update(WHOLE.replace("rig.1", 'a \\"b\\" \\u540d c;-._:|^/')));
  assert.equal(result.is === "name" && result.name.name, "abu540dc-._:|^/");
});

for (const [text, because] of [
  ["not json", "common event missing some fields"],
  ['{"type":', "decode common event failure"],
  ["{}", "common event missing some fields"],
  ['{"type":1,"content":{}}', "common event missing some fields"],
  ['{"type":"worker_update","content":[]}', "common event missing some fields"],
  ['{"type":"worker_update","content":{}}', "common event `worker_update` missing some fields"],
  [update(WHOLE.replace(":8,", ':"8",')), "common event `worker_update` missing some fields"],
  [update(WHOLE.replace(":8,", ":8.5,")), "common event `worker_update` missing some fields"],
  [update(WHOLE.replace('"rig.1"', "null")), "common event `worker_update` missing some fields"],
] as const)
  test(`refused: ${text.slice(0, 60)}`, () => {
    assert.deepEqual(read(text), { is: "refused", because });
  });

test("other types have no effect", () => {
  assert.deepEqual(read(`{"type":"miner_connect","content":{${WHOLE}}}`), { is: "ignored" });
});

test("in single-user mode a name counts for the sub-account, without the user's part", () => {
  const rules: EventRules = { singleUserPuid: 7 };
  const result = read(update(`${WHOLE.replace("rig.1", "sub.rig.1")},"ext_user_id":70`), rules);
  assert.deepEqual(result.is === "name" && [result.name.userId, result.name.name], [70, "rig.1"]);
  assert.equal(read(update(WHOLE), rules).is, "refused");
  assert.equal(read(update(`${WHOLE},"ext_user_id":70`), { singleUserPuid: 8 }).is, "ignored");
});

test("no text breaks the reader", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.json().map((json) => update(`"user_id":${json}`)),
      ),
      (text) => {
        assert.ok(["name", "ignored", "refused"].includes(read(text).is));
      },
    ),
  );
  assert.equal(readEvent(Buffer.alloc(10_000_000, 0x5b), ALL).is, "refused");
});

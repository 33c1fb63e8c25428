import assert from "node:assert/strict";
import { test } from "node:test";
import { orderOf } from "./order-words.ts";

const words = (text: string) => text.split(" ").filter((word) => word !== "");

test("the words of each order", () => {
  const cases: [text: string, order: unknown][] = [
    ["reboot", { order: "reboot" }],
    ["locate off", { order: "locate", on: false }],
    ["pools get", { order: "pools_get" }],
    ["mode get", { order: "mode_get" }],
    ["mode set wake", { order: "mode_set", mode: "wake" }],
    ["power-target 3300W", { order: "power_target", watts: 3_300 }],
    ["power-target 100000", { order: "power_target", watts: 100_000 }],
    ["restart-hashing", { order: "restart_hashing" }],
    ["logs", { order: "logs" }],
    ["raw ascset|0,led,1-1", { order: "raw", command: "ascset|0,led,1-1" }],
    [
      "pools set stratum+tcp://a:1 w.1 stratum+tcp://b:2 w.2",
      {
        order: "pools_set",
        pools: [
          { url: "stratum+tcp://a:1", worker: "w.1", password: "p" },
          { url: "stratum+tcp://b:2", worker: "w.2", password: "p" },
        ],
      },
    ],
  ];
  for (const [text, order] of cases) assert.deepEqual(orderOf(words(text), "p"), order, text);
});

test("words that make no order are told with what to write", () => {
  const cases: [text: string, message: RegExp][] = [
    ["", /say what to order/],
    ["jump", /"jump" is no order/],
    ["locate", /say on or off/],
    ["mode set", /say get, or set with low, normal/],
    ["mode set fast", /say get, or set with low, normal/],
    ["pools set stratum+tcp://a:1", /an address and a worker/],
    ["pools set a w b w c w d w", /pools set .*: pools/],
    ["power-target many", /whole watts from 1 to 100,000, such as 3000/],
    ["power-target 2.5", /whole watts from 1 to 100,000/],
    ["power-target 0", /whole watts from 1 to 100,000/],
    ["power-target 999999999", /power-target 999999999: say whole watts from 1 to 100,000/],
    ["raw", /command/],
    ["reboot now", /nothing may follow it, but "now" does/],
  ];
  for (const [text, message] of cases) {
    assert.throws(() => orderOf(words(text), undefined), { code: "USAGE_WORDS", message }, text);
  }
});

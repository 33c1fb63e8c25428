import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { MinerBook, type Scan } from "./discover.ts";
import { quietLog as log, parsedConfig } from "./test-kit.ts";

const never = new AbortController().signal;

suite("discovery", () => {
  test("asks only for unknown addresses, adds what answers under its address, and once", async () => {
    const asked: string[][] = [];
    const scan: Scan = async function* (hosts) {
      const all = [...hosts];
      asked.push(all);
      for (const host of all) if (host.endsWith(".2") || host.endsWith(".5")) yield { host };
    };
    const book = new MinerBook([{ id: "known", host: "10.0.0.1", port: 4028, type: "antminer" }]);
    const { discover } = parsedConfig({ discover: ["10.0.0.0/29"] });
    assert.equal(await book.discover(discover, scan, log, never), 2);
    assert.deepEqual(
      book.miners.map(({ id }) => id),
      ["known", "10.0.0.2", "10.0.0.5"],
    );
    assert.equal(await book.discover(discover, scan, log, never), 0);
    assert.deepEqual(asked[1], ["10.0.0.3", "10.0.0.4", "10.0.0.6"]);
  });
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { runToEnd } from "@banksman/testkit";

const LEAVE = new URL("./leave.ts", import.meta.url).href;

test("leaving waits for what was written, and for nothing else", { timeout: 20_000 }, async () => {
  const script = `
    import { leave } from ${JSON.stringify(LEAVE)};
    setInterval(() => undefined, 1_000);
    process.stdout.write("x".repeat(1_000_000) + "end");
    process.stderr.write("also this");
    await leave(3);`;
  const { code, stdout, stderr } = await runToEnd(process.execPath, ["--input-type=module-typescript", "-e", script]);
  assert.deepEqual([code, stdout.length, stdout.slice(-3), stderr], [3, 1_000_003, "end", "also this"]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { cut, cutBytes } from "./text.ts";

test("long texts are cut at a line and say how many are missing; a pair of surrogates stays whole", () => {
  assert.equal(cut("a\nb\nc", 100), "a\nb\nc");
  assert.match(
    cut(Array.from({ length: 100 }, (_, n) => `line ${n}`).join("\n"), 200),
    /^line 0\n[\s\S]+\n… \(\+\d+\)$/,
  );
  assert.ok(cut("😀".repeat(100), 51).isWellFormed());
  assert.ok(Buffer.byteLength(cutBytes("矿".repeat(5_000), 2_048)) <= 2_048);
});

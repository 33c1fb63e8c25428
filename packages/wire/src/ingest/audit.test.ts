import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { auditHash, brokenAt, CHAIN_START } from "./audit.ts";
import type { AuditEntry } from "./audit-entry.ts";

function chain(length: number): AuditEntry[] {
  const entries: AuditEntry[] = [];
  for (let seq = 1; seq <= length; seq++) {
    const entry = {
      seq,
      at: new Date(seq * 1_000).toISOString(),
      order_id: `o${Math.ceil(seq / 2)}`,
      event: seq % 2 === 1 ? ("ordered" as const) : ("result" as const),
      actor: "ada",
      device: "10.0.0.5:4028",
      order: { order: "reboot" },
      prev: entries.at(-1)?.hash ?? CHAIN_START,
    };
    entries.push({ ...entry, hash: auditHash(entry) });
  }
  return entries;
}

describe("a chain of audit lines", () => {
  test("is whole, also from a place within", () => {
    const entries = chain(6);
    assert.equal(brokenAt(entries), null);
    assert.equal(brokenAt(entries.slice(3), entries[2]), null);
  });

  test("breaks where a line was changed, taken out, added or moved", () => {
    const entries = chain(6);
    const changed = entries.map((entry, i) => (i === 2 ? { ...entry, actor: "eve" } : entry));
    assert.equal(brokenAt(changed), 3);
    assert.equal(brokenAt(entries.toSpliced(2, 1)), 3);
    assert.equal(brokenAt([...entries.slice(0, 3), ...entries.slice(2)]), 4);
    assert.equal(brokenAt(entries.slice(1)), 1);
  });
});

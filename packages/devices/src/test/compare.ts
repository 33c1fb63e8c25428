import assert from "node:assert/strict";
import { type DeviceReading, READ_FIELDS } from "../family.ts";
import type { Expected } from "./captures.ts";

/** What differs from reading to reading, and what `expected.json` says in its own way. */
const APART = new Set(["warnings", "steady_requests", "latency_ms", "ip_address"]);

/** Asserts that a reading is what a person read off the answers. */
export function compare(reading: DeviceReading, expected: Expected): void {
  const given: Record<string, unknown> = { ...reading };
  const wanted: Record<string, unknown> = { ...expected };
  for (const field of [...READ_FIELDS, "online", "driver", "offline_reason"]) {
    if (!APART.has(field)) compareField(field, given[field] ?? null, wanted[field] ?? null);
  }
}

function compareField(field: string, given: unknown, wanted: unknown): void {
  if (field === "temperature_chips" && Array.isArray(given) && isSummary(wanted)) {
    const read = given.filter((value) => typeof value === "number");
    const summary = { count: given.length, coldest: Math.min(...read), hottest: Math.max(...read) };
    assert.deepEqual(summary, wanted, field);
  } else if (["boards", "pools", "faults"].includes(field) && Array.isArray(wanted)) {
    assert.ok(Array.isArray(given), `${field} are missing`);
    assert.equal(given.length, wanted.length, `number of ${field}`);
    for (const [i, part] of wanted.entries()) {
      for (const [member, value] of Object.entries(part)) {
        assert.deepEqual(given[i][member] ?? null, value, `${field}[${i}].${member}`);
      }
    }
  } else assert.deepEqual(given, wanted, field);
}

const isSummary = (wanted: unknown) => typeof wanted === "object" && wanted !== null && "count" in wanted;

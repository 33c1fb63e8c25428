import { type RejectedReading, UPLOAD_MAX_READINGS } from "@banksman/wire/ingest";
import { Reading } from "@banksman/wire/model";
import { problem } from "../http/problem.ts";

/** A reading with its place in the upload, by which it is named when it is refused. */
export type Numbered = { index: number; reading: Reading };

/** An upload taken apart: what can be stored, what can't and why, and members nobody knows with how often they came. */
export type ParsedUpload = {
  readings: Numbered[];
  rejected: RejectedReading[];
  unknownFields: Record<string, number>;
};

const KNOWN = new Set(Object.keys(Reading.shape));
/** A hostile upload could make up names without end. */
const MAX_UNKNOWN_NAMES = 50;

/**
 * Takes an upload's JSON apart row by row, so that one bad reading sinks no other. The newest of two readings of one
 * miner in an upload wins later, in the store. Throws a 400 problem when the body is not an array of readings at all.
 */
export function parseUpload(body: string): ParsedUpload {
  let rows: unknown;
  try {
    rows = JSON.parse(body);
  } catch (error) {
    throw problem(
      400,
      "BAD_JSON",
      `the body is not valid JSON: ${error instanceof Error ? error.message : "unreadable"}`,
      { path: "$" },
    );
  }
  if (!Array.isArray(rows))
    throw problem(400, "NOT_AN_ARRAY", "the body must be a JSON array of readings", { path: "$" });
  if (rows.length > UPLOAD_MAX_READINGS) {
    throw problem(
      413,
      "TOO_MANY_READINGS",
      `${rows.length} readings in one upload; at most ${UPLOAD_MAX_READINGS} are taken. Split it.`,
    );
  }
  // Without a prototype: a member may be named "toString".
  const parsed: ParsedUpload = { readings: [], rejected: [], unknownFields: Object.create(null) };
  rows.forEach((row: unknown, index) => {
    parseRow(row, index, parsed);
  });
  return parsed;
}

function parseRow(row: unknown, index: number, parsed: ParsedUpload): void {
  const result = Reading.safeParse(row);
  if (result.success) {
    parsed.readings.push({ index, reading: result.data });
    countUnknown(row, parsed.unknownFields);
    return;
  }
  const issue = result.error.issues[0];
  const id = typeof row === "object" && row !== null && "miner_id" in row ? row.miner_id : null;
  parsed.rejected.push({
    index,
    miner_id: typeof id === "string" ? id : null,
    path: issue?.path.map(String).join(".") ?? "",
    message: issue?.message ?? "not a reading",
  });
}

function countUnknown(row: unknown, counts: Record<string, number>): void {
  if (typeof row !== "object" || row === null) return;
  for (const name of Object.keys(row)) {
    if (KNOWN.has(name)) continue;
    if (!(name in counts) && Object.keys(counts).length >= MAX_UNKNOWN_NAMES) continue;
    counts[name] = (counts[name] ?? 0) + 1;
  }
}

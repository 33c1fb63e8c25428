import type { DatabaseSync } from "node:sqlite";

/** What outlives the process for `--status`: times as ISO 8601, readings that were lost since the spool was made. */
export type SpoolNotes = { last_upload_at: string | null; last_error: string | null; lost_readings: number };

export type SpoolCounts = {
  batches: number;
  readings: number;
  bytes: number;
  oldestCollectedAt: number | null;
  deadLetters: number;
};

export function countsOf(db: DatabaseSync): SpoolCounts {
  const row = db
    .prepare(
      "SELECT count(*) AS batches, coalesce(sum(readings), 0) AS readings, coalesce(sum(bytes), 0) AS bytes, " +
        "min(collected_at) AS oldest, (SELECT count(*) FROM dead_letter) AS dead FROM batch",
    )
    .get();
  return {
    batches: Number(row?.batches ?? 0),
    readings: Number(row?.readings ?? 0),
    bytes: Number(row?.bytes ?? 0),
    oldestCollectedAt: typeof row?.oldest === "number" ? row.oldest : null,
    deadLetters: Number(row?.dead ?? 0),
  };
}

export function notesOf(db: DatabaseSync): SpoolNotes {
  const notes = new Map(
    db
      .prepare("SELECT name, value FROM note")
      .all()
      .map((row) => [String(row.name), JSON.parse(String(row.value)) as unknown]),
  );
  const text = (name: string) => {
    const value = notes.get(name);
    return typeof value === "string" ? value : null;
  };
  return {
    last_upload_at: text("last_upload_at"),
    last_error: text("last_error"),
    lost_readings: Number(notes.get("lost_readings") ?? 0),
  };
}

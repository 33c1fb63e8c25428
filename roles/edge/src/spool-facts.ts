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

/** What the spool holds of a site that isn't configured now: it stays until it is, or until it is too old. */
export type OtherSite = { site_id: string; batches: number; readings: number };

/** What waits; of `siteId` alone where one is given. Dead letters are counted over all sites. */
export function countsOf(db: DatabaseSync, siteId: string | null = null): SpoolCounts {
  const row = db
    .prepare(
      "SELECT count(*) AS batches, coalesce(sum(readings), 0) AS readings, coalesce(sum(bytes), 0) AS bytes, " +
        "min(collected_at) AS oldest, (SELECT count(*) FROM dead_letter) AS dead FROM batch " +
        "WHERE :site IS NULL OR site_id = :site",
    )
    .get({ site: siteId });
  return {
    batches: Number(row?.batches ?? 0),
    readings: Number(row?.readings ?? 0),
    bytes: Number(row?.bytes ?? 0),
    oldestCollectedAt: typeof row?.oldest === "number" ? row.oldest : null,
    deadLetters: Number(row?.dead ?? 0),
  };
}

export function otherSitesOf(db: DatabaseSync, siteId: string): OtherSite[] {
  return db
    .prepare(
      "SELECT site_id, count(*) AS batches, sum(readings) AS readings FROM batch " +
        "WHERE site_id <> ? GROUP BY site_id ORDER BY site_id",
    )
    .all(siteId)
    .map((row) => ({
      site_id: String(row.site_id),
      batches: Number(row.batches),
      readings: Number(row.readings),
    }));
}

/** `1 batch of site site_001 waits until that site is configured again` */
export function otherSiteLine({ site_id, batches }: OtherSite): string {
  const waiting = batches === 1 ? "1 batch" : `${batches} batches`;
  return `${waiting} of site ${site_id} ${batches === 1 ? "waits" : "wait"} until that site is configured again`;
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

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { EdgeConfig } from "./config.ts";
import { countsOf, notesOf, type OtherSite, otherSiteLine, otherSitesOf } from "./spool-facts.ts";

/** What waits for this site; `other_sites` says what waits for others. */
export type SpoolStatus = {
  spool: string;
  pending_batches: number;
  pending_readings: number;
  pending_bytes: number;
  oldest_collected_at: string | null;
  oldest_age_seconds: number | null;
  dead_letters: number;
  lost_readings: number;
  last_upload_at: string | null;
  last_error: string | null;
  other_sites: OtherSite[];
};

/** Reads the spool beside a running edge, without its lock. Null when there is no spool yet. */
export function readStatus(path: string, siteId: string, nowMs: number): SpoolStatus | null {
  if (!existsSync(path)) return null;
  const db = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
  try {
    const counts = countsOf(db, siteId);
    const notes = notesOf(db);
    const oldest = counts.oldestCollectedAt;
    return {
      spool: path,
      pending_batches: counts.batches,
      pending_readings: counts.readings,
      pending_bytes: counts.bytes,
      oldest_collected_at: oldest === null ? null : new Date(oldest).toISOString(),
      oldest_age_seconds: oldest === null ? null : Math.round((nowMs - oldest) / 1000),
      dead_letters: counts.deadLetters,
      lost_readings: notes.lost_readings,
      last_upload_at: notes.last_upload_at,
      last_error: notes.last_error,
      other_sites: otherSitesOf(db, siteId),
    };
  } finally {
    db.close();
  }
}

/** `banksman edge --status`; exit code 0. */
export function printStatus(config: EdgeConfig, json: boolean): number {
  const read = (path: string) => readStatus(path, config.site_id, Date.now());
  const status = read(config.spool.path);
  const units = coolingSpoolOf(config);
  // Of an edge that reads no cooling units nothing is said of them.
  const cooling = config.cooling === undefined ? undefined : read(units);
  const told = (path: string, of: SpoolStatus | null) =>
    of ? describe(of) : `${path}: no spool yet; the edge has not run here.\n`;
  process.stdout.write(
    json
      ? `${JSON.stringify(cooling === undefined ? status : { ...status, cooling })}\n`
      : `${told(config.spool.path, status)}${cooling === undefined ? "" : `\ncooling units\n${told(units, cooling)}`}`,
  );
  return 0;
}

/** What was read of cooling units waits in a spool of its own, beside that of the miners. */
export const coolingSpoolOf = ({ spool }: Pick<EdgeConfig, "spool">): string => join(dirname(spool.path), "cooling.db");

function describe(status: SpoolStatus): string {
  const age = status.oldest_age_seconds === null ? "" : `, the oldest ${duration(status.oldest_age_seconds)} old`;
  const lines = [
    `spool         ${status.spool}`,
    `pending       ${status.pending_batches} batches, ${status.pending_readings} readings (${(status.pending_bytes / 1024 ** 2).toFixed(1)} MiB)${age}`,
    `last upload   ${status.last_upload_at ?? "never"}`,
    `last error    ${status.last_error ?? "none since the last upload"}`,
    `dead letters  ${status.dead_letters}`,
    `lost          ${status.lost_readings} readings`,
    ...status.other_sites.map((other) => `other site    ${otherSiteLine(other)}`),
  ];
  return `${lines.join("\n")}\n`;
}

function duration(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3_600).toFixed(1)} h`;
}

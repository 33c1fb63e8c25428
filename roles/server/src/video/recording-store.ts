import { Recording, type RecordingPlan } from "@banksman/wire/api";
import { sql } from "kysely";
import type { Db } from "../db/connect.ts";

export type RecordingRow = Recording & { place: "disk" | "s3" };
type Raw = Omit<RecordingRow, "from" | "to" | "bytes"> & { from_at: Date; to_at: Date | null; bytes: string };
export type NewRecording = Pick<Recording, "recording_id" | "camera_id" | "camera_name" | "because"> & {
  siteNo: number;
  from: Date;
  keepDays: RecordingPlan["keep_days"];
};

const toRow = ({ from_at, to_at, bytes, place, ...row }: Raw): RecordingRow => ({
  ...Recording.parse({
    ...row,
    from: from_at.toISOString(),
    to: to_at?.toISOString() ?? null,
    bytes: Number(bytes),
  }),
  place,
});

const COLUMNS = sql.raw(`r.recording_id, r.camera_id, r.camera_name, s.site_id, r.from_at, r.to_at, r.bytes, r.sha256,
  r.because, r.held, r.place`);
const MOST = 2_000;

export type RecordingStore = ReturnType<typeof recordingStore>;

/** The only SQL on recordings. */
export const recordingStore = (db: Db) => ({
  begin: async (row: NewRecording): Promise<void> => {
    await sql`insert into recordings (recording_id, camera_id, camera_name, site_no, from_at, because, place, keep_days)
      values (${row.recording_id}, ${row.camera_id}, ${row.camera_name}, ${row.siteNo}, ${row.from}, ${row.because},
        'disk', ${row.keepDays})`.execute(db);
  },
  finish: async (recordingId: string, to: Date, bytes: number, sha256: string): Promise<void> => {
    await sql`update recordings set to_at = ${to}, bytes = ${bytes}, sha256 = ${sha256}
      where recording_id = ${recordingId}`.execute(db);
  },
  moved: async (recordingId: string): Promise<void> => {
    await sql`update recordings set place = 's3' where recording_id = ${recordingId}`.execute(db);
  },
  hold: async (recordingId: string, held: boolean): Promise<void> => {
    await sql`update recordings set held = ${held} where recording_id = ${recordingId}`.execute(db);
  },
  remove: async (recordingId: string): Promise<void> => {
    await sql`delete from recordings where recording_id = ${recordingId}`.execute(db);
  },
  find: async (recordingId: string): Promise<RecordingRow | undefined> => {
    const { rows } = await sql<Raw>`select ${COLUMNS} from recordings r join sites s using (site_no)
      where recording_id = ${recordingId}`.execute(db);
    return rows.map(toRow)[0];
  },
  ofCamera: async (cameraId: string, from: Date, to: Date): Promise<RecordingRow[]> => {
    const { rows } = await sql<Raw>`select ${COLUMNS} from recordings r join sites s using (site_no)
      where camera_id = ${cameraId} and from_at < ${to} and coalesce(to_at, now()) > ${from}
      order by from_at desc limit ${MOST}`.execute(db);
    return rows.map(toRow);
  },
  notHeld: async (cameraId: string): Promise<RecordingRow[]> => {
    const { rows } = await sql<Raw>`select ${COLUMNS} from recordings r join sites s using (site_no)
      where camera_id = ${cameraId} and not held limit ${MOST}`.execute(db);
    return rows.map(toRow);
  },
  ofSite: async (siteId: string, from: Date, to: Date): Promise<RecordingRow[]> => {
    const { rows } = await sql<Raw>`select ${COLUMNS} from recordings r join sites s using (site_no)
      where s.site_id = ${siteId} and from_at < ${to} and coalesce(to_at, now()) > ${from}
      order by camera_name, from_at limit ${MOST}`.execute(db);
    return rows.map(toRow);
  },
  /** Those that were begun and not finished: whoever wrote them was killed. */
  unfinished: async (): Promise<RecordingRow[]> => {
    const { rows } = await sql<Raw>`select ${COLUMNS} from recordings r join sites s using (site_no)
      where to_at is null order by from_at`.execute(db);
    return rows.map(toRow);
  },
  /** Those whose days are over, and those nobody holds that were finished, the oldest first. */
  over: async (): Promise<RecordingRow[]> => {
    const { rows } = await sql<Raw>`select ${COLUMNS} from recordings r join sites s using (site_no)
      where not held and to_at < now() - keep_days * interval '1 day' order by from_at`.execute(db);
    return rows.map(toRow);
  },
  oldestOnDisk: async (): Promise<RecordingRow[]> => {
    const { rows } = await sql<Raw>`select ${COLUMNS} from recordings r join sites s using (site_no)
      where not held and place = 'disk' and to_at is not null order by from_at limit ${MOST}`.execute(db);
    return rows.map(toRow);
  },
  bytesOnDisk: async (): Promise<number> => {
    const { rows } = await sql<{ bytes: string | null }>`select sum(bytes) as bytes from recordings
      where place = 'disk'`.execute(db);
    return Number(rows[0]?.bytes ?? 0);
  },
});

import { randomUUID } from "node:crypto";
import { type Camera, RecordingPlan } from "@banksman/wire/api";
import { CameraKind } from "@banksman/wire/model";
import { sql } from "kysely";
import type { Db } from "../db/connect.ts";

/** A camera as it is kept: what opens it is sealed. */
export type CameraRow = {
  camera_id: string;
  site_no: number;
  site_id: string;
  region: string | null;
  time_zone: string;
  name: string;
  container: string | null;
  kind: CameraKind;
  via: Camera["via"];
  has_low: boolean;
  sealed: Buffer;
  recording: RecordingPlan;
};
export type NewCamera = Omit<CameraRow, "camera_id" | "site_id" | "region" | "time_zone">;

type Raw = Omit<CameraRow, "kind" | "recording"> & { kind: string; recording: unknown };
const toRow = (row: Raw): CameraRow => ({
  ...row,
  kind: CameraKind.parse(row.kind),
  recording: RecordingPlan.parse(row.recording),
});

export type CameraStore = ReturnType<typeof cameraStore>;

/** The only SQL on cameras. */
export const cameraStore = (db: Db) => ({
  list: async (): Promise<CameraRow[]> => {
    const { rows } = await sql<Raw>`select c.*, s.site_id, s.region, s.time_zone
      from cameras c join sites s using (site_no) order by s.site_id, c.name`.execute(db);
    return rows.map(toRow);
  },

  find: async (cameraId: string): Promise<CameraRow | undefined> => {
    const { rows } = await sql<Raw>`select c.*, s.site_id, s.region, s.time_zone
      from cameras c join sites s using (site_no) where camera_id = ${cameraId}`.execute(db);
    return rows.map(toRow)[0];
  },

  /** Null when the site has a camera of this name. */
  add: async (row: NewCamera): Promise<string | null> => {
    const { site_no, name, container, kind, via, has_low, sealed, recording } = row;
    const { rows } = await sql<{ camera_id: string }>`
      insert into cameras (camera_id, site_no, name, container, kind, via, has_low, sealed, recording)
      values (${randomUUID()}, ${site_no}, ${name}, ${container}, ${kind}, ${via}, ${has_low}, ${sealed},
        ${JSON.stringify(recording)})
      on conflict (site_no, name) do nothing returning camera_id`.execute(db);
    return rows[0]?.camera_id ?? null;
  },

  save: async (cameraId: string, row: NewCamera): Promise<boolean> => {
    const { site_no, name, container, kind, via, has_low, sealed, recording } = row;
    const { numAffectedRows } = await sql`
      update cameras set name = ${name}, container = ${container}, kind = ${kind}, via = ${via}, has_low = ${has_low},
        sealed = ${sealed}, recording = ${JSON.stringify(recording)}
      where camera_id = ${cameraId} and not exists (select from cameras other
        where other.site_no = ${site_no} and other.name = ${name} and other.camera_id <> ${cameraId})`.execute(db);
    return Number(numAffectedRows ?? 0) > 0;
  },

  remove: async (cameraId: string): Promise<void> => {
    await sql`delete from cameras where camera_id = ${cameraId}`.execute(db);
  },
});

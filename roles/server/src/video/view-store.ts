import { randomUUID } from "node:crypto";
import { VideoLayout, type VideoView } from "@banksman/wire/api";
import { sql } from "kysely";
import type { Db } from "../db/connect.ts";

type Row = Omit<VideoView, "layout"> & { layout: string };
const toView = (row: Row): VideoView => ({ ...row, layout: VideoLayout.parse(row.layout) });

export type ViewStore = ReturnType<typeof viewStore>;

/** The only SQL on saved views. */
export const viewStore = (db: Db) => ({
  list: async (): Promise<VideoView[]> => {
    const { rows } = await sql<Row>`select view_id, name, layout, camera_ids::text[], username as created_by
      from video_views join users using (user_no) order by name, view_id`.execute(db);
    return rows.map(toView);
  },
  save: async (userNo: number, view: Pick<VideoView, "name" | "layout" | "camera_ids">): Promise<string> => {
    const { name, layout, camera_ids } = view;
    const { rows } = await sql<{ view_id: string }>`
      insert into video_views (view_id, user_no, name, layout, camera_ids)
      values (${randomUUID()}, ${userNo}, ${name}, ${layout}, ${camera_ids}::uuid[])
      on conflict (user_no, name) do update set layout = excluded.layout, camera_ids = excluded.camera_ids
      returning view_id`.execute(db);
    return rows[0]?.view_id ?? "";
  },
  remove: async (userNo: number, viewId: string): Promise<boolean> => {
    const { numAffectedRows } =
      await sql`delete from video_views where view_id = ${viewId} and user_no = ${userNo}`.execute(db);
    return Number(numAffectedRows ?? 0) > 0;
  },
});

import type { Camera } from "@banksman/wire/api";

/** A camera's recordings, at a time where one is named. */
export const recordingsPath = ({ site_id, camera_id }: Pick<Camera, "site_id" | "camera_id">, at?: string): string =>
  `/video/recordings/${encodeURIComponent(site_id)}/${camera_id}${at === undefined ? "" : `?at=${encodeURIComponent(at)}`}`;

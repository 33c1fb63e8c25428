import type { Log } from "@banksman/kit";
import { pause } from "@banksman/video";
import type pg from "pg";
import { withLock } from "../jobs/lock.ts";
import type { CameraRow } from "./camera-store.ts";
import type { CameraService } from "./cameras.ts";
import { Recorder, type RecorderParts } from "./recorder.ts";

const LOOK_MS = 5_000;

type Parts = RecorderParts & {
  pool: pg.Pool;
  cameras: Pick<CameraService, "all" | "planOf">;
  recover: () => Promise<number>;
  log: Log;
};

/** One server of several records; it stops when its connection to the database is lost, since another may begin then. */
export function createRecorders(parts: Parts) {
  const { pool, cameras, recover, log } = parts;
  const running = new Map<string, { recorder: Recorder; made: string; siteId: string }>();

  const madeOf = (row: CameraRow): string =>
    JSON.stringify([row.name, row.recording, row.time_zone, cameras.planOf(row, "main"), row.via]);
  const close = async (cameraId: string): Promise<void> => {
    const one = running.get(cameraId);
    running.delete(cameraId);
    await one?.recorder.close();
  };
  /** Records what is to be recorded by now, and nothing else; false where that is nothing. */
  const look = async (): Promise<boolean> => {
    const due = new Map(
      (await cameras.all()).filter((row) => row.recording.mode !== "off").map((row) => [row.camera_id, row]),
    );
    for (const [cameraId, { made }] of running) {
      const row = due.get(cameraId);
      if (!row || madeOf(row) !== made) await close(cameraId);
    }
    for (const row of due.values())
      if (!running.has(row.camera_id)) {
        const recorder = new Recorder(row, cameras.planOf(row, "main"), parts);
        running.set(row.camera_id, { recorder, made: madeOf(row), siteId: row.site_id });
      }
    return due.size > 0;
  };
  /** Ends when there is nothing to record, so that a server without such cameras holds no connection for them. */
  const record = async (signal: AbortSignal): Promise<void> => {
    try {
      while (!signal.aborted) {
        const isRecording = await look();
        const finished = await recover();
        if (finished > 0) log.info({ recordings: finished }, "recordings that were cut off are finished");
        if (!isRecording) return;
        await pause(LOOK_MS, signal);
      }
    } finally {
      // Whatever ended it: another server may record from now on.
      await Promise.all([...running.keys()].map(close));
    }
  };

  return {
    /** Runs until the signal aborts. */
    run: async (signal: AbortSignal): Promise<void> => {
      while (!signal.aborted) {
        await withLock(pool, "video-recorder", (lost) => record(AbortSignal.any([signal, lost]))).catch(
          (error: unknown) => log.warn({ err: error }, "recording pauses"),
        );
        await pause(LOOK_MS, signal);
      }
    },
    /** Ends the file that is being written, so that it can be played. False where another server writes it. */
    roll: async (cameraId: string, recordingId: string): Promise<boolean> =>
      (await running.get(cameraId)?.recorder.roll(recordingId)) ?? false,
    alarm: (siteId: string): void => {
      for (const one of running.values()) if (one.siteId === siteId) one.recorder.alarm();
    },
    writing: (): number => [...running.values()].filter(({ recorder }) => recorder.isWriting).length,
  };
}

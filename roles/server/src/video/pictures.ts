import type { Log } from "@banksman/kit";
import { CameraFailure, failureOf, type KeyFrame } from "@banksman/video";
import type { CameraTrouble } from "@banksman/wire/model";
import type { CameraRow } from "./camera-store.ts";

/** Somebody who looks at key frames. */
export type Onlooker = {
  picture: (cameraId: string, frame: KeyFrame) => void;
  trouble: (cameraId: string, trouble: CameraTrouble | null) => void;
  widthPx: number;
};

/** How often a camera's newest key frame is looked for; a failing one is asked less and less often. */
const EVERY_MS = 2_000;
const MOST_EVERY_MS = 20_000;

type Shown = {
  onlookers: Set<Onlooker>;
  last: KeyFrame | null;
  failure: CameraFailure | null;
  everyMs: number;
  timer: NodeJS.Timeout | null;
};

type Parts = {
  keyFrame: (row: CameraRow, widthPx: number) => Promise<KeyFrame>;
  /** A camera as it is by now; null when it is gone. */
  rowOf: (cameraId: string) => Promise<CameraRow | null>;
  log: Log;
};

export type Pictures = ReturnType<typeof createPictures>;

/** Key frames of the cameras that somebody looks at, each made once for all of them. */
export function createPictures({ keyFrame, rowOf, log }: Parts) {
  const shown = new Map<string, Shown>();

  const look = async (cameraId: string, one: Shown): Promise<void> => {
    try {
      const widthPx = Math.max(...[...one.onlookers].map((onlooker) => onlooker.widthPx));
      const row = await rowOf(cameraId);
      if (row === null) throw new CameraFailure("not_found", "the camera was removed");
      const frame = await keyFrame(row, widthPx);
      one.everyMs = EVERY_MS;
      if (one.failure !== null) for (const onlooker of one.onlookers) onlooker.trouble(cameraId, null);
      one.failure = null;
      if (frame === one.last) return;
      one.last = frame;
      for (const onlooker of one.onlookers) onlooker.picture(cameraId, frame);
    } catch (error) {
      const failure = failureOf(error);
      if (one.failure?.trouble !== failure.trouble) {
        log.info({ camera: cameraId }, `a camera shows nothing: ${failure.message}`);
        for (const onlooker of one.onlookers) onlooker.trouble(cameraId, failure.trouble);
      }
      one.failure = failure;
      one.everyMs = Math.min(MOST_EVERY_MS, one.everyMs * 1.5);
    }
  };
  const goOn = (cameraId: string, one: Shown): void => {
    one.timer = null;
    const began = Date.now();
    void look(cameraId, one).finally(() => {
      if (shown.get(cameraId) !== one) return;
      one.timer = setTimeout(() => goOn(cameraId, one), Math.max(0, one.everyMs - (Date.now() - began)));
    });
  };

  return {
    show: (camera_id: string, onlooker: Onlooker): void => {
      const known = shown.get(camera_id);
      if (known) {
        known.onlookers.add(onlooker);
        if (known.failure) onlooker.trouble(camera_id, known.failure.trouble);
        else if (known.last) onlooker.picture(camera_id, known.last);
        return;
      }
      const one: Shown = {
        ...{ onlookers: new Set([onlooker]), last: null, failure: null },
        ...{ everyMs: EVERY_MS, timer: null },
      };
      shown.set(camera_id, one);
      goOn(camera_id, one);
    },
    leave: (cameraId: string, onlooker: Onlooker): void => {
      const one = shown.get(cameraId);
      one?.onlookers.delete(onlooker);
      if (one?.onlookers.size !== 0) return;
      if (one.timer) clearTimeout(one.timer);
      shown.delete(cameraId);
    },
    stateOf: (cameraId: string) => {
      const one = shown.get(cameraId);
      return one === undefined
        ? null
        : { failure: one.failure, pictureAtMs: one.last?.takenAtMs ?? null, viewers: one.onlookers.size };
    },
    count: (): number => shown.size,
    close: (): void => {
      for (const { timer } of shown.values()) if (timer) clearTimeout(timer);
      shown.clear();
    },
  };
}

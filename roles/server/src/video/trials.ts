import type { Log } from "@banksman/kit";
import { CameraFailure, failureOf, type KeyFrame, within } from "@banksman/video";
import type { CameraLook, CameraTrial, ReplyOf, TryCamera } from "@banksman/wire/api";
import type { CameraPlan } from "@banksman/wire/model";
import { problem } from "../http/problem.ts";
import type { CameraPlace, CameraService } from "./cameras.ts";
import { toldOf } from "./watch.ts";

/** Longer than the 15 s that a first picture may take, so that whoever reads the camera says why there is none. */
const PATIENCE_MS = 17_000;
/** A line that is full for so long will not be free for who waits at a form. */
const LINE_MS = 5_000;
const WIDTH_PX = 320;
/** Plenty for who corrects an address, too few for who looks for what answers in a network. */
const MOST_A_MINUTE = 10;
const MINUTE_MS = 60_000;

const lineFull = () =>
  new CameraFailure("at_limit", "the line of the site is full: try again when less of it is watched");

type Parts = {
  cameras: Pick<CameraService, "proposed">;
  /** Resolves when something may be drawn from the site. */
  lineOf: (place: CameraPlace) => Promise<void>;
  /** A picture of a camera, of which nothing stays afterwards. */
  picture: (place: CameraPlace, plan: CameraPlan, widthPx: number) => Promise<KeyFrame>;
  log: Log;
  now?: () => number;
};

export type TrialService = ReturnType<typeof trialService>;

/** Tells whether a camera works before it is saved: a look at each of its streams, bounded in time and for each person. */
export const trialService = ({ cameras, lineOf, picture, log, now = Date.now }: Parts) => {
  const running = new Set<number>();
  const begun = new Map<number, number[]>();

  const takeTurn = (userNo: number): void => {
    if (running.has(userNo))
      throw problem(429, "TRIAL_RUNS", "a camera is being tried for you; wait for what comes of it", {
        retryAfterSeconds: 5,
      });
    const recent = (begun.get(userNo) ?? []).filter((atMs) => now() - atMs < MINUTE_MS);
    const [oldest] = recent;
    if (oldest !== undefined && recent.length >= MOST_A_MINUTE) {
      const seconds = Math.ceil((oldest + MINUTE_MS - now()) / 1_000);
      const detail = `you tried ${MOST_A_MINUTE} cameras within a minute; try again in ${seconds} s`;
      throw problem(429, "TOO_MANY_TRIALS", detail, { retryAfterSeconds: seconds });
    }
    begun.set(userNo, [...recent, now()]);
    running.add(userNo);
  };

  const look = async (place: CameraPlace, plan: CameraPlan): Promise<CameraLook> => {
    try {
      // A site's full line is no slowness of its camera.
      await within(LINE_MS, lineOf(place), lineFull);
      const beganMs = now();
      const { jpeg, takenAtMs } = await within(PATIENCE_MS, picture(place, plan, WIDTH_PX));
      return {
        is: "picture",
        jpeg: jpeg.toString("base64"),
        taken_at: new Date(takenAtMs).toISOString(),
        took_ms: now() - beganMs,
      };
    } catch (error) {
      const failure = failureOf(error);
      log.info(
        { site_id: place.site_id },
        `a camera (${plan.stream}) that was tried shows nothing: ${failure.message}`,
      );
      return { is: "trouble", trouble: failure.trouble, detail: toldOf(failure) };
    }
  };

  return {
    run: async (siteId: string, trial: CameraTrial, userNo: number): Promise<ReplyOf<typeof TryCamera>["data"]> => {
      const { place, main, low } = await cameras.proposed(siteId, trial);
      takeTurn(userNo);
      try {
        const [ofMain, ofLow] = await Promise.all([look(place, main), low === null ? null : look(place, low)]);
        return { main: ofMain, low: ofLow };
      } finally {
        running.delete(userNo);
      }
    },
  };
};

import { CameraFailure, failureOf, sliceOf } from "@banksman/video";
import type { ReplyOf, WatchCamera } from "@banksman/wire/api";
import { type CameraTrouble, SOURCE_KBPS, VIDEO_PROFILES, VideoProfile } from "@banksman/wire/model";
import type { Caller } from "../http/caller.ts";
import { problem } from "../http/problem.ts";
import type { Admission, Wanted } from "./admission.ts";
import type { CameraRow } from "./camera-store.ts";
import type { CameraService } from "./cameras.ts";
import { type Streams, typeOf } from "./streams.ts";
import type { Viewing, ViewingTokens } from "./tokens.ts";
import type { Transcodes } from "./transcodes.ts";

type Parts = {
  cameras: Pick<CameraService, "at" | "find" | "planOf">;
  streams: Pick<Streams, "playlist" | "part" | "kbpsOf">;
  transcodes: Pick<Transcodes, "file" | "isMade" | "hasRoom">;
  admission: Admission;
  tokens: ViewingTokens;
};
type Watch = ReplyOf<typeof WatchCamera>["data"];

const BAD_GATEWAY = 502;
const STATUS: Partial<Record<CameraTrouble, number>> = { not_found: 404, at_limit: 503 };
/** What viewers are told: what happened exactly has addresses in it, and is in the log. */
const TOLD: Record<Exclude<CameraTrouble, "at_limit">, string> = {
  unreachable: "the camera can't be reached: check its power, cable and address",
  refused_sign_in: "the camera refuses the sign-in: check name and password",
  not_found: "the camera has no such stream, or this part of it is gone",
  not_video: "the camera answers with something that is no video",
  address_refused: "the camera stands, or its stream points, where none may be read from",
  too_large: "the camera sends more at once than a live stream does",
  too_slow: "the camera answers too slowly",
  stalled: "the camera sends nothing new",
  no_edge: "no edge of the site is connected that could read its cameras",
  encoder_failed: "ffmpeg is missing or failed; the log says why",
};

/** A failure in words for who watches. Limits are many, and ours: each is said in its own sentence. */
export const toldOf = ({ trouble, message }: CameraFailure): string =>
  trouble === "at_limit" ? message : TOLD[trouble];

/** A camera's failure as an answer: its word is the code, so that a tile can say it in anybody's language. */
function answerTo(error: unknown): Error {
  if (!(error instanceof CameraFailure)) return error instanceof Error ? error : failureOf(error);
  const { trouble } = error;
  return problem(STATUS[trouble] ?? BAD_GATEWAY, `CAMERA_${trouble.toUpperCase()}`, toldOf(error), {
    retryAfterSeconds: 2,
    // A camera that is off is told of once by its reader, not at each request of each player.
    isLogged: true,
  });
}

const lineFull = (why: string) => problem(429, "VIDEO_LINE_FULL", why, { retryAfterSeconds: 10 });

export type WatchService = ReturnType<typeof watchService>;

/** Who watches which camera, and what a player is given of it. */
export const watchService = ({ cameras, streams, transcodes, admission, tokens }: Parts) => {
  /** What is played for a profile: a stream of the camera, or one that is made of it. */
  const sourceOf = (row: CameraRow, profile: VideoProfile) => {
    const isSmall = profile === "low" || profile === "medium";
    const plan = cameras.planOf(row, isSmall ? "low" : "main");
    return { plan, made: profile === "source" || plan.stream === "low" ? null : profile };
  };
  const wantedOf = (row: CameraRow, profile: VideoProfile): Wanted => {
    const { plan, made } = sourceOf(row, profile);
    const usual = plan.stream === "low" ? VIDEO_PROFILES.medium.kbps : SOURCE_KBPS;
    const inKbps = streams.kbpsOf(plan) ?? usual;
    const outKbps = made === null ? inKbps : VIDEO_PROFILES[made].kbps;
    return { profile, outKbps, stream: `${plan.camera_id} ${plan.stream}`, inKbps };
  };
  /** What can be given instead of `asked`: itself, then the smaller ones. */
  const fromOn = (row: CameraRow, asked: VideoProfile): VideoProfile[] =>
    VideoProfile.options.slice(VideoProfile.options.indexOf(asked)).filter((profile) => {
      const { made } = sourceOf(row, profile);
      return made === null || profile === asked || transcodes.isMade(row.camera_id, made) || transcodes.hasRoom();
    });

  return {
    watch: async (siteId: string, cameraId: string, asked: VideoProfile, caller: Caller): Promise<Watch> => {
      const row = await cameras.at(siteId, cameraId);
      if (caller.is !== "person") throw problem(403, "NOT_ALLOWED", "only a person or their API token may watch");
      const wanted = fromOn(row, asked).map((profile) => wantedOf(row, profile));
      const { given, reason } = admission.choose(wanted, caller.userNo, siteId);
      if (given === null) throw lineFull(reason ?? "nothing of this camera can be given");
      const { viewing, token, expiresAt } = tokens.begin(caller, cameraId, given.profile);
      admission.begin(viewing, siteId, given);
      return {
        playlist: `/v/${cameraId}/${given.profile}/index.m3u8`,
        token,
        expires_at: expiresAt.toISOString(),
        profile: given.profile,
        reason,
      };
    },

    /** A playlist or part for whoever holds a token of it. Throws the camera's failure as a problem. */
    file: async (viewing: Viewing, name: string, range: string | null): Promise<{ type: string; body: Buffer }> => {
      const row = await cameras.find(viewing.camera_id, "all");
      const why = admission.seen(viewing, row.site_id, wantedOf(row, viewing.profile));
      if (why !== null) throw lineFull(why);
      const { plan, made } = sourceOf(row, viewing.profile);
      try {
        if (made !== null) {
          const whole = await transcodes.file(plan, made, name);
          return { type: typeOf(name), body: range === null ? whole : sliceOf(whole, range) };
        }
        if (name.endsWith(".m3u8"))
          return { type: typeOf(name), body: Buffer.from(await streams.playlist(plan, name)) };
        return { type: typeOf(name), body: (await streams.part(plan, name, range)).body };
      } catch (error) {
        throw answerTo(error);
      }
    },
  };
};

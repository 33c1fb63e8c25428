import type { CameraPlan } from "@banksman/wire/model";
import type { Decoder } from "./decoder.ts";
import { decrypted } from "./decrypt.ts";
import type { CameraAnswer, Wish } from "./fetch-camera.ts";
import { type Definitions, parsePlaylist, type Segment } from "./playlist.ts";
import { CameraFailure } from "./trouble.ts";

/** A picture of a camera, and when it was taken as far as one can know. */
export type KeyFrame = { jpeg: Buffer; takenAtMs: number };

type Read = (camera: CameraPlan, address: string | null, wish: Wish) => Promise<CameraAnswer>;
type Known = {
  /** The media playlist that pictures are taken from. */
  playlist: string | null;
  defined: Definitions | undefined;
  segment: string;
  movedAtMs: number;
  widthPx: number;
  picture: KeyFrame | null;
};

/** A playlist that doesn't move for so long stands still. */
const STALLED_TARGETS = 4;
const STALLED_AT_LEAST_MS = 10_000;
const MOST_KNOWN = 1_000;

/**
 * The newest key frame of a camera: of the smallest stream it offers, decoded only when there is a newer part than last
 * time. Throws CameraFailure, `stalled` where the playlist no longer moves.
 */
export function createKeyFrames(read: Read, decoder: Pick<Decoder, "picture">) {
  const known = new Map<string, Known>();

  const media = async (camera: CameraPlan, at: Known) => {
    const answer = await read(camera, at.playlist, { role: "playlist" });
    const found = parsePlaylist(answer.body.toString(), answer.url, at.defined);
    if (found?.is === "media") return found;
    if (found === null) throw new CameraFailure("not_video", "the camera's playlist is none");
    const smallest = found.variants.toSorted((a, b) => a.bandwidth - b.bandwidth)[0];
    if (smallest === undefined || at.playlist !== null)
      throw new CameraFailure("not_video", "the camera's playlist has no stream in it");
    at.playlist = smallest.url;
    at.defined = found.defined;
    const next = await read(camera, smallest.url, { role: "playlist" });
    const inner = parsePlaylist(next.body.toString(), next.url, found.defined);
    if (inner?.is !== "media") throw new CameraFailure("not_video", "the camera's stream has no playlist");
    return inner;
  };

  const pictureOf = async (camera: CameraPlan, widthPx: number, at: Known): Promise<KeyFrame> => {
    const { segments, targetS } = await media(camera, at);
    const newest = segments.at(-1);
    if (newest === undefined) throw new CameraFailure("stalled", "the camera's playlist is empty");
    const name = `${newest.url} ${newest.byteRange ?? ""} ${newest.sequence}`;
    const now = Date.now();
    if (name === at.segment && at.picture !== null && at.widthPx === widthPx) {
      if (now - at.movedAtMs > Math.max(STALLED_TARGETS * targetS * 1_000, STALLED_AT_LEAST_MS))
        throw new CameraFailure("stalled", "the camera sends nothing new");
      return at.picture;
    }
    const { format, bytes } = await partOf(camera, newest);
    const jpeg = await decoder.picture({ key: camera.camera_id, format, bytes, widthPx });
    // The picture is the part's first; the part was whole when it came.
    const picture = { jpeg, takenAtMs: now - newest.durationS * 1_000 };
    Object.assign(at, { segment: name, movedAtMs: now, widthPx, picture });
    return picture;
  };
  const partOf = async (camera: CameraPlan, { map, ...part }: Segment) => {
    const readKey = async (url: string) => (await read(camera, url, { role: "key" })).body;
    const bytesOf = async ({ url, byteRange, encryption }: Pick<Segment, "url" | "byteRange" | "encryption">) => {
      const { body } = await read(camera, url, { role: "part", byteRange: rangeOf(byteRange) });
      return decrypted(body, encryption, readKey);
    };
    if (map === null) return { format: "mpegts" as const, bytes: [await bytesOf(part)] };
    return { format: "mp4" as const, bytes: [await bytesOf(map), await bytesOf(part)] };
  };

  return async (camera: CameraPlan, widthPx: number): Promise<KeyFrame> => {
    const key = `${camera.camera_id} ${camera.stream}`;
    const at = known.get(key) ?? nothingKnown();
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(key, at);
    try {
      return await pictureOf(camera, widthPx, at);
    } catch (error) {
      // What was known of its playlists may be why.
      if (!(error instanceof CameraFailure && error.trouble === "stalled")) known.delete(key);
      throw error;
    }
  };
}

const nothingKnown = (): Known => ({
  playlist: null,
  defined: undefined,
  segment: "",
  movedAtMs: 0,
  widthPx: 0,
  picture: null,
});

/** `length@offset` of a playlist as HTTP's `first-last`; one that goes on where another ended is read whole. */
export function rangeOf(byteRange: string | null): string | null {
  const [, length, offset] = /^(\d+)@(\d+)$/.exec(byteRange ?? "") ?? [];
  if (length === undefined || offset === undefined) return null;
  return `${offset}-${Number(offset) + Number(length) - 1}`;
}

import { createHmac, randomBytes } from "node:crypto";
import type { Log } from "@banksman/kit";
import {
  type CameraAnswer,
  CameraFailure,
  type Definitions,
  decrypted,
  failureOf,
  type PlaylistRole,
  parsePlaylist,
  rangeOf,
  rewritePlaylist,
  type Segment,
  sliceOf,
  type Wish,
} from "@banksman/video";
import type { CameraPlan } from "@banksman/wire/model";
import { createPartCache } from "./part-cache.ts";

/** Reads what a camera has, from wherever it can be reached. */
export type Read = (plan: CameraPlan, address: string | null, wish: Wish) => Promise<CameraAnswer>;

/** A playlist that was read and rewritten, once for all who watch. */
type Held = { text: string; answer: CameraAnswer; defined: Definitions | undefined; untilMs: number };
type Named = { url: string; role: PlaylistRole; defined: Definitions | undefined };
/** What was last seen of a media playlist. */
type Seen = { newest: string; sequence: number; movedAtMs: number };
/** What of a camera fails by itself: a playlist may move on while none of its parts can be read, or opened. */
type Failing = PlaylistRole | "inside";
type Stream = {
  plan: CameraPlan;
  /** The plan as text: another one is another camera. */
  made: string;
  names: Map<string, Named>;
  playlists: Map<string, { held: Promise<Held>; untilMs: number }>;
  failures: Map<Failing, CameraFailure>;
  pictureAtMs: number | null;
  seen: Map<string, Seen>;
  /** Of each address, which part it was last: cameras use names again. */
  sequences: Map<string, number>;
  /** How often the camera began to count anew. */
  starts: number;
  /** Parts of files that a playlist names: no others are fetched by themselves. */
  ranges: Set<string>;
  usedAtMs: number;
  targetS: number;
  /** Of its parts, the newest counting most; 0 until one came. */
  partBytes: number;
};

const MOST_NAMES = 4_000;
const MOST_PLAYLISTS = 100;
const FAILED_MS = 1_500;
const MASTER_MS = 5_000;
const KEY_MS = 60_000;
const STALLED_TARGETS = 4;
const STALLED_AT_LEAST_MS = 10_000;
/** A stream that nobody asks for is forgotten; its camera is not read any more. */
const IDLE_MS = 30_000;

const EXTENSIONS: Record<string, string> = {
  ts: "video/mp2t",
  m4s: "video/mp4",
  mp4: "video/mp4",
  m4v: "video/mp4",
  m4a: "audio/mp4",
  aac: "audio/aac",
  vtt: "text/vtt",
};

export const INDEX = "index.m3u8";

/** What a name's ending makes of it for a player; what a camera says of itself is not believed. */
export const typeOf = (name: string): string =>
  name.endsWith(".m3u8")
    ? "application/vnd.apple.mpegurl"
    : (EXTENSIONS[name.split(".").at(-1) ?? ""] ?? "application/octet-stream");

export type Streams = ReturnType<typeof createStreams>;

/**
 * Streams of cameras, each read once however many watch. Addresses get opaque names; what a name stands for is known from the
 * playlists that were read, so that nothing can be asked for that no playlist holds.
 */
export function createStreams(read: Read, cacheBytes: number, log: Log) {
  const secret = randomBytes(32);
  const streams = new Map<string, Stream>();
  const parts = createPartCache(cacheBytes);

  const keyOf = ({ camera_id, stream }: CameraPlan) => `${camera_id} ${stream}`;
  const streamOf = (plan: CameraPlan): Stream => {
    const [key, made] = [keyOf(plan), JSON.stringify(plan)];
    const known = streams.get(key);
    if (known?.made === made) {
      known.usedAtMs = Date.now();
      return known;
    }
    const fresh: Stream = {
      ...{ plan, made, names: new Map(), playlists: new Map(), failures: new Map(), seen: new Map() },
      ...{
        sequences: new Map(),
        starts: 0,
        ranges: new Set(),
        pictureAtMs: null,
        usedAtMs: Date.now(),
        targetS: 0,
        partBytes: 0,
      },
    };
    streams.set(key, fresh);
    return fresh;
  };

  const nameFor = (stream: Stream, url: string, role: PlaylistRole, defined: Definitions | undefined): string => {
    const id = createHmac("sha256", secret).update(url).digest("base64url").slice(0, 20);
    const ending = URL.parse(url)?.pathname.split(".").at(-1)?.toLowerCase() ?? "";
    const name =
      role === "playlist" ? `${id}.m3u8` : `${id}.${role === "part" && ending in EXTENSIONS ? ending : "bin"}`;
    // Those used last stay: a name stands for the same as long as a playlist holds it.
    stream.names.delete(name);
    stream.names.set(name, { url, role, defined });
    const [oldest] = stream.names.keys();
    if (stream.names.size > MOST_NAMES && oldest !== undefined) stream.names.delete(oldest);
    return name;
  };

  /** Notes why a camera gives nothing; in the log when nothing of it failed for that reason before. */
  const failed = (stream: Stream, what: Failing, error: unknown): CameraFailure => {
    const failure = failureOf(error);
    const { failures } = stream;
    if (![...failures.values()].some(({ trouble }) => trouble === failure.trouble))
      log.info({ camera: stream.plan.camera_id }, `a camera can't be read: ${failure.message}`);
    // The newest is the last.
    failures.delete(what);
    failures.set(what, failure);
    return failure;
  };
  /** Takes up what a playlist says; how long it may be used. */
  const note = (stream: Stream, url: string, answer: CameraAnswer, defined: Definitions | undefined): number => {
    const found = parsePlaylist(answer.body.toString(), answer.url, defined);
    if (found?.is !== "media") return MASTER_MS;
    stream.targetS = found.targetS;
    const last = found.segments.at(-1);
    const before = stream.seen.get(url);
    const now = Date.now();
    const newest = last === undefined ? "" : `${last.url} ${last.sequence}`;
    const sequence = last?.sequence ?? 0;
    if (before !== undefined && sequence < before.sequence) stream.starts += 1;
    for (const segment of found.segments) noteSegment(stream, segment);
    if (newest !== before?.newest) {
      stream.seen.set(url, { newest, sequence, movedAtMs: now });
      stream.pictureAtMs = now;
      stream.failures.delete("playlist");
    } else if (!found.isEnded && now - before.movedAtMs > stalledAfterMs(found.targetS))
      failed(stream, "playlist", new CameraFailure("stalled", "the camera sends nothing new"));
    return Math.min(3_000, Math.max(300, found.targetS * 500));
  };

  const readPlaylist = async (stream: Stream, url: string | null, imported: Definitions | undefined): Promise<Held> => {
    try {
      const answer = await read(stream.plan, url, { role: "playlist" });
      const text = rewritePlaylist(
        answer.body.toString(),
        answer.url,
        (address, role) => nameFor(stream, address, role, definedIn(answer, imported)),
        imported,
      );
      if (text === null) throw new CameraFailure("not_video", "the camera answers with something that is no playlist");
      const untilMs = Date.now() + note(stream, url ?? "", answer, imported);
      return { text, answer, defined: imported, untilMs };
    } catch (error) {
      throw failed(stream, "playlist", error);
    }
  };
  const playlistAt = (stream: Stream, url: string | null, imported: Definitions | undefined): Promise<Held> => {
    const key = url ?? "";
    const known = stream.playlists.get(key);
    if (known && known.untilMs > Date.now()) return known.held;
    // Addresses that are others at each reading must not pile up.
    if (stream.playlists.size >= MOST_PLAYLISTS) stream.playlists.clear();
    const held = readPlaylist(stream, url, imported);
    const entry = { held, untilMs: Number.POSITIVE_INFINITY };
    stream.playlists.set(key, entry);
    held.then(
      ({ untilMs }) => {
        entry.untilMs = untilMs;
      },
      () => {
        entry.untilMs = Date.now() + FAILED_MS;
      },
    );
    return held;
  };

  const partAt = async (
    stream: Stream,
    url: string,
    role: PlaylistRole,
    byteRange: string | null,
  ): Promise<CameraAnswer> => {
    try {
      // A key may change behind its address.
      const age = role === "key" ? Math.floor(Date.now() / KEY_MS) : (stream.sequences.get(url) ?? "");
      const version = `${stream.starts} ${age}`;
      const key = `${stream.made} ${url} ${byteRange ?? ""} ${version}`;
      return await parts.get(key, async () => {
        const answer = await read(stream.plan, url, { role, byteRange });
        stream.failures.delete(role);
        const { length } = answer.body;
        if (role === "part") stream.partBytes = stream.partBytes === 0 ? length : 0.8 * stream.partBytes + 0.2 * length;
        return answer;
      });
    } catch (error) {
      throw failed(stream, role, error);
    }
  };

  const media = async (plan: CameraPlan): Promise<{ segments: Segment[]; targetS: number; isEnded: boolean }> => {
    const stream = streamOf(plan);
    const main = await playlistAt(stream, null, undefined);
    const first = parsePlaylist(main.answer.body.toString(), main.answer.url);
    if (first?.is === "media") return first;
    // The best the camera has: smaller ones are made of it.
    const best = first?.variants.toSorted((a, b) => b.bandwidth - a.bandwidth)[0];
    if (first === null || best === undefined) throw new CameraFailure("not_video", "the playlist holds no stream");
    const inner = await playlistAt(stream, best.url, first.defined);
    const found = parsePlaylist(inner.answer.body.toString(), inner.answer.url, first.defined);
    if (found?.is !== "media") throw new CameraFailure("not_video", "the playlist leads to no stream");
    return found;
  };

  return {
    /** A playlist by its name, rewritten. Throws CameraFailure. */
    playlist: async (plan: CameraPlan, name: string): Promise<string> => {
      const stream = streamOf(plan);
      if (name === INDEX) return (await playlistAt(stream, null, undefined)).text;
      const named = await nameOf(stream, name);
      return (await playlistAt(stream, named.url, named.defined)).text;
    },
    /** A part by its name; `range` as HTTP's `first-last`. */
    part: async (plan: CameraPlan, name: string, range: string | null): Promise<CameraAnswer> => {
      const stream = streamOf(plan);
      const { url, role } = await nameOf(stream, name);
      if (role === "playlist") throw new CameraFailure("not_found", "that is a playlist");
      if (range === null || stream.ranges.has(`${url} ${range}`)) return partAt(stream, url, role, range);
      const whole = await partAt(stream, url, role, null);
      return { ...whole, body: sliceOf(whole.body, range) };
    },
    media,
    /** What a segment holds, with the head that its kind of stream needs. */
    segment: async (plan: CameraPlan, segment: Segment): Promise<{ head: Buffer | null; body: Buffer }> => {
      const stream = streamOf(plan);
      const readKey = async (url: string) => (await partAt(stream, url, "key", null)).body;
      const bytesOf = async ({ url, byteRange, encryption }: Pick<Segment, "url" | "byteRange" | "encryption">) => {
        const { body } = await partAt(stream, url, "part", rangeOf(byteRange));
        const plain = await decrypted(body, encryption, readKey).catch((error: unknown) => {
          throw failed(stream, "inside", error);
        });
        stream.failures.delete("inside");
        return plain;
      };
      return { head: segment.map && (await bytesOf(segment.map)), body: await bytesOf(segment) };
    },
    /** By address, for what finds its own way through a camera's playlists; each still read once. */
    readOnce: async (plan: CameraPlan, address: string | null, wish: Wish): Promise<CameraAnswer> => {
      const stream = streamOf(plan);
      if (wish.role !== "playlist") return partAt(stream, address ?? plan.url, wish.role, wish.byteRange ?? null);
      return (await playlistAt(stream, address, undefined)).answer;
    },
    stateOf: (cameraId: string) => {
      const own = [...streams.values()].filter(({ plan }) => plan.camera_id === cameraId);
      const newest = own.toSorted((a, b) => (b.pictureAtMs ?? 0) - (a.pictureAtMs ?? 0))[0];
      if (newest === undefined) return null;
      return { failure: [...newest.failures.values()].at(-1) ?? null, pictureAtMs: newest.pictureAtMs };
    },
    /** Its rate as measured; null before. Target durations are the longest a part may be, so that it is rather too low. */
    kbpsOf: ({ camera_id, stream }: CameraPlan): number | null => {
      const { partBytes, targetS } = streams.get(`${camera_id} ${stream}`) ?? { partBytes: 0, targetS: 0 };
      return partBytes === 0 || targetS === 0 ? null : (partBytes * 8) / 1_000 / targetS;
    },
    forget: (cameraId: string): void => {
      for (const [key, { plan }] of streams) if (plan.camera_id === cameraId) streams.delete(key);
    },
    /** Forgets streams that nobody asks for. */
    tidy: (): void => {
      for (const [key, { usedAtMs }] of streams) if (Date.now() - usedAtMs > IDLE_MS) streams.delete(key);
    },
    cachedBytes: parts.bytes,
    count: () => streams.size,
  };

  async function nameOf(stream: Stream, name: string): Promise<Named> {
    const known = stream.names.get(name);
    if (known) return known;
    // This server may have been started since the player read its playlist.
    await playlistAt(stream, null, undefined);
    const found = stream.names.get(name);
    if (found) return found;
    throw new CameraFailure("not_found", "no playlist of this camera holds that by now");
  }
}

const stalledAfterMs = (targetS: number): number => Math.max(STALLED_TARGETS * targetS * 1_000, STALLED_AT_LEAST_MS);

function noteSegment(stream: Stream, { url, sequence, byteRange, map }: Segment): void {
  if (stream.sequences.size >= MOST_NAMES) stream.sequences.clear();
  // Of a file in parts, each has its own range.
  if (byteRange === null) stream.sequences.set(url, sequence);
  if (stream.ranges.size >= MOST_NAMES) stream.ranges.clear();
  for (const [at, range] of [
    [url, rangeOf(byteRange)],
    [map?.url, rangeOf(map?.byteRange ?? null)],
  ])
    if (range !== null) stream.ranges.add(`${at} ${range}`);
}

/** Variables of a playlist, which those it leads to may import. */
function definedIn(answer: CameraAnswer, imported: Definitions | undefined): Definitions | undefined {
  const found = parsePlaylist(answer.body.toString(), answer.url, imported);
  return found?.is === "master" ? found.defined : imported;
}

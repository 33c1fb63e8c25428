import type { Encoders } from "./ffmpeg.ts";
import { type Fragmented, fragmentsOf } from "./fmp4.ts";
import { segmentsOf } from "./mpegts.ts";
import { type Track, trackOf } from "./rtp.ts";

export type Picture = { width: number; height: number; fps: number; kbps: number | null };
export const PICTURE: Picture = { width: 320, height: 180, fps: 5, kbps: null };
const LOW: Picture = { width: 160, height: 90, fps: 5, kbps: null };

export const LOOP_S = 20;
export const SEGMENT_S = 2;
export const STILLS_PER_S = 2;
/** Ticks of ffmpeg's MP4 tracks: it takes the transport stream's. */
export const FMP4_HZ = 90_000;

/** One rendition: the loop in its segments, what a master playlist says of it, and as RTP has it. */
export type Rendition = { segments: Buffer[]; codec: string; picture: Picture; track: () => Track };
/** What a camera shows, over and over. */
export type Loop = { main: Rendition; low: Rendition; stills: Buffer[]; fragmented: () => Promise<Fragmented> };

/** Encodes a loop with these words in it, and a clock that runs from its beginning. */
export async function encodeLoop(encoders: Encoders, words: string, picture: Picture): Promise<Loop> {
  const args = [
    "-f",
    "lavfi",
    "-i",
    `testsrc2=size=${picture.width}x${picture.height}:rate=${picture.fps}:d=${LOOP_S}`,
  ];
  const [main, low, stills] = await encoders.run(
    [
      ...args,
      "-filter_complex",
      graph(words, picture),
      ...["-map", "[main]", ...h264(picture), "pipe:1"],
      ...["-map", "[low]", ...h264(LOW), "pipe:3"],
      ...["-map", "[still]", "-c:v", "mjpeg", "-q:v", "8", "-f", "mjpeg", "pipe:4"],
    ],
    [1, 3, 4],
  );
  const segments = segmentsOf(main ?? Buffer.alloc(0));
  let fragmented: Promise<Fragmented> | undefined;
  return {
    main: rendition(segments, picture),
    low: rendition(segmentsOf(low ?? Buffer.alloc(0)), LOW),
    stills: stillsOf(stills ?? Buffer.alloc(0)),
    fragmented: () => {
      fragmented ??= remux(encoders, segments);
      return fragmented;
    },
  };
}

function graph(words: string, { height }: Picture): string {
  const size = Math.round(height / 9);
  const style = `x=w-tw-${size / 2}:fontsize=${size}:fontcolor=white:box=1:boxcolor=black`;
  const name = `drawtext=text='${words}':y=${size / 2}:${style}`;
  const clock = `drawtext=text='%{pts\\:hms}':y=h-${size * 1.5}:${style}`;
  return [
    `[0:v]${name},${clock},split=3[main][a][b]`,
    `[a]fps=${LOW.fps},scale=${LOW.width}:${LOW.height}[low]`,
    `[b]fps=${STILLS_PER_S},format=yuvj420p[still]`,
  ].join(";");
}

/** A key frame opens each segment, and nowhere else is one. */
function h264({ fps, kbps }: Picture): string[] {
  const every = String(fps * SEGMENT_S);
  const rate = kbps === null ? [] : ["-b:v", `${kbps}k`, "-maxrate", `${kbps}k`, "-bufsize", `${kbps}k`];
  const codec = ["-c:v", "libx264", "-preset", "ultrafast", "-profile:v", "baseline", "-pix_fmt", "yuv420p"];
  return [...codec, ...rate, "-g", every, "-keyint_min", every, "-sc_threshold", "0", "-f", "mpegts"];
}

const SPS = Buffer.from([0, 0, 1, 0x67]);

function rendition(segments: Buffer[], picture: Picture): Rendition {
  const sps = segments[0]?.indexOf(SPS) ?? -1;
  const profile = segments[0]?.toString("hex", sps + 4, sps + 7) ?? "";
  let track: Track | undefined;
  return {
    segments,
    codec: `avc1.${profile}`,
    picture,
    track: () => {
      track ??= trackOf(segments, picture.fps);
      return track;
    },
  };
}

/** A JPEG begins and ends with a marker that can't be inside it. */
function stillsOf(stream: Buffer): Buffer[] {
  const stills: Buffer[] = [];
  const end = Buffer.from([0xff, 0xd9]);
  for (let at = 0; at < stream.length; ) {
    const until = stream.indexOf(end, at);
    if (until < 0) break;
    stills.push(stream.subarray(at, until + 2));
    at = until + 2;
  }
  return stills;
}

async function remux(encoders: Encoders, segments: readonly Buffer[]): Promise<Fragmented> {
  const copy = ["-f", "mpegts", "-i", "pipe:0", "-c", "copy", "-f", "mp4"];
  const flags = ["-movflags", "frag_keyframe+empty_moov+default_base_moof", "pipe:1"];
  const [file] = await encoders.run([...copy, ...flags], [1], segments);
  return fragmentsOf(file ?? Buffer.alloc(0));
}

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { WALL_HEADER_BYTES, WallShow } from "@banksman/wire/api";
import type { WebSocket } from "ws";
import type { FakeVideo } from "./fake-video.ts";

const SEGMENTS = 60;
const SEGMENT_MS = 1_000;
const WINDOW = 4;
const UNKEPT = { "cache-control": "private, no-store" };
/** Cameras count from their first day on. */
const DISCONTINUITIES = 89_000_000;
const WALL_EVERY_MS = 500;

/** `unplayable` is coded as many cameras do and no browser without its decoder plays. */
type Film = { segments: Buffer[]; unplayable: Buffer; recording: Buffer; pictures: Buffer[] };
let film: Promise<Film> | null = null;

/** A minute of moving picture, made once: as a stream's segments, as one file, and as single pictures. */
async function makeFilm(): Promise<Film> {
  const dir = await mkdtemp(join(tmpdir(), "banksman-film-"));
  const coded = "-map 0 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 5 -keyint_min 5 -sc_threshold 0".split(" ");
  const input = ["-f", "lavfi", "-t", "60", "-i", "testsrc2=size=320x180:rate=5"];
  const hls = ["-f", "hls", "-hls_time", "1", "-hls_list_size", "0", "-hls_segment_filename", "%d.ts", "list.m3u8"];
  const file = ["-movflags", "+faststart", "recording.mp4"];
  const other = ["-map", "0", "-t", "2", "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none"];
  const pictures = ["-map", "0", "-frames:v", "3", "-q:v", "10", "picture%d.jpg"];
  try {
    await promisify(execFile)(
      "ffmpeg",
      [
        "-v",
        "error",
        "-nostdin",
        ...input,
        ...coded,
        ...hls,
        ...coded,
        ...file,
        ...other,
        "unplayable.ts",
        ...pictures,
      ],
      { cwd: dir },
    );
    const read = (name: string) => readFile(join(dir, name));
    return {
      segments: await Promise.all(Array.from({ length: SEGMENTS }, (_, n) => read(`${n}.ts`))),
      unplayable: await read("unplayable.ts"),
      recording: await read("recording.mp4"),
      pictures: await Promise.all([1, 2, 3].map((n) => read(`picture${n}.jpg`))),
    };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

const theFilm = () => {
  film ??= makeFilm();
  return film;
};

/** The newest seconds of a stream that never ends, with the time at which each was taken. */
function playlist(video: FakeVideo, cameraId: string): string {
  const now = video.stalledAt.get(cameraId) ?? Date.now();
  const first = Math.floor((now - video.startedAt) / SEGMENT_MS);
  const lines = [
    "#EXTM3U",
    "#EXT-X-VERSION:6",
    "#EXT-X-TARGETDURATION:1",
    `#EXT-X-MEDIA-SEQUENCE:${first}`,
    `#EXT-X-DISCONTINUITY-SEQUENCE:${DISCONTINUITIES + Math.floor(Math.max(0, first - 1) / SEGMENTS)}`,
  ];
  for (let place = first; place < first + WINDOW; place += 1) {
    if (place > 0 && place % SEGMENTS === 0) lines.push("#EXT-X-DISCONTINUITY");
    const at = new Date(video.startedAt + (place - WINDOW) * SEGMENT_MS).toISOString();
    lines.push(`#EXT-X-PROGRAM-DATE-TIME:${at}`, "#EXTINF:1.0,", `${place % SEGMENTS}.ts`);
  }
  return `${lines.join("\n")}\n`;
}

function sendRange(request: IncomingMessage, response: ServerResponse, whole: Buffer): void {
  const [, from = "", to = ""] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
  const headers = { "content-type": "video/mp4", "accept-ranges": "bytes" };
  if (from === "") {
    response.writeHead(200, { ...headers, "content-length": whole.length }).end(whole);
    return;
  }
  const last = to === "" ? whole.length - 1 : Math.min(Number(to), whole.length - 1);
  const range = `bytes ${from}-${last}/${whole.length}`;
  response.writeHead(206, { ...headers, "content-range": range }).end(whole.subarray(Number(from), last + 1));
}

/** Serves streams and recordings; false when the address is of neither. */
export async function serveFilm(
  video: FakeVideo,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const [, cameraId = "", profile = "", file = ""] = /^\/v\/([^/]+)\/(\w+)\/([\w.]+)$/.exec(path) ?? [];
  const isRecording = /^\/api\/(recordings\/[^/]+\/file|sites\/[^/]+\/cameras\/[^/]+\/recordings\/download)$/.test(
    path,
  );
  if (cameraId === "" && !isRecording) return false;
  const { segments, unplayable, recording } = await theFilm();
  const mayPlay = (request.headers.cookie ?? "").includes(`stream=${video.tokens}`);
  const failing = video.failing.get(cameraId);
  // A stream that nothing is made of needs no encoder.
  const trouble = failing === "at_limit" && profile === "source" ? undefined : failing;
  if (isRecording) sendRange(request, response, recording);
  else if (!mayPlay) response.writeHead(401, { "content-type": "application/problem+json" }).end("{}");
  else if (trouble !== undefined) {
    const code = `CAMERA_${trouble.toUpperCase()}`;
    const body = { success: false, status: 502, code, detail: "no answer within 5 s" };
    response.writeHead(502, { "content-type": "application/problem+json" }).end(JSON.stringify(body));
  } else if (file === "index.m3u8")
    response
      .writeHead(200, { "content-type": "application/vnd.apple.mpegurl", ...UNKEPT })
      .end(playlist(video, cameraId));
  else {
    const isOther = video.unplayable.has(cameraId) && profile === "source";
    const segment = isOther ? unplayable : segments[Number.parseInt(file, 10)];
    response.writeHead(200, { "content-type": "video/mp2t", ...UNKEPT }).end(segment);
  }
  return true;
}

/** Brings pictures of the cameras that a page says it shows, as the real server does. */
export function serveWall(video: FakeVideo, socket: WebSocket): void {
  let shown: readonly string[] = [];
  let turn = 0;
  const paint = async () => {
    const { pictures } = await theFilm();
    turn += 1;
    for (const [number, cameraId] of shown.entries()) {
      if (video.stalledAt.has(cameraId) || video.troubled.has(cameraId)) continue;
      const header = Buffer.alloc(WALL_HEADER_BYTES);
      header.writeUInt16BE(number, 0);
      header.writeDoubleBE(Date.now() - 1_500, 2);
      socket.send(Buffer.concat([header, pictures[turn % pictures.length] ?? Buffer.alloc(0)]));
    }
  };
  socket.on("message", (data) => {
    const { camera_ids, width_px } = WallShow.parse(JSON.parse(String(data)));
    shown = camera_ids;
    video.shown = { camera_ids, width_px };
    socket.send(
      JSON.stringify({ type: "shown", cameras: camera_ids.map((camera_id, number) => ({ camera_id, number })) }),
    );
    for (const [camera_id, trouble] of video.troubled)
      socket.send(JSON.stringify({ type: "trouble", camera_id, trouble }));
    void paint();
  });
  const timer = setInterval(() => void paint(), WALL_EVERY_MS);
  socket.on("close", () => clearInterval(timer));
}

import { createCipheriv, createHash } from "node:crypto";
import type { SimCamera } from "./camera.ts";
import { shiftedFragment } from "./fmp4.ts";
import { shifted } from "./mpegts.ts";
import { FMP4_HZ, LOOP_S, SEGMENT_S } from "./picture.ts";
import { KEPT, LISTED, masterPlaylist, mediaPlaylist, newestAt } from "./playlist.ts";

/** `main`, and beside it a smaller rendition, and the main one in another container and encrypted. */
type Of = "main" | "low" | "fmp4" | "aes";
type Asked = { is: "master" | "map" | "key" } | { is: "playlist"; of: Of } | { is: "segment"; of: Of; number: number };
/** What the camera has for a request; null when there is no such thing. */
export type HlsAnswer = { type: string; body: Buffer | string; kind: Asked["is"]; number?: number };

export const PLAYLIST_TYPE = "application/vnd.apple.mpegurl";
const SEGMENTS_IN_LOOP = LOOP_S / SEGMENT_S;
const SEGMENTS_BETWEEN_JUMPS = 2;
/** Places that nobody outside a network may be led to. */
export const METADATA_URL = "http://169.254.169.254/latest/meta-data/";

const EXTENSIONS: Record<Of, string> = { main: "ts", low: "ts", fmp4: "m4s", aes: "ts" };

export function askedOf(path: string): Asked | null {
  if (path === "master.m3u8") return { is: "master" };
  if (path === "fmp4/init.mp4") return { is: "map" };
  if (path === "aes/stream.key") return { is: "key" };
  const [, folder, name = "", extension] = /^(?:(low|fmp4|aes)\/)?(\w+)\.(\w+)$/.exec(path) ?? [];
  const of: Of = folder === "low" || folder === "fmp4" || folder === "aes" ? folder : "main";
  if (name === "index" && extension === "m3u8") return { is: "playlist", of };
  return /^\d{1,12}$/.test(name) && extension === EXTENSIONS[of] ? { is: "segment", of, number: Number(name) } : null;
}

export async function hlsAnswer(camera: SimCamera, asked: Asked): Promise<HlsAnswer | null> {
  switch (asked.is) {
    case "master":
      return { type: PLAYLIST_TYPE, body: await masterOf(camera), kind: asked.is };
    case "playlist":
      return { type: PLAYLIST_TYPE, body: playlistOf(camera, asked.of), kind: asked.is };
    case "map":
      return { type: "video/mp4", body: (await (await camera.loop()).fragmented()).init, kind: asked.is };
    case "key":
      return { type: "application/octet-stream", body: keyOf(camera), kind: asked.is };
    case "segment": {
      const body = await segmentOf(camera, asked.of, asked.number);
      const type = asked.of === "fmp4" ? "video/iso.segment" : "video/mp2t";
      return body && { type, body, kind: asked.is, number: asked.number };
    }
  }
}

async function masterOf(camera: SimCamera): Promise<string> {
  const { main, low } = await camera.loop();
  const urls = camera.fault === "inner_address" ? [METADATA_URL, "http://127.0.0.1:1/index.m3u8"] : [];
  const [mainUrl = "index.m3u8", lowUrl = "low/index.m3u8"] = urls;
  return masterPlaylist([
    { rendition: main, url: mainUrl },
    { rendition: low, url: lowUrl },
  ]);
}

function playlistOf(camera: SimCamera, of: Of): string {
  const address = (segment: number) => `${segment}.${EXTENSIONS[of]}`;
  const isInner = camera.fault === "inner_address";
  return mediaPlaylist({
    newest: newestAt(camera.now()),
    breakEvery: breakEvery(camera),
    entry: (segment) => (isInner ? innerEntry(segment, address(segment)) : [address(segment)]),
    ...(of === "fmp4" && { map: isInner ? METADATA_URL : "init.mp4" }),
    ...(of === "aes" && { key: "stream.key" }),
  });
}

const breakEvery = ({ fault }: SimCamera) => (fault === "discontinuity" ? SEGMENTS_BETWEEN_JUMPS : SEGMENTS_IN_LOOP);

/** Each way in turn; the fourth looks harmless and is redirected when it is asked for. */
function innerEntry(segment: number, address: string): string[] {
  switch (segment % LISTED) {
    case 0:
      return [METADATA_URL];
    case 1:
      return [`http://127.0.0.1:1/${address}`];
    case 2:
      return ["file:///etc/passwd"];
    case 3:
      return [address];
    default:
      return [`#EXT-X-KEY:METHOD=AES-128,URI="${METADATA_URL}"`, address, "#EXT-X-KEY:METHOD=NONE"];
  }
}

async function segmentOf(camera: SimCamera, of: Of, number: number): Promise<Buffer | null> {
  const newest = newestAt(camera.now());
  if (number > newest || number <= newest - LISTED - KEPT) return null;
  if (camera.fault === "segment_404" && number % 2 === 1) return null;
  const loop = await camera.loop();
  const place = number % SEGMENTS_IN_LOOP;
  const jumpS = camera.fault === "discontinuity" ? jumpAt(number) : 0;
  if (of === "fmp4") {
    const fragment = (await loop.fragmented()).fragments[place];
    return fragment ? (jumpS === 0 ? fragment : shiftedFragment(fragment, jumpS * FMP4_HZ)) : null;
  }
  const segment = loop[of === "low" ? "low" : "main"].segments[place];
  const plain = segment && (jumpS === 0 ? segment : shifted(segment, jumpS));
  return plain === undefined ? null : of === "aes" ? encrypted(camera, number, plain) : plain;
}

const keyOf = ({ id }: SimCamera): Buffer => createHash("md5").update(id).digest();

/** AES-128 with the segment's number for its IV, as RFC 8216 has it. */
function encrypted(camera: SimCamera, number: number, plain: Buffer): Buffer {
  const iv = Buffer.alloc(16);
  iv.writeBigUInt64BE(BigInt(number), 8);
  const cipher = createCipheriv("aes-128-cbc", keyOf(camera), iv);
  return Buffer.concat([cipher.update(plain), cipher.final()]);
}

/** Forward and back by hours, within the 26 that time stamps of 33 bits can tell. */
export const jumpAt = (segment: number): number => (Math.floor(segment / SEGMENTS_BETWEEN_JUMPS) * 7_919) % 80_000;

import { type Rendition, SEGMENT_S } from "./picture.ts";

/** Segments in a playlist, and how many more can still be had after they left it. */
export const LISTED = 5;
export const KEPT = 5;
export const SEGMENT_MS = SEGMENT_S * 1_000;

/** The newest segment that is whole at that moment; segments are numbered from the epoch on. */
export const newestAt = (nowMs: number): number => Math.floor(nowMs / SEGMENT_MS) - 1;

export type Playlist = {
  newest: number;
  /** A break stands before each segment whose number this divides. */
  breakEvery: number;
  /** Lines before each segment's address, and that address. */
  entry: (segment: number) => readonly string[];
  map?: string;
  /** Where the key is that all segments are encrypted with. */
  key?: string;
};

/** A live media playlist (RFC 8216): it slides, and the counts of what slid out of it are right. */
export function mediaPlaylist({ newest, breakEvery, entry, map, key }: Playlist): string {
  const first = newest - LISTED + 1;
  // A break before the first segment is still listed, so it hasn't been counted yet.
  const breaksGone = Math.floor((first - 1) / breakEvery);
  const lines = [
    "#EXTM3U",
    `#EXT-X-VERSION:${map === undefined ? 6 : 7}`,
    `#EXT-X-TARGETDURATION:${SEGMENT_S}`,
    `#EXT-X-MEDIA-SEQUENCE:${first}`,
    `#EXT-X-DISCONTINUITY-SEQUENCE:${breaksGone}`,
    "#EXT-X-INDEPENDENT-SEGMENTS",
    ...(map === undefined ? [] : [`#EXT-X-MAP:URI="${map}"`]),
    ...(key === undefined ? [] : [`#EXT-X-KEY:METHOD=AES-128,URI="${key}"`]),
  ];
  for (let segment = first; segment <= newest; segment++) {
    if (segment % breakEvery === 0) lines.push("#EXT-X-DISCONTINUITY");
    lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(segment * SEGMENT_MS).toISOString()}`);
    lines.push(`#EXTINF:${SEGMENT_S.toFixed(3)},`, ...entry(segment));
  }
  return `${lines.join("\n")}\n`;
}

/** The renditions of a camera, each with the address of its playlist. */
export function masterPlaylist(variants: readonly { rendition: Rendition; url: string }[]): string {
  const lines = variants.flatMap(({ rendition: { segments, codec, picture }, url }) => {
    const sizes = segments.map(({ length }) => Math.ceil((length * 8) / SEGMENT_S));
    const average = Math.ceil(sizes.reduce((sum, size) => sum + size, 0) / sizes.length);
    const resolution = `RESOLUTION=${picture.width}x${picture.height},FRAME-RATE=${picture.fps.toFixed(3)}`;
    return [
      `#EXT-X-STREAM-INF:BANDWIDTH=${Math.max(...sizes)},AVERAGE-BANDWIDTH=${average},${resolution},CODECS="${codec}"`,
      url,
    ];
  });
  return `${["#EXTM3U", "#EXT-X-VERSION:6", "#EXT-X-INDEPENDENT-SEGMENTS", ...lines].join("\n")}\n`;
}

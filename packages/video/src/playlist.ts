/**
 * HLS playlists (RFC 8216 and draft-pantos-hls-rfc8216bis-16): read, and rewritten so that no address of a camera is left
 * in them. What isn't known to be free of addresses is left out.
 */

/** What an address in a playlist leads to. */
export type PlaylistRole = "playlist" | "part" | "key";

/** How a part is encrypted; `iv` is 16 bytes, null where neither the playlist nor the part's number tells it, or it can't be read. */
export type Encryption = { method: string; keyUrl: string | null; iv: Buffer | null };

export type Segment = {
  url: string;
  durationS: number;
  /** `length@offset` of a part of a file. */
  byteRange: string | null;
  /** Where the stream's head is, for fragmented MP4. */
  map: { url: string; byteRange: string | null; encryption: Encryption | null } | null;
  encryption: Encryption | null;
  /** Time stamps begin anew here. */
  isDiscontinuous: boolean;
  sequence: number;
};

export type Variant = { url: string; bandwidth: number };

export type Playlist =
  | { is: "master"; variants: Variant[]; defined: Definitions }
  | { is: "media"; segments: Segment[]; targetS: number; isEnded: boolean };

export type Definitions = ReadonlyMap<string, string>;

/** A playlist with more entries than this is none of a live camera. */
const MOST_LINES = 5_000;

/** Tags whose URI attribute leads somewhere, and where to. */
const TAGS_WITH_URI: Record<string, PlaylistRole> = {
  "EXT-X-KEY": "key",
  "EXT-X-SESSION-KEY": "key",
  "EXT-X-MAP": "part",
  "EXT-X-PART": "part",
  "EXT-X-PRELOAD-HINT": "part",
  "EXT-X-MEDIA": "playlist",
  "EXT-X-I-FRAME-STREAM-INF": "playlist",
  "EXT-X-RENDITION-REPORT": "playlist",
};

/** Tags that hold no more than a number or a time. */
const PLAIN_TAGS = new Set([
  "EXT-X-VERSION",
  "EXT-X-TARGETDURATION",
  "EXT-X-MEDIA-SEQUENCE",
  "EXT-X-DISCONTINUITY",
  "EXT-X-DISCONTINUITY-SEQUENCE",
  "EXT-X-ENDLIST",
  "EXT-X-PLAYLIST-TYPE",
  "EXT-X-I-FRAMES-ONLY",
  "EXT-X-INDEPENDENT-SEGMENTS",
  "EXT-X-BYTERANGE",
  "EXT-X-PROGRAM-DATE-TIME",
  "EXT-X-GAP",
  "EXT-X-BITRATE",
]);
const PLAIN_VALUE = /^[\w:.+@-]*$/;

/** Tags that hold attributes, none of them an address. */
const ATTRIBUTE_TAGS = new Set([
  "EXT-X-STREAM-INF",
  "EXT-X-START",
  "EXT-X-PART-INF",
  "EXT-X-SKIP",
  "EXT-X-SERVER-CONTROL",
]);
/** Attributes that a player needs; a camera's own are left out. */
const ATTRIBUTES = new Set(
  `METHOD IV KEYFORMAT KEYFORMATVERSIONS BYTERANGE TYPE GROUP-ID LANGUAGE ASSOC-LANGUAGE NAME DEFAULT AUTOSELECT FORCED
  INSTREAM-ID CHARACTERISTICS CHANNELS BANDWIDTH AVERAGE-BANDWIDTH CODECS SUPPLEMENTAL-CODECS RESOLUTION FRAME-RATE
  HDCP-LEVEL VIDEO-RANGE AUDIO VIDEO SUBTITLES CLOSED-CAPTIONS DURATION INDEPENDENT GAP BYTERANGE-START BYTERANGE-LENGTH
  LAST-MSN LAST-PART TIME-OFFSET PRECISE HOLD-BACK PART-HOLD-BACK PART-TARGET SKIPPED-SEGMENTS`.split(/\s+/),
);
/** What may be an address, or a variable that stands for one. */
const ADDRESS_LIKE = /\/\/|\{\$|\d+\.\d+\.\d+\.\d+/;

const ATTRIBUTE = /([A-Z0-9-]+)=("[^"]*"|[^,]*)/g;

/** Attributes of a tag, quoted values with their quotes taken off. */
export function attributesOf(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, name = "", value = ""] of text.matchAll(ATTRIBUTE)) found.set(name, value.replace(/^"|"$/g, ""));
  return found;
}

const tagOf = (line: string): { tag: string; rest: string } => {
  const colon = line.indexOf(":");
  return colon < 0 ? { tag: line.slice(1), rest: "" } : { tag: line.slice(1, colon), rest: line.slice(colon + 1) };
};

/** The lines of a playlist, or null where the text is none. */
function linesOf(text: string): string[] | null {
  const lines = text
    .replace(/^\uFEFF/, "")
    .split(/\r\n|\n|\r/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  return lines[0] !== undefined && /^#EXTM3U(\s|$)/.test(lines[0]) && lines.length <= MOST_LINES ? lines : null;
}

/** Variables of EXT-X-DEFINE, which may stand in any address: `{$name}`. */
function definitionsIn(lines: readonly string[], base: URL, imported: Definitions): Definitions {
  const defined = new Map<string, string>();
  for (const line of lines) {
    if (!line.startsWith("#EXT-X-DEFINE:")) continue;
    const attributes = attributesOf(tagOf(line).rest);
    const name = attributes.get("NAME");
    const query = attributes.get("QUERYPARAM");
    const from = attributes.get("IMPORT");
    if (name !== undefined) defined.set(name, attributes.get("VALUE") ?? "");
    if (query !== undefined) defined.set(query, base.searchParams.get(query) ?? "");
    if (from !== undefined) defined.set(from, imported.get(from) ?? "");
  }
  return defined;
}

const substitute = (text: string, defined: Definitions): string =>
  defined.size === 0 ? text : text.replace(/\{\$([A-Za-z0-9_-]+)\}/g, (all, name: string) => defined.get(name) ?? all);

const NOTHING_DEFINED: Definitions = new Map();

/** Reads a playlist; null where the text is none. Addresses that can't be resolved are left out. */
export function parsePlaylist(text: string, at: string, imported = NOTHING_DEFINED): Playlist | null {
  const lines = linesOf(text);
  const base = URL.parse(at);
  if (lines === null || base === null) return null;
  const defined = definitionsIn(lines, base, imported);
  const whole = lines.map((line) => substitute(line, defined));
  const resolve = (address: string | undefined): string | null =>
    address === undefined ? null : (URL.parse(address, base)?.href ?? null);
  if (whole.some((line) => line.startsWith("#EXT-X-STREAM-INF:")))
    return { is: "master", variants: variantsOf(whole, resolve), defined };
  return mediaOf(whole, resolve);
}

type Resolve = (address: string | undefined) => string | null;

function variantsOf(lines: readonly string[], resolve: Resolve): Variant[] {
  return lines.flatMap((line, index) => {
    if (!line.startsWith("#EXT-X-STREAM-INF:")) return [];
    const address = lines.slice(index + 1).find((next) => !next.startsWith("#"));
    const url = resolve(address);
    const bandwidth = Number(attributesOf(tagOf(line).rest).get("BANDWIDTH"));
    return url === null ? [] : [{ url, bandwidth: Number.isFinite(bandwidth) ? bandwidth : 0 }];
  });
}

const NEW_SEGMENT = { durationS: 0, byteRange: null, isDiscontinuous: false };

/** A byte range without an offset begins where that of the part before it ended, in the same file. */
function placed(byteRange: string | null, url: string, before: Segment | undefined): string | null {
  if (byteRange === null || byteRange.includes("@")) return byteRange;
  const [, length = "0", offset = "0"] = /^(\d+)@(\d+)$/.exec(before?.byteRange ?? "") ?? [];
  return `${byteRange}@${before?.url === url ? Number(offset) + Number(length) : 0}`;
}

function mediaOf(lines: readonly string[], resolve: Resolve): Playlist {
  const segments: Segment[] = [];
  let next: Pick<Segment, "durationS" | "byteRange" | "isDiscontinuous"> = { ...NEW_SEGMENT };
  let map: Segment["map"] = null;
  let encryption: Encryption | null = null;
  let isIvTold = false;
  let targetS = 0;
  let sequence = 0;
  let isEnded = false;
  for (const line of lines) {
    if (!line.startsWith("#")) {
      const url = resolve(line);
      if (url !== null)
        segments.push({
          url,
          map,
          encryption: isIvTold ? encryption : withIv(encryption, sequence),
          sequence,
          ...next,
          byteRange: placed(next.byteRange, url, segments.at(-1)),
        });
      sequence += 1;
      next = { ...NEW_SEGMENT };
      continue;
    }
    const { tag, rest } = tagOf(line);
    if (tag === "EXTINF") next.durationS = Number.parseFloat(rest) || 0;
    else if (tag === "EXT-X-BYTERANGE") next.byteRange = rest;
    else if (tag === "EXT-X-DISCONTINUITY") next.isDiscontinuous = true;
    else if (tag === "EXT-X-TARGETDURATION") targetS = Number.parseFloat(rest) || 0;
    else if (tag === "EXT-X-MEDIA-SEQUENCE") sequence = sequenceIn(rest);
    else if (tag === "EXT-X-ENDLIST") isEnded = true;
    else if (tag === "EXT-X-KEY") {
      const attributes = attributesOf(rest);
      encryption = encryptionOf(attributes, resolve);
      isIvTold = attributes.has("IV");
    } else if (tag === "EXT-X-MAP") {
      const attributes = attributesOf(rest);
      const url = resolve(attributes.get("URI"));
      map = url === null ? null : { url, byteRange: attributes.get("BYTERANGE") ?? null, encryption };
    }
  }
  return { is: "media", segments, targetS, isEnded };
}

/** The number of the first part. 0 for what is none, and for one so large that those after it could not be told apart. */
function sequenceIn(text: string): number {
  const number = Number.parseInt(text, 10);
  return number >= 0 && number <= Number.MAX_SAFE_INTEGER - MOST_LINES ? number : 0;
}

function encryptionOf(attributes: ReadonlyMap<string, string>, resolve: Resolve): Encryption | null {
  const method = attributes.get("METHOD") ?? "";
  if (method === "NONE") return null;
  const [, iv] = /^0x([0-9a-f]{1,32})$/i.exec(attributes.get("IV") ?? "") ?? [];
  const bytes = iv === undefined ? null : Buffer.from(iv.padStart(32, "0"), "hex");
  return { method, keyUrl: resolve(attributes.get("URI")), iv: bytes };
}

/** Without an IV of its own a part has its number for one. RFC 8216, section 5.2. */
function withIv(encryption: Encryption | null, sequence: number): Encryption | null {
  if (encryption === null) return null;
  const iv = Buffer.alloc(16);
  iv.writeBigUInt64BE(BigInt(sequence), 8);
  return { ...encryption, iv };
}

/**
 * A playlist in which every address is what `name` gave for it; null where the text is no playlist. `name` is asked with
 * the absolute address, variables filled in, and says null for one that must not be reached: its tag, or its segment with
 * what belongs to it, is left out.
 */
export function rewritePlaylist(
  text: string,
  at: string,
  name: (url: string, role: PlaylistRole) => string | null,
  imported = NOTHING_DEFINED,
): string | null {
  const lines = linesOf(text);
  const base = URL.parse(at);
  if (lines === null || base === null) return null;
  const defined = definitionsIn(lines, base, imported);
  const named = (address: string, role: PlaylistRole): string | null => {
    const url = URL.parse(substitute(address, defined), base);
    return url === null ? null : name(url.href, role);
  };
  const out: string[] = [];
  /** Tags of the next address, which go where it goes. */
  let pending: string[] = [];
  let role: PlaylistRole = "part";
  for (const line of lines) {
    if (!line.startsWith("#")) {
      const opaque = named(line, role);
      if (opaque !== null) out.push(...pending, opaque);
      pending = [];
      role = "part";
      continue;
    }
    const { tag, rest } = tagOf(line);
    const rewritten = rewriteTag(tag, rest, named);
    if (rewritten === null) continue;
    if (tag === "EXT-X-STREAM-INF") role = "playlist";
    if (tag === "EXTINF" || tag === "EXT-X-STREAM-INF" || tag === "EXT-X-BYTERANGE" || tag === "EXT-X-GAP")
      pending.push(rewritten);
    else out.push(rewritten);
  }
  return `${out.join("\n")}\n`;
}

function rewriteTag(
  tag: string,
  rest: string,
  named: (address: string, role: PlaylistRole) => string | null,
): string | null {
  if (tag === "EXTM3U") return "#EXTM3U";
  // A title is a camera's own words.
  if (tag === "EXTINF") return `#EXTINF:${Number.parseFloat(rest) || 0},`;
  if (PLAIN_TAGS.has(tag)) return PLAIN_VALUE.test(rest) ? `#${tag}${rest === "" ? "" : `:${rest}`}` : null;
  const role = TAGS_WITH_URI[tag];
  if (role === undefined && !ATTRIBUTE_TAGS.has(tag)) return null;
  const attributes = keptAttributes(rest);
  const address = role === undefined ? undefined : attributesOf(rest).get("URI");
  // A key without an address says METHOD=NONE; a rendition without one is inside the main stream.
  if (role !== undefined && address !== undefined) {
    const opaque = named(address, role);
    if (opaque === null) return null;
    attributes.push(`URI="${opaque}"`);
  }
  return attributes.length === 0 ? null : `#${tag}:${attributes.join(",")}`;
}

/**
 * Attributes as they were written. Reloads that wait (CAN-BLOCK-RELOAD) are between a player and the camera: a player of ours
 * reloads at its own time, so that these are not among them.
 */
const keptAttributes = (rest: string): string[] =>
  [...rest.matchAll(ATTRIBUTE)]
    .filter(([, name = "", value = ""]) => ATTRIBUTES.has(name) && !ADDRESS_LIKE.test(value))
    .map(([whole]) => whole);

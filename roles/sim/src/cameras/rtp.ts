import { picturesOf } from "./mpegts.ts";

export const RTP_HZ = 90_000;
const PAYLOAD_TYPE = 96;
/** Of a packet's payload: what fits a network's packet also where it isn't TCP. */
const MOST_BYTES = 1_400;
const FRAGMENT = 28;
const NAL = { delimiter: 9, sps: 7, pps: 8 };

const typeOf = (nal: Buffer): number => nal.readUInt8(0) & 0x1f;

/** What lies between the start codes. */
function nalsOf(picture: Buffer): Buffer[] {
  const starts: number[] = [];
  for (let at = picture.indexOf(START); at >= 0; at = picture.indexOf(START, at + 3)) starts.push(at);
  return starts.map((start, index) => {
    let end = starts[index + 1] ?? picture.length;
    while (end > start + 4 && picture.readUInt8(end - 1) === 0) end--;
    return picture.subarray(start + 3, end);
  });
}
const START = Buffer.from([0, 0, 1]);

/** A rendition as RTP carries it: each picture's parts, ready to be numbered and sent. */
export type Track = { fps: number; pictures: Buffer[][]; sps: Buffer; pps: Buffer };

export function trackOf(segments: readonly Buffer[], fps: number): Track {
  const pictures = segments
    .flatMap(picturesOf)
    .map((one) => nalsOf(one).filter((nal) => typeOf(nal) !== NAL.delimiter));
  const find = (type: number) => pictures[0]?.find((nal) => typeOf(nal) === type) ?? Buffer.alloc(4);
  return {
    fps,
    pictures: pictures.map((nals) => nals.flatMap(payloadsOf)),
    sps: find(NAL.sps),
    pps: find(NAL.pps),
  };
}

/** One that is too large goes in parts (RFC 6184, FU-A). */
function payloadsOf(nal: Buffer): Buffer[] {
  if (nal.length <= MOST_BYTES) return [nal];
  const head = nal.readUInt8(0);
  const payloads: Buffer[] = [];
  for (let at = 1; at < nal.length; at += MOST_BYTES - 2) {
    const part = nal.subarray(at, at + MOST_BYTES - 2);
    const ends = at + part.length >= nal.length ? 0x40 : 0;
    const starts = at === 1 ? 0x80 : 0;
    payloads.push(Buffer.concat([Buffer.from([(head & 0xe0) | FRAGMENT, starts | ends | (head & 0x1f)]), part]));
  }
  return payloads;
}

/** What of a stream changes from packet to packet. */
export type Sequence = { next: number; ssrc: number; channel: number };

/** The packets of one picture, each with the four bytes that go ahead of it in an RTSP connection. */
export function packetsOf(payloads: readonly Buffer[], timestamp: number, sequence: Sequence): Buffer {
  const parts: Buffer[] = [];
  for (const [index, payload] of payloads.entries()) {
    const head = Buffer.alloc(16);
    head.write("$", 0, "latin1");
    head.writeUInt8(sequence.channel, 1);
    head.writeUInt16BE(12 + payload.length, 2);
    head.writeUInt8(0x80, 4);
    head.writeUInt8((index === payloads.length - 1 ? 0x80 : 0) | PAYLOAD_TYPE, 5);
    head.writeUInt16BE(sequence.next, 6);
    head.writeUInt32BE(timestamp % 2 ** 32, 8);
    head.writeUInt32BE(sequence.ssrc, 12);
    sequence.next = (sequence.next + 1) % 2 ** 16;
    parts.push(head, payload);
  }
  return Buffer.concat(parts);
}

/** What DESCRIBE tells of it. */
export function sdpOf({ sps, pps, fps }: Track, name: string): string {
  const sets = `${sps.toString("base64")},${pps.toString("base64")}`;
  const profile = sps.toString("hex", 1, 4).toUpperCase();
  return [
    "v=0",
    "o=- 1 1 IN IP4 127.0.0.1",
    `s=${name}`,
    "c=IN IP4 0.0.0.0",
    "t=0 0",
    "a=control:*",
    `m=video 0 RTP/AVP ${PAYLOAD_TYPE}`,
    `a=rtpmap:${PAYLOAD_TYPE} H264/${RTP_HZ}`,
    `a=fmtp:${PAYLOAD_TYPE} packetization-mode=1;profile-level-id=${profile};sprop-parameter-sets=${sets}`,
    `a=framerate:${fps}`,
    "a=control:track1",
    "",
  ].join("\r\n");
}

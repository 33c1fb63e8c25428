const PACKET = 188;
/** Where ffmpeg puts the first stream of a programme. */
const VIDEO_PID = 0x100;
const CLOCK_HZ = 90_000;
/** In the flags of an adaptation field. */
const DISCONTINUITY = 0x80;
/** Time stamps have 33 bits. */
const WRAP = 2 ** 33;

/** A packet's place in the stream; what is asked of it is read from its bytes. */
type Packet = { at: number; pid: number; starts: boolean; adaptation: number };

function* packetsOf(stream: Buffer): Generator<Packet> {
  for (let at = 0; at + PACKET <= stream.length; at += PACKET) {
    yield {
      at,
      pid: stream.readUInt16BE(at + 1) & 0x1fff,
      starts: (stream.readUInt8(at + 1) & 0x40) !== 0,
      // Length of the adaptation field with its own length byte.
      adaptation: (stream.readUInt8(at + 3) & 0x20) === 0 ? 0 : stream.readUInt8(at + 4) + 1,
    };
  }
}

const isKeyFrame = (stream: Buffer, { at, pid, starts, adaptation }: Packet): boolean =>
  pid === VIDEO_PID && starts && adaptation > 1 && (stream.readUInt8(at + 5) & 0x40) !== 0;

/**
 * Cuts a stream before each key frame, and before the tables that go ahead of it. The first picture is marked as one that
 * follows on nothing: when a loop begins anew its packets' counters do too.
 */
export function segmentsOf(stream: Buffer): Buffer[] {
  const cuts: number[] = [];
  let afterVideo = 0;
  for (const packet of packetsOf(stream)) {
    if (isKeyFrame(stream, packet)) {
      if (cuts.length === 0) stream.writeUInt8(stream.readUInt8(packet.at + 5) | DISCONTINUITY, packet.at + 5);
      cuts.push(afterVideo);
    }
    if (packet.pid === VIDEO_PID) afterVideo = packet.at + PACKET;
  }
  return cuts.map((cut, index) => stream.subarray(cut, cuts[index + 1] ?? stream.length));
}

/** The same segment at another time: every time stamp and clock reference is moved by so many seconds. */
export function shifted(segment: Buffer, seconds: number): Buffer {
  const moved = Buffer.from(segment);
  const ticks = Math.round(seconds * CLOCK_HZ);
  for (const { at, pid, starts, adaptation } of packetsOf(moved)) {
    if (pid !== VIDEO_PID) continue;
    if (adaptation > 6 && (moved.readUInt8(at + 5) & 0x10) !== 0) movePcr(moved, at + 6, ticks);
    if (!starts) continue;
    const pes = at + 4 + adaptation;
    const flags = moved.readUInt8(pes + 7);
    if ((flags & 0x80) !== 0) moveStamp(moved, pes + 9, ticks);
    if ((flags & 0x40) !== 0) moveStamp(moved, pes + 14, ticks);
  }
  return moved;
}

/** 33 bits of 90 kHz; what is finer stays. */
function movePcr(bytes: Buffer, at: number, ticks: number): void {
  const base = bytes.readUInt32BE(at) * 2 + (bytes.readUInt8(at + 4) >> 7);
  const next = (base + ticks) % WRAP;
  bytes.writeUInt32BE(Math.floor(next / 2), at);
  bytes.writeUInt8((bytes.readUInt8(at + 4) & 0x7f) | ((next % 2) << 7), at + 4);
}

/** Three, fifteen and fifteen bits, each part closed by a marker bit. */
function readStamp(bytes: Buffer, at: number): number {
  const high = (bytes.readUInt8(at) >> 1) & 7;
  return high * 2 ** 30 + (bytes.readUInt16BE(at + 1) >> 1) * 2 ** 15 + (bytes.readUInt16BE(at + 3) >> 1);
}

function moveStamp(bytes: Buffer, at: number, ticks: number): void {
  const next = (readStamp(bytes, at) + ticks) % WRAP;
  bytes.writeUInt8((bytes.readUInt8(at) & 0xf0) | (Math.floor(next / 2 ** 30) << 1) | 1, at);
  bytes.writeUInt16BE(((Math.floor(next / 2 ** 15) & 0x7fff) << 1) | 1, at + 1);
  bytes.writeUInt16BE(((next & 0x7fff) << 1) | 1, at + 3);
}

/** Each picture's bytes as H.264 has them (Annex B), in their order. */
export function picturesOf(stream: Buffer): Buffer[] {
  const pictures: Buffer[][] = [];
  for (const { at, pid, starts, adaptation } of packetsOf(stream)) {
    if (pid !== VIDEO_PID) continue;
    const payload = stream.subarray(at + 4 + adaptation, at + PACKET);
    if (starts) pictures.push([payload.subarray(9 + payload.readUInt8(8))]);
    else pictures.at(-1)?.push(payload);
  }
  return pictures.map((parts) => Buffer.concat(parts));
}

/** The first bytes of the framing that Java producers put round Snappy blocks. */
const FRAMED = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const FRAME_HEADER = 16;

/** Unpacks Snappy as Kafka producers write it: one bare block, or framed blocks. Throws RangeError when it is damaged. */
export function unpackSnappy(packed: Buffer): Buffer {
  if (!packed.subarray(0, FRAMED.length).equals(FRAMED)) return unpackBlock(packed);
  const blocks: Buffer[] = [];
  for (let at = FRAME_HEADER; at < packed.length; ) {
    const size = packed.readUInt32BE(at);
    if (at + 4 + size > packed.length) throw damaged("a frame ends early");
    blocks.push(unpackBlock(packed.subarray(at + 4, at + 4 + size)));
    at += 4 + size;
  }
  return Buffer.concat(blocks);
}

const damaged = (what: string) => new RangeError(`not Snappy: ${what}`);

/** A block can't say in fewer bytes than this what it unpacks to: a copy of 64 bytes takes at least 2. */
const MOST_EXPANSION = 33;

function unpackBlock(packed: Buffer): Buffer {
  const { value: size, next } = readSize(packed);
  if (size > packed.length * MOST_EXPANSION) throw damaged("it claims too large a size");
  const out = Buffer.allocUnsafe(size);
  let from = next;
  let to = 0;
  while (from < packed.length) {
    const tag = packed[from] ?? 0;
    if ((tag & 3) === 0) {
      const { length, start } = literalOf(packed, from);
      if (start + length > packed.length || to + length > size) throw damaged("a literal ends outside");
      packed.copy(out, to, start, start + length);
      from = start + length;
      to += length;
    } else {
      const { length, distance, bytes } = copyOf(packed, from, tag);
      if (distance === 0 || distance > to || to + length > size) throw damaged("a copy points outside");
      repeat(out, to, distance, length);
      from += bytes;
      to += length;
    }
  }
  if (to !== size) throw damaged("it ends early");
  return out;
}

function readSize(packed: Buffer): { value: number; next: number } {
  let value = 0;
  for (let at = 0; at < 5; at++) {
    const byte = packed[at];
    if (byte === undefined) break;
    value += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) return { value, next: at + 1 };
  }
  throw damaged("it has no size");
}

/** Lengths above 60 stand in 1 to 4 bytes after the tag. */
function literalOf(packed: Buffer, at: number): { length: number; start: number } {
  const short = (packed[at] ?? 0) >>> 2;
  if (short < 60) return { length: short + 1, start: at + 1 };
  const bytes = short - 59;
  if (at + 1 + bytes > packed.length) throw damaged("a length ends early");
  return { length: packed.readUIntLE(at + 1, bytes) + 1, start: at + 1 + bytes };
}

function copyOf(packed: Buffer, at: number, tag: number): { length: number; distance: number; bytes: number } {
  if ((tag & 3) === 1) {
    const distance = ((tag >>> 5) << 8) | (packed[at + 1] ?? 0);
    return { length: ((tag >>> 2) & 7) + 4, distance, bytes: 2 };
  }
  const width = (tag & 3) === 2 ? 2 : 4;
  if (at + 1 + width > packed.length) throw damaged("a copy ends early");
  return { length: (tag >>> 2) + 1, distance: packed.readUIntLE(at + 1, width), bytes: 1 + width };
}

/** Copies within `out`; where the source reaches the target, what was just written is read again. */
export function repeat(out: Buffer, to: number, distance: number, length: number): void {
  if (distance >= length && length > 16) {
    out.copyWithin(to, to - distance, to - distance + length);
    return;
  }
  for (let i = 0; i < length; i++) out[to + i] = out[to + i - distance] ?? 0;
}

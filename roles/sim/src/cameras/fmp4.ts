/** A fragmented MP4: what opens it, and its fragments. */
export type Fragmented = { init: Buffer; fragments: Buffer[] };

function* boxesOf(bytes: Buffer, from = 0, until = bytes.length): Generator<{ type: string; at: number; end: number }> {
  for (let at = from; at + 8 <= until; ) {
    const end = at + bytes.readUInt32BE(at);
    yield { type: bytes.toString("latin1", at + 4, at + 8), at, end };
    at = end;
  }
}

/** Each `moof` with the `mdat` after it is one fragment; the index at the end is left out. */
export function fragmentsOf(file: Buffer): Fragmented {
  const boxes = [...boxesOf(file)];
  const first = boxes.find(({ type }) => type === "moof")?.at ?? file.length;
  const fragments = boxes.flatMap(({ type, at }, index) => {
    const data = boxes[index + 1];
    return type === "moof" && data?.type === "mdat" ? [file.subarray(at, data.end)] : [];
  });
  return { init: file.subarray(0, first), fragments };
}

/** The same fragment at another time, in the units of its track. */
export function shiftedFragment(fragment: Buffer, units: number): Buffer {
  const moved = Buffer.from(fragment);
  const moof = [...boxesOf(moved)].find(({ type }) => type === "moof");
  const traf = moof && [...boxesOf(moved, moof.at + 8, moof.end)].find(({ type }) => type === "traf");
  const tfdt = traf && [...boxesOf(moved, traf.at + 8, traf.end)].find(({ type }) => type === "tfdt");
  // Version 1 has 64 bits.
  if (tfdt && moved.readUInt8(tfdt.at + 8) === 1)
    moved.writeBigUInt64BE(moved.readBigUInt64BE(tfdt.at + 12) + BigInt(units), tfdt.at + 12);
  return moved;
}

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { unpackLz4 } from "./lz4.ts";
import { unpackSnappy } from "./snappy.ts";

/** "abcd" and a copy of 20 from 4 back: the source overlaps the target. */
const OVERLAPPING = Buffer.from([24, 3 << 2, 0x61, 0x62, 0x63, 0x64, (19 << 2) | 2, 4, 0]);

test("a Snappy copy may read what it has just written", () => {
  assert.equal(unpackSnappy(OVERLAPPING).toString(), "abcd".repeat(6));
});

test("Snappy in the framing of Java producers is unpacked block by block", () => {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(OVERLAPPING.length);
  const header = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
  const framed = Buffer.concat([header, size, OVERLAPPING, size, OVERLAPPING]);
  assert.equal(unpackSnappy(framed).toString(), "abcd".repeat(12));
});

test("an LZ4 frame may hold plain blocks, and copies that reach into the block before", () => {
  const plain = Buffer.from([4, 0, 0, 0x80, 0x61, 0x62, 0x63, 0x64]);
  const packed = Buffer.from([5, 0, 0, 0, 0x04, 4, 0, 0x10, 0x65]);
  const frame = Buffer.concat([Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x40, 0x40, 0]), plain, packed, Buffer.alloc(4)]);
  assert.equal(unpackLz4(frame).toString(), "abcdabcdabcde");
});

for (const [name, unpack] of [
  ["Snappy", unpackSnappy],
  ["LZ4", unpackLz4],
] as const)
  test(`damaged ${name} is refused as such, and never read beyond its end`, () => {
    const start = name === "LZ4" ? [0x04, 0x22, 0x4d, 0x18, 0x40, 0x40, 0] : [];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          unpack(Buffer.from([...start, ...bytes]));
        } catch (error) {
          assert.ok(error instanceof RangeError, String(error));
        }
      }),
      { numRuns: 2_000 },
    );
  });

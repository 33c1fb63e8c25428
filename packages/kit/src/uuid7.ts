import { randomBytes } from "node:crypto";

/**
 * Ids in the order of their making (RFC 9562, version 7): the moment in ms, a counter within it, and 62 random bits.
 * PostgreSQL compares them byte by byte, so that the newest comes last.
 */
export function uuid7Maker(now: () => number): () => string {
  let lastMs = 0;
  let counter = 0;
  return () => {
    lastMs = Math.max(lastMs, now());
    counter += 1;
    if (counter > 0xfff) {
      lastMs += 1;
      counter = 0;
    }
    const bytes = randomBytes(16);
    bytes.writeUIntBE(lastMs, 0, 6);
    bytes.writeUInt16BE(0x7000 | counter, 6);
    bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8);
    const hex = bytes.toString("hex");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  };
}

import { createHash } from "node:crypto";

/** The same id for the same text (RFC 9562, version 8, of its SHA-256): what is done again under it is there already. */
export function uuid8Of(text: string): string {
  const bytes = createHash("sha256").update(text).digest().subarray(0, 16);
  // Its variant is 8 alone, as ids that are stored have it.
  bytes.writeUInt8(0x80 | (bytes.readUInt8(6) & 0x0f), 6);
  bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x0f), 8);
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

import type { Chance } from "./chance.ts";
import type { Format } from "./encode.ts";
import { encodeShare } from "./encode.ts";
import type { ShareFields } from "./share-fields.ts";

/** What can be planted into a share log. */
export const DEFECT_KINDS = [
  "bad_checksum",
  "wrong_length",
  "garbage",
  "late",
  "future",
  "negative_user",
  "duplicate",
] as const;
export type DefectKind = (typeof DEFECT_KINDS)[number];
export type DefectShare = { kind: DefectKind; share: number };

const TWO_HOURS = 7_200;

/** Reads `late=0.01` or `late=1%`. Returns the mistake as text. */
export function parseDefect(text: string): DefectShare | string {
  const [kindText = "", shareText = ""] = text.split("=");
  const kind = DEFECT_KINDS.find((known) => known === kindText.replaceAll("-", "_"));
  if (!kind) return `"${kindText}" is no defect; use one of ${DEFECT_KINDS.join(", ")}`;
  const share = shareText.endsWith("%") ? Number(shareText.slice(0, -1)) / 100 : Number(shareText);
  if (shareText === "" || !(share >= 0 && share <= 1))
    return `"${text}" needs a share from 0 to 1, such as ${kind}=0.01 or ${kind}=1%`;
  return { kind, share };
}

/** The defect of the next message, if any: each kind as often as its share says. */
export function drawDefect(defects: readonly DefectShare[], chance: Chance): DefectKind | null {
  let left = chance.fraction();
  for (const { kind, share } of defects) {
    if (left < share) return kind;
    left -= share;
  }
  return null;
}

/** A share spoilt so, as the messages to send: a duplicate is two, anything else one. */
export function spoil(kind: DefectKind, format: Format, share: ShareFields, chance: Chance): Buffer[] {
  switch (kind) {
    case "bad_checksum": {
      const bytes = encodeShare("v2", share);
      bytes.writeUInt32LE((bytes.readUInt32LE(4) + 1) >>> 0, 4);
      return [bytes];
    }
    case "wrong_length":
      return [encodeShare("v1", share).subarray(0, 47)];
    case "garbage":
      // A length that no layout has, and a first byte that no header has.
      return [Buffer.from(Array.from({ length: 50 + chance.below(25) }, () => 128 + chance.below(128)))];
    case "late":
      return [encodeShare(format, { ...share, time: share.time - TWO_HOURS })];
    case "future":
      return [encodeShare(format, { ...share, time: share.time + TWO_HOURS })];
    case "negative_user":
      return [encodeShare(format, { ...share, userId: -share.userId })];
    case "duplicate": {
      const bytes = encodeShare(format, share);
      return [bytes, bytes];
    }
  }
}

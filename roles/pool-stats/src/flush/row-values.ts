import { reasonsText } from "../http/replies.ts";
import type { RejectReason } from "../windows/figures.ts";
import type { Sum } from "../windows/sums.ts";

const BIGINT_MAX = 0x7fff_ffff_ffff_ffffn;
const INT_MAX = 0x7fff_ffff;

/** A sum as the column can hold it: one beyond a signed 64-bit number becomes the greatest. */
export const columnSum = (sum: Sum): Sum => (sum > BIGINT_MAX ? BIGINT_MAX : sum);

/** The group a user's workers are in by default. */
export const defaultGroup = (userId: number): number => Math.min(INT_MAX, -userId || 0);

/** The counter is unsigned and its column signed: it goes on below zero, as ever. */
export const columnCount = (acceptCount: number): number => acceptCount | 0;

/** An address that its column is too narrow for is not cut: half an address is worse than none. */
export const columnIp = (ip: string, width: number): string => (ip.length <= width ? ip : "0.0.0.0");

/** Reasons as JSON that fits the column: the smallest sums go first. */
export function columnReasons(reasons: readonly RejectReason[], window: "m15" | "h1", width: number): string {
  let kept = [...reasons];
  let text = reasonsText(kept, window);
  while (text.length > width && kept.length > 0) {
    const least = kept.reduce((a, b) => (b[window] < a[window] ? b : a));
    kept = kept.filter((reason) => reason !== least);
    text = reasonsText(kept, window);
  }
  return text;
}

const times = new Map<number, string>();

/** Unix seconds as `YYYY-MM-DD HH:MM:SS` in UTC. Many rows share few seconds. */
export function columnTime(seconds: number): string {
  const known = times.get(seconds);
  if (known !== undefined) return known;
  if (times.size > 10_000) times.clear();
  const text = new Date(seconds * 1_000).toISOString().slice(0, 19).replace("T", " ");
  times.set(seconds, text);
  return text;
}

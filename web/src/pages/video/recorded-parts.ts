import type { Recording } from "@banksman/wire/api";

/** A part of a recording with its span as numbers; one that is being written ends now. */
export type Part = { recording: Recording; fromMs: number; toMs: number };

/** The parts in the order in which they were taken. */
export const partsOf = (recordings: readonly Recording[], now: number): Part[] =>
  recordings
    .map((recording) => ({
      recording,
      fromMs: Date.parse(recording.from),
      toMs: recording.to === null ? now : Date.parse(recording.to),
    }))
    .toSorted((a, b) => a.fromMs - b.fromMs);

/**
 * Where playing begins when a moment is asked for: there, or at the beginning of the next part; null after the last. Parts
 * overlap by what lies between two key frames: of two that hold a moment the later one goes on.
 */
export function placeOf(parts: readonly Part[], atMs: number): { part: Part; atMs: number } | null {
  const holding = parts.findLast(({ fromMs, toMs }) => fromMs <= atMs && toMs > atMs);
  const part = holding ?? parts.find(({ fromMs }) => fromMs > atMs);
  return part === undefined ? null : { part, atMs: Math.max(atMs, part.fromMs) };
}

/** The part that follows another; null after the last. */
export function partAfter(parts: readonly Part[], recordingId: string): Part | null {
  const place = parts.findIndex(({ recording }) => recording.recording_id === recordingId);
  return place < 0 ? null : (parts[place + 1] ?? null);
}

/** Whether anything is recorded between two moments. */
export const isRecorded = (parts: readonly Part[], fromMs: number, toMs: number): boolean =>
  parts.some((part) => part.fromMs < toMs && part.toMs > fromMs);

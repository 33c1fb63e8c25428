import { CameraFailure, pause, type Segment } from "@banksman/video";
import type { CameraPlan } from "@banksman/wire/model";
import type { Streams } from "./streams.ts";

export type Followed = { segment: Segment; head: Buffer | null; body: Buffer };

/** Asked for no more often, however short parts are. */
const SOONEST_MS = 200;

/**
 * The parts of a camera's stream as they come, from the newest on or `back` before it, each once. Ends when its signal aborts; throws
 * CameraFailure when the camera gives nothing any more, or begins a stream of another head.
 */
export async function* follow(
  streams: Pick<Streams, "media" | "segment">,
  plan: CameraPlan,
  signal: AbortSignal,
  back = 0,
): AsyncGenerator<Followed> {
  let last: Segment | null = null;
  let head: string | null = null;
  while (!signal.aborted) {
    const { segments, targetS, isEnded } = await streams.media(plan);
    for (const segment of newOnes(segments, last, back)) {
      if (signal.aborted) return;
      if (head !== null && segment.map !== null && segment.map.url !== head)
        throw new CameraFailure("stalled", "the camera began another stream");
      head = segment.map?.url ?? null;
      yield { segment, ...(await streams.segment(plan, segment)) };
      last = segment;
    }
    if (isEnded) throw new CameraFailure("stalled", "the camera ended its stream");
    await pause(Math.max(SOONEST_MS, (targetS * 1_000) / 2), signal);
  }
}

/** What came after `last`. A camera that was started again counts anew: then its newest part is where it goes on. */
export function newOnes(segments: readonly Segment[], last: Segment | null, back = 0): readonly Segment[] {
  const newest = segments.at(-1);
  if (newest === undefined) return [];
  if (last === null || newest.sequence < last.sequence) return segments.slice(-1 - back);
  return segments.filter(({ sequence }) => sequence > last.sequence);
}

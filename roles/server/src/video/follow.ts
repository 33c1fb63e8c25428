import { CameraFailure, pause, type Segment } from "@banksman/video";
import type { CameraPlan } from "@banksman/wire/model";
import type { Streams } from "./streams.ts";

export type Followed = { segment: Segment; head: Buffer | null; body: Buffer };
/** Where to begin: after a part that was taken before, else at the newest one or some before it. */
export type From = { after?: Segment | null; back?: number };

/** Asked for no more often, however short parts are. */
const SOONEST_MS = 200;

/**
 * The parts of a camera's stream as they come, each once. Ends when its signal aborts; throws CameraFailure when the camera
 * gives nothing any more, or begins a stream of another head.
 */
export async function* follow(
  streams: Pick<Streams, "media" | "segment">,
  plan: CameraPlan,
  signal: AbortSignal,
  { after = null, back = 0 }: From = {},
): AsyncGenerator<Followed> {
  let last: Segment | null = after;
  let head: string | null = null;
  while (!signal.aborted) {
    // A camera that hangs must not hold up whoever ends this.
    const found = await orAborted(streams.media(plan), signal);
    if (found === null) return;
    for (const segment of newOnes(found.segments, last, back)) {
      if (head !== null && segment.map !== null && segment.map.url !== head)
        throw new CameraFailure("stalled", "the camera began another stream");
      head = segment.map?.url ?? null;
      const bytes = await orAborted(streams.segment(plan, segment), signal);
      if (bytes === null) return;
      yield { segment, ...bytes };
      last = segment;
    }
    if (found.isEnded) throw new CameraFailure("stalled", "the camera ended its stream");
    await pause(Math.max(SOONEST_MS, (found.targetS * 1_000) / 2), signal);
  }
}

/** A promise's value, or null when the signal aborts first. Nothing of either is kept afterwards. */
async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | null> {
  const aborted = Promise.withResolvers<null>();
  const stop = () => aborted.resolve(null);
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** What came after `last`. A camera that was started again counts anew: then its newest part is where it goes on. */
export function newOnes(segments: readonly Segment[], last: Segment | null, back = 0): readonly Segment[] {
  const newest = segments.at(-1);
  if (newest === undefined) return [];
  if (last === null || newest.sequence < last.sequence) return segments.slice(-1 - back);
  return segments.filter(({ sequence }) => sequence > last.sequence);
}

import type { Readable, Writable } from "node:stream";
import { startFfmpeg } from "./ffmpeg.ts";
import { CameraFailure } from "./trouble.ts";

/** A part of a stream whose first key frame is wanted as a JPEG. */
export type Part = { key: string; format: "mpegts" | "mp4"; bytes: readonly Buffer[]; widthPx: number };

/**
 * Starting ffmpeg costs as much as decoding three pictures (1080p, measured: 65 ms alone, 19 ms each of 16), so that
 * pictures wanted at about the same time are made by one process.
 */
const MOST_TOGETHER = 16;
const GATHER_MS = 100;
const PATIENCE_MS = 15_000;
const MOST_WAITING = 1_000;

type Waiting = { part: Part; resolve: (jpeg: Buffer) => void; reject: (error: unknown) => void };

/** Makes pictures of parts of streams: gathers them, a bounded number of processes at once. */
export function createDecoder({ mostAtOnce }: { mostAtOnce: number }) {
  let waiting: Waiting[] = [];
  let running = 0;
  let timer: NodeJS.Timeout | null = null;
  /** Those that spoilt a batch are decoded alone until they do well. */
  const suspects = new Set<string>();

  const settle = async (batch: Waiting[]): Promise<void> => {
    const jpegs = await decode(batch.map(({ part }) => part));
    const failed = batch.filter((_, index) => jpegs[index] === undefined);
    batch.forEach(({ resolve, part }, index) => {
      const jpeg = jpegs[index];
      if (jpeg === undefined) return;
      suspects.delete(part.key);
      resolve(jpeg);
    });
    if (batch.length === 1) {
      for (const { part, reject } of failed) {
        suspects.add(part.key);
        reject(new CameraFailure("not_video", "no picture is in what the camera sent"));
      }
      return;
    }
    // One that can't be opened ends the process for all.
    for (const one of failed) await settle([one]);
  };
  const start = (): void => {
    timer = null;
    while (running < mostAtOnce && waiting.length > 0) {
      const first = waiting[0];
      const isAlone = first !== undefined && suspects.has(first.part.key);
      const batch = isAlone
        ? waiting.splice(0, 1)
        : takeFrom(waiting, MOST_TOGETHER, ({ part }) => !suspects.has(part.key));
      running += 1;
      settle(batch)
        .catch((error: unknown) => {
          for (const { reject } of batch) reject(error);
        })
        .finally(() => {
          running -= 1;
          start();
        });
    }
  };

  return {
    picture: (part: Part): Promise<Buffer> =>
      new Promise((resolve, reject) => {
        if (waiting.length >= MOST_WAITING)
          return reject(new CameraFailure("at_limit", "more pictures are wanted than can be made"));
        waiting.push({ part, resolve, reject });
        timer ??= setTimeout(start, GATHER_MS);
      }),
    /** Drops what is remembered of a key that won't come again. */
    forget: (key: string): void => {
      suspects.delete(key);
    },
    close: (): void => {
      if (timer) clearTimeout(timer);
      for (const { reject } of waiting) reject(new CameraFailure("at_limit", "the program stops"));
      waiting = [];
    },
  };
}
export type Decoder = ReturnType<typeof createDecoder>;

/** Takes the first `most` that fit out of a list. */
function takeFrom<T>(list: T[], most: number, fits: (one: T) => boolean): T[] {
  const taken = list.filter(fits).slice(0, most);
  const gone = new Set(taken);
  list.splice(0, list.length, ...list.filter((one) => !gone.has(one)));
  return taken;
}

const FIRST_PIPE = 3;

/** The picture of each part, undefined where there is none. */
async function decode(parts: readonly Part[]): Promise<(Buffer | undefined)[]> {
  const inputs = parts.flatMap(({ format }, index) => [
    ...["-protocol_whitelist", "pipe", "-f", format, "-threads", "1", "-probesize", "500000"],
    ...["-analyzeduration", "0", "-skip_frame", "nokey", "-i", `pipe:${FIRST_PIPE + index}`],
  ]);
  const outputs = parts.flatMap(({ widthPx }, index) => [
    ...["-map", `${index}:v:0`, "-frames:v", "1", "-vf", `scale=${widthPx}:-2:flags=fast_bilinear`],
    ...["-threads", "1", "-q:v", "6", "-f", "mjpeg", `pipe:${FIRST_PIPE + parts.length + index}`],
  ]);
  const ffmpeg = startFfmpeg(["-filter_threads", "1", ...inputs, ...outputs], { extraPipes: 2 * parts.length });
  ffmpeg.child.stdin?.end();
  const late = setTimeout(ffmpeg.kill, PATIENCE_MS);
  const pipes = ffmpeg.child.stdio.slice(FIRST_PIPE);
  parts.forEach(({ bytes }, index) => {
    const pipe = pipes[index];
    if (isWritable(pipe)) send(pipe, bytes);
  });
  const jpegs = await Promise.all(pipes.slice(parts.length).map((pipe) => (isReadable(pipe) ? collect(pipe) : null)));
  await ffmpeg.exited;
  clearTimeout(late);
  return parts.map((_, index) => {
    const jpeg = jpegs[index];
    return jpeg && jpeg.length > 0 ? jpeg : undefined;
  });
}

type Pipe = Readable | Writable | null | undefined;
const isWritable = (pipe: Pipe): pipe is Writable => pipe !== null && pipe !== undefined && "write" in pipe;
const isReadable = (pipe: Pipe): pipe is Readable => pipe !== null && pipe !== undefined && "read" in pipe;

/** ffmpeg closes an input when it has its picture: that the rest can't be written is no error. */
function send(pipe: Writable, bytes: readonly Buffer[]): void {
  pipe.on("error", () => undefined);
  for (const part of bytes) pipe.write(part);
  pipe.end();
}

function collect(pipe: Readable): Promise<Buffer> {
  const parts: Buffer[] = [];
  return new Promise((resolve) => {
    pipe.on("data", (part: Buffer) => parts.push(part));
    pipe.once("close", () => resolve(Buffer.concat(parts)));
    pipe.once("error", () => resolve(Buffer.alloc(0)));
  });
}

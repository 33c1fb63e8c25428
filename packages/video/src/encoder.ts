import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { backoffMs, codeOf, type Log } from "@banksman/kit";
import { type Ffmpeg, startFfmpeg } from "./ffmpeg.ts";
import { CameraFailure } from "./trouble.ts";

/** Without a new part for so long ffmpeg hangs, or what feeds it does. */
const STALLED_MS = 15_000;
/** How long the first playlist may take: a camera's next key frame, and a part. */
const FIRST_MS = 15_000;
const LOOK_MS = 500;
const RETRY = { firstMs: 1_000, maxMs: 30_000 };
export const PART_S = 2;

const FOLDER = "stream-";
const INDEX = "index.m3u8";
const isOurs = (name: string) => /^(index\.m3u8|init\.mp4|s\d+\.(ts|m4s))$/.test(name);

export type Encoding = {
  /** Arguments up to the output. */
  input: readonly string[];
  output: readonly string[];
  secrets?: readonly string[];
  /** Writes what ffmpeg reads as `pipe:0`, until its signal aborts. */
  feed?: (stdin: Writable, signal: AbortSignal) => Promise<void>;
  /** Why there is nothing to read, where that is better known than by ffmpeg's words. */
  failure?: () => CameraFailure | null;
  /** Ends what it reads through. */
  close?: () => void;
};

/** A stream that ffmpeg makes: a live playlist and its parts, in a folder of its own. */
export type Encoder = {
  /** The playlist now; waits for the first. Throws CameraFailure. */
  playlist: () => Promise<Buffer>;
  file: (name: string) => Promise<Buffer>;
  /** Its process, for who counts them. */
  pid: () => number | undefined;
  close: () => Promise<void>;
};

type Parts = { encoding: Encoding; workDir: string; what: string; log: Log };

/** Runs ffmpeg until it is closed: one that ends or stands still is started again, each time a little later. */
export function startEncoder({ encoding, workDir, what, log }: Parts): Encoder {
  const ended = new AbortController();
  let dir: string | null = null;
  let running: Ffmpeg | null = null;
  let failure: CameraFailure | null = null;

  const runOnce = async (folder: string): Promise<void> => {
    const args = [
      ...encoding.input,
      ...encoding.output,
      ...["-f", "hls", "-hls_time", String(PART_S), "-hls_list_size", "6"],
      ...["-hls_flags", "delete_segments+temp_file+independent_segments+omit_endlist"],
      ...["-hls_start_number_source", "epoch", "-hls_segment_filename", join(folder, "s%d.ts"), join(folder, INDEX)],
    ];
    const ffmpeg = startFfmpeg(["-y", ...args], encoding.secrets ? { secrets: encoding.secrets } : {});
    running = ffmpeg;
    const over = new AbortController();
    let trouble: CameraFailure | null = null;
    const fed = encoding.feed?.(ffmpeg.child.stdin ?? noStdin(), over.signal).catch((error: unknown) => {
      if (error instanceof CameraFailure) trouble ??= error;
      ffmpeg.kill();
    });
    if (encoding.feed === undefined) ffmpeg.child.stdin?.end();
    let movedAt = Date.now();
    let newest = 0;
    const watch = setInterval(() => {
      stat(join(folder, INDEX)).then(
        ({ mtimeMs }) => {
          if (mtimeMs === newest) return;
          newest = mtimeMs;
          movedAt = Date.now();
          failure = null;
        },
        () => undefined,
      );
      if (Date.now() - movedAt > STALLED_MS) {
        trouble ??= new CameraFailure("stalled", `no new picture for ${STALLED_MS / 1_000} s`);
        ffmpeg.kill();
      }
    }, LOOK_MS);
    const stop = () => ffmpeg.kill();
    ended.signal.addEventListener("abort", stop);
    await ffmpeg.exited;
    ended.signal.removeEventListener("abort", stop);
    clearInterval(watch);
    // A feed that waits for its camera ends by itself; the next ffmpeg need not wait for it.
    over.abort();
    void fed;
    running = null;
    // What was wrong with the run before need not be what is wrong with the camera now.
    if (!ended.signal.aborted) failure = trouble ?? encoding.failure?.() ?? failureIn(ffmpeg.said());
  };

  const run = async (): Promise<void> => {
    dir = await mkdtemp(join(workDir, `${FOLDER}${process.pid}-`));
    for (let attempt = 1; !ended.signal.aborted; attempt += 1) {
      const began = Date.now();
      await runOnce(dir);
      if (ended.signal.aborted) break;
      // One that ran well begins anew at once.
      if (Date.now() - began > 2 * RETRY.maxMs) attempt = 1;
      log.warn({ camera: what }, `ffmpeg ended and is started again: ${failure?.message ?? ""}`);
      await pause(backoffMs(RETRY, attempt), ended.signal);
    }
    await rm(dir, { recursive: true, force: true });
  };
  const done = run().catch((error: unknown) => {
    failure = new CameraFailure("encoder_failed", `the work folder can't be used: ${codeOf(error) ?? ""}`, error);
    log.error({ err: error, camera: what }, "a stream could not be made");
  });

  const read = async (name: string): Promise<Buffer | null> =>
    dir === null || !isOurs(name) ? null : await readFile(join(dir, name)).catch(() => null);

  return {
    playlist: async () => {
      for (const until = Date.now() + FIRST_MS; Date.now() < until && !ended.signal.aborted; ) {
        if (failure !== null) throw failure;
        const found = await read(INDEX);
        if (found !== null) return found;
        await pause(100, ended.signal);
      }
      throw failure ?? new CameraFailure("stalled", `no picture within ${FIRST_MS / 1_000} s`);
    },
    file: async (name) => {
      const found = await read(name);
      if (found === null) throw new CameraFailure("not_found", "this part is no longer kept");
      return found;
    },
    pid: () => running?.child.pid,
    close: async () => {
      ended.abort();
      encoding.close?.();
      await done;
    },
  };
}

/** Removes what a program left behind that was killed. */
export async function clearLeftovers(workDir: string): Promise<void> {
  for (const name of await readdir(workDir).catch(() => [])) {
    const pid = Number(new RegExp(`^${FOLDER}(\\d+)-`).exec(name)?.[1]);
    // In a container the one before had the same number.
    if (Number.isInteger(pid) && (pid === process.pid || !isAlive(pid)))
      await rm(join(workDir, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}

function noStdin(): never {
  throw new Error("ffmpeg was started without a standard input");
}

/** A camera's status where ffmpeg tells one; numbers stand elsewhere too: of ports, folders and places in a picture. */
const statusIn = (said: string): string | undefined => /(?:\bfailed: |\breturned |\bcode=)(40[134])\b/i.exec(said)?.[1];

/** What ffmpeg's last words mean. */
export function failureIn(words: string): CameraFailure {
  // Where something lies in its memory.
  const said = words.replaceAll(/ @ 0x[0-9a-f]+/gi, "");
  const last = said.split("\n").at(-1) || "without a word";
  const status = statusIn(said);
  if (status === "401" || status === "403" || /Unauthorized|403 Forbidden|authorization failed/i.test(said))
    return new CameraFailure("refused_sign_in", `the camera refuses the sign-in: ${last}`);
  if (status === "404" || /404 Not Found/i.test(said))
    return new CameraFailure("not_found", `the camera has no such stream: ${last}`);
  if (/refused|timed out|unreachable|No route|Network|Input\/output error/i.test(said))
    return new CameraFailure("unreachable", `the camera can't be reached: ${last}`);
  if (/ENOENT/.test(said))
    return new CameraFailure("encoder_failed", "ffmpeg is not installed here: apt-get install ffmpeg");
  return new CameraFailure("encoder_failed", `ffmpeg ended: ${last}`);
}

/** Waits, or ends at once when the signal aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const stop = () => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal.addEventListener("abort", stop, { once: true });
  });
}

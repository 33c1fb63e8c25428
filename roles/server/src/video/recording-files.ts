import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { codeOf } from "@banksman/kit";
import { SHORT_LOOK, startFfmpeg } from "@banksman/video";

/** A file that is being written: fragments of a second, so that one which is cut off plays up to its last. */
const FRAGMENTS = [
  ...["-movflags", "+frag_keyframe+empty_moov+default_base_moof", "-frag_duration", "1000000", "-flush_packets", "1"],
  ...["-f", "mp4"],
];
const COPIED = ["-map", "0:v:0", "-c", "copy", "-an"];
const FILES_ONLY = ["-protocol_whitelist", "file,pipe"];

export type Span = { file: string; fromMs: number; toMs: number };
export type Written = { bytes: number; sha256: string };

export type RecordingFiles = ReturnType<typeof recordingFiles>;

/** Recordings as files of one folder, named by their ids: `.part` while one is written, `.mp4` when it is whole. */
export function recordingFiles(dir: string) {
  const partOf = (id: string) => join(dir, `${id}.part`);
  const fileOf = (id: string) => join(dir, `${id}.mp4`);
  return {
    fileOf,
    /** Where a recording from elsewhere may lie for a while. */
    borrowed: () => join(dir, `${randomUUID()}.borrowed`),
    /** Opens a file that takes a stream as it comes; `done` resolves when all of it is written. */
    open: async (id: string, format: "mpegts" | "mp4") => {
      await mkdir(dir, { recursive: true, mode: 0o700 });
      const input = ["-protocol_whitelist", "pipe", ...SHORT_LOOK, "-f", format, "-i", "pipe:0"];
      const ffmpeg = startFfmpeg(["-y", ...input, ...COPIED, ...FRAGMENTS, partOf(id)]);
      const { stdin } = ffmpeg.child;
      if (stdin === null) throw new Error("ffmpeg has no standard input");
      const exited = ffmpeg.exited;
      return { stdin, pid: ffmpeg.child.pid, said: ffmpeg.said, exited };
    },
    hasPart: async (id: string): Promise<boolean> => (await sizeOf(partOf(id))) > 0,
    /** Makes a whole file of what was written: its index in front, so that players can seek. Null where nothing plays. */
    close: async (id: string): Promise<Written | null> => {
      const [part, file] = [partOf(id), fileOf(id)];
      const whole = `${file}.${randomUUID()}`;
      const args = ["-y", ...FILES_ONLY, "-i", part, ...COPIED, "-movflags", "+faststart", "-f", "mp4", whole];
      const code = await toEnd(args);
      const bytes = await sizeOf(whole);
      if (code !== 0 || bytes === 0) {
        await rm(whole, { force: true });
        await rm(part, { force: true });
        return null;
      }
      await rename(whole, file);
      await rm(part, { force: true });
      return { bytes, sha256: await hashOf(file) };
    },
    remove: async (id: string): Promise<void> => {
      await rm(partOf(id), { force: true });
      await rm(fileOf(id), { force: true });
    },
    /** One MP4 of several files, from the key frame at or before `fromMs` to `toMs`, as it is made. */
    cut: async (spans: readonly Span[], fromMs: number, toMs: number): Promise<Readable> => {
      const list = join(dir, `${randomUUID()}.list`);
      const lines = spans.flatMap(({ file, ...span }) => [
        `file '${file.replaceAll("'", "'\\''")}'`,
        ...(span.fromMs < fromMs ? [`inpoint ${(fromMs - span.fromMs) / 1_000}`] : []),
        ...(span.toMs > toMs ? [`outpoint ${(toMs - span.fromMs) / 1_000}`] : []),
      ]);
      await writeFile(list, `${lines.join("\n")}\n`, { mode: 0o600 });
      const input = [...FILES_ONLY, "-f", "concat", "-safe", "0", "-i", list];
      const ffmpeg = startFfmpeg(
        [...input, ...COPIED, "-movflags", "+frag_keyframe+empty_moov", "-f", "mp4", "pipe:1"],
        {
          stdout: "pipe",
        },
      );
      ffmpeg.child.stdin?.end();
      const { stdout } = ffmpeg.child;
      if (stdout === null) throw new Error("ffmpeg has no standard output");
      // Whoever downloads may go away in the middle.
      stdout.once("close", ffmpeg.kill);
      void ffmpeg.exited.then(() => rm(list, { force: true }));
      return stdout;
    },
    durationS: (id: string): Promise<number> => durationOf(fileOf(id)),
  };
}

async function toEnd(args: readonly string[]): Promise<number | null> {
  const ffmpeg = startFfmpeg(args);
  ffmpeg.child.stdin?.end();
  return ffmpeg.exited;
}

async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  });
  return found?.size ?? 0;
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

/** By what ffmpeg says when it has gone through it. */
async function durationOf(path: string): Promise<number> {
  const ffmpeg = startFfmpeg([...FILES_ONLY, "-i", path, "-c", "copy", "-progress", "pipe:1", "-f", "null", "-"], {
    stdout: "pipe",
  });
  ffmpeg.child.stdin?.end();
  let said = "";
  ffmpeg.child.stdout?.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-4_000);
  });
  await ffmpeg.exited;
  const micros = [...said.matchAll(/out_time_us=(\d+)/g)].at(-1)?.[1];
  return micros === undefined ? 0 : Number(micros) / 1_000_000;
}

/** Writes, and waits where the other end is slower. */
export async function writeAll(stdin: Writable, bytes: Buffer): Promise<void> {
  if (stdin.destroyed || stdin.write(bytes)) return;
  await new Promise<void>((resolve) => {
    stdin.once("drain", resolve);
    stdin.once("close", resolve);
  });
}

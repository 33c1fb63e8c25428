import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough, type Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { codeOf } from "@banksman/kit";
import { SHORT_LOOK, startFfmpeg } from "@banksman/video";

/** A file that is being written: fragments of a second, so that one which is cut off plays up to its last. */
const FRAGMENTS = [
  ...["-movflags", "+frag_keyframe+empty_moov+default_base_moof", "-frag_duration", "1000000", "-flush_packets", "1"],
  ...["-f", "mp4"],
];
const COPIED = ["-map", "0:v:0", "-c", "copy", "-an"];
/** What nobody has written to for so long was left behind. */
const LEFT_MS = 10_000;
/** ffmpeg's words for a file that holds nothing to play. */
const NO_PICTURE = /moov atom not found|does not contain any stream|matches no streams|Invalid data found/;
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
    /** Opens a file that takes a stream as it comes; `exited` resolves when all of it is written. */
    open: async (id: string, format: "mpegts" | "mp4") => {
      await mkdir(dir, { recursive: true, mode: 0o700 });
      const input = ["-protocol_whitelist", "pipe", ...SHORT_LOOK, "-f", format, "-i", "pipe:0"];
      const ffmpeg = startFfmpeg(["-y", ...input, ...COPIED, ...FRAGMENTS, partOf(id)]);
      const { stdin } = ffmpeg.child;
      if (stdin === null) throw new Error("ffmpeg has no standard input");
      const exited = ffmpeg.exited;
      return { stdin, pid: ffmpeg.child.pid, said: ffmpeg.said, exited };
    },
    /** Whether there is anything of a recording here that nobody writes any more. */
    isLeft: async (id: string): Promise<boolean> => {
      for (const path of [partOf(id), fileOf(id)]) {
        const found = await statOf(path);
        if (found !== null) return Date.now() - found.mtimeMs > LEFT_MS;
      }
      return false;
    },
    /**
     * Makes a whole file of what was written: its index in front, so that players can seek. The part stays until `drop`, so
     * that this can be done again. Null where there is no picture in it.
     */
    close: async (id: string): Promise<Written | null> => {
      const [part, file] = [partOf(id), fileOf(id)];
      const written = await statOf(part);
      if (written === null) return (await statOf(file)) === null ? null : writtenAt(file);
      if (written.size === 0) return null;
      const whole = `${file}.${randomUUID()}`;
      const args = ["-y", ...FILES_ONLY, "-i", part, ...COPIED, "-movflags", "+faststart", "-f", "mp4", whole];
      const { code, said } = await toEnd(args);
      if (code !== 0) {
        await rm(whole, { force: true });
        if (NO_PICTURE.test(said)) return null;
        // A full disk, for one: what was written is all there is.
        throw new Error(`ffmpeg could not finish it (${code}): ${said.split("\n").at(-1) ?? ""}`);
      }
      await rename(whole, file);
      return writtenAt(file);
    },
    /** What a whole file was made of is of no use any more. */
    drop: (id: string): Promise<void> => rm(partOf(id), { force: true }),
    exists: async (id: string): Promise<boolean> => (await statOf(fileOf(id))) !== null,
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
      const out = new PassThrough();
      // Whoever downloads may go away in the middle; and what ends in the middle must not look whole.
      out.once("close", ffmpeg.kill);
      stdout.pipe(out, { end: false });
      void ffmpeg.exited.then(async (code) => {
        if (code === 0) out.end();
        else out.destroy(new Error(`the recording could not be cut: ${ffmpeg.said().split("\n").at(-1) ?? ""}`));
        await rm(list, { force: true }).catch(() => undefined);
      });
      return out;
    },
    durationS: (id: string): Promise<number> => durationOf(fileOf(id)),
  };
}

async function toEnd(args: readonly string[]): Promise<{ code: number | null; said: string }> {
  const ffmpeg = startFfmpeg(args);
  ffmpeg.child.stdin?.end();
  return { code: await ffmpeg.exited, said: ffmpeg.said() };
}

async function statOf(path: string) {
  return stat(path).catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  });
}

const writtenAt = async (path: string): Promise<Written> => ({
  bytes: (await stat(path)).size,
  sha256: await hashOf(path),
});

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
  const over = Promise.withResolvers<void>();
  stdin.once("drain", over.resolve).once("close", over.resolve);
  await over.promise;
  stdin.off("drain", over.resolve).off("close", over.resolve);
}

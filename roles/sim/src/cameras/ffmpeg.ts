import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { CameraErrors } from "./errors.ts";

/** What ffmpeg may open by itself: nothing but what it is given. */
const SHUT_IN = ["-hide_banner", "-loglevel", "error", "-nostdin", "-protocol_whitelist", "file,pipe"];
const AT_ONCE = 2;

/** Every ffmpeg of one simulator. All of them end with it, whichever way it ends. */
export class Encoders {
  #alive = new Set<ChildProcess>();
  #running = 0;
  #queue: (() => void)[] = [];
  #closed = false;
  #guard: readonly string[] | undefined;

  /** Finds out whether there is an ffmpeg before somebody wants a picture. */
  async check(): Promise<void> {
    await this.run(["-version"], []);
  }

  /** Runs ffmpeg to its end, no more than two at once, and gives what it wrote into each of its pipes. */
  async run(args: readonly string[], pipes: readonly number[], input?: readonly Buffer[]): Promise<Buffer[]> {
    await this.#turn();
    try {
      const child = this.start([...SHUT_IN, ...args], pipes);
      const outputs = pipes.map((pipe) => collect(readableOf(child, pipe)));
      feed(child, input ?? []);
      await ended(child);
      return await Promise.all(outputs);
    } finally {
      this.#running--;
      this.#queue.shift()?.();
    }
  }

  /** Starts ffmpeg with those pipes open for its output, beside its standard input and error. */
  start(args: readonly string[], pipes: readonly number[]): ChildProcess {
    if (this.#closed) throw CameraErrors.CLOSED();
    const [command = "ffmpeg", ...rest] = [...this.#guarding(), "ffmpeg", ...args];
    const most = Math.max(2, ...pipes);
    const stdio = Array.from({ length: most + 1 }, (_, fd) =>
      fd === 0 || fd === 2 || pipes.includes(fd) ? "pipe" : "ignore",
    );
    const child = spawn(command, rest, { stdio });
    this.#alive.add(child);
    child.once("close", () => this.#alive.delete(child));
    // Told by whoever waits for its end; one that is gone takes no input.
    child.on("error", () => this.#alive.delete(child));
    child.stdin?.on("error", () => {});
    return child;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const ends = [...this.#alive].map((child) => once(child, "close"));
    for (const child of this.#alive) child.kill("SIGKILL");
    await Promise.allSettled(ends);
  }

  /** Without setpriv, of util-linux, an ffmpeg would outlive a simulator that is killed with -9. */
  #guarding(): readonly string[] {
    this.#guard ??=
      spawnSync("setpriv", ["--pdeathsig", "KILL", "true"]).status === 0 ? ["setpriv", "--pdeathsig", "KILL"] : [];
    return this.#guard;
  }

  async #turn(): Promise<void> {
    while (this.#running >= AT_ONCE) await new Promise<void>((resolve) => this.#queue.push(resolve));
    this.#running++;
  }
}

function feed({ stdin }: ChildProcess, parts: readonly Buffer[]): void {
  for (const part of parts) stdin?.write(part);
  stdin?.end();
}

function readableOf(child: ChildProcess, fd: number): Readable {
  const stream: Readable | Writable | null | undefined = child.stdio[fd];
  if (stream && "read" in stream) return stream;
  throw CameraErrors.NO_FFMPEG("it has no such pipe");
}

async function collect(stream: Readable): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}

/** Resolves when it ended well, and rejects with its own words when it didn't. */
export async function ended(child: ChildProcess): Promise<void> {
  let words = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    words = (words + chunk.toString()).slice(-1_000);
  });
  const [code] = await once(child, "close").catch((error: unknown) => {
    throw CameraErrors.NO_FFMPEG(error instanceof Error ? error.message : String(error), { cause: error });
  });
  // What setpriv answers when there is no such program.
  if (code === 127) throw CameraErrors.NO_FFMPEG(words.trim());
  if (code !== 0) throw CameraErrors.ENCODER_FAILED(words.trim() || `it ended with ${code}`);
}

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";

/** util-linux's setpriv has the kernel end ffmpeg when we end, also by SIGKILL; elsewhere a closed pipe does in time. */
const SETPRIV = "/usr/bin/setpriv";
const SAID_BYTES = 4_000;

export type Ffmpeg = {
  child: ChildProcess;
  /** The last it said of what is wrong. */
  said: () => string;
  /** Its exit code; null when a signal ended it. Never rejects: that there is no ffmpeg is a code of -1, said so. */
  exited: Promise<number | null>;
  kill: () => void;
};

export type FfmpegOptions = {
  /** What beyond stdin, stdout and stderr is a pipe: `pipe:3` and on. */
  extraPipes?: number;
  stdout?: "pipe" | "ignore";
  /** Words that must not be in what it says: passwords, addresses. */
  secrets?: readonly string[];
};

/** Starts ffmpeg on a list of arguments, without a shell, politely behind everything else on the machine. */
export function startFfmpeg(args: readonly string[], options: FfmpegOptions = {}): Ffmpeg {
  const polite = ["-n", "10", "ffmpeg", "-hide_banner", "-loglevel", "error", ...args];
  const [command, all] = existsSync(SETPRIV) ? [SETPRIV, ["--pdeathsig", "KILL", "nice", ...polite]] : ["nice", polite];
  const extra = Array.from({ length: options.extraPipes ?? 0 }, () => "pipe" as const);
  const child = spawn(command, all, {
    stdio: ["pipe", options.stdout ?? "ignore", "pipe", ...extra],
    // Only what it needs: our environment holds passwords.
    env: { PATH: process.env.PATH ?? "/usr/bin:/bin" },
  });
  let said = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-SAID_BYTES);
  });
  // A pipe that breaks says what its exit says.
  child.stdin?.on("error", () => undefined);
  const exited = new Promise<number | null>((resolve) => {
    child.once("error", (error) => {
      said += error.message;
      resolve(-1);
    });
    child.once("close", (code) => resolve(code));
  });
  const clean = (text: string) =>
    (options.secrets ?? [])
      .filter((secret) => secret !== "")
      // The longest first: a part of it that was taken out would hide the rest from its search.
      .toSorted((a, b) => b.length - a.length)
      .reduce((all, one) => all.replaceAll(one, "…"), text);
  return { child, said: () => clean(said).trim(), exited, kill: () => child.kill("SIGKILL") };
}

/** How long ffmpeg looks at a stream before it begins: cameras send what it needs at once, and somebody waits. */
export const SHORT_LOOK = ["-probesize", "500000", "-analyzeduration", "500000"] as const;

/** For a picture that is only passed on. */
export const COPY = ["-map", "0:v:0", "-c:v", "copy", "-an"] as const;

import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { waitFor } from "./wait-for.ts";

/** A child process with its output collected; disposing ends it by its pid. */
export type Running = AsyncDisposable & {
  child: ChildProcess;
  stdout: () => string;
  stderr: () => string;
  /** Resolves when the output matches. */
  output: (pattern: RegExp, withinMs?: number) => Promise<RegExpExecArray>;
  exited: Promise<number | null>;
  stop: (signal?: NodeJS.Signals) => Promise<void>;
};

/** A test that timed out leaves its children behind; they end with its process. */
const alive = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of alive) child.kill("SIGKILL");
});

export function run(command: string, args: readonly string[], options: SpawnOptions = {}): Running {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
  alive.add(child);
  child.once("exit", () => alive.delete(child));
  let out = "";
  let err = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    err += chunk.toString();
  });
  const exited = once(child, "exit").then(([code]): number | null => (typeof code === "number" ? code : null));
  const isOver = () => child.exitCode !== null || child.signalCode !== null;
  const stop = async (signal: NodeJS.Signals = "SIGTERM") => {
    if (!isOver()) child.kill(signal);
    await exited;
  };
  const output = (pattern: RegExp, withinMs = 20_000) =>
    waitFor(
      `${pattern} in the output of ${command} ${args.join(" ")}`,
      () => {
        const match = pattern.exec(out) ?? pattern.exec(err);
        if (!match && isOver())
          throw new Error(`${command} exited ${child.exitCode}: ${out.slice(-2_000)}${err.slice(-4_000)}`);
        return match;
      },
      { withinMs },
    );
  return {
    child,
    stdout: () => out,
    stderr: () => err,
    output,
    exited,
    stop,
    [Symbol.asyncDispose]: () => stop("SIGKILL"),
  };
}

/** Runs a command to its end. */
export async function runToEnd(command: string, args: readonly string[], options: SpawnOptions = {}) {
  const running = run(command, args, options);
  const code = await running.exited;
  await waitFor(
    "the output's end",
    () => running.child.stdout?.destroyed !== false || running.child.stdout.readableEnded,
  );
  return { code, stdout: running.stdout(), stderr: running.stderr() };
}

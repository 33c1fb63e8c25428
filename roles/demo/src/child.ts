import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { type CodedError, type Log, messageOf } from "@banksman/kit";
import { DemoErrors } from "./errors.ts";

export type Part = {
  /** Resolves with the first match in the part's output; rejects when the part ends before. */
  prints: (pattern: RegExp) => Promise<RegExpExecArray>;
  /** Resolves with the exit code when the part has ended. */
  ended: Promise<number | null>;
  /** The error that tells which part ended, how, and its last words. */
  endedByItself: () => CodedError;
  stop: () => Promise<void>;
};

const SETPRIV = "/usr/bin/setpriv";

/** Runs one part of the demo as a process of its own, exactly as a site would run it. */
export function startPart(name: string, command: readonly string[], environment: NodeJS.ProcessEnv, log: Log): Part {
  // Without the demo nobody would stop the parts: where setpriv is there, the kernel does, even after a kill -9.
  const guard = existsSync(SETPRIV) ? [SETPRIV, "--pdeathsig", "TERM"] : [];
  const [program = "", ...args] = [...guard, ...command];
  // Its own process group: a Ctrl-C at the terminal reaches the demo, which then stops its parts in order.
  const child = spawn(program, args, {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let output = "";
  const watchers = new Set<() => void>();
  const take = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-100_000);
    for (const watcher of watchers) watcher();
  };
  child.stdout.on("data", take);
  child.stderr.on("data", (chunk: Buffer) => {
    take(chunk);
    for (const line of chunk.toString().split("\n")) if (isTrouble(line)) process.stderr.write(`${name}: ${line}\n`);
  });
  child.on("error", (error) => log.error({ err: error }, `${name} can't be started: ${messageOf(error)}`));
  const ended = once(child, "exit").then(([code]): number | null => (typeof code === "number" ? code : null));
  const endedByItself = () => {
    const how = child.signalCode ?? `exit code ${child.exitCode}`;
    return DemoErrors.PART_ENDED(name, how, output.trim().split("\n").slice(-8).join("\n"));
  };
  const prints = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(output);
        if (!match) return;
        watchers.delete(look);
        resolve(match);
      };
      watchers.add(look);
      look();
      ended.then(() => reject(endedByItself()), reject);
    });
  return { prints, ended, endedByItself, stop: () => stopChild(child, ended) };
}

/** Warnings and worse of a part are worth a line in the demo's terminal. */
const isTrouble = (line: string) => /"level":"(warn|error|fatal)"/.test(line) || (line !== "" && !line.startsWith("{"));

async function stopChild(child: ChildProcess, ended: Promise<number | null>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
  await ended;
}

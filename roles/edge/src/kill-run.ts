import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readStatus } from "./status.ts";
import { fakeServer } from "./test-kit.ts";

const CHILD = fileURLToPath(new URL("./kill-child.ts", import.meta.url));

/** What a run of kills must not break: each sweep the edge said it stored is at the server once. */
export type KillRun = { stored: string[]; arrived: Map<string, number>; pending: number; kills: number };

/** The same figures for the same seed, in [0, 1). */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * Runs an edge with a sweep every few milliseconds, kills it with SIGKILL at random moments `kills` times, then lets a
 * last one drain. The server takes each batch id once, as a real one does, and fails every fifth upload.
 */
export async function killRun(seed: number, kills: number): Promise<KillRun> {
  const dir = mkdtempSync(join(tmpdir(), "edge-kill-"));
  const random = seeded(seed);
  const arrived = new Map<string, number>();
  await using server = await fakeServer((upload, count) => {
    if (count % 5 === 0) return { status: 500, body: { error: "as ordered" } };
    arrived.set(upload.batchId, (arrived.get(upload.batchId) ?? 0) + 1);
    return null;
  });
  const stored: string[] = [];
  const spool = join(dir, "spool.db");
  writeFileSync(join(dir, "child.json"), JSON.stringify({ spool, url: server.url }));
  try {
    for (let kill = 0; kill < kills; kill++) {
      const child = startChild(dir, stored, "collect");
      await child.ready;
      await new Promise((resolve) => setTimeout(resolve, random() * 60));
      child.process.kill("SIGKILL");
      await child.ended;
    }
    await startChild(dir, stored, "drain").ended;
    return { stored, arrived, pending: readStatus(spool, "s", Date.now())?.pending_batches ?? -1, kills };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** The child prints each batch id once its spool has it; it is ready with the first one. */
function startChild(
  dir: string,
  stored: string[],
  mode: "collect" | "drain",
): { process: ChildProcess; ready: Promise<void>; ended: Promise<void> } {
  const child = spawn(process.execPath, [CHILD, join(dir, "child.json"), mode], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ready = Promise.withResolvers<void>();
  let rest = "";
  child.stdout.on("data", (chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      stored.push(line);
      ready.resolve();
    }
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  return { process: child, ready: Promise.race([ready.promise, ended]), ended };
}

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { codeOf } from "@banksman/kit";
import { z } from "zod";
import { GAPS, MANIFEST, TABLES } from "./layout.ts";

const Part = z.object({
  kind: z.literal("part"),
  path: z.string(),
  table: z.enum(TABLES),
  exchange: z.string(),
  symbol: z.string(),
  rows: z.number(),
  bytes: z.number(),
  min_ms: z.number(),
  max_ms: z.number(),
  first_id: z.number().nullable(),
  last_id: z.number().nullable(),
  sha256: z.string(),
  run_id: z.string(),
});
export type Part = z.infer<typeof Part>;

const RunStarted = z.object({
  kind: z.literal("run_started"),
  exchange: z.string(),
  run_id: z.string(),
  at_ms: z.number(),
  host: z.string(),
  pid: z.number(),
});
export type RunStarted = z.infer<typeof RunStarted>;
const RunEnded = z.object({ kind: z.literal("run_ended"), run_id: z.string(), at_ms: z.number() });
const Dropped = z.object({ kind: z.literal("dropped"), path: z.string() });

const Uploaded = z.object({ kind: z.literal("uploaded"), path: z.string() });

export type Manifest = { parts: Part[]; started: RunStarted[]; ended: Set<string>; uploaded: Set<string> };

const Line = z.discriminatedUnion("kind", [Part, RunStarted, RunEnded, Dropped, Uploaded]);

/** What was written into a folder, without the files that retention dropped. A last line cut by a crash is passed over. */
export async function readManifest(folder: string): Promise<Manifest> {
  const manifest: Manifest = { parts: [], started: [], ended: new Set(), uploaded: new Set() };
  const dropped = new Set<string>();
  for (const raw of await readLines(join(folder, MANIFEST))) {
    const line = Line.safeParse(raw);
    if (!line.success) continue;
    if (line.data.kind === "part") manifest.parts.push(line.data);
    else if (line.data.kind === "run_started") manifest.started.push(line.data);
    else if (line.data.kind === "run_ended") manifest.ended.add(line.data.run_id);
    else if (line.data.kind === "uploaded") manifest.uploaded.add(line.data.path);
    else dropped.add(line.data.path);
  }
  manifest.parts = manifest.parts.filter((part) => !dropped.has(part.path));
  return manifest;
}

const Gap = z.object({
  kind: z.enum(["gap_opened", "gap_closed"]),
  id: z.string(),
  exchange: z.string(),
  symbol: z.string(),
  from_id: z.number(),
  to_id: z.number(),
  missing: z.number(),
  t_start: z.number(),
  t_end: z.number().nullable(),
  cause: z.string(),
  action: z.string(),
  recovered: z.boolean(),
});
export type Gap = z.infer<typeof Gap>;

/** The ledger's gaps, each once, as last written. */
export async function readGaps(folder: string): Promise<Gap[]> {
  const gaps = new Map<string, Gap>();
  for (const raw of await readLines(join(folder, GAPS))) {
    const line = Gap.safeParse(raw);
    if (line.success) gaps.set(line.data.id, line.data);
  }
  return [...gaps.values()];
}

async function readLines(path: string): Promise<unknown[]> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return "";
    throw error;
  });
  return text.split("\n").flatMap((line) => {
    try {
      return line === "" ? [] : [JSON.parse(line)];
    } catch {
      return [];
    }
  });
}

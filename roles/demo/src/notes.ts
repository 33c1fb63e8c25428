import { chmod, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, messageOf } from "@banksman/kit";
import { z } from "zod";
import { DemoErrors } from "./errors.ts";

/** What the demo writes down, for people and scripts. */
const DemoNotes = z.object({
  url: z.string(),
  site_id: z.string(),
  username: z.string(),
  password: z.string(),
  collector_key: z.string(),
});
export type DemoNotes = z.infer<typeof DemoNotes>;

export const notesFile = (dataDir: string) => join(dataDir, "demo.json");
/** Notes of a first start that isn't over: demo.json itself is whole from the moment it exists. */
const draftFile = (dataDir: string) => join(dataDir, "demo.json.part");

/** The notes of an earlier start, those of one that was cut off included, whose address and key may be empty. */
export async function readNotes(dataDir: string): Promise<DemoNotes | null> {
  return (await read(notesFile(dataDir))) ?? (await read(draftFile(dataDir)));
}

async function read(file: string): Promise<DemoNotes | null> {
  try {
    return DemoNotes.parse(JSON.parse(await readFile(file, "utf8")));
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    const why = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error);
    throw DemoErrors.NOTES_UNREADABLE(file, why, { cause: error });
  }
}

/** Keeps the password before the database gets it: a start that is cut off in between can be taken up again. */
export async function draftNotes(dataDir: string, notes: DemoNotes): Promise<void> {
  const file = draftFile(dataDir);
  await writeFile(file, `${JSON.stringify(notes, null, 2)}\n`, { mode: 0o600 });
  await chmod(file, 0o600);
}

/** Writes demo.json, readable by its owner alone, in one step. */
export async function keepNotes(dataDir: string, notes: DemoNotes): Promise<void> {
  await draftNotes(dataDir, notes);
  await rename(draftFile(dataDir), notesFile(dataDir));
}

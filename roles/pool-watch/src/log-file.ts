import { appendFile, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { messageOf } from "@banksman/kit";
import { WatchErrors } from "./errors.ts";

/** The file to which each check adds its entry; its folder is made. Throws CONFIG_WATCH_LOG with the fix when it can't be written. */
export async function openLogFile(path: string): Promise<{ add: (entry: string) => Promise<void> }> {
  const add = async (entry: string) => {
    await appendFile(path, entry).catch((error: unknown) => {
      throw WatchErrors.LOG(path, messageOf(error), { cause: error });
    });
  };
  await mkdir(dirname(path), { recursive: true }).catch((error: unknown) => {
    throw WatchErrors.LOG(path, messageOf(error), { cause: error });
  });
  await add("");
  return { add };
}

import { readFileSync } from "node:fs";
import type { Credentials } from "@banksman/devices";
import { ConfigErrors, codeOf } from "@banksman/kit";
import { MinerUsage } from "./errors.ts";

/** The flags that say who asks a device, as text. */
export type LoginFlags = {
  user?: string | undefined;
  passwordFile?: string | undefined;
  factoryPassword?: boolean | undefined;
};

/** A password comes from a file or the environment: what stands on a command line, every user of the machine can read. */
export function loginOf({ user, passwordFile }: LoginFlags): Credentials | undefined {
  const password = passwordFile === undefined ? process.env.BANKSMAN_MINER_PASSWORD : readPassword(passwordFile);
  if (user === undefined && password === undefined) return undefined;
  if (password === undefined) throw MinerUsage.LOGIN();
  return { username: user ?? "admin", password };
}

function readPassword(path: string): string {
  try {
    return readFileSync(path, "utf8").replace(/\r?\n$/, "");
  } catch (cause) {
    throw ConfigErrors.UNREADABLE(path, codeOf(cause) ?? "unknown reason", { cause });
  }
}

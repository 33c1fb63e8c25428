import { rename, writeFile } from "node:fs/promises";
import { codeOf, EXIT_USAGE, messageOf } from "@banksman/kit";
import { readInventory } from "./inventory.ts";
import { prometheusConfig } from "./prometheus-config.ts";
import { targetGroups } from "./targets.ts";

export type MonitoringFlags = { inventory?: string | undefined; out?: string | undefined };

const DEFAULT_INVENTORY = "config/fleet.yml";
const EXIT_FAILED = 1;

/** `banksman monitoring targets|prometheus`: prints (or writes) what is made from the inventory; returns the exit code. */
export async function runMonitoring(what: "targets" | "prometheus", flags: MonitoringFlags): Promise<number> {
  try {
    const inventory = await readInventory(flags.inventory ?? DEFAULT_INVENTORY);
    const text =
      what === "targets" ? `${JSON.stringify(targetGroups(inventory), null, 2)}\n` : prometheusConfig(inventory);
    if (flags.out === undefined) process.stdout.write(text);
    else await writeWhole(flags.out, text);
    return 0;
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    return codeOf(error)?.startsWith("CONFIG_") ? EXIT_USAGE : EXIT_FAILED;
  }
}

/** Prometheus may read the file at any moment: it is there whole or not at all. */
async function writeWhole(path: string, text: string): Promise<void> {
  await writeFile(`${path}.tmp`, text);
  await rename(`${path}.tmp`, path);
}

import { resolve } from "node:path";
import { type CoolingFamily, CoolingProfile, coolingFamilies, coolingFamilyOf } from "@banksman/devices";
import { checkConfig, readConfigFile } from "@banksman/kit";

/** The driver that a profile's file describes. Throws CONFIG_* with the place of what is wrong. */
export async function readCoolingProfile(path: string): Promise<CoolingFamily> {
  const raw = await readConfigFile(path, "It describes a cooling unit: docs/cooling.md has an example.");
  return coolingFamilyOf(checkConfig(CoolingProfile, raw, path));
}

/**
 * All drivers: those that are built in, and those of the profiles that a configuration names, relative to its folder. One
 * with the name of another takes its place. Throws CONFIG_*.
 */
export async function withProfiles(paths: readonly string[], folder: string): Promise<CoolingFamily[]> {
  const profiles = await Promise.all(paths.map((path) => readCoolingProfile(resolve(folder, path))));
  const named = new Set(profiles.map(({ id }) => id));
  return [...profiles, ...coolingFamilies.filter(({ id }) => !named.has(id))];
}

import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { defineErrors, messageOf } from "@banksman/kit";
import { z } from "zod";
import type { Family } from "./family.ts";

/** What can be wrong with a driver package. */
export const PluginErrors = defineErrors("CONFIG_PLUGIN", {
  NOT_FOUND: {
    text: (name: string, folder: string) =>
      `plugin "${name}" is not installed: run npm install ${name} in ${folder}, or correct "plugins"`,
    retry: false,
  },
  BROKEN: { text: (name: string, why: string) => `plugin "${name}" can't be loaded: ${why}`, retry: false },
  INVALID: { text: (name: string, why: string) => `plugin "${name}" is no driver package: ${why}`, retry: false },
});

const callable = z.custom<unknown>((value) => typeof value === "function", "must be a function");
const Asks = z.array(z.looseObject({ command: z.string().min(1) }));
/** What `defineFamily` makes, as far as it can be seen from outside. */
const FamilyShape = z.looseObject({
  id: z.string().regex(/^[a-z][a-z0-9-]{0,63}$/, "must be lower-case letters, digits and dashes"),
  title: z.string().min(1),
  types: z.array(z.string().min(1)),
  transport: z.enum(["cgminer", "v3", "http"]),
  live: Asks.min(1),
  identity: Asks,
  claims: callable,
  read: callable,
});

/**
 * Loads driver packages by name, or by a path beginning with `./`, as they are installed for `folder`. Each exports
 * `families`, a list of what `defineFamily` made. Throws PLUGIN_* naming the package; what it exports must fit beside
 * `known`.
 */
export async function loadPlugins(
  names: readonly string[],
  folder: string,
  known: readonly Family[],
): Promise<readonly Family[]> {
  const families = [...known];
  for (const name of names) {
    for (const family of await familiesOf(name, folder)) {
      if (families.some((other) => other.id === family.id))
        throw PluginErrors.INVALID(name, `there is already a driver "${family.id}"`);
      families.push(family);
    }
  }
  return families;
}

async function familiesOf(name: string, folder: string): Promise<Family[]> {
  const exported: unknown = await importFrom(name, folder);
  const list = z.object({ families: z.array(FamilyShape).min(1) }).safeParse(exported);
  if (!list.success) {
    const [issue] = list.error.issues;
    throw PluginErrors.INVALID(name, `${issue?.path.join(".") || "families"}: ${issue?.message}`);
  }
  // The shape was checked; what its functions take and give is between the driver and its types.
  return list.data.families as unknown as Family[];
}

async function importFrom(name: string, folder: string): Promise<unknown> {
  const resolve = createRequire(join(folder, "package.json")).resolve;
  let path: string;
  try {
    path = resolve(name);
  } catch (cause) {
    throw PluginErrors.NOT_FOUND(name, folder, { cause });
  }
  return import(pathToFileURL(path).href).catch((cause: unknown) => {
    throw PluginErrors.BROKEN(name, messageOf(cause), { cause });
  });
}

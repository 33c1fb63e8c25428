import { importPlugin, PluginErrors } from "@banksman/kit";
import { z } from "zod";
import type { Family } from "./family.ts";

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
  const exported: unknown = await importPlugin(name, folder);
  const list = z.object({ families: z.array(FamilyShape).min(1) }).safeParse(exported);
  if (!list.success) {
    const [issue] = list.error.issues;
    throw PluginErrors.INVALID(name, `${issue?.path.join(".") || "families"}: ${issue?.message}`);
  }
  // The shape was checked; what its functions take and give is between the driver and its types.
  return list.data.families as unknown as Family[];
}

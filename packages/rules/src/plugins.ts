import { importPlugin, PluginErrors } from "@banksman/kit";
import { LocalText } from "@banksman/wire/model";
import { z } from "zod";
import type { AlertFunction } from "./functions/alert-function.ts";
import { alertFunctions } from "./functions/index.ts";
import { processors } from "./processors/index.ts";
import type { Processor } from "./processors/processor.ts";

const callable = z.custom<unknown>((value) => typeof value === "function", "must be a function");
/** What `defineAlertFunction` makes, as far as it can be seen from outside. */
const FunctionShape = z.looseObject({
  id: z.string().regex(/^[a-z][a-z0-9_]{0,31}$/, "must be lower-case letters, digits and _"),
  title: LocalText,
  about: LocalText,
  gives: z.enum(["number", "bool"]),
  takes: z.enum(["number", "any"]),
  example: z.string().min(1),
  compute: callable,
});
/** What `defineProcessor` makes. */
const ProcessorShape = z.looseObject({
  id: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, "must be lower-case letters, digits and dashes"),
  title: LocalText,
  options: z.custom<unknown>((value) => value instanceof z.ZodType, "must be a zod schema"),
  create: callable,
});
const Exported = z.looseObject({
  alertFunctions: z.array(FunctionShape).default([]),
  processors: z.array(ProcessorShape).default([]),
});

export type Extensions = { functions: readonly AlertFunction[]; processors: readonly Processor[] };

/**
 * Loads packages by name, or by a path beginning with `./`, as they are installed for `folder`. Each exports
 * `alertFunctions` (what `defineAlertFunction` made), `processors`, or both. Throws CONFIG_PLUGIN_*.
 */
export async function loadExtensions(names: readonly string[], folder: string): Promise<Extensions> {
  const all = { functions: [...alertFunctions], processors: [...processors] };
  for (const name of names) {
    const exported = Exported.safeParse(await importPlugin(name, folder));
    const issue = exported.error?.issues[0];
    if (issue) throw PluginErrors.INVALID(name, `${issue.path.join(".")}: ${issue.message}`);
    // The shapes were checked; what their functions take and give is between the plugin and these types.
    const functions = (exported.data?.alertFunctions ?? []) as unknown as AlertFunction[];
    const steps = (exported.data?.processors ?? []) as unknown as Processor[];
    if (functions.length + steps.length === 0)
      throw PluginErrors.INVALID(name, "it exports neither alertFunctions nor processors");
    const twice = [
      ...functions.filter(({ id }) => id === "known" || all.functions.some((one) => one.id === id)),
      ...steps.filter(({ id }) => all.processors.some((one) => one.id === id)),
    ][0];
    if (twice) throw PluginErrors.INVALID(name, `there is already a "${twice.id}"`);
    all.functions.push(...functions);
    all.processors.push(...steps);
  }
  return all;
}

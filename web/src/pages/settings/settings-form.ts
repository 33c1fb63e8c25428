import type { Setting } from "@banksman/wire/api";
import { z } from "zod";

/** What the page needs of a setting's JSON Schema. */
const Field = z.object({
  type: z.string().optional(),
  enum: z.array(z.string()).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  items: z.object({ enum: z.array(z.string()).optional() }).optional(),
});

export type Field =
  | { is: "choice"; choices: string[] }
  | { is: "choices"; choices: string[] }
  | { is: "number"; min: number | null; max: number | null; isWhole: boolean }
  | { is: "text" };

/** How a setting is typed in. */
export function fieldOf({ schema }: Pick<Setting, "schema">): Field {
  const { type, enum: choices, minimum, maximum, items } = Field.parse(schema);
  if (choices) return { is: "choice", choices };
  if (items?.enum) return { is: "choices", choices: items.enum };
  if (type === "number" || type === "integer")
    return { is: "number", min: minimum ?? null, max: maximum ?? null, isWhole: type === "integer" };
  return { is: "text" };
}

type Typed = Record<string, unknown>;

/** What was changed: a field that was emptied, or reads as the default, goes back to it. */
export function changesOf(settings: readonly Setting[], typed: Typed): Record<string, Setting["value"]> {
  const changed = settings.flatMap((setting): [string, Setting["value"]][] => {
    const { key, value, is_editable } = setting;
    if (!is_editable || !(key in typed)) return [];
    const next = z.json().parse(typed[key] ?? null);
    const isSame = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
    if (isSame(next, value)) return [];
    return [[key, next === "" || isSame(next, setting.default) ? null : next]];
  });
  return Object.fromEntries(changed);
}

import { RuleFields } from "@banksman/wire/model";
import type { z } from "zod";

export type PackRule = { rule_id: string; fields: RuleFields };

/** A rule as it ships; what it leaves out has the defaults of any rule. */
export const packRule = (rule_id: string, fields: z.input<typeof RuleFields>): PackRule => ({
  rule_id,
  fields: RuleFields.parse(fields),
});

import { type LocalText, RuleFields } from "@banksman/wire/model";
import { checkCondition } from "./condition.ts";
import { FIELDS } from "./fields.ts";
import type { AlertFunction } from "./functions/alert-function.ts";
import { alertFunctions } from "./functions/index.ts";
import { checkTemplate } from "./template.ts";

/** Which member of a rule is wrong, where in its text, and the nearest word that would do. */
export type Problem = {
  path: string;
  message: LocalText;
  from: number | null;
  to: number | null;
  nearest: string | null;
};

/** Everything that is wrong with a rule, and the fields it names; a rule without problems can be saved. */
export function checkRule(
  raw: unknown,
  functions: readonly AlertFunction[] = alertFunctions,
): { rule: RuleFields | null; problems: Problem[]; fields: string[] } {
  const parsed = RuleFields.safeParse(raw);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => ({
      path: path.map(String).join("."),
      message: { zh: message, en: message },
      from: null,
      to: null,
      nearest: null,
    }));
    return { rule: null, problems, fields: [] };
  }
  const rule = parsed.data;
  const fields = FIELDS[rule.target];
  const problems: Problem[] = [];
  const used = new Set<string>();
  for (const path of ["condition", "recovery"] as const) {
    const text = rule[path];
    if (text === null) continue;
    const checked = checkCondition(text, fields, functions);
    if (checked.ok) for (const name of checked.parsed.fields) used.add(name);
    else problems.push(...checked.problems.map((problem) => ({ path, ...problem })));
  }
  for (const member of ["title", "text"] as const)
    for (const language of ["zh", "en"] as const)
      for (const problem of checkTemplate(rule[member][language], fields))
        problems.push({ path: `${member}.${language}`, ...problem });
  return { rule: problems.length === 0 ? rule : null, problems, fields: [...used] };
}

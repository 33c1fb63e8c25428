import { nearest } from "@banksman/kit";
import { type LocalText, Rule, RuleFields } from "@banksman/wire/model";
import { z } from "zod";
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

const MEMBERS = Object.keys(Rule.shape);
const chinese = z.locales.zhCN().localeError;

/** Members that no rule has: `for` instead of `for_s` would be a rule that fires at once. */
function unknownMembers(raw: unknown): Problem[] {
  if (typeof raw !== "object" || raw === null) return [];
  const unknown = Object.keys(raw).filter((member) => !MEMBERS.includes(member));
  return unknown.map((member) => {
    const like = nearest(member, MEMBERS);
    const en = `a rule has no ${member}${like ? `; did you mean ${like}?` : ""}`;
    const zh = `规则没有 ${member}${like ? `，是否指 ${like}？` : ""}`;
    return { path: member, message: { zh, en }, from: null, to: null, nearest: like };
  });
}

function shapeProblems(raw: unknown, { issues }: z.ZodError): Problem[] {
  const inChinese = RuleFields.safeParse(raw, { error: chinese }).error?.issues ?? [];
  return issues.map(({ path, message }, place) => ({
    path: path.map(String).join("."),
    message: { zh: inChinese[place]?.message ?? message, en: message },
    from: null,
    to: null,
    nearest: null,
  }));
}

/** Everything that is wrong with a rule, and the fields it names; a rule without problems can be saved. */
export function checkRule(
  raw: unknown,
  functions: readonly AlertFunction[] = alertFunctions,
): { rule: RuleFields | null; problems: Problem[]; fields: string[] } {
  const parsed = RuleFields.safeParse(raw);
  if (!parsed.success)
    return { rule: null, problems: [...unknownMembers(raw), ...shapeProblems(raw, parsed.error)], fields: [] };
  const rule = parsed.data;
  const fields = FIELDS[rule.target];
  const problems = unknownMembers(raw);
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

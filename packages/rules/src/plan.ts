import type { RuleField, RuleFields, TargetKind } from "@banksman/wire/model";
import { compile, type Evaluate } from "./compile.ts";
import { checkCondition, type Parsed } from "./condition.ts";
import { FIELDS } from "./fields.ts";
import type { AlertFunction } from "./functions/alert-function.ts";
import { MEMBER_FIELDS, SUM_KINDS } from "./groups.ts";
import type { Timing } from "./state.ts";
import type { Figures } from "./template.ts";
import type { Texts } from "./texts.ts";

/** A rule as the engine takes it. */
export type EngineRule = RuleFields & { rule_id: string };

export type PlannedRule = {
  rule: EngineRule;
  timing: Timing;
  holds: Evaluate;
  /** Null where the condition itself tells that it is over. */
  over: Evaluate | null;
  sites: ReadonlySet<string> | null;
};

/** Everything that is evaluated on one kind of target, and how its rows are laid out: used fields alone. */
export type Plan = {
  fields: readonly RuleField[];
  rules: PlannedRule[];
  /** Columns that are kept over windows, and for how long. */
  windows: { columns: number[]; keepMs: number };
  /** Whether a rule raises an alert where nothing is known. */
  watchesSilence: boolean;
};

const BRACES = /\{([^{}]*)\}/g;

function fieldsInTexts({ title, text }: EngineRule): string[] {
  return [title.zh, title.en, text.zh, text.en].flatMap((one) =>
    [...one.matchAll(BRACES)].map((match) => (match[1] ?? "").trim()),
  );
}

function parsed(
  text: string,
  fields: readonly RuleField[],
  ruleId: string,
  functions: readonly AlertFunction[],
): Parsed {
  const checked = checkCondition(text, fields, functions);
  if (checked.ok) return checked.parsed;
  throw new Error(`rule ${ruleId}: ${checked.problems[0]?.message.en ?? "not a condition"}`);
}

/** Lays out one kind of target for all of its rules that are switched on. Throws for a rule that no check let through. */
export function planFor(
  kind: TargetKind,
  rules: readonly EngineRule[],
  texts: Texts,
  latenessMs: number,
  needsMembers: boolean,
  functions: readonly AlertFunction[],
): Plan {
  const known = FIELDS[kind];
  const own = rules.filter((rule) => rule.enabled && rule.target === kind);
  const conditions = own.map((rule) => ({
    rule,
    holds: parsed(rule.condition, known, rule.rule_id, functions),
    over: rule.recovery === null ? null : parsed(rule.recovery, known, rule.rule_id, functions),
  }));
  const used = new Set<string>(kind === "miner" && needsMembers ? MEMBER_FIELDS : []);
  const longest = new Map<string, number>();
  for (const { rule, holds, over } of conditions) {
    for (const name of [...holds.fields, ...(over?.fields ?? []), ...fieldsInTexts(rule)]) used.add(name);
    for (const { field, ms } of [...holds.windows, ...(over?.windows ?? [])])
      longest.set(field, Math.max(longest.get(field) ?? 0, ms));
  }
  const fields = known.filter(({ name }) => used.has(name));
  const column = (name: string) => fields.findIndex((field) => field.name === name);
  const windowed = [...longest];
  const layout = { column, seriesOf: (name: string) => windowed.findIndex(([field]) => field === name) };
  const scope = { layout, texts, fields, functions };
  return {
    fields,
    windows: {
      columns: windowed.map(([name]) => column(name)),
      keepMs: Math.max(0, ...windowed.map(([, ms]) => ms)) + latenessMs,
    },
    watchesSilence: own.some(({ no_data }) => no_data === "alert"),
    rules: conditions.map(({ rule, holds, over }) => ({
      rule,
      timing: {
        forMs: rule.for_s * 1_000,
        recoverForMs: rule.recover_for_s * 1_000,
        noData: rule.no_data,
        hasRecovery: over !== null,
      },
      holds: compile(holds, scope),
      over: over === null ? null : compile(over, scope),
      sites: rule.sites.length === 0 ? null : new Set(rule.sites),
    })),
  };
}

/** Whether rules look at sums of miners. */
export const looksAtGroups = (rules: readonly EngineRule[]): boolean =>
  rules.some(({ enabled, target }) => enabled && (SUM_KINDS as readonly TargetKind[]).includes(target));

export type FigureSource = Readonly<Record<string, number | string | boolean | readonly string[] | null | undefined>>;

/** A row of numbers from what a target told. */
export function rowOf({ fields }: Plan, figures: FigureSource, texts: Texts): Float64Array {
  const row = new Float64Array(fields.length);
  for (let column = 0; column < fields.length; column++) {
    const value = figures[fields[column]?.name ?? ""];
    if (typeof value === "number") row[column] = value;
    else if (typeof value === "string") row[column] = texts.id(value);
    else if (typeof value === "boolean") row[column] = value ? 1 : 0;
    else if (value == null) row[column] = Number.NaN;
    else row[column] = texts.listId(value);
  }
  return row;
}

/** What a row tells, by the fields' names. */
export function figuresOf({ fields }: Plan, row: Float64Array, texts: Texts): Figures {
  return Object.fromEntries(
    fields.map(({ name, type }, column) => {
      const value = row[column] ?? Number.NaN;
      if (Number.isNaN(value)) return [name, null];
      if (type === "bool") return [name, value === 1];
      if (type === "number") return [name, value];
      const word = texts.word(value);
      return [name, type === "text" ? word : word.slice(1).split("\u0000").join(", ")];
    }),
  );
}

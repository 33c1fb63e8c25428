import type { RuleFields } from "@banksman/wire/model";

export type RuleDraft = RuleFields & { rule_id: string };

/** What a new rule begins as: something small that holds together. */
export const newRule = (): RuleDraft => ({
  rule_id: "",
  name: { zh: "", en: "" },
  target: "miner",
  condition: "",
  for_s: 300,
  recovery: null,
  recover_for_s: 0,
  no_data: "keep",
  level: "warning",
  labels: {},
  schedule: null,
  sites: [],
  title: { zh: "", en: "" },
  text: { zh: "", en: "" },
  inhibits: null,
  channels: [],
  enabled: true,
});

/** What is typed, as a rule: empty fields are absent, minutes are seconds. */
export type RuleTyped = Omit<RuleDraft, "labels" | "recovery" | "schedule"> & {
  labels_text: string;
  recovery: string | null;
  for_min: number;
  recover_for_min: number;
  has_schedule: boolean;
  schedule?: RuleDraft["schedule"];
};

export const toTyped = ({ labels, for_s, recover_for_s, schedule, ...rest }: RuleDraft): RuleTyped => ({
  ...rest,
  for_s,
  recover_for_s,
  for_min: for_s / 60,
  recover_for_min: recover_for_s / 60,
  labels_text: Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(", "),
  has_schedule: schedule !== null,
  schedule: schedule ?? { days: [1, 2, 3, 4, 5], from: "08:00", to: "18:00", time_zone: "UTC" },
});

export function toDraft(typed: RuleTyped, before: RuleDraft): RuleDraft {
  const { labels_text, for_min, recover_for_min, has_schedule, schedule, recovery, ...rest } = typed;
  const pairs = (labels_text ?? "").split(",").flatMap((part) => {
    const [name = "", ...value] = part.split("=");
    return name.trim() === "" ? [] : [[name.trim(), value.join("=").trim()] as const];
  });
  return {
    ...before,
    ...rest,
    for_s: Math.round((for_min ?? 0) * 60),
    recover_for_s: Math.round((recover_for_min ?? 0) * 60),
    recovery: recovery?.trim() ? recovery.trim() : null,
    labels: Object.fromEntries(pairs),
    schedule: has_schedule ? (schedule ?? null) : null,
  };
}

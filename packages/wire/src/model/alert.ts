import { z } from "zod";

/** How much an alert matters: 紧急, 严重, 警告, 信息; the worst first. */
export const AlertLevel = z.enum(["urgent", "severe", "warning", "info"]);
export type AlertLevel = z.infer<typeof AlertLevel>;

/**
 * What a rule looks at. A `worker` is what a pool calls a miner; `pool_account` is all workers of one account; `cooling` is one
 * cooling unit, by its controller's host.
 */
export const TargetKind = z.enum([
  "fleet",
  "site",
  "rack",
  "container",
  "miner",
  "pool_account",
  "worker",
  "collector",
  "cooling",
]);
export type TargetKind = z.infer<typeof TargetKind>;

/** Text that a database keeps: without NUL and without half a character. */
const Words = z
  .string()
  .refine((text) => text.isWellFormed() && !text.includes("\0"), "holds a character that can't be kept");

/** One text in both languages. */
export const LocalText = z.object({ zh: Words.max(4_000), en: Words.max(4_000) });
export type LocalText = z.infer<typeof LocalText>;

/** One thing that is watched: `id` is its name within its site; the fleet has neither. */
export const AlertTarget = z.object({
  kind: TargetKind,
  site_id: z.string().nullable(),
  id: z.string(),
  /** Where a miner stands, as far as it is known. */
  rack: z.string().nullish(),
  container: z.string().nullish(),
});
export type AlertTarget = z.infer<typeof AlertTarget>;

const TimeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "a time of day such as 08:30");

/** Whether a time zone of this name is known. An offset is none: PostgreSQL counts `+08:00` west, 16 hours from what people mean. */
export function isTimeZone(zone: string): boolean {
  try {
    return /^[A-Za-z]/.test(zone) && Boolean(new Intl.DateTimeFormat("en", { timeZone: zone }));
  } catch {
    return false;
  }
}

/** Hours of the week, 0 is Sunday; `to` at or before `from` means the next morning. */
export const Schedule = z.object({
  days: z.array(z.int().min(0).max(6)).min(1, "at least one day").max(7),
  from: TimeOfDay,
  to: TimeOfDay,
  time_zone: z.string().refine(isTimeZone, "not a time zone name such as Asia/Shanghai"),
});
export type Schedule = z.infer<typeof Schedule>;

export const Labels = z.record(Words.min(1).max(64), Words.max(256));

/** What a rule's alert silences while it fires: alerts of these targets below its own, with all of these labels. */
export const Inhibits = z.object({ targets: z.array(TargetKind).min(1), labels: Labels.default({}) });
export type Inhibits = z.infer<typeof Inhibits>;

/** What happens where the condition can't be told: the alert stays as it is, is over, or is raised for that reason. */
export const NoData = z.enum(["keep", "resolve", "alert"]);
export type NoData = z.infer<typeof NoData>;

const seconds = (most: number) => z.int().min(0).max(most);

/** What a person says of a rule. Durations are seconds. */
export const RuleFields = z.object({
  name: LocalText.extend({ zh: Words.trim().min(1).max(100), en: Words.trim().min(1).max(100) }),
  target: TargetKind,
  /** CEL over the target's fields; a figure that nobody told makes it "no data", never false. */
  condition: z.string().trim().min(1).max(2_000),
  /** The condition must hold this long. */
  for_s: seconds(7 * 86_400).default(0),
  /** When an alert is over; without it, when the condition no longer holds. */
  recovery: z.string().trim().min(1).max(2_000).nullable().default(null),
  /** It must be over this long. */
  recover_for_s: seconds(7 * 86_400).default(0),
  no_data: NoData.default("keep"),
  level: AlertLevel,
  labels: Labels.default({}),
  /** Only within these hours; null is always. */
  schedule: Schedule.nullable().default(null),
  /** Only at these sites; empty is everywhere. */
  sites: z.array(z.string()).max(1_000).default([]),
  /** Texts with fields in braces: `{miner_id} hashes {hashrate_ghs} GH/s`. */
  title: LocalText,
  text: LocalText.default({ zh: "", en: "" }),
  inhibits: Inhibits.nullable().default(null),
  /** Over which channels; empty is every channel that takes the level. */
  channels: z.array(z.string()).max(50).default([]),
  enabled: z.boolean().default(true),
});
export type RuleFields = z.infer<typeof RuleFields>;

export const RuleId = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[a-z0-9][a-z0-9_-]*$/, "lower-case letters, digits, - and _");

/** A rule: of the pack that ships with the server (perhaps changed), or one's own. */
export const Rule = RuleFields.extend({
  rule_id: RuleId,
  origin: z.enum(["pack", "own"]),
  /** Whether a rule of the pack differs from how it ships. */
  changed: z.boolean(),
  updated_at: z.iso.datetime().nullable(),
  updated_by: z.string().nullable(),
});
export type Rule = z.infer<typeof Rule>;

export const FieldType = z.enum(["number", "text", "bool", "texts"]);
export type FieldType = z.infer<typeof FieldType>;

/** A field of a target that conditions and texts may name. */
export const RuleField = z.object({
  name: z.string(),
  type: FieldType,
  unit: z.string().nullable(),
  about: LocalText,
});
export type RuleField = z.infer<typeof RuleField>;

/** Which alerts a silence means; what is absent matches everything. */
export const AlertMatcher = z.object({
  rule_id: z.string().optional(),
  site_id: z.string().optional(),
  target: TargetKind.optional(),
  target_id: z.string().optional(),
  level: AlertLevel.optional(),
  labels: Labels.optional(),
});
export type AlertMatcher = z.infer<typeof AlertMatcher>;

import { z } from "zod";
import { AlertTarget, LocalText, Rule, RuleField, RuleFields, RuleId, TargetKind } from "../model/alert.ts";
import { defineRoute, reply } from "./route.ts";

const params = z.object({ rule_id: RuleId });

export const ListRules = defineRoute({
  method: "GET",
  path: "/alert-rules",
  summary: "Every rule: the pack's and one's own, with how many of its alerts are open",
  needs: "alert.read",
  at: "anywhere",
  reply: reply(z.object({ rules: z.array(Rule.extend({ open: z.int() })) })),
});

export const GetRule = defineRoute({
  method: "GET",
  path: "/alert-rules/:rule_id",
  summary: "One rule",
  needs: "alert.read",
  at: "anywhere",
  params,
  reply: reply(Rule),
});

export const CreateRule = defineRoute({
  method: "POST",
  path: "/alert-rules",
  summary: "Makes a rule; one that does not fit its target's fields is refused with the nearest that does",
  needs: "alert.manage",
  /** Unknown members reach the check, which refuses them with the nearest that is known. */
  body: RuleFields.extend({ rule_id: RuleId }).loose(),
  reply: reply(Rule),
});

export const UpdateRule = defineRoute({
  method: "PATCH",
  path: "/alert-rules/:rule_id",
  summary: "Changes a rule, also one of the pack",
  needs: "alert.manage",
  params,
  /** Without the defaults of a new rule: what is not sent stays. */
  body: z.record(z.string(), z.unknown()),
  reply: reply(Rule),
});

export const DeleteRule = defineRoute({
  method: "DELETE",
  path: "/alert-rules/:rule_id",
  summary: "Removes a rule of one's own and resolves its alerts; one of the pack is again as it ships",
  needs: "alert.manage",
  params,
  reply: reply(z.null()),
});

/** A function that conditions may call, for completion. */
export const RuleFunction = z.object({ name: z.string(), example: z.string(), about: LocalText });
export type RuleFunction = z.infer<typeof RuleFunction>;

export const ListRuleFields = defineRoute({
  method: "GET",
  path: "/alert-rules/fields",
  summary: "The fields of each target and the functions a condition may use",
  needs: "alert.read",
  at: "anywhere",
  reply: reply(
    z.object({
      targets: z.array(z.object({ target: TargetKind, fields: z.array(RuleField) })),
      functions: z.array(RuleFunction),
    }),
  ),
});

/** What is wrong with a rule: which member, where in its text, and the nearest word that would do. */
export const RuleProblem = z.object({
  path: z.string(),
  message: LocalText,
  from: z.int().nullable(),
  to: z.int().nullable(),
  nearest: z.string().nullable(),
});
export type RuleProblem = z.infer<typeof RuleProblem>;

/** How a rule would read for a target of today. */
export const RulePreview = z.object({ target: AlertTarget, title: LocalText, text: LocalText });
export type RulePreview = z.infer<typeof RulePreview>;

export const CheckRule = defineRoute({
  method: "POST",
  path: "/alert-rules/check",
  summary: "Checks a rule as saving would, without saving it, and shows its texts for a target of today",
  needs: "alert.read",
  audited: false,
  at: "anywhere",
  body: z.record(z.string(), z.unknown()),
  reply: reply(
    z.object({
      ok: z.boolean(),
      problems: z.array(RuleProblem),
      fields: z.array(z.string()),
      /** For how many targets the condition holds right now, cannot be told, and all that were looked at. */
      now: z.object({ holds: z.int(), unknown: z.int(), total: z.int() }).nullable(),
      preview: RulePreview.nullable(),
    }),
  ),
});

export const DryRunRule = defineRoute({
  method: "POST",
  path: "/alert-rules/dry-run",
  summary: "Runs a rule over stored history and tells when and how often it would have fired",
  needs: "alert.read",
  audited: false,
  at: "anywhere",
  body: z.object({
    rule: z.record(z.string(), z.unknown()),
    days: z.number().min(0.01).max(7).default(7),
    site_id: z.string().optional(),
  }),
  reply: reply(
    z.object({
      from: z.iso.datetime(),
      to: z.iso.datetime(),
      /** Seconds between the readings it ran over. */
      resolution_seconds: z.number(),
      targets: z.int(),
      readings: z.int(),
      fired: z.int(),
      by_day: z.array(z.object({ day: z.iso.date(), fired: z.int() })),
      /** The newest first, at most a thousand. */
      firings: z.array(
        z.object({
          target: AlertTarget,
          since: z.iso.datetime(),
          fired_at: z.iso.datetime(),
          resolved_at: z.iso.datetime().nullable(),
        }),
      ),
      /** Fields of the rule that history does not keep: they are "no data" here. */
      not_kept: z.array(z.string()),
      /** Whether it was stopped for taking too long; then `to` is how far it came. */
      cut_short: z.boolean(),
    }),
  ),
});

export const Alertable = z.object({
  site_id: z.string(),
  /** Hosts of the pools that miners of the site may work for; empty is no list, and no alarm. */
  pool_hosts: z.array(z.string()),
});
export type Alertable = z.infer<typeof Alertable>;

export const GetSiteAlerting = defineRoute({
  method: "GET",
  path: "/alerts/sites/:site_id",
  summary: "What rules know of a site beside its readings: the pools it may use",
  needs: "alert.read",
  params: z.object({ site_id: z.string() }),
  reply: reply(Alertable),
});

/** With a scheme or a port it would match no pool, and every miner would be taken for hijacked. */
const PoolHost = z
  .string()
  .trim()
  .toLowerCase()
  .max(253)
  .regex(/^[\w.-]+$/, "a host such as f2pool.com, without stratum+tcp:// and port");

export const UpdateSiteAlerting = defineRoute({
  method: "PATCH",
  path: "/alerts/sites/:site_id",
  summary: "Sets the list of pools a site may use",
  needs: "alert.manage",
  params: z.object({ site_id: z.string() }),
  body: z.object({ pool_hosts: z.array(PoolHost).max(100) }),
  reply: reply(Alertable),
});

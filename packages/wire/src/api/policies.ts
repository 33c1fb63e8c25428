import { z } from "zod";
import { LocalText } from "../model/alert.ts";
import { defineRoute, reply } from "./route.ts";

const text = (max: number) => z.string().max(max);
const name = z
  .string()
  .trim()
  .min(1)
  .max(64)
  .regex(/^[\w.-]+$/, "letters, digits, dot, dash and underscore");
/** Names of orders, of which the server knows all: one that there isn't is refused when it is saved. */
const orders = z.array(text(64).min(1)).min(1).max(50);
/** Null: everywhere. */
const sites = z.array(text(64)).min(1).max(1_000).nullable().default(null);

/** What an interlock watches. `hold` rules make a command wait for its turn, the others refuse it. */
export const InterlockRule = z.discriminatedUnion("kind", [
  /** At most this share of a site's miners may have had such an order within the last `window_seconds`; others wait. */
  z.object({
    kind: z.literal("at_once"),
    max_percent: z.number().min(0.1).max(100),
    window_seconds: z.int().min(0).max(86_400),
  }),
  /** A device is left alone for a while after one of `after` ended on it; its commands wait. */
  z.object({ kind: z.literal("quiet"), after: orders, seconds: z.int().min(1).max(86_400) }),
  /** At most so often for one device in this time; more are refused. */
  z.object({
    kind: z.literal("at_most"),
    times: z.int().min(1).max(1_000),
    within_seconds: z.int().min(60).max(604_800),
  }),
  /** A figure of the order must lie within limits. */
  z.object({
    kind: z.literal("limits"),
    figure: text(64).min(1),
    min: z.number().nullable(),
    max: z.number().nullable(),
  }),
  /** Refused while something is so: `miners_hash` at the site, or the newest reading is older than `seconds`. */
  z.object({
    kind: z.literal("not_while"),
    condition: z.enum(["miners_hash", "data_is_late"]),
    seconds: z.int().min(1).max(86_400).default(120),
  }),
]);
export type InterlockRule = z.infer<typeof InterlockRule>;

/** A rule that keeps commands from doing harm, whoever gives them. Checked when given and when its turn comes. */
export const Interlock = z.object({
  name,
  title: LocalText,
  orders,
  sites,
  enabled: z.boolean().default(true),
  rule: InterlockRule,
});
export type Interlock = z.infer<typeof Interlock>;

/** When a second person must approve: orders of these names for at least so many devices. */
export const ApprovalPolicy = z.object({
  name,
  title: LocalText,
  orders,
  sites,
  enabled: z.boolean().default(true),
  /** What one person orders at a site within 60 minutes without a second person counts together. */
  min_devices: z.int().min(1).max(1_000_000).default(1),
  /** Minutes in which the approval must come. */
  within_minutes: z.int().min(1).max(1_440).default(10),
});
export type ApprovalPolicy = z.infer<typeof ApprovalPolicy>;

const byName = z.object({ name: z.string().max(64) });

export const ListInterlocks = defineRoute({
  method: "GET",
  path: "/interlocks",
  summary: "The interlocks, and the policies that ask for a second person's approval",
  needs: "command.read",
  at: "anywhere",
  reply: reply(z.object({ interlocks: z.array(Interlock), approval_policies: z.array(ApprovalPolicy) })),
});

export const SaveInterlock = defineRoute({
  method: "POST",
  path: "/interlocks",
  summary: "Adds an interlock, or changes the one of that name",
  needs: "policy.manage",
  body: Interlock,
  reply: reply(Interlock),
});

export const DeleteInterlock = defineRoute({
  method: "DELETE",
  path: "/interlocks/:name",
  summary: "Removes an interlock",
  needs: "policy.manage",
  params: byName,
  reply: reply(z.null()),
});

export const SaveApprovalPolicy = defineRoute({
  method: "POST",
  path: "/approval-policies",
  summary: "Adds an approval policy, or changes the one of that name",
  needs: "policy.manage",
  body: ApprovalPolicy,
  reply: reply(ApprovalPolicy),
});

export const DeleteApprovalPolicy = defineRoute({
  method: "DELETE",
  path: "/approval-policies/:name",
  summary: "Removes an approval policy",
  needs: "policy.manage",
  params: byName,
  reply: reply(z.null()),
});

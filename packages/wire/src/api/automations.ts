import { z } from "zod";
import { LocalText, Schedule } from "../model/alert.ts";
import { CommandOrder, PoolSetting } from "../model/order.ts";
import { defineRoute, reply } from "./route.ts";

const text = (max: number) => z.string().trim().min(1).max(max);
const time = z.iso.datetime();

/** What an automation may order a miner by itself: nothing that only asks, and nothing as somebody typed it. */
const AutomaticOrder = CommandOrder.refine(
  ({ order }) => ["reboot", "restart_hashing", "mode_set", "power_target", "locate"].includes(order),
  "an automation may order reboot, restart_hashing, mode_set, power_target and locate",
);

/** A rule's alert about a miner gets that miner an order, a few times and no more. */
const OnAlert = z.object({
  kind: z.literal("on_alert"),
  rule_id: text(64),
  order: AutomaticOrder,
  /** Tries on one miner within 24 hours. */
  most_per_day: z.int().min(1).max(24).default(2),
  /** Minutes from one try to the next, the last one again and again. */
  backoff_minutes: z.array(z.int().min(1).max(1_440)).min(1).max(10).default([15, 60]),
  /** After so many tries during one alert it is left to people, and the alert says so. */
  stop_after: z.int().min(1).max(20).default(3),
});

/** When a curtailment holds: at hours of the week, while a price is above a limit, or always. */
const When = z.discriminatedUnion("is", [
  z.object({ is: z.literal("schedule"), schedule: Schedule }),
  z.object({
    is: z.literal("price"),
    /** The signal's name, as its sender and its file name it. */
    signal: text(64),
    above: z.number(),
    /** A signal that nobody has told for so long changes nothing. */
    max_age_minutes: z.int().min(1).max(10_080).default(90),
  }),
  z.object({ is: z.literal("always") }),
]);

/** Puts the least efficient miners of a site to sleep until it draws no more than this, and wakes them afterwards. */
const Curtailment = z.object({
  kind: z.literal("curtailment"),
  when: When,
  target_mw: z.number().min(0).max(10_000),
  /** Miners a step, and the least time from one step to the next. */
  step_miners: z.int().min(1).max(10_000).default(50),
  step_seconds: z.int().min(1).max(3_600).default(30),
});

const Pool = PoolSetting.omit({ password: true });

/** While a rule's alert is open at the site its miners work for other pools; afterwards for their own again. */
const PoolFailover = z.object({
  kind: z.literal("pool_failover"),
  rule_id: text(64),
  pools: z.array(Pool).min(1).max(3),
  /** Null leaves them where they are. */
  home_pools: z.array(Pool).min(1).max(3).nullable().default(null),
  /** How long the alert must be over before they go home. */
  home_after_minutes: z.int().min(1).max(10_080).default(30),
  model: z.string().max(128).optional(),
  rack: z.string().max(64).optional(),
  batch: z.int().min(1).max(20_000).default(200),
});

export const AutomationPlan = z.discriminatedUnion("kind", [OnAlert, Curtailment, PoolFailover]);
export type AutomationPlan = z.infer<typeof AutomationPlan>;
export type OnAlert = z.infer<typeof OnAlert>;
export type Curtailment = z.infer<typeof Curtailment>;
export type PoolFailover = z.infer<typeof PoolFailover>;

const AutomationId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, "lower-case letters, digits and dashes");

export const Automation = z.object({
  automation_id: AutomationId,
  name: text(100),
  site_id: text(64),
  enabled: z.boolean(),
  plan: AutomationPlan,
  /** What it does now, or why it does nothing. */
  status: LocalText.nullable(),
  /** Miners that it holds asleep. */
  held: z.int(),
  last_order_id: z.uuid().nullable(),
  last_acted_at: time.nullable(),
  problem: z.string().nullable(),
});
export type Automation = z.infer<typeof Automation>;

const Definition = z.object({
  automation_id: AutomationId,
  name: text(100),
  site_id: text(64),
  enabled: z.boolean().default(true),
  plan: AutomationPlan,
});

/** One order that an automation would give now. */
export const WouldOrder = z.object({
  order: z.string(),
  reason: z.string(),
  devices: z.int(),
  miner_ids: z.array(z.string()).max(100),
});
export type WouldOrder = z.infer<typeof WouldOrder>;

const params = z.object({ automation_id: z.string() });

export const ListAutomations = defineRoute({
  method: "GET",
  path: "/automations",
  summary: "Automations: orders that follow from alerts, from hours and prices, from a pool that is down",
  needs: "command.read",
  at: "anywhere",
  reply: reply(z.object({ automations: z.array(Automation) })),
});

export const CreateAutomation = defineRoute({
  method: "POST",
  path: "/automations",
  summary: "Makes an automation",
  needs: "automation.manage",
  at: "anywhere",
  body: Definition,
  reply: reply(Automation),
});

export const UpdateAutomation = defineRoute({
  method: "PATCH",
  path: "/automations/:automation_id",
  summary: "Changes an automation, or switches it on or off. Off, it wakes nobody: what it holds asleep stays so",
  needs: "automation.manage",
  at: "anywhere",
  params,
  body: Definition.pick({ name: true, plan: true })
    .partial()
    .extend({ enabled: z.boolean().optional() })
    .refine((change) => Object.keys(change).length > 0, "say what to change: name, plan or enabled"),
  reply: reply(Automation),
});

export const DeleteAutomation = defineRoute({
  method: "DELETE",
  path: "/automations/:automation_id",
  summary: "Removes an automation; refused while it holds miners asleep",
  needs: "automation.manage",
  at: "anywhere",
  params,
  reply: reply(z.null()),
});

export const TryAutomation = defineRoute({
  method: "POST",
  path: "/automations/dry-run",
  summary: "What an automation would order now, and what would follow; nothing is ordered",
  needs: "automation.manage",
  at: "anywhere",
  audited: false,
  body: Definition.pick({ site_id: true, plan: true }).extend({ automation_id: AutomationId.optional() }),
  reply: reply(z.object({ status: LocalText, would: z.array(WouldOrder) })),
});

/** A price, or whatever else plans go by, as somebody outside tells it. It moves every site, so it needs every site. */
export const PostSignal = defineRoute({
  method: "POST",
  path: "/automations/signals",
  summary: "Tells a signal, such as the price of power, that curtailment goes by",
  needs: "automation.manage",
  action: "automations.signal",
  body: z.object({ name: text(64), value: z.number() }),
  reply: reply(z.object({ name: z.string(), value: z.number(), at: time })),
});

export const ListSignals = defineRoute({
  method: "GET",
  path: "/automations/signals",
  summary: "The signals that were told, and when",
  needs: "command.read",
  at: "anywhere",
  reply: reply(z.object({ signals: z.array(z.object({ name: z.string(), value: z.number(), at: time })) })),
});

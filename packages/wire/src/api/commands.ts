import { z } from "zod";
import { AuditEntry } from "../ingest/audit-entry.ts";
import { LocalText } from "../model/alert.ts";
import { CommandState } from "../model/command-state.ts";
import { CoolingOrder } from "../model/cooling.ts";
import { CoolingHost } from "../model/cooling-unit.ts";
import { MinerHealth } from "../model/health.ts";
import { CommandOrder, OrderResult } from "../model/order.ts";
import { MinerId } from "../model/reading.ts";
import { defineRoute, reply } from "./route.ts";

const text = (max: number) => z.string().max(max);
const time = z.iso.datetime();
const count = z.int().min(0);

export const COMMAND_MAX_DEVICES = 20_000;

/** Miners by what they are and how they are. */
export const MinerFilter = z.strictObject({
  q: text(200).optional(),
  model: text(128).optional(),
  rack: text(64).optional(),
  status: z.array(MinerHealth).min(1).optional(),
});

/** Which of a site's devices: named miners, those that a filter fits, cooling units, or the site's edge itself. */
export const CommandTarget = z.union([
  z.strictObject({ site_id: text(64), miner_ids: z.array(MinerId).min(1).max(COMMAND_MAX_DEVICES) }),
  z.strictObject({ site_id: text(64), filter: MinerFilter }),
  z.strictObject({ site_id: text(64), cooling: z.array(CoolingHost).min(1).max(1_000) }),
  z.strictObject({ site_id: text(64), edge: z.literal(true) }),
]);
export type CommandTarget = z.infer<typeof CommandTarget>;

/**
 * Not all at once: first `canary` devices, then `batch` after `batch`, each when the one before is over. It pauses when
 * more than this share of the devices so far failed or ended unknown.
 */
export const Rolling = z.object({
  canary: z.int().min(0).max(1_000).default(1),
  batch: z.int().min(1).max(COMMAND_MAX_DEVICES),
  max_failed_percent: z.number().min(0).max(100).default(10),
});
export type Rolling = z.infer<typeof Rolling>;

const Given = z.object({
  target: CommandTarget,
  /** A cooling unit's for a target that names cooling units, and no other. */
  order: z.union([CommandOrder, CoolingOrder]),
  reason: z.string().trim().min(3, "say why, in a few words").max(500),
  /** A command that could not begin within this time is given up; for a rolling one it counts from its batch's turn. */
  ttl_seconds: z.int().min(5).max(86_400).default(600),
  rolling: Rolling.nullable().default(null),
});

export const Command = z.object({
  command_id: z.uuid(),
  order_id: z.uuid(),
  site_id: z.string(),
  /** Null for an order to the site's edge, or to a cooling unit. */
  miner_id: z.string().nullable(),
  cooling_host: z.string().nullable(),
  /** The order's name, such as `reboot` or `cooling_stop`. */
  name: z.string(),
  state: CommandState,
  /** Its batch of a rolling order, from 0. */
  step: count,
  given_by: z.string(),
  given_at: time,
  /** Null until its batch's turn has come. */
  expires_at: time.nullable(),
  sent_at: time.nullable(),
  ended_at: time.nullable(),
  changed_at: time,
  /** What keeps it in the queue, or what became of it, for a person. */
  note: LocalText.nullable(),
  /** A stable word for it: an interlock's name, or why it failed. */
  code: z.string().nullable(),
  result: OrderResult.nullable(),
});
export type Command = z.infer<typeof Command>;

const counts = z.partialRecord(CommandState, count);

/** What was ordered at once, of one device or of thousands. */
export const GivenOrder = z.object({
  order_id: z.uuid(),
  site_id: z.string(),
  name: z.string(),
  /** The order without secrets. */
  order: z.record(z.string(), z.unknown()),
  reason: z.string(),
  given_by: z.string(),
  /** Whose order it is: who gave it, or made or changed the automation that did. None of them can approve it. */
  authors: z.array(z.string()),
  given_at: time,
  devices: count,
  ttl_seconds: z.int(),
  rolling: Rolling.nullable(),
  /** Steps let go so far, and how many there are. */
  step: count,
  steps: count,
  /** Set while a rolling order waits for a person. */
  paused_because: z.string().nullable(),
  /** The same in each language; null of one that an earlier release paused. */
  paused_note: LocalText.nullable(),
  approval: z
    .object({
      policy: z.string(),
      state: z.enum(["waiting", "approved", "rejected", "expired", "withdrawn"]),
      expires_at: time,
      decided_by: z.string().nullable(),
      decided_at: time.nullable(),
      note: z.string().nullable(),
    })
    .nullable(),
  /** SHA-256 over all that will be done, in the canonical form of RFC 8785: what an approval is bound to. */
  payload_hash: z.string(),
  by_state: counts,
});
export type GivenOrder = z.infer<typeof GivenOrder>;

export const GiveCommands = defineRoute({
  method: "POST",
  path: "/commands",
  summary:
    "Orders devices something: 202 with one command id a device. Idempotency-Key makes a repeat harmless for 24 h",
  needs: "command.give",
  at: "miners",
  action: "commands.give",
  status: 202,
  max_body_bytes: 4 * 1024 * 1024,
  body: Given,
  reply: reply(
    z.object({
      order: GivenOrder,
      commands: z.array(
        Command.pick({ command_id: true, miner_id: true, cooling_host: true, state: true, code: true, note: true }),
      ),
    }),
  ),
});

/** What would happen, and why not to some. */
export const CommandPreview = z.object({
  site_id: z.string(),
  name: z.string(),
  devices: count,
  /** Devices that would be ordered, those that would wait for an interlock among them. */
  ordered: count,
  skipped: z.array(
    z.object({ code: z.string(), because: LocalText, devices: count, miner_ids: z.array(z.string()).max(20) }),
  ),
  waits: z.array(z.object({ code: z.string(), because: LocalText, devices: count })),
  approval: z.object({ policy: z.string(), title: LocalText, within_minutes: z.int() }).nullable(),
  /** Of the devices that would be ordered, as they are now. */
  hashrate_ghs: z.number().nullable(),
  power_consumption: z.number().nullable(),
  by_health: z.partialRecord(MinerHealth, count),
  /** Null where an edge is linked that would take it; else why nothing would leave now. */
  unlinked_because: LocalText.nullable(),
});
export type CommandPreview = z.infer<typeof CommandPreview>;

export const PreviewCommands = defineRoute({
  method: "POST",
  path: "/commands/preview",
  summary: "What an order would do: devices, those skipped and why, interlocks, approval; nothing is ordered",
  needs: "command.give",
  at: "miners",
  audited: false,
  max_body_bytes: 4 * 1024 * 1024,
  body: Given.partial({ reason: true }),
  reply: reply(CommandPreview),
});

export const ListCommands = defineRoute({
  method: "GET",
  path: "/commands",
  summary: "Commands, newest first",
  needs: "command.read",
  at: "miners",
  query: z.object({
    cooling_host: text(128).optional(),
    site_id: text(64).optional(),
    miner_id: text(128).optional(),
    order_id: z.uuid().optional(),
    name: text(64).optional(),
    given_by: text(200).optional(),
    /** One or more states, comma-separated; `active` and `over` stand for those that are. */
    state: text(200).optional(),
    /** Rows older than this one: the last of the page before. */
    before: z.uuid().optional(),
    limit: z.coerce.number().int().min(1).max(500).default(100),
  }),
  reply: reply(z.object({ commands: z.array(Command), has_more: z.boolean() })),
});

export const GetCommand = defineRoute({
  method: "GET",
  path: "/commands/:command_id",
  summary: "One command: its state, and what became of it",
  needs: "command.read",
  at: "miners",
  params: z.object({ command_id: z.uuid() }),
  reply: reply(Command),
});

export const CancelCommand = defineRoute({
  method: "POST",
  path: "/commands/:command_id/cancel",
  summary: "Cancels a command that has not left yet",
  needs: "command.give",
  at: "miners",
  params: z.object({ command_id: z.uuid() }),
  reply: reply(Command),
});

const orderParams = z.object({ order_id: z.uuid() });
const Note = z.object({ note: z.string().trim().max(500).optional() });

export const ListOrders = defineRoute({
  method: "GET",
  path: "/orders",
  summary: "What was ordered, newest first, with how many devices are in which state",
  needs: "command.read",
  at: "miners",
  query: z.object({
    site_id: text(64).optional(),
    /** `approval`: waits for a second person. `active`: not over yet. */
    show: z.enum(["all", "active", "approval"]).default("all"),
    before: z.uuid().optional(),
    limit: z.coerce.number().int().min(1).max(200).default(50),
  }),
  reply: reply(z.object({ orders: z.array(GivenOrder), has_more: z.boolean() })),
});

export const GetOrder = defineRoute({
  method: "GET",
  path: "/orders/:order_id",
  summary: "One order, with how many devices are in which state",
  needs: "command.read",
  at: "miners",
  params: orderParams,
  reply: reply(GivenOrder),
});

export const ApproveOrder = defineRoute({
  method: "POST",
  path: "/orders/:order_id/approve",
  summary: "Approves exactly what the hash stands for; by somebody else than who gave it",
  needs: "command.approve",
  at: "miners",
  params: orderParams,
  body: Note.extend({ payload_hash: z.string() }),
  reply: reply(GivenOrder),
});

export const RejectOrder = defineRoute({
  method: "POST",
  path: "/orders/:order_id/reject",
  summary: "Says no to an order that waits for approval",
  needs: "command.approve",
  at: "miners",
  params: orderParams,
  body: Note,
  reply: reply(GivenOrder),
});

export const CancelOrder = defineRoute({
  method: "POST",
  path: "/orders/:order_id/cancel",
  summary: "Cancels all commands of an order that have not left yet",
  needs: "command.give",
  at: "miners",
  params: orderParams,
  reply: reply(GivenOrder),
});

export const PauseOrder = defineRoute({
  method: "POST",
  path: "/orders/:order_id/pause",
  summary: "Holds the commands of an order that have not left yet",
  needs: "command.give",
  at: "miners",
  params: orderParams,
  reply: reply(GivenOrder),
});

export const ResumeOrder = defineRoute({
  method: "POST",
  path: "/orders/:order_id/resume",
  summary: "Lets a paused order go on",
  needs: "command.give",
  at: "miners",
  params: orderParams,
  reply: reply(GivenOrder),
});

/** Which edges of a site are linked, and what their devices can be ordered. */
export const GetLinks = defineRoute({
  method: "GET",
  path: "/sites/:site_id/links",
  summary: "The linked edges of a site, and which driver has which orders",
  needs: "command.read",
  at: "container",
  params: z.object({ site_id: z.string() }),
  reply: reply(
    z.object({
      links: z.array(
        z.object({ collector_id: z.string(), version: z.string(), linked_since: time, seen_at: time, miners: count }),
      ),
      drivers: z.record(z.string(), z.object({ title: z.string(), orders: z.array(z.string()) })),
      edge_orders: z.array(z.string()),
    }),
  ),
});

/** Lines of the audit file of a machine that orders were given from directly. */
export const PostCollectorAudit = defineRoute({
  method: "POST",
  path: "/collector/audit",
  summary: "Takes lines of an edge's audit file; refuses a broken chain and names the line",
  needs: "reading.upload",
  at: "anywhere",
  action: "collector.audit.upload",
  body: z.object({
    collector_id: text(128),
    /** The hash of the file's first line: names the chain. */
    chain: text(64),
    entries: z.array(AuditEntry).min(1).max(500),
  }),
  reply: reply(z.object({ kept_to: z.int() })),
});

import { z } from "zod";
import { AlertLevel, LocalText } from "../model/alert.ts";
import { defineRoute, reply } from "./route.ts";

export const ChannelName = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[\w-]+$/, "letters, digits, - and _");

/** A way to notify people. Its secrets are written, never read. */
export const Channel = z.object({
  name: z.string(),
  type: z.string(),
  /** `file`: from the server's configuration, and changed there alone. */
  origin: z.enum(["file", "page"]),
  /** Settings that are no secrets. */
  settings: z.record(z.string(), z.unknown()),
  /** Names of the secrets that are set. */
  secrets: z.array(z.string()),
  levels: z.array(AlertLevel),
  language: z.enum(["zh", "en"]),
  enabled: z.boolean(),
  updated_at: z.iso.datetime().nullable(),
  updated_by: z.string().nullable(),
  /** How its last message went. */
  trouble: z.string().nullable(),
});
export type Channel = z.infer<typeof Channel>;

/** A kind of channel and what it must be told; `settings` is a JSON Schema. */
export const ChannelKind = z.object({
  type: z.string(),
  title: z.string(),
  settings: z.record(z.string(), z.unknown()),
  secrets: z.array(z.string()),
  max_length: z.int(),
  per_minute: z.int(),
});
export type ChannelKind = z.infer<typeof ChannelKind>;

export const ListChannels = defineRoute({
  method: "GET",
  path: "/alerts/channels",
  summary: "Every channel, without its secrets, and the kinds there are",
  needs: "alert.read",
  reply: reply(z.object({ channels: z.array(Channel), kinds: z.array(ChannelKind) })),
});

const ChannelFields = z.object({
  /** Hold secrets under names that each kind of channel has for itself. */
  settings: z.record(z.string(), z.unknown()).meta({ writeOnly: true }),
  levels: z.array(AlertLevel).min(1, "at least one level").default(["urgent", "severe", "warning", "info"]),
  language: z.enum(["zh", "en"]).default("zh"),
  enabled: z.boolean().default(true),
});

export const CreateChannel = defineRoute({
  method: "POST",
  path: "/alerts/channels",
  summary: "Makes a channel; its secrets are kept encrypted",
  needs: "alert.manage",
  /** Levels and language that are not sent are as is set for new channels. */
  body: ChannelFields.extend({
    name: ChannelName,
    type: z.string(),
    levels: ChannelFields.shape.levels.unwrap().optional(),
    language: ChannelFields.shape.language.unwrap().optional(),
  }),
  reply: reply(Channel),
});

const named = z.object({ name: z.string() });

export const UpdateChannel = defineRoute({
  method: "PATCH",
  path: "/alerts/channels/:name",
  summary: "Changes a channel; settings that are not sent stay as they are",
  needs: "alert.manage",
  params: named,
  body: z.object({
    settings: ChannelFields.shape.settings.optional(),
    levels: z.array(AlertLevel).min(1).optional(),
    language: z.enum(["zh", "en"]).optional(),
    enabled: z.boolean().optional(),
  }),
  reply: reply(Channel),
});

export const DeleteChannel = defineRoute({
  method: "DELETE",
  path: "/alerts/channels/:name",
  summary: "Removes a channel; what waits for it is given up",
  needs: "alert.manage",
  params: named,
  reply: reply(z.null()),
});

export const TestChannel = defineRoute({
  method: "POST",
  path: "/alerts/channels/:name/test",
  summary: "Sends a test message over a channel and tells what its service said",
  needs: "alert.manage",
  action: "alerts.channels.test",
  params: named,
  reply: reply(z.object({ sent: z.literal(true) })),
});

export const PreviewMessage = defineRoute({
  method: "POST",
  path: "/alerts/channels/preview",
  summary: "A message as a kind of channel would send it, cut to what its service takes",
  needs: "alert.read",
  audited: false,
  at: "anywhere",
  body: z.object({ type: z.string(), title: LocalText, text: LocalText, level: AlertLevel.default("warning") }),
  reply: reply(z.object({ zh: z.string(), en: z.string(), max_length: z.int(), cut: z.boolean() })),
});

export const Delivery = z.object({
  delivery_id: z.int(),
  channel: z.string(),
  state: z.enum(["waiting", "sent", "failed", "merged"]),
  title: z.string(),
  text: z.string(),
  level: AlertLevel,
  tries: z.int(),
  error: z.string().nullable(),
  created_at: z.iso.datetime(),
  next_at: z.iso.datetime().nullable(),
  sent_at: z.iso.datetime().nullable(),
});
export type Delivery = z.infer<typeof Delivery>;

export const ListDeliveries = defineRoute({
  method: "GET",
  path: "/alerts/deliveries",
  summary: "What was sent over which channel, what waits and why, the newest first",
  needs: "alert.read",
  at: "anywhere",
  query: z.object({
    channel: z.string().optional(),
    state: Delivery.shape.state.optional(),
    alert_id: z.coerce.number().int().min(1).max(2_147_483_647).optional(),
    page: z.coerce.number().int().min(1).default(1),
    per_page: z.coerce.number().int().min(1).max(200).default(50),
  }),
  reply: reply(z.object({ deliveries: z.array(Delivery), total: z.int() })),
});

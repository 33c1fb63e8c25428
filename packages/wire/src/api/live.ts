import { z } from "zod";
import { AlertLevel, LocalText } from "../model/alert.ts";
import { AlertCounts } from "./alerts.ts";
import { LatestRow, SiteSummary } from "./fleet.ts";

/** The WebSocket for live updates. The client subscribes; the server pushes. */
export const LIVE_PATH = "/api/live";

/**
 * Client → server. `site_id` chooses the site; `miner_ids` are the rows on the screen. `since` is the last `seq` seen:
 * what was missed is replayed, or a `reset` says that a fresh snapshot is needed.
 */
export const LiveSubscribe = z.object({
  type: z.literal("subscribe"),
  site_id: z.string(),
  miner_ids: z.array(z.string()).max(1_000).default([]),
  since: z.string().optional(),
});
export type LiveSubscribe = z.infer<typeof LiveSubscribe>;

/** Client → server. From then on `alerts` comes whenever alerts change, whatever site is followed. */
export const LiveSubscribeAlerts = z.object({ type: z.literal("subscribe_alerts") });
export type LiveSubscribeAlerts = z.infer<typeof LiveSubscribeAlerts>;

/** Client → server. From then on `commands` comes whenever commands change, of sites that the client may see. */
export const LiveSubscribeCommands = z.object({ type: z.literal("subscribe_commands") });
export type LiveSubscribeCommands = z.infer<typeof LiveSubscribeCommands>;

/** Client → server. From then on `cooling` comes whenever cooling units were read, of sites that the client may see. */
export const LiveSubscribeCooling = z.object({ type: z.literal("subscribe_cooling") });
export type LiveSubscribeCooling = z.infer<typeof LiveSubscribeCooling>;

/** Server → client. `seq` is opaque text; give the last one back as `since`. */
export const LiveMessage = z.discriminatedUnion("type", [
  z.object({ type: z.literal("subscribed"), site_id: z.string(), seq: z.string() }),
  z.object({ type: z.literal("reset"), site_id: z.string(), seq: z.string() }),
  z.object({
    type: z.literal("readings"),
    site_id: z.string(),
    seq: z.string(),
    collected_at: z.iso.datetime(),
    /** The newest rows of those subscribed miners that changed. */
    rows: z.array(LatestRow),
    summary: SiteSummary.omit({ models: true }),
  }),
  z.object({
    type: z.literal("alerts"),
    counts: AlertCounts,
    /** Alerts that began to fire just now and are not suppressed, the worst first, at most ten. */
    fired: z.array(
      z.object({ alert_id: z.int(), level: AlertLevel, title: LocalText, site_id: z.string().nullable() }),
    ),
    /** How many more. */
    more: z.int(),
  }),
  /** Commands of these orders changed; an order whose commands change often is told of at most twice a second. */
  z.object({ type: z.literal("commands"), site_id: z.string(), order_ids: z.array(z.string()) }),
  /** These units have newer records, or could not be read. */
  z.object({
    type: z.literal("cooling"),
    site_id: z.string(),
    changed: z.array(z.object({ host: z.string(), at: z.iso.datetime() })),
  }),
  z.object({ type: z.literal("problem"), code: z.string(), detail: z.string() }),
]);
export type LiveMessage = z.infer<typeof LiveMessage>;

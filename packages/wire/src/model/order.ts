import { z } from "zod";

const text = (max: number) => z.string().max(max);

/** How hard a miner works. `sleep` hashes nothing and draws next to nothing, while its API goes on answering. */
export const Mode = z.enum(["low", "normal", "high", "sleep"]);
export type Mode = z.infer<typeof Mode>;
/** `wake` is whatever mode the miner had before it slept. */
export const ModeOrder = z.enum([...Mode.options, "wake"]);
export type ModeOrder = z.infer<typeof ModeOrder>;

const HOST = String.raw`(?:\[[0-9a-f:.]+\]|[^\s/:@[\]]+)`;
/**
 * A host with its port, or with a scheme before it: `stratum+tcp://host:3333`. With a scheme the port may be missing and a
 * path may follow, as in Braiins' `stratum2+tcp://v2.stratum.braiins.com/<key>`.
 */
const POOL_ADDRESS = new RegExp(
  String.raw`^(?:[a-z][a-z0-9+.-]*://${HOST}(?::\d{1,5})?|${HOST}:\d{1,5})(?:/\S*)?$`,
  "i",
);

const PORT = /:(\d{1,5})(?:\/\S*)?$/;
/** A miner that is told a port that can't be mines nowhere. */
const isPort = (url: string): boolean => {
  const port = PORT.exec(url)?.[1];
  return port === undefined || (Number(port) >= 1 && Number(port) <= 65_535);
};

/** One pool as an order sets it, the first one first in priority. */
export const PoolSetting = z.object({
  url: text(500)
    .regex(POOL_ADDRESS, "an address such as stratum+tcp://host:3333")
    .refine(isPort, "a port from 1 to 65535"),
  worker: text(256).regex(/\S/, "the name the pool knows this miner by, such as account.worker"),
  password: text(128).optional(),
});
export type PoolSetting = z.infer<typeof PoolSetting>;

const POOLS = "must be one to three pools";

/** W that a miner may be told to draw: a typing mistake is more, a machine isn't. */
export const POWER_TARGET_MAX = 100_000;

/** Orders that change something at a miner. */
const actions = [
  z.object({ order: z.literal("reboot") }),
  z.object({ order: z.literal("locate"), on: z.boolean() }),
  z.object({ order: z.literal("pools_set"), pools: z.array(PoolSetting).min(1, POOLS).max(3, POOLS) }),
  z.object({ order: z.literal("mode_set"), mode: ModeOrder }),
  z.object({ order: z.literal("power_target"), watts: z.number().int().min(1).max(POWER_TARGET_MAX) }),
  z.object({ order: z.literal("restart_hashing") }),
  z.object({ order: z.literal("raw"), command: text(4_000).min(1, "must be a command of the device") }),
] as const;

/** Orders that only ask. */
const questions = [
  z.object({ order: z.literal("pools_get") }),
  z.object({ order: z.literal("mode_get") }),
  z.object({ order: z.literal("logs") }),
] as const;

/** Orders to the edge of a site itself. */
const edgeOrders = [
  /** Searches its networks for miners once more. */
  z.object({ order: z.literal("rescan") }),
  /** Seconds between sweeps from now on, until its configuration says something new. */
  z.object({ order: z.literal("set_interval"), seconds: z.number().min(1).max(86_400) }),
  /** Tells whoever looks after the edge that a newer version is there. */
  z.object({ order: z.literal("upgrade_notice"), version: text(64).min(1), note: text(500).optional() }),
] as const;

/** An order to a device, with what it needs to know. `…_get` and `logs` only ask. */
export const Order = z.discriminatedUnion("order", [...actions, ...questions]);
export type Order = z.infer<typeof Order>;
export type OrderName = Order["order"];

/** What a command may carry: an order that changes something at a miner, or one to the edge itself. */
export const CommandOrder = z.discriminatedUnion("order", [...actions, ...edgeOrders]);
export type CommandOrder = z.infer<typeof CommandOrder>;
export type MinerOrder = z.infer<(typeof actions)[number]>;
export type EdgeOrder = z.infer<(typeof edgeOrders)[number]>;

export const EDGE_ORDERS = edgeOrders.map((one) => one.shape.order.value);
export const isEdgeOrder = (order: CommandOrder): order is EdgeOrder =>
  EDGE_ORDERS.some((name) => name === order.order);

/** Every order there is, in the order that tables show them. */
export const ORDER_NAMES = [
  "reboot",
  "locate",
  "pools_get",
  "pools_set",
  "mode_get",
  "mode_set",
  "power_target",
  "restart_hashing",
  "logs",
  "raw",
] as const satisfies readonly OrderName[];

/**
 * What became of an order: the device took it, it said no, it was never reached, or nobody can tell, since the order may
 * have arrived and no answer came back.
 */
export const OrderOutcome = z.enum(["accepted", "refused", "unreachable", "unknown"]);
export type OrderOutcome = z.infer<typeof OrderOutcome>;

/** Whether reading the device afterwards showed what was ordered; `not_checked` where it can't be read. */
export const OrderVerified = z.enum(["yes", "no", "not_checked"]);
export type OrderVerified = z.infer<typeof OrderVerified>;

export const OrderResult = z.object({
  outcome: OrderOutcome,
  verified: OrderVerified,
  /** A stable word for what went wrong; null when nothing did. */
  code: text(64).nullable(),
  /** The device's own reason, or ours, for a person. */
  reason: text(1_000).nullable(),
  /** What was seen when it was read back. */
  seen: text(1_000).nullable(),
  /** What the device answered to a question or a raw command. */
  value: z.unknown().optional(),
  driver: text(64).nullable(),
  model: text(128).nullable(),
  took_ms: z.number().min(0),
});
export type OrderResult = z.infer<typeof OrderResult>;

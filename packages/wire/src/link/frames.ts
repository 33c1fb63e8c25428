import { z } from "zod";
import { CommandOrder, OrderResult } from "../model/order.ts";
import { MinerId } from "../model/reading.ts";
import { CoolingCommand, CoolingLease, CoolingLeases } from "./cooling-frames.ts";

/** Where an edge opens its one outgoing WebSocket, with its collector key in X-Collector-Key. */
export const COLLECTOR_LINK_PATH = "/api/collector/link";
export const LINK_PROTOCOL = 1;

/** The code of a result that says: this edge has no record of that command. */
export const LEDGER_FORGOT = "edge_forgot";

const text = (max: number) => z.string().max(max);

/** What an edge can do: which orders each driver has, and which it takes itself. The server knows no drivers. */
const Drivers = z.record(text(64), z.object({ title: text(200), orders: z.array(text(64)) }));
const Manifest = z.object({
  drivers: Drivers,
  edge_orders: z.array(text(64)),
  /** Of cooling units; absent where the edge collects none. */
  cooling_drivers: Drivers.optional(),
});
export type Manifest = z.infer<typeof Manifest>;

/** Edge → server. */
export const EdgeFrame = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("hello"),
    protocol: z.int(),
    /** Names the edge's record of commands: one that lost it is another edge, and is never sent the same again. */
    ledger_id: z.uuid(),
    collector_id: text(128),
    version: text(64),
    manifest: Manifest,
    miner_ids: z.array(MinerId).max(200_000),
  }),
  /** Miners were found, or have gone. */
  z.object({ type: z.literal("miners"), miner_ids: z.array(MinerId).max(200_000) }),
  /** `executing`: its first byte may leave now. `verifying`: the device took it, and is read back. */
  z.object({
    type: z.literal("progress"),
    command_id: z.uuid(),
    stage: z.enum(["executing", "verifying"]),
  }),
  /** Told again after each reconnection until the server says `taken`. */
  z.object({ type: z.literal("result"), command_id: z.uuid(), result: OrderResult }),
  CoolingLease,
]);
export type EdgeFrame = z.infer<typeof EdgeFrame>;

/** Server → edge. A command may come twice; its id makes that harmless. */
export const ServerFrame = z.discriminatedUnion("type", [
  z.object({ type: z.literal("welcome"), server: text(128) }),
  z.object({
    type: z.literal("command"),
    command_id: z.uuid(),
    /** Null for an order to the edge itself. */
    miner_id: MinerId.nullable(),
    order: CommandOrder,
    /** Time left; not a moment, since clocks differ. An edge begins nothing later than this. */
    expires_in_ms: z.int().min(0),
  }),
  /** What became of it? Asked when the link comes back; nothing is sent to the device again. */
  z.object({ type: z.literal("settle"), command_id: z.uuid() }),
  z.object({ type: z.literal("taken"), command_id: z.uuid() }),
  CoolingLeases,
  CoolingCommand,
  z.object({ type: z.literal("problem"), code: text(64), detail: text(1_000) }),
]);
export type ServerFrame = z.infer<typeof ServerFrame>;

import { z } from "zod";
import { CoolingRefusal } from "../ingest/cooling-upload.ts";
import { CoolingOrder } from "../model/cooling.ts";
import { CoolingReadPlan, CoolingUnitKey } from "../model/cooling-unit.ts";

/**
 * Who reads which cooling unit. Of several edges that share units, each reads those it has leased, and no two lease one.
 *
 * An edge asks on connecting and every COOLING_RENEW_MS; the answer lists all that it holds from then on. A lease ends
 * COOLING_LEASE_MS after the request that renewed it: for the edge by its own monotonic clock, counted from the moment it
 * SENT that request; for the server from the moment it took it, which is later. So no answer, no link and no step of a
 * wall clock lets two read one unit, as long as an edge begins no request that could outlast its lease.
 */
export const COOLING_LEASE_MS = 9_000;
export const COOLING_RENEW_MS = 3_000;
/** Units of one edge. */
export const COOLING_MAX_UNITS = 5_000;

/** Edge → server. */
export const CoolingLease = z.object({
  type: z.literal("cooling_lease"),
  /** Counts up from 1 on each connection; the answer repeats it, so that the edge knows which request it renews. */
  request: z.int().min(1),
  /** What the edge reads now. */
  holds: z.array(CoolingUnitKey).max(COOLING_MAX_UNITS),
  /** How many units it would read in all. */
  can: z.int().min(0).max(COOLING_MAX_UNITS),
  /**
   * What it reads no more, no request being out: free at once. After this it takes no answer to an earlier request, which
   * could list them still.
   */
  gives_back: z.array(CoolingUnitKey).max(COOLING_MAX_UNITS).optional(),
  /**
   * The units of its own file, told with the first request of a connection and whenever they change. Those of its own site
   * are registered by it; those of others must be registered at the server.
   */
  units: z.array(CoolingUnitKey.extend(CoolingReadPlan.shape)).max(COOLING_MAX_UNITS).optional(),
});
export type CoolingLease = z.infer<typeof CoolingLease>;

export const CoolingGrant = CoolingUnitKey.extend({
  /** The unit's number at this server, for logs. */
  unit_no: z.int(),
  ...CoolingReadPlan.shape,
  /** Time left when the server answered; the edge counts COOLING_LEASE_MS from when it asked. */
  expires_in_ms: z.int().min(0),
});
export type CoolingGrant = z.infer<typeof CoolingGrant>;

/**
 * Server → edge: the answer to one request. What is not among the grants is no longer the edge's when its lease ends. The last
 * request may be answered once more with more grants, when units of an edge that is gone became free: their lease counts from
 * that request as well.
 */
export const CoolingLeases = z.object({
  type: z.literal("cooling_leases"),
  request: z.int().min(1),
  ttl_ms: z.int().min(1),
  grants: z.array(CoolingGrant).max(COOLING_MAX_UNITS),
  /** Units of the edge's file that it may not read. */
  refused: z.array(CoolingRefusal).max(COOLING_MAX_UNITS),
});
export type CoolingLeases = z.infer<typeof CoolingLeases>;

/**
 * Server → edge: an order to a unit whose lease the edge holds. Its `progress` and `result`, `settle` and `taken` are those
 * of any command. One that no longer holds the lease answers with outcome `unreachable` and code `not_leased`.
 */
export const CoolingCommand = z.object({
  type: z.literal("cooling_command"),
  command_id: z.uuid(),
  unit: CoolingUnitKey,
  order: CoolingOrder,
  /** Time left; not a moment, since clocks differ. An edge begins nothing later than this. */
  expires_in_ms: z.int().min(0),
});
export type CoolingCommand = z.infer<typeof CoolingCommand>;

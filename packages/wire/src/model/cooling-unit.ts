import { z } from "zod";

/** A cooling unit's controller as the site reaches it: an address or name, with `:port` where it isn't the driver's usual one. */
export const CoolingHost = z
  .string()
  .max(128)
  .regex(/^[A-Za-z0-9._-]+(:[1-9]\d{0,4})?$/, "must be an address such as 10.1.101.1 or 10.1.101.1:8480")
  .toLowerCase();

/** What names a cooling unit: its site, and its controller there. */
export const CoolingUnitKey = z.object({ site_id: z.string().min(1).max(64), host: CoolingHost });
export type CoolingUnitKey = z.infer<typeof CoolingUnitKey>;

/** How a unit is read. */
export const CoolingReadPlan = z.object({
  /** The driver's id; null lets the edge find out. */
  driver: z.string().min(1).max(64).nullable().default(null),
  interval_s: z.number().min(5).max(3_600).default(60),
  timeout_ms: z.int().min(100).max(30_000).default(3_000),
  /** Tries after the first. */
  retries: z.int().min(0).max(10).default(3),
});
export type CoolingReadPlan = z.infer<typeof CoolingReadPlan>;

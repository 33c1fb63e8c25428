import { z } from "zod";
import { CustomerId } from "../model/customer.ts";

/** What a caller must hold; every route names one, and what is not granted is denied. */
export const Permission = z.enum([
  "public",
  "session",
  "reading.read",
  "reading.upload",
  "site.read",
  "site.manage",
  "collector.manage",
  "pool.read",
  "pool.manage",
  "alert.read",
  "alert.ack",
  "alert.manage",
  "command.read",
  "command.give",
  "command.approve",
  "policy.manage",
  "automation.manage",
  "user.manage",
  "role.manage",
  "token.manage",
  "settings.manage",
  "job.manage",
  "webhook.manage",
  "audit.read",
  "report.read",
  "report.manage",
  "video.watch",
  "camera.manage",
  "customer.read",
  "customer.manage",
]);
export type Permission = z.infer<typeof Permission>;

/** Permissions that a role may hold: `public` and `session` need no role, and only collector keys upload. */
export const GRANTABLE = Permission.options.filter(
  (permission) => !["public", "session", "reading.upload"].includes(permission),
);

/** What a grant for a customer gives of its role: what routes need that keep to some miners alone. */
export const CUSTOMER_PERMISSIONS: readonly Permission[] = [
  "reading.read",
  "site.read",
  "command.read",
  "command.give",
  "command.approve",
  "report.read",
  "report.manage",
];

/** Permissions as somebody gives them to a role or a token; one that is named twice is given once. */
export const GivenPermissions = z
  .array(z.enum(GRANTABLE))
  .min(1, "at least one")
  .max(GRANTABLE.length)
  .overwrite((words) => [...new Set(words)]);

/** The roles that every installation has; more are made of permissions in administration. */
export const BuiltInRole = z.enum(["admin", "operator", "viewer"]);
export type BuiltInRole = z.infer<typeof BuiltInRole>;

const VIEWER = [
  "reading.read",
  "site.read",
  "pool.read",
  "alert.read",
  "command.read",
  "report.read",
  "video.watch",
] as const;

/** Which role holds which permission, where it is granted. Nobody approves an order of their own. */
export const ROLE_PERMISSIONS: Record<BuiltInRole, readonly Permission[]> = {
  admin: GRANTABLE,
  operator: [...VIEWER, "collector.manage", "pool.manage", "alert.ack", "command.give", "command.approve"],
  viewer: VIEWER,
};

export const RoleName = z
  .string()
  .trim()
  .min(1)
  .max(64)
  .refine((name) => name.isWellFormed() && !/\p{Cc}/u.test(name), "holds a character that can't be kept");

/** A role: built in, or one's own. */
export const Role = z.object({
  role: RoleName,
  origin: z.enum(["built-in", "own"]),
  permissions: z.array(Permission),
  /** How many people hold it. */
  people: z.int(),
  updated_at: z.iso.datetime().nullable(),
  updated_by: z.string().nullable(),
});
export type Role = z.infer<typeof Role>;

/**
 * Where a grant holds. A region reaches the sites that lie in it, also those to come; a container its miners alone; a
 * customer the miners that are theirs by now, wherever they stand.
 */
export const Scope = z.discriminatedUnion("of", [
  z.object({ of: z.literal("all") }),
  z.object({ of: z.literal("region"), region: z.string().trim().min(1).max(100) }),
  z.object({ of: z.literal("site"), site_id: z.string().min(1).max(64) }),
  z.object({
    of: z.literal("container"),
    site_id: z.string().min(1).max(64),
    container: z.string().trim().min(1).max(64),
  }),
  z.object({ of: z.literal("customer"), customer_id: CustomerId }),
]);
export type Scope = z.infer<typeof Scope>;

/** A role that somebody holds somewhere. */
export const Grant = z.object({ role: RoleName, scope: Scope });
export type Grant = z.infer<typeof Grant>;

/** Where a permission holds: everywhere, or the sites it reaches as a whole, or by miners of containers and of customers. */
export const Reach = z.union([
  z.literal("all"),
  z.record(
    z.string(),
    z.union([z.literal("site"), z.object({ containers: z.array(z.string()), customers: z.array(z.string()) })]),
  ),
]);
export type Reach = z.infer<typeof Reach>;

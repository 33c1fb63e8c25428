import { z } from "zod";
import { GivenPermissions, Grant, Role, RoleName } from "./permission.ts";
import { defineRoute, reply } from "./route.ts";
import { Password } from "./session.ts";

const Username = z
  .string()
  .trim()
  .min(1)
  .max(64)
  .regex(/^[\w.@+-]+$/, "letters, digits and . _ @ + - only");
export const User = z.object({
  username: z.string(),
  /** The widest of their roles; null while they hold none. */
  role: z.string().nullable(),
  grants: z.array(Grant),
  disabled: z.boolean(),
  has_second_factor: z.boolean(),
  /** Whether a password signs them in, or only a provider does. */
  has_password: z.boolean(),
  created_at: z.iso.datetime(),
  last_signed_in_at: z.iso.datetime().nullable(),
});
export type User = z.infer<typeof User>;

/** `role` is short for one grant everywhere. */
const Granted = { role: RoleName.optional(), grants: z.array(Grant).max(200).optional() };

export const ListUsers = defineRoute({
  method: "GET",
  path: "/users",
  summary: "Everyone with an account",
  needs: "user.manage",
  reply: reply(z.object({ users: z.array(User) })),
});

export const CreateUser = defineRoute({
  method: "POST",
  path: "/users",
  summary: "Makes an account",
  needs: "user.manage",
  body: z
    .object({ username: Username, password: Password, ...Granted })
    .refine(({ role, grants }) => (role === undefined) !== (grants === undefined), "say either role or grants"),
  reply: reply(User),
});

export const UpdateUser = defineRoute({
  method: "PATCH",
  path: "/users/:username",
  summary: "Changes roles, password or disables an account; ends its sessions, and revokes its API tokens for good",
  needs: "user.manage",
  params: z.object({ username: z.string() }),
  body: z
    .object({
      ...Granted,
      password: Password.optional(),
      disabled: z.boolean().optional(),
      remove_second_factor: z.literal(true).optional(),
      /** By itself true with a new password and with `disabled`, else false; who is disabled keeps none in any case. */
      revoke_tokens: z.boolean().optional(),
    })
    .refine(
      (change) => Object.keys(change).length > 0,
      "say what to change: role, grants, password, disabled, remove_second_factor or revoke_tokens",
    )
    .refine(({ role, grants }) => role === undefined || grants === undefined, "say either role or grants"),
  reply: reply(User),
});

const roleParams = z.object({ role: RoleName });

export const ListRoles = defineRoute({
  method: "GET",
  path: "/roles",
  summary: "Every role with its permissions: those built in and one's own",
  needs: "user.manage",
  reply: reply(z.object({ roles: z.array(Role) })),
});

export const CreateRole = defineRoute({
  method: "POST",
  path: "/roles",
  summary: "Makes a role of permissions that the caller holds",
  needs: "role.manage",
  body: z.object({ role: RoleName, permissions: GivenPermissions }),
  reply: reply(Role),
});

export const UpdateRole = defineRoute({
  method: "PATCH",
  path: "/roles/:role",
  summary: "Changes what a role of one's own may do, at once for everybody who holds it",
  needs: "role.manage",
  params: roleParams,
  body: z.object({ permissions: GivenPermissions }),
  reply: reply(Role),
});

export const DeleteRole = defineRoute({
  method: "DELETE",
  path: "/roles/:role",
  summary: "Removes a role of one's own that nobody holds any more",
  needs: "role.manage",
  params: roleParams,
  reply: reply(z.null()),
});

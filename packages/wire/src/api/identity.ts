import { z } from "zod";
import { defineRoute, Permission, Role, reply } from "./route.ts";

const Username = z
  .string()
  .trim()
  .min(1)
  .max(64)
  .regex(/^[\w.@+-]+$/, "letters, digits and . _ @ + - only");
const Password = z.string().min(12, "at least 12 characters").max(256);

export const Session = z.object({
  username: z.string(),
  role: Role,
  permissions: z.array(Permission),
  expires_at: z.iso.datetime(),
});
export type Session = z.infer<typeof Session>;

export const SignIn = defineRoute({
  method: "POST",
  path: "/session",
  summary: "Signs a person in; the session lives in an httpOnly cookie",
  needs: "public",
  body: z.object({ username: z.string().max(64), password: z.string().max(256) }),
  reply: reply(Session),
});

export const GetSession = defineRoute({
  method: "GET",
  path: "/session",
  summary: "Who is signed in",
  needs: "session",
  reply: reply(Session),
});

export const SignOut = defineRoute({
  method: "DELETE",
  path: "/session",
  summary: "Ends the session",
  needs: "session",
  reply: reply(z.null()),
});

export const User = z.object({
  username: z.string(),
  role: Role,
  disabled: z.boolean(),
  created_at: z.iso.datetime(),
  last_signed_in_at: z.iso.datetime().nullable(),
});
export type User = z.infer<typeof User>;

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
  body: z.object({ username: Username, password: Password, role: Role }),
  reply: reply(User),
});

export const UpdateUser = defineRoute({
  method: "PATCH",
  path: "/users/:username",
  summary: "Changes role, password or disables an account; ends its sessions",
  needs: "user.manage",
  params: z.object({ username: z.string() }),
  body: z
    .object({ role: Role.optional(), password: Password.optional(), disabled: z.boolean().optional() })
    .refine((change) => Object.keys(change).length > 0, "say what to change: role, password or disabled"),
  reply: reply(User),
});

export const ChangePassword = defineRoute({
  method: "POST",
  path: "/session/password",
  summary: "Changes one's own password and ends the other sessions",
  needs: "session",
  body: z.object({ current: z.string().max(256), next: Password }),
  reply: reply(z.null()),
});

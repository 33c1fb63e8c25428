import { z } from "zod";
import { Permission, Reach } from "./permission.ts";
import { defineRoute, reply } from "./route.ts";

const time = z.iso.datetime();

/** NIST SP 800-63B-4: fifteen characters where a password may be the only factor, any characters, no composition rules. */
export const SHORTEST_PASSWORD = 15;
export const Password = z
  .string()
  .max(256)
  .refine((text) => [...text].length >= SHORTEST_PASSWORD, `at least ${SHORTEST_PASSWORD} characters`)
  .meta({ writeOnly: true });
export const AnyPassword = z.string().max(256).meta({ writeOnly: true });

/** For API clients: send `access_token` as a bearer token; `refresh_token` is good once, for the next two. */
export const SessionTokens = z.object({
  token_type: z.literal("Bearer"),
  access_token: z.string(),
  expires_in: z.int(),
  refresh_token: z.string(),
});
export type SessionTokens = z.infer<typeof SessionTokens>;

export const Session = z.object({
  username: z.string(),
  /** The widest of their roles; null while they hold none. */
  role: z.string().nullable(),
  /** What they may do somewhere; `reach` says where. */
  permissions: z.array(Permission),
  reach: z.partialRecord(Permission, Reach),
  expires_at: time,
  tokens: SessionTokens.optional(),
});
export type Session = z.infer<typeof Session>;

export const SecondFactorKind = z.enum(["totp", "passkey", "recovery code"]);
export type SecondFactorKind = z.infer<typeof SecondFactorKind>;

/** The password was right, and a second factor is to be shown with this ticket, within five minutes. */
export const SecondFactorNeeded = z.object({
  ticket: z.string(),
  factors: z.array(SecondFactorKind),
  /** For `navigator.credentials.get`; null without a passkey. */
  passkey_options: z.record(z.string(), z.unknown()).nullable(),
});
export type SecondFactorNeeded = z.infer<typeof SecondFactorNeeded>;

/** How the session is kept: a browser's in httpOnly cookies, an API client's as tokens in the reply. */
const Keep = z.enum(["cookies", "tokens"]).default("cookies");

export const SignIn = defineRoute({
  method: "POST",
  path: "/session",
  action: "session.sign-in",
  summary: "Signs a person in; the session lives in httpOnly cookies, or in tokens where they are asked for",
  needs: "public",
  body: z.object({ username: z.string().max(64), password: AnyPassword, keep: Keep }),
  reply: reply(z.union([Session, SecondFactorNeeded])),
});

export const SignInSecondFactor = defineRoute({
  method: "POST",
  path: "/session/second-factor",
  action: "session.second-factor",
  summary: "Shows the second factor after a right password: a code, a passkey's answer or a recovery code",
  needs: "public",
  body: z
    .object({
      ticket: z.string().max(100).meta({ writeOnly: true }),
      code: z.string().trim().max(10).meta({ writeOnly: true }).optional(),
      passkey: z.record(z.string(), z.unknown()).meta({ writeOnly: true }).optional(),
      recovery_code: z.string().trim().max(40).meta({ writeOnly: true }).optional(),
      keep: Keep,
    })
    .refine(
      ({ code, passkey, recovery_code }) =>
        [code, passkey, recovery_code].filter((one) => one !== undefined).length === 1,
      "say one of code, passkey and recovery_code",
    ),
  reply: reply(Session),
});

export const RefreshSession = defineRoute({
  method: "POST",
  path: "/session/refresh",
  audited: false,
  summary: "Changes a refresh token, of the cookie or of the body, for the next access and refresh token",
  needs: "public",
  body: z.object({ refresh_token: z.string().max(100).meta({ writeOnly: true }).optional() }),
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
  action: "session.sign-out",
  summary: "Ends the session",
  needs: "session",
  reply: reply(z.null()),
});

export const ChangePassword = defineRoute({
  method: "POST",
  path: "/session/password",
  action: "session.change-password",
  summary: "Changes one's own password, ends the other sessions and revokes one's API tokens",
  needs: "session",
  body: z.object({ current: AnyPassword, next: Password, revoke_tokens: z.boolean().default(true) }),
  reply: reply(z.null()),
});

export const ListedSession = z.object({
  session_id: z.string(),
  username: z.string(),
  /** How they signed in: password, totp, passkey, recovery code, provider. */
  method: z.string(),
  created_at: time,
  seen_at: time,
  ends_at: time,
  address: z.string().nullable(),
  user_agent: z.string().nullable(),
  /** Whether it is the one that asks. */
  is_this: z.boolean(),
});
export type ListedSession = z.infer<typeof ListedSession>;

const byId = z.object({ session_id: z.uuid() });

export const ListOwnSessions = defineRoute({
  method: "GET",
  path: "/session/all",
  summary: "One's own sessions, wherever they are signed in",
  needs: "session",
  reply: reply(z.object({ sessions: z.array(ListedSession) })),
});

export const EndOwnSession = defineRoute({
  method: "DELETE",
  path: "/session/all/:session_id",
  action: "session.end-own",
  summary: "Ends one of one's own sessions at once",
  needs: "session",
  params: byId,
  reply: reply(z.null()),
});

export const EndOwnOtherSessions = defineRoute({
  method: "DELETE",
  path: "/session/all",
  action: "session.end-own-others",
  summary: "Ends all of one's own sessions but this one",
  needs: "session",
  reply: reply(z.object({ ended: z.int() })),
});

export const ListSessions = defineRoute({
  method: "GET",
  path: "/sessions",
  summary: "Everybody's sessions, and how many people are online",
  needs: "user.manage",
  query: z.object({ username: z.string().max(64).optional() }),
  reply: reply(z.object({ sessions: z.array(ListedSession), people_online: z.int() })),
});

export const EndSession = defineRoute({
  method: "DELETE",
  path: "/sessions/:session_id",
  action: "sessions.end",
  summary: "Ends somebody's session at once",
  needs: "user.manage",
  params: byId,
  reply: reply(z.null()),
});

export const EndSessionsOf = defineRoute({
  method: "DELETE",
  path: "/users/:username/sessions",
  action: "sessions.end-all",
  summary: "Ends all sessions of a person at once",
  needs: "user.manage",
  params: z.object({ username: z.string() }),
  reply: reply(z.object({ ended: z.int() })),
});

export const ListSignInProviders = defineRoute({
  method: "GET",
  path: "/session/providers",
  summary: "The providers that people may sign in with, for the sign-in page",
  needs: "public",
  reply: reply(z.object({ providers: z.array(z.object({ provider: z.string(), title: z.string() })) })),
});

const providerParams = z.object({ provider: z.string().max(64) });

export const StartProviderSignIn = defineRoute({
  method: "GET",
  path: "/session/providers/:provider/start",
  summary: "Leads the browser to a sign-in provider (OpenID Connect, PKCE) and later back to `return_to`",
  needs: "public",
  params: providerParams,
  query: z.object({ return_to: z.string().max(500).default("/") }),
  reply: z.unknown(),
});

export const FinishProviderSignIn = defineRoute({
  method: "GET",
  path: "/session/providers/:provider/callback",
  summary: "Where the provider leads the browser back to; sets the session's cookies and redirects",
  needs: "public",
  params: providerParams,
  query: z.looseObject({ state: z.string().max(500).optional() }),
  reply: z.unknown(),
});

import { z } from "zod";
import { defineRoute, reply } from "./route.ts";
import { AnyPassword } from "./session.ts";

const time = z.iso.datetime();
/** Whoever changes how they sign in shows once more that it is they; left out by who has no password, soon after signing in. */
const current = AnyPassword.optional();
const Name = z.string().trim().min(1).max(60);

export const Passkey = z.object({
  passkey_id: z.string(),
  name: z.string(),
  created_at: time,
  used_at: time.nullable(),
});
export type Passkey = z.infer<typeof Passkey>;

export const SecondFactors = z.object({
  totp: z.boolean(),
  passkeys: z.array(Passkey),
  /** Recovery codes that are left; each opens the door once. */
  recovery_codes: z.int(),
  /** Whether this server's address can have passkeys: they need a name, and https but for localhost. */
  passkeys_possible: z.boolean(),
});
export type SecondFactors = z.infer<typeof SecondFactors>;

/** Shown once, when the first factor is added or new ones are asked for. */
const WithCodes = z.object({ factors: SecondFactors, recovery_codes: z.array(z.string()).nullable() });

export const GetSecondFactors = defineRoute({
  method: "GET",
  path: "/session/factors",
  summary: "One's own second factors",
  needs: "session",
  reply: reply(SecondFactors),
});

export const BeginTotp = defineRoute({
  method: "POST",
  path: "/session/factors/totp",
  action: "session.factors.totp-begin",
  summary: "Makes a secret for an authenticator app; it counts once a code of it was shown",
  needs: "session",
  body: z.object({ current }),
  reply: reply(z.object({ secret: z.string(), uri: z.string() })),
});

export const ConfirmTotp = defineRoute({
  method: "POST",
  path: "/session/factors/totp/confirm",
  action: "session.factors.totp-add",
  summary: "Shows the first code of an authenticator app",
  needs: "session",
  body: z.object({ code: z.string().trim().max(10).meta({ writeOnly: true }) }),
  reply: reply(WithCodes),
});

export const RemoveTotp = defineRoute({
  method: "POST",
  path: "/session/factors/totp/remove",
  action: "session.factors.totp-remove",
  summary: "Forgets the authenticator app",
  needs: "session",
  body: z.object({ current }),
  reply: reply(SecondFactors),
});

export const BeginPasskey = defineRoute({
  method: "POST",
  path: "/session/factors/passkeys/begin",
  audited: false,
  summary: "What `navigator.credentials.create` needs for a new passkey",
  needs: "session",
  body: z.object({ current }),
  reply: reply(z.object({ ticket: z.string(), options: z.record(z.string(), z.unknown()) })),
});

export const AddPasskey = defineRoute({
  method: "POST",
  path: "/session/factors/passkeys",
  action: "session.factors.passkey-add",
  summary: "Keeps a passkey that the browser made",
  needs: "session",
  body: z.object({
    ticket: z.string().max(100).meta({ writeOnly: true }),
    name: Name,
    answer: z.record(z.string(), z.unknown()).meta({ writeOnly: true }),
  }),
  reply: reply(WithCodes),
});

export const RemovePasskey = defineRoute({
  method: "POST",
  path: "/session/factors/passkeys/remove",
  action: "session.factors.passkey-remove",
  summary: "Forgets a passkey",
  needs: "session",
  body: z.object({ passkey_id: z.string().max(1_024), current }),
  reply: reply(SecondFactors),
});

export const RenewRecoveryCodes = defineRoute({
  method: "POST",
  path: "/session/factors/recovery-codes",
  action: "session.factors.recovery-codes",
  summary: "Makes ten new recovery codes; the old ones stop working",
  needs: "session",
  body: z.object({ current }),
  reply: reply(WithCodes),
});

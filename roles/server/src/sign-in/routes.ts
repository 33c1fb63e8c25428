import {
  AddPasskey,
  BeginPasskey,
  BeginTotp,
  ChangePassword,
  ConfirmTotp,
  GetSecondFactors,
  RemovePasskey,
  RemoveTotp,
  RenewRecoveryCodes,
  SignIn,
  SignInSecondFactor,
} from "@banksman/wire/api";
import type { FastifyRequest } from "fastify";
import type { Api } from "../http/api.ts";
import { DEVICE_COOKIE, fromOf, isSecure, SESSION_COOKIE, setDevice } from "../sessions/cookies.ts";
import { hand, signedIn } from "../sessions/routes.ts";
import type { SessionService } from "../sessions/service.ts";
import type { SecondFactorService } from "./second-factor.ts";
import type { Browser, SignInService } from "./service.ts";

/** The origin of the page that asks; where it says none it is taken by the address it asked. */
export function originOf(request: FastifyRequest, publicUrl: string | undefined): string {
  if (publicUrl !== undefined) return new URL(publicUrl).origin;
  return `${request.protocol}://${request.headers.host ?? "localhost"}`;
}

export const browserOf = (request: FastifyRequest, publicUrl: string | undefined): Browser => ({
  ...fromOf(request),
  origin: originOf(request, publicUrl),
  accessToken: request.cookies[SESSION_COOKIE],
  device: request.cookies[DEVICE_COOKIE],
});

type Parts = {
  signIn: SignInService;
  factors: SecondFactorService;
  sessions: Pick<SessionService, "endAll">;
  accounts: { setPassword: (username: string, password: string, revokeTokens: boolean) => Promise<void> };
  publicUrl: string | undefined;
};

export function signInRoutes(api: Api, { signIn, factors, sessions, accounts, publicUrl }: Parts): void {
  api.on(SignIn, async ({ body, request, reply, audit }) => {
    audit.note({ target: body.username });
    const signedIn = await signIn.withPassword(body.username, body.password, browserOf(request, publicUrl));
    if ("ticket" in signedIn) return signedIn;
    audit.note({ person: signedIn.person.username });
    const secure = isSecure(request, publicUrl);
    const session = hand(reply, signedIn, body.keep, secure);
    if (body.keep === "cookies") setDevice(reply, signedIn.device, secure);
    return session;
  });
  api.on(SignInSecondFactor, async ({ body, request, reply, audit }) => {
    const { ticket, keep, ...shown } = body;
    const signedIn = await signIn.withSecondFactor(ticket, shown, browserOf(request, publicUrl));
    audit.note({ person: signedIn.person.username, target: signedIn.person.username });
    const secure = isSecure(request, publicUrl);
    const session = hand(reply, signedIn, keep, secure);
    if (keep === "cookies") setDevice(reply, signedIn.device, secure);
    return session;
  });

  api.on(ChangePassword, async ({ body, caller }) => {
    const who = signedIn(caller);
    await signIn.confirm(who, body.current);
    await accounts.setPassword(who.username, body.next, body.revoke_tokens);
    await sessions.endAll(who.userNo, who.via.is === "session" ? who.via.id : null);
    return null;
  });
  api.on(GetSecondFactors, ({ caller, request }) =>
    factors.factors(signedIn(caller).userNo, originOf(request, publicUrl)),
  );
  api.on(BeginTotp, async ({ caller, body }) => {
    await signIn.confirm(signedIn(caller), body.current);
    return factors.beginTotp(signedIn(caller));
  });
  api.on(ConfirmTotp, ({ caller, body, request }) =>
    factors.confirmTotp(signedIn(caller), body.code, originOf(request, publicUrl)),
  );
  api.on(RemoveTotp, async ({ caller, body, request }) => {
    await signIn.confirm(signedIn(caller), body.current);
    return factors.removeTotp(signedIn(caller).userNo, originOf(request, publicUrl));
  });
  api.on(BeginPasskey, async ({ caller, body, request }) => {
    await signIn.confirm(signedIn(caller), body.current);
    return factors.beginPasskey(signedIn(caller), originOf(request, publicUrl));
  });
  api.on(AddPasskey, ({ caller, body, request }) =>
    factors.addPasskey(signedIn(caller), body.ticket, body.name, body.answer, originOf(request, publicUrl)),
  );
  api.on(RemovePasskey, async ({ caller, body, request }) => {
    await signIn.confirm(signedIn(caller), body.current);
    return factors.removePasskey(signedIn(caller).userNo, body.passkey_id, originOf(request, publicUrl));
  });
  api.on(RenewRecoveryCodes, async ({ caller, body, request }) => {
    await signIn.confirm(signedIn(caller), body.current);
    return factors.renewCodes(signedIn(caller).userNo, originOf(request, publicUrl));
  });
}

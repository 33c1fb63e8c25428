import { ChangePassword, CreateUser, GetSession, ListUsers, SignIn, SignOut, UpdateUser } from "@banksman/wire/api";
import type { FastifyRequest } from "fastify";
import type { Api } from "../http/api.ts";
import type { Caller } from "../http/caller.ts";
import { problem } from "../http/problem.ts";
import { type IdentityService, toSession } from "./service.ts";

export const SESSION_COOKIE = "banksman_session";

/** A session's cookie: out of reach of scripts, and never sent along with a foreign page's request. */
const cookieOptions = (secure: boolean) => ({ path: "/", httpOnly: true, sameSite: "strict", secure }) as const;

const isSecure = (request: FastifyRequest, publicUrl: string | undefined) =>
  request.protocol === "https" || publicUrl?.startsWith("https:") === true;

function person(caller: Caller): Extract<Caller, { is: "person" }> {
  if (caller.is !== "person") throw problem(401, "NOT_SIGNED_IN", "sign in first");
  return caller;
}

export function identityRoutes(api: Api, identity: IdentityService, publicUrl: string | undefined): void {
  api.on(SignIn, async ({ body, request, reply }) => {
    const from = { address: request.ip, userAgent: request.headers["user-agent"] ?? null };
    const { token, session } = await identity.signIn(body.username, body.password, from);
    reply.setCookie(SESSION_COOKIE, token, {
      ...cookieOptions(isSecure(request, publicUrl)),
      expires: session.expiresAt,
    });
    return toSession(session);
  });
  api.on(GetSession, ({ caller, request, reply }) => {
    const who = person(caller);
    // The session may have been extended: the browser's cookie must live as long.
    const token = request.cookies[SESSION_COOKIE];
    if (token)
      reply.setCookie(SESSION_COOKIE, token, {
        ...cookieOptions(isSecure(request, publicUrl)),
        expires: who.expiresAt,
      });
    return toSession(who);
  });
  api.on(SignOut, async ({ caller, request, reply }) => {
    await identity.signOut(person(caller).sessionHash);
    reply.clearCookie(SESSION_COOKIE, cookieOptions(isSecure(request, publicUrl)));
    return null;
  });
  api.on(ChangePassword, async ({ caller, body }) => {
    await identity.changePassword(person(caller), body.current, body.next);
    return null;
  });
  api.on(ListUsers, async () => ({ users: await identity.users() }));
  api.on(CreateUser, ({ body }) => identity.createUser(body));
  api.on(UpdateUser, ({ params, body }) => identity.updateUser(params.username, body));
}

import {
  EndOwnOtherSessions,
  EndOwnSession,
  EndSession,
  EndSessionsOf,
  GetSession,
  ListOwnSessions,
  ListSessions,
  RefreshSession,
  type Session,
  SignOut,
} from "@banksman/wire/api";
import type { FastifyReply } from "fastify";
import type { Api } from "../http/api.ts";
import type { Caller } from "../http/caller.ts";
import { problem } from "../http/problem.ts";
import { toWire } from "../identity/reach.ts";
import { clearTokens, isSecure, REFRESH_COOKIE, setTokens } from "./cookies.ts";
import type { Online } from "./online.ts";
import type { Person, SessionService, Tokens } from "./service.ts";
import { ACCESS_TOKEN_S } from "./signing-keys.ts";

type Users = {
  numberOf: (username: string) => Promise<number>;
  numberToChange: (username: string, by: Caller) => Promise<number>;
};
type Parts = { sessions: SessionService; online: Online; users: Users; publicUrl: string | undefined };

export function signedIn(caller: Caller): Person {
  if (caller.is !== "person") throw problem(401, "NOT_SIGNED_IN", "sign in first");
  return caller;
}

const sessionIdOf = (caller: Caller): string | null => {
  const { via } = signedIn(caller);
  return via.is === "session" ? via.id : null;
};

/** A session as the API tells it. */
export const toSession = (who: Person): Session => ({
  username: who.username,
  role: who.role,
  permissions: [...(who.via.is === "session" ? (["session"] as const) : []), ...who.reach.keys()],
  reach: toWire(who.reach),
  expires_at: who.expiresAt.toISOString(),
});

/** Gives a session to a browser as cookies, or to an API client in the reply. */
export function hand(
  reply: FastifyReply,
  { person, tokens }: { person: Person; tokens: Tokens },
  keep: "cookies" | "tokens",
  secure: boolean,
): Session {
  if (keep === "cookies") {
    setTokens(reply, tokens, secure);
    return toSession(person);
  }
  const { accessToken: access_token, refreshToken: refresh_token } = tokens;
  if (refresh_token === null) return toSession(person);
  return {
    ...toSession(person),
    tokens: { token_type: "Bearer", access_token, expires_in: ACCESS_TOKEN_S, refresh_token },
  };
}

export function sessionRoutes(api: Api, { sessions, online, users, publicUrl }: Parts): void {
  api.on(GetSession, ({ caller }) => toSession(signedIn(caller)));
  api.on(RefreshSession, async ({ body, request, reply }) => {
    const shown = body.refresh_token ?? request.cookies[REFRESH_COOKIE];
    if (shown === undefined) throw problem(401, "NOT_SIGNED_IN", "sign in first");
    const keep = body.refresh_token === undefined ? "cookies" : "tokens";
    const secure = isSecure(request, publicUrl);
    const renewed = await sessions.refresh(shown, keep === "cookies").catch((error: unknown) => {
      if (keep === "cookies") clearTokens(reply, secure);
      throw error;
    });
    return hand(reply, renewed, keep, secure);
  });
  api.on(SignOut, async ({ caller, request, reply }) => {
    const own = sessionIdOf(caller);
    if (own !== null) await sessions.end(own);
    clearTokens(reply, isSecure(request, publicUrl));
    return null;
  });
  api.on(ListOwnSessions, async ({ caller }) => ({
    sessions: await sessions.list(signedIn(caller).userNo, sessionIdOf(caller)),
  }));
  api.on(EndOwnSession, async ({ caller, params }) => {
    await sessions.end(params.session_id, signedIn(caller).userNo);
    return null;
  });
  api.on(EndOwnOtherSessions, async ({ caller }) => ({
    ended: await sessions.endAll(signedIn(caller).userNo, sessionIdOf(caller)),
  }));
  api.on(ListSessions, async ({ query, caller }) => {
    const userNo = query.username === undefined ? null : await users.numberOf(query.username);
    const [list, people_online] = await Promise.all([sessions.list(userNo, sessionIdOf(caller)), online.people()]);
    return { sessions: list, people_online };
  });
  api.on(EndSession, async ({ params, caller, audit }) => {
    const username = await sessions.ownerOf(params.session_id);
    audit.note({ target: username });
    await sessions.end(params.session_id, await users.numberToChange(username, caller));
    return null;
  });
  api.on(EndSessionsOf, async ({ params, caller }) => ({
    ended: await sessions.endAll(await users.numberToChange(params.username, caller), sessionIdOf(caller)),
  }));
}

import { createHash, randomBytes, randomUUID } from "node:crypto";
import type { Clock } from "@banksman/kit";
import type { ListedSession as WireSession } from "@banksman/wire/api";
import type { AuditInput } from "../audit/recorder.ts";
import type { Caller } from "../http/caller.ts";
import { problem } from "../http/problem.ts";
import { reachOfGrants, widestRole } from "../identity/reach.ts";
import type { SigningKeys } from "./signing-keys.ts";
import type { ListedSession, LiveSession, SessionStore, SignInMethod } from "./store.ts";

/** A session that nobody uses for a day is over; the longest one lasts two weeks. */
const IDLE_MS = 24 * 3_600_000;
const LONGEST_MS = 14 * 86_400_000;
/** Two tabs of a browser may show the same refresh token at once: the second gets an access token and no more. */
const GRACE_MS = 10_000;
const SEEN_MS = 60_000;

const hashOf = (token: string): Buffer => createHash("sha256").update(token).digest();
const newToken = (): string => randomBytes(32).toString("base64url");

export type Person = Extract<Caller, { is: "person" }>;
export type From = { address: string; userAgent: string | null };
export type Tokens = {
  accessToken: string;
  accessExpiresAt: Date;
  /** Null where the one that was shown had just been used: its successor is with whoever used it. */
  refreshToken: string | null;
  refreshExpiresAt: Date;
};

function none(): never {
  throw problem(404, "NO_SUCH_SESSION", "there is no such session, or it is over", { path: "session_id" });
}

export type SessionService = ReturnType<typeof sessionService>;

type Parts = {
  store: SessionStore;
  keys: SigningKeys;
  audit: { record: (event: AuditInput) => Promise<void> };
  onCome: () => void;
  clock: Clock;
};

/** Sessions: a family of refresh tokens each, every one of which is good once; access tokens name the session. */
export const sessionService = ({ store, keys, audit, onCome, clock }: Parts) => {
  const idleUntil = () => new Date(clock.now() + IDLE_MS);
  const tokensFor = async (sessionId: string, userNo: number, refreshToken: string | null): Promise<Tokens> => {
    const { token, expiresAt } = await keys.sign({ userNo, sessionId });
    return { accessToken: token, accessExpiresAt: expiresAt, refreshToken, refreshExpiresAt: idleUntil() };
  };
  const personOf = async (sessionId: string): Promise<Person | null> => {
    const found = await store.find(sessionId);
    // To the minute: a write for each request would cost more than it tells.
    if (found && Date.now() - found.seen_at.getTime() > SEEN_MS) await store.touch(sessionId);
    return found ? toPerson(found) : null;
  };

  return {
    /** Opens a session with an id of its own; the one the browser came with, if any, ends. */
    open: async (userNo: number, method: SignInMethod, from: From, before: string | null) => {
      const session_id = randomUUID();
      const refreshToken = newToken();
      await store.transaction(async (tx) => {
        await store.open(tx, {
          session_id,
          user_no: userNo,
          method,
          idle_until: idleUntil(),
          ends_at: new Date(clock.now() + LONGEST_MS),
          address: from.address,
          user_agent: from.userAgent?.slice(0, 300) ?? null,
        });
        await store.addRefreshToken(tx, session_id, hashOf(refreshToken));
      });
      if (before !== null) await store.end(before, null);
      onCome();
      const person = await personOf(session_id);
      if (!person) throw problem(401, "NOT_SIGNED_IN", "this account was switched off just now");
      return { person, tokens: await tokensFor(session_id, userNo, refreshToken) };
    },

    /**
     * Changes a refresh token for its successor. One that was used before is with two people: the whole family ends,
     * and both have to sign in again. Throws 401. `mayRace` is for a browser's tabs, which share a cookie.
     */
    refresh: async (shown: string, mayRace: boolean): Promise<{ person: Person; tokens: Tokens }> => {
      const over = problem(401, "SESSION_OVER", "the session is over: sign in again");
      const next = newToken();
      const taken = await store.transaction(async (tx) => {
        const found = await store.take(tx, hashOf(shown));
        if (found?.used_at === null) {
          await store.addRefreshToken(tx, found.session_id, hashOf(next));
          await store.extend(tx, found.session_id, idleUntil());
        }
        return found;
      });
      if (!taken) throw over;
      const graceMs = mayRace ? GRACE_MS : 0;
      if (taken.used_at !== null && Date.now() - taken.used_at.getTime() >= graceMs) {
        const target = await store.end(taken.session_id, null);
        await audit.record({ actor: { kind: "system", name: null }, action: "session.stolen", target });
        throw over;
      }
      const person = await personOf(taken.session_id);
      if (!person) throw over;
      return { person, tokens: await tokensFor(taken.session_id, taken.user_no, taken.used_at ? null : next) };
    },

    /** The person behind an access token, or null. Their session and grants are looked up: an end of either holds at once. */
    identify: async (accessToken: string): Promise<Person | null> => {
      const subject = await keys.verify(accessToken);
      if (!subject) return null;
      const person = await personOf(subject.sessionId);
      return person?.userNo === subject.userNo ? person : null;
    },

    /** The same person as they are now, for a connection that outlives its access token; null once the session is over. */
    again: personOf,

    sessionOf: async (accessToken: string): Promise<string | null> =>
      (await keys.verify(accessToken))?.sessionId ?? null,

    /** Whose session it is. Throws 404 where there is none. */
    ownerOf: async (sessionId: string): Promise<string> => (await store.find(sessionId))?.username ?? none(),

    list: async (userNo: number | null, own: string | null): Promise<WireSession[]> =>
      (await store.list(userNo)).map((session) => toWire(session, own)),

    /** Ends one session; of this person, where one is named. */
    end: async (sessionId: string, userNo: number | null = null): Promise<string> =>
      (await store.end(sessionId, userNo)) ?? none(),

    endAll: (userNo: number, keep: string | null = null): Promise<number> => store.endAll(userNo, keep),

    upkeep: async (): Promise<{ over: number; forgotten: number }> => ({
      over: await store.forget(),
      ...(await keys.upkeep()),
    }),
  };
};

const toPerson = (found: LiveSession): Person => ({
  is: "person",
  userNo: found.user_no,
  username: found.username,
  role: widestRole(found.grants),
  reach: reachOfGrants(found.grants),
  via: { is: "session", id: found.session_id, since: found.created_at },
  expiresAt: found.idle_until,
});

const toWire = (session: ListedSession, own: string | null): WireSession => ({
  ...session,
  created_at: session.created_at.toISOString(),
  seen_at: session.seen_at.toISOString(),
  ends_at: session.ends_at.toISOString(),
  is_this: session.session_id === own,
});

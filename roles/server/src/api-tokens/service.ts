import { createHash, randomBytes } from "node:crypto";
import type { Clock } from "@banksman/kit";
import type { ApiToken, BodyOf, CreateApiToken, ReplyOf } from "@banksman/wire/api";
import type { Caller } from "../http/caller.ts";
import { problem } from "../http/problem.ts";
import { narrow, reachOfGrants, widestRole } from "../identity/reach.ts";
import type { ApiTokenStore, LiveToken } from "./store.ts";

type Person = Extract<Caller, { is: "person" }>;

/** Tells a token from other secrets, for people and for scanners of source code. */
export const TOKEN_PREFIX = "bmt_";
const HINT_LENGTH = 9;

/** 256 random bits: a plain hash is as good as a slow one, and can be looked up. */
const hashOf = (token: string): Buffer => createHash("sha256").update(token).digest();

export type ApiTokenService = ReturnType<typeof apiTokenService>;

/** Tokens for programs: a part of what their owner may do, for a time. */
export const apiTokenService = (store: ApiTokenStore, clock: Clock) => {
  const one = async (tokenId: number): Promise<ApiToken> => {
    const [token] = await store.list({ tokenId });
    if (!token) throw problem(404, "NO_SUCH_TOKEN", `there is no token ${tokenId}`, { path: "token_id" });
    return token;
  };
  return {
    list: (userNo?: number): Promise<ApiToken[]> => store.list(userNo === undefined ? {} : { userNo }),

    create: async (
      owner: Person,
      { name, permissions, scope, days }: BodyOf<typeof CreateApiToken>,
    ): Promise<ReplyOf<typeof CreateApiToken>["data"]> => {
      const missing = permissions.find((permission) => !owner.reach.has(permission));
      if (missing !== undefined)
        throw problem(403, "MORE_THAN_YOURS", `you don't hold ${missing} yourself`, { path: "permissions" });
      const token = `${TOKEN_PREFIX}${randomBytes(32).toString("base64url")}`;
      const tokenId = await store.add({
        hash: hashOf(token),
        hint: `${token.slice(0, HINT_LENGTH)}…`,
        name,
        userNo: owner.userNo,
        permissions,
        scope,
        expiresAt: new Date(clock.now() + days * 86_400_000),
      });
      return { ...(await one(tokenId)), token };
    },

    ownerOf: async (tokenId: number): Promise<string> => (await one(tokenId)).username,

    revoke: async (tokenId: number, userNo: number | null): Promise<ApiToken> => {
      if (!(await store.revoke(tokenId, userNo)))
        throw problem(404, "NO_SUCH_TOKEN", `there is no token ${tokenId}`, { path: "token_id" });
      return one(tokenId);
    },

    revokeAll: store.revokeAll,

    /** Whose token this is, or null when it is unknown, revoked, over, or its owner is switched off. */
    identify: async (token: string): Promise<Person | null> => {
      const found = await store.findByHash(hashOf(token));
      if (found) await store.touch(found.token_id);
      return found ? toPerson(found) : null;
    },

    again: async (tokenId: number): Promise<Person | null> => {
      const found = await store.findById(tokenId);
      return found ? toPerson(found) : null;
    },
  };
};

const toPerson = (found: LiveToken): Person => ({
  is: "person",
  userNo: found.user_no,
  username: found.username,
  role: widestRole(found.grants),
  reach: narrow(reachOfGrants(found.grants), found),
  via: { is: "token", id: found.token_id },
  expiresAt: found.expires_at,
});

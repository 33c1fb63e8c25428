import { randomBytes } from "node:crypto";
import type { Clock } from "@banksman/kit";
import type { BodyOf, CreateUser, Grant, UpdateUser, User } from "@banksman/wire/api";
import type { Transaction } from "kysely";
import type { Audit } from "../audit/recorder.ts";
import type { Schema } from "../db/schema.ts";
import type { Caller } from "../http/caller.ts";
import { problem } from "../http/problem.ts";
import type { Passwords } from "../sign-in/passwords.ts";
import { covers, type StoredGrant } from "./reach.ts";
import type { IdentityStore, StoredUser } from "./store.ts";

type Parts = {
  store: IdentityStore;
  passwords: Pick<Passwords, "hash" | "matches">;
  sessions: { endAll: (userNo: number) => Promise<number> };
  factors: {
    removeAll: (tx: Transaction<Schema>, userNo: number) => Promise<void>;
    endTickets: (tx: Transaction<Schema>, userNo: number) => Promise<void>;
  };
  tokens: { revokeAll: (tx: Transaction<Schema>, userNo: number) => Promise<void> };
  audit: Pick<Audit, "record">;
  clock: Clock;
};

export type IdentityService = ReturnType<typeof identityService>;

/** Accounts and what is granted to them: who somebody is, and where they may do what. */
export const identityService = ({ store, passwords, sessions, factors, tokens, audit, clock }: Parts) => {
  const find = async (username: string): Promise<StoredUser> => {
    const user = await store.find(username);
    if (!user) throw problem(404, "NO_SUCH_USER", `there is no account "${username}"`, { path: "username" });
    return user;
  };

  const shown = async (username: string): Promise<User> => {
    const [user] = await store.list(username);
    if (!user) throw problem(404, "NO_SUCH_USER", `there is no account "${username}"`, { path: "username" });
    return user;
  };

  /** Whoever manages accounts gives away no more than they hold, and changes nobody who may do more. */
  const refuseMore = (by: Caller, grants: readonly StoredGrant[], path: string): void => {
    if (by.is === "person" && covers(by.reach, grants)) return;
    throw problem(403, "MORE_THAN_YOURS", "this account may do, or would, what you may not yourself", { path });
  };

  const resolved = async (by: Caller, grants: readonly Grant[]): Promise<void> => {
    const found = await store.resolve(grants);
    if (!found)
      throw problem(400, "NO_SUCH_GRANT", "a grant names a role, a site or a customer that there is not", {
        path: "grants",
      });
    refuseMore(by, found, "grants");
  };

  const keepAnAdmin = async (tx: Transaction<Schema>): Promise<void> => {
    if ((await store.activeAdmins(tx)).length > 0) return;
    throw problem(409, "LAST_ADMIN", "this is the only admin; make another one first");
  };

  return {
    /** Makes the first admin when there is no account yet; gives the random password to print, or null. */
    firstAdmin: async (username: string, chosen: string | undefined): Promise<string | null> => {
      if ((await store.userCount()) > 0) return null;
      const password = chosen ?? randomBytes(18).toString("base64url");
      const password_hash = await passwords.hash(password, username);
      const created = await store.transaction(async (tx) => {
        const userNo = await store.create(tx, { username, password_hash });
        if (userNo === null) return null;
        const grants = everywhere("admin");
        await store.setGrants(tx, userNo, grants);
        const actor = { kind: "system", name: "first start" } as const;
        await audit.record({ actor, action: "users.create", target: username, after: { username, grants } }, tx);
        return userNo;
      });
      return created !== null && chosen === undefined ? password : null;
    },

    checkGrants: resolved,

    /** Makes an account without a password, under the first of these names that is free; `link` runs with it. */
    createFromProvider: async (
      names: readonly string[],
      grants: readonly Grant[],
      link: (tx: Transaction<Schema>, userNo: number) => Promise<void>,
    ): Promise<number> =>
      await store.transaction(async (tx) => {
        for (const username of names) {
          const userNo = await store.create(tx, { username, password_hash: null });
          if (userNo === null) continue;
          await store.setGrants(tx, userNo, grants);
          await link(tx, userNo);
          return userNo;
        }
        throw problem(409, "USER_EXISTS", "there is an account of this name already; ask an admin");
      }),

    replaceGrants: (userNo: number, grants: readonly Grant[]): Promise<void> =>
      store.transaction(async (tx) => {
        await store.setGrants(tx, userNo, grants);
        await keepAnAdmin(tx);
      }),

    find: store.find,
    numberOf: async (username: string): Promise<number> => (await find(username)).user_no,

    /** The account's number, for who may change what is of it: one's own, or of who may do no more. Throws 403, 404. */
    numberToChange: async (username: string, by: Caller): Promise<number> => {
      const { user_no, grants } = await find(username);
      if (by.is !== "person" || by.userNo !== user_no) refuseMore(by, grants, "username");
      return user_no;
    },

    /** Sets one's own password. Throws 400 for the one that it is already. */
    setPassword: async (username: string, password: string, revokeTokens: boolean): Promise<void> => {
      const { user_no, password_hash: before } = await find(username);
      if (before !== null && (await passwords.matches(before, password)))
        throw problem(400, "PASSWORD_UNCHANGED", "the new password is the current one; take another", { path: "next" });
      const password_hash = await passwords.hash(password, username);
      await store.transaction(async (tx) => {
        await store.update(tx, user_no, { password_hash });
        await factors.endTickets(tx, user_no);
        if (revokeTokens) await tokens.revokeAll(tx, user_no);
      });
    },

    users: (): Promise<User[]> => store.list(),
    user: shown,

    createUser: async (body: BodyOf<typeof CreateUser>, by: Caller): Promise<User> => {
      const grants = grantsOf(body) ?? [];
      await resolved(by, grants);
      const password_hash = await passwords.hash(body.password, body.username);
      await store.transaction(async (tx) => {
        const userNo = await store.create(tx, { username: body.username, password_hash });
        if (userNo === null)
          throw problem(409, "USER_EXISTS", `there is an account "${body.username}" already`, { path: "username" });
        await store.setGrants(tx, userNo, grants);
      });
      return shown(body.username);
    },

    updateUser: async (username: string, change: BodyOf<typeof UpdateUser>, by: Caller): Promise<User> => {
      const user = await find(username);
      refuseMore(by, user.grants, "username");
      const grants = grantsOf(change);
      if (grants) await resolved(by, grants);
      const password_hash =
        change.password === undefined ? undefined : await passwords.hash(change.password, user.username);
      await store.transaction(async (tx) => {
        await store.update(tx, user.user_no, {
          ...(password_hash === undefined ? {} : { password_hash }),
          ...(change.disabled === undefined ? {} : { disabled_at: change.disabled ? new Date(clock.now()) : null }),
        });
        if (grants) await store.setGrants(tx, user.user_no, grants);
        if (change.remove_second_factor) await factors.removeAll(tx, user.user_no);
        if (password_hash !== undefined) await factors.endTickets(tx, user.user_no);
        // Whoever has the old password may have made a token with it.
        const { disabled = false, revoke_tokens = password_hash !== undefined } = change;
        if (disabled || revoke_tokens) await tokens.revokeAll(tx, user.user_no);
        await keepAnAdmin(tx);
      });
      await sessions.endAll(user.user_no);
      return shown(username);
    },
  };
};

const everywhere = (role: string): Grant[] => [{ role, scope: { of: "all" } }];
const grantsOf = (body: { role?: string | undefined; grants?: Grant[] | undefined }): Grant[] | undefined =>
  body.role === undefined ? body.grants : everywhere(body.role);

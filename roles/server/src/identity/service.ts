import { createHash, randomBytes } from "node:crypto";
import type { Clock } from "@banksman/kit";
import { ROLE_PERMISSIONS, type Role, type Session, type User } from "@banksman/wire/api";
import { hash, verify } from "@node-rs/argon2";
import { problem } from "../http/problem.ts";
import type { IdentityStore } from "./store.ts";
import { createThrottle } from "./throttle.ts";

const SESSION_MS = 24 * 3_600_000;

/** OWASP's second argon2id choice: 19 MiB, two passes. The library's default algorithm is argon2id. */
const ARGON = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

const hashToken = (token: string): Buffer => createHash("sha256").update(token).digest();

export type SignedIn = { userNo: number; username: string; role: Role; sessionHash: Buffer; expiresAt: Date };

export type IdentityService = ReturnType<typeof identityService>;

/** Accounts and sessions: who somebody is. What they may do stands with each route. */
export const identityService = (store: IdentityStore, clock: Clock) => {
  const throttle = createThrottle(clock);
  // Compared against when there is no such account, so that the time taken doesn't tell.
  const decoy = hash(randomBytes(16).toString("hex"), ARGON);

  const keepAnAdmin = async (username: string, change: { role?: Role | undefined; disabled?: boolean | undefined }) => {
    const losing = change.disabled === true || (change.role !== undefined && change.role !== "admin");
    if (!losing) return;
    const user = await store.find(username);
    if (user?.role === "admin" && user.disabled_at === null && (await store.activeAdmins()) === 1) {
      throw problem(409, "LAST_ADMIN", "this is the only admin; make another one first");
    }
  };

  return {
    /** Makes the first admin when there is no account yet; gives the random password to print, or null. */
    firstAdmin: async (username: string, chosen: string | undefined): Promise<string | null> => {
      if ((await store.userCount()) > 0) return null;
      const password = chosen ?? randomBytes(18).toString("base64url");
      const created = await store.create({ username, password_hash: await hash(password, ARGON), role: "admin" });
      return created && chosen === undefined ? password : null;
    },

    /** Throws 401 for a wrong name or password (the same text for both), 429 after too many. */
    signIn: async (
      username: string,
      password: string,
      from: { address: string; userAgent: string | null },
    ): Promise<{ token: string; session: SignedIn }> => {
      const key = `${username.toLowerCase()} ${from.address}`;
      const waitMs = throttle.waitMs(key);
      if (waitMs > 0) {
        const seconds = Math.ceil(waitMs / 1_000);
        throw problem(429, "TOO_MANY_TRIES", `too many wrong passwords; try again in ${seconds} s`, {
          retryAfterSeconds: seconds,
        });
      }
      // Counted before it is known: many guesses at once must not all pass before the first is counted.
      throttle.failed(key);
      const user = await store.find(username);
      const matches = await verify(user?.password_hash ?? (await decoy), password).catch(() => false);
      if (!user || !matches || user.disabled_at !== null) {
        throw problem(401, "WRONG_PASSWORD", "the user name or the password is wrong");
      }
      throttle.succeeded(key);
      const token = randomBytes(32).toString("base64url");
      const expiresAt = new Date(clock.now() + SESSION_MS);
      const sessionHash = hashToken(token);
      await store.openSession({
        token_hash: sessionHash,
        user_no: user.user_no,
        expires_at: expiresAt,
        address: from.address,
        user_agent: from.userAgent?.slice(0, 300) ?? null,
      });
      return {
        token,
        session: { userNo: user.user_no, username: user.username, role: user.role, sessionHash, expiresAt },
      };
    },

    /** The person behind a session token, or null. A session in use is extended when half of it is over. */
    identify: async (token: string): Promise<SignedIn | null> => {
      const sessionHash = hashToken(token);
      const found = await store.findSession(sessionHash);
      if (!found) return null;
      let expiresAt = found.expires_at;
      if (expiresAt.getTime() - clock.now() < SESSION_MS / 2) {
        expiresAt = new Date(clock.now() + SESSION_MS);
        await store.extendSession(sessionHash, expiresAt);
      }
      return { userNo: found.user_no, username: found.username, role: found.role, sessionHash, expiresAt };
    },

    signOut: (sessionHash: Buffer): Promise<void> => store.closeSession(sessionHash),

    changePassword: async (
      who: { username: string; sessionHash: Buffer },
      current: string,
      next: string,
    ): Promise<void> => {
      const user = await store.find(who.username);
      if (!user || !(await verify(user.password_hash, current))) {
        throw problem(403, "WRONG_PASSWORD", "the current password is wrong", { path: "current" });
      }
      await store.update(who.username, { password_hash: await hash(next, ARGON) });
      await store.closeSessions(who.username, who.sessionHash);
    },

    users: (): Promise<User[]> => store.list(),

    createUser: async (user: { username: string; password: string; role: Role }): Promise<User> => {
      const created = await store.create({
        username: user.username,
        role: user.role,
        password_hash: await hash(user.password, ARGON),
      });
      if (!created)
        throw problem(409, "USER_EXISTS", `there is an account "${user.username}" already`, { path: "username" });
      return created;
    },

    updateUser: async (
      username: string,
      change: { role?: Role | undefined; password?: string | undefined; disabled?: boolean | undefined },
    ): Promise<User> => {
      await keepAnAdmin(username, change);
      const user = await store.update(username, {
        ...(change.role === undefined ? {} : { role: change.role }),
        ...(change.password === undefined ? {} : { password_hash: await hash(change.password, ARGON) }),
        ...(change.disabled === undefined ? {} : { disabled_at: change.disabled ? new Date(clock.now()) : null }),
      });
      if (!user) throw problem(404, "NO_SUCH_USER", `there is no account "${username}"`, { path: "username" });
      await store.closeSessions(username);
      return user;
    },
  };
};

/** A session as the API tells it. */
export const toSession = (who: Pick<SignedIn, "username" | "role" | "expiresAt">): Session => ({
  username: who.username,
  role: who.role,
  permissions: [...ROLE_PERMISSIONS[who.role]],
  expires_at: who.expiresAt.toISOString(),
});

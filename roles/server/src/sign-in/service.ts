import { createHash, randomBytes } from "node:crypto";
import type { SecondFactorNeeded } from "@banksman/wire/api";
import { problem } from "../http/problem.ts";
import type { From, Person, SessionService, Tokens } from "../sessions/service.ts";
import type { Passwords } from "./passwords.ts";
import type { SecondFactorService, Shown } from "./second-factor.ts";
import { type Attempt, lineOf, type Tries } from "./tries.ts";
import { inTurn } from "./turns.ts";

/** Who changes how they sign in without a password to show must have signed in this lately. */
const FRESH_MS = 15 * 60_000;

type Account = { user_no: number; username: string; password_hash: string | null; disabled_at: Date | null };
type Accounts = { find: (username: string) => Promise<Account | null> };
/** The browser that asks: the address of its page, the session it has, and the mark of an earlier sign-in. */
export type Browser = From & { origin: string; accessToken: string | undefined; device: string | undefined };
export type SignedIn = { person: Person; tokens: Tokens; device: string };

type Parts = {
  accounts: Accounts;
  passwords: Passwords;
  tries: Tries;
  factors: SecondFactorService;
  sessions: SessionService;
};

/** Whoever is signed in is counted by themselves, as in a known browser. */
const CONFIRMING = Buffer.from("confirm");

const hashOf = (device: string): Buffer => createHash("sha256").update(device).digest();

export type SignInService = ReturnType<typeof signInService>;

/** Signing in with a password and, where there is one, a second factor. */
export const signInService = ({ accounts, passwords, tries, factors, sessions }: Parts) => {
  const attemptOf = async (username: string, browser: Browser): Promise<Attempt> => {
    const device = browser.device === undefined ? null : hashOf(browser.device);
    const isKnown = device !== null && (await tries.isKnown(device, username));
    return { account: username, address: browser.address, device: isKnown ? device : null };
  };
  const taken = inTurn();
  /** Throws 429 after too many: those in flight elsewhere are among them, so that it isn't said that they were wrong. */
  const count = async (attempt: Attempt): Promise<void> => {
    const seconds = await tries.begin(attempt);
    if (seconds > 0)
      throw problem(429, "TOO_MANY_TRIES", `too many tries; try again in ${seconds} s`, {
        retryAfterSeconds: seconds,
      });
  };
  const admit = async (userNo: number, method: Parameters<SessionService["open"]>[1], browser: Browser) => {
    const before = browser.accessToken === undefined ? null : await sessions.sessionOf(browser.accessToken);
    const device = browser.device ?? randomBytes(16).toString("base64url");
    await tries.remember(hashOf(device), userNo);
    return { ...(await sessions.open(userNo, method, browser, before)), device };
  };

  return {
    admit,
    /** Throws 401 for a wrong name or password (the same text for both), 429 after too many. */
    withPassword: async (
      username: string,
      password: string,
      browser: Browser,
    ): Promise<SignedIn | SecondFactorNeeded> => {
      const attempt = await attemptOf(username, browser);
      const account = await taken(lineOf(attempt), async () => {
        await count(attempt);
        const found = await accounts.find(username);
        const matches = await passwords.matches(found?.password_hash ?? null, password);
        if (!found || !matches || found.disabled_at !== null)
          throw problem(401, "WRONG_PASSWORD", "the user name or the password is wrong");
        await tries.succeeded(attempt);
        return found;
      });
      const needed = await factors.needed(account.user_no, browser.origin);
      return needed ?? admit(account.user_no, "password", browser);
    },

    /** Throws 401 for a factor that isn't right, 429 after too many: who knows the password may open ticket after ticket. */
    withSecondFactor: async (ticket: string, shown: Shown, browser: Browser): Promise<SignedIn> => {
      let attempt: Attempt | null = null;
      const { userNo, kind } = await factors.show(ticket, shown, browser.origin, async (username) => {
        attempt = { ...(await attemptOf(username, browser)), account: `second factor of ${username}` };
        await count(attempt);
      });
      if (attempt) await tries.succeeded(attempt);
      return admit(userNo, kind, browser);
    },

    /** Lets through whoever shows their password, or, having none, signed in a moment ago. Throws 403. */
    confirm: async (who: Person, current: string | undefined): Promise<void> => {
      const hash = (await accounts.find(who.username))?.password_hash ?? null;
      if (hash === null) {
        const since = who.via.is === "session" ? who.via.since.getTime() : 0;
        if (Date.now() - since < FRESH_MS) return;
        throw problem(403, "SIGN_IN_AGAIN", "sign in again first: this needs a sign-in of the last 15 minutes");
      }
      const attempt = { account: who.username, address: "", device: CONFIRMING };
      await taken(lineOf(attempt), async () => {
        await count(attempt);
        if (!(await passwords.matches(hash, current ?? "")))
          throw problem(403, "WRONG_PASSWORD", "the current password is wrong", { path: "current" });
        await tries.succeeded(attempt);
      });
    },
  };
};

import { createHash, randomBytes, randomInt } from "node:crypto";
import type { Clock } from "@banksman/kit";
import type { SecondFactorKind, SecondFactorNeeded, SecondFactors } from "@banksman/wire/api";
import { Secret, TOTP } from "otpauth";
import { z } from "zod";
import { problem } from "../http/problem.ts";
import { checkPasskey, creationOptions, newPasskey, placeOf, requestOptions } from "./passkeys.ts";
import { type SecondFactorStore, type Ticket, toPasskey } from "./second-factor-store.ts";

const TICKET_MS = 5 * 60_000;
const STEP_S = 30;
const CODES = 10;
/** Without letters and digits that look alike. */
const CODE_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789";
const CODE_LENGTH = 12;

type Vault = { seal: (text: string) => Buffer; open: (sealed: Buffer) => string };
type Who = { userNo: number; username: string };
export type Shown = { code?: string | undefined; passkey?: unknown; recovery_code?: string | undefined };

const hashOf = (text: string): Buffer => createHash("sha256").update(text).digest();
/** A recovery code has 59 random bits, and tries are few: a plain hash is enough. */
const hashOfCode = (code: string): Buffer => hashOf(code.toLowerCase().replace(/[^a-z0-9]/g, ""));
const newCode = (): string => {
  const letters = Array.from({ length: CODE_LENGTH }, () => CODE_LETTERS[randomInt(CODE_LETTERS.length)]).join("");
  return letters.replace(/(.{4})(?=.)/g, "$1-");
};

export type SecondFactorService = ReturnType<typeof secondFactorService>;

/** Second factors: an authenticator app's codes, passkeys, and recovery codes for when both are lost. */
export const secondFactorService = (store: SecondFactorStore, vault: Vault, clock: Clock) => {
  const appOf = (secret: string, username: string) =>
    new TOTP({ issuer: "Banksman", label: username, secret: Secret.fromBase32(secret), period: STEP_S });

  /** Whether a code is right now, or was half a minute ago, and was not shown before. */
  const checkCode = async ({ userNo, username }: Who, code: string): Promise<boolean> => {
    const stored = await store.totp(userNo);
    if (!stored) return false;
    const app = appOf(vault.open(stored.secret), username);
    const delta = app.validate({ token: code.replace(/\s/g, ""), timestamp: clock.now(), window: 1 });
    return delta !== null && store.spendStep(userNo, Math.floor(clock.now() / 1_000 / STEP_S) + delta);
  };

  const kindsOf = async (userNo: number): Promise<SecondFactorKind[]> => {
    const [totp, passkeys, codes] = await Promise.all([
      store.totp(userNo),
      store.passkeys(userNo),
      store.codesLeft(userNo),
    ]);
    const has: SecondFactorKind[] = [];
    if (totp?.isConfirmed) has.push("totp");
    if (passkeys.length > 0) has.push("passkey");
    // Codes stand in for a factor; alone they are none.
    if (has.length > 0 && codes > 0) has.push("recovery code");
    return has;
  };

  const factors = async (userNo: number, origin: string): Promise<SecondFactors> => {
    const [totp, passkeys, recovery_codes] = await Promise.all([
      store.totp(userNo),
      store.passkeys(userNo),
      store.codesLeft(userNo),
    ]);
    return {
      totp: totp?.isConfirmed ?? false,
      passkeys: passkeys.map(toPasskey),
      recovery_codes,
      passkeys_possible: placeOf(origin) !== null,
    };
  };

  const renewCodes = async (userNo: number): Promise<string[]> => {
    const codes = Array.from({ length: CODES }, newCode);
    await store.setCodes(userNo, codes.map(hashOfCode));
    return codes;
  };
  /** With the first factor come the codes for the day it is lost. */
  const withCodes = async (userNo: number, origin: string) => {
    const recovery_codes = (await store.codesLeft(userNo)) === 0 ? await renewCodes(userNo) : null;
    return { factors: await factors(userNo, origin), recovery_codes };
  };
  const openTicket = async (userNo: number, challenge: string | null): Promise<string> => {
    const ticket = randomBytes(32).toString("base64url");
    await store.openTicket(hashOf(ticket), userNo, challenge, new Date(clock.now() + TICKET_MS));
    return ticket;
  };
  const tryTicket = async (ticket: string): Promise<Ticket> => {
    const found = await store.tryTicket(hashOf(ticket));
    if (!found)
      throw problem(401, "TICKET_OVER", "this took too long, or too many tries: begin again with the password");
    return found;
  };

  const isRight = async (who: Who, challenge: string | null, shown: Shown, origin: string): Promise<boolean> => {
    if (shown.code !== undefined) return checkCode(who, shown.code);
    if (shown.recovery_code !== undefined) return store.spendCode(who.userNo, hashOfCode(shown.recovery_code));
    const place = placeOf(origin);
    const { id } = z.looseObject({ id: z.string() }).parse(shown.passkey);
    const passkey = (await store.passkeys(who.userNo)).find((one) => one.passkey_id === id);
    if (!place || !passkey || challenge === null) return false;
    await store.usePasskey(id, await checkPasskey(place, challenge, shown.passkey, passkey));
    return true;
  };

  return {
    factors,
    /** What has to be shown after a right password; null where a password is enough. */
    needed: async (userNo: number, origin: string): Promise<SecondFactorNeeded | null> => {
      const kinds = await kindsOf(userNo);
      if (kinds.length === 0) return null;
      const place = placeOf(origin);
      const options =
        place && kinds.includes("passkey") ? await requestOptions(place, await store.passkeys(userNo)) : null;
      const ticket = await openTicket(userNo, options?.challenge ?? null);
      return { ticket, factors: kinds, passkey_options: options && { ...options } };
    },

    /** Whose ticket it is, once the second factor shown with it is right; `beforeTry` may stop it. Throws 401. */
    show: async (
      ticket: string,
      shown: Shown,
      origin: string,
      beforeTry: (username: string) => Promise<void>,
    ): Promise<Who & { kind: SecondFactorKind }> => {
      const found = await tryTicket(ticket);
      await beforeTry(found.username);
      const who = { userNo: found.user_no, username: found.username };
      if (!(await isRight(who, found.challenge, shown, origin)))
        throw problem(401, "WRONG_CODE", "this is not right, or was used before", { path: "code" });
      if (!(await store.spendTicket(hashOf(ticket)))) throw problem(401, "TICKET_OVER", "this ticket was just used");
      const kind = shown.code !== undefined ? "totp" : shown.recovery_code !== undefined ? "recovery code" : "passkey";
      return { ...who, kind };
    },

    beginTotp: async ({ userNo, username }: Who): Promise<{ secret: string; uri: string }> => {
      const secret = new Secret({ size: 20 }).base32;
      if (!(await store.beginTotp(userNo, vault.seal(secret))))
        throw problem(409, "TOTP_EXISTS", "there is an authenticator app already; remove it first");
      return { secret, uri: appOf(secret, username).toString() };
    },
    confirmTotp: async (who: Who, code: string, origin: string) => {
      if (!(await checkCode(who, code))) throw problem(400, "WRONG_CODE", "this code is not right", { path: "code" });
      await store.confirmTotp(who.userNo);
      return withCodes(who.userNo, origin);
    },
    removeTotp: async (userNo: number, origin: string) => {
      await store.removeTotp(userNo);
      return factors(userNo, origin);
    },

    beginPasskey: async (who: Who, origin: string) => {
      const place = placeOf(origin);
      if (!place)
        throw problem(409, "NO_PASSKEYS_HERE", "passkeys need a host name with https (or localhost), not an address");
      const known = await store.passkeys(who.userNo);
      const options = await creationOptions(place, { no: who.userNo, name: who.username }, known);
      return { ticket: await openTicket(who.userNo, options.challenge), options: { ...options } };
    },
    addPasskey: async (who: Who, ticket: string, name: string, answer: unknown, origin: string) => {
      const found = await tryTicket(ticket);
      const place = placeOf(origin);
      if (!place || found.challenge === null || found.user_no !== who.userNo)
        throw problem(401, "TICKET_OVER", "begin again");
      const passkey = await newPasskey(place, found.challenge, answer);
      await store.spendTicket(hashOf(ticket));
      if (!(await store.addPasskey({ ...passkey, name, user_no: who.userNo })))
        throw problem(409, "PASSKEY_EXISTS", "this passkey is known already");
      return withCodes(who.userNo, origin);
    },
    removePasskey: async (userNo: number, passkeyId: string, origin: string) => {
      if (!(await store.removePasskey(userNo, passkeyId)))
        throw problem(404, "NO_SUCH_PASSKEY", "there is no such passkey", { path: "passkey_id" });
      return factors(userNo, origin);
    },
    renewCodes: async (userNo: number, origin: string) => {
      if ((await kindsOf(userNo)).length === 0)
        throw problem(409, "NO_SECOND_FACTOR", "recovery codes stand in for a second factor: add one first");
      const recovery_codes = await renewCodes(userNo);
      return { factors: await factors(userNo, origin), recovery_codes };
    },
    removeAll: store.removeAll,
    endTickets: store.endTickets,
  };
};

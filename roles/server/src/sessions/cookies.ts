import type { FastifyReply, FastifyRequest } from "fastify";
import type { From, Tokens } from "./service.ts";

/** Holds the access token. */
export const SESSION_COOKIE = "banksman_session";
/** Holds the refresh token, and goes to the session's own routes alone. */
export const REFRESH_COOKIE = "banksman_refresh";
/** Tells a browser that somebody signed in with before: others can't lock it out. */
export const DEVICE_COOKIE = "banksman_device";
const DEVICE_MS = 180 * 86_400_000;

/** Out of reach of scripts, and never sent along with a foreign page's request. */
const options = (secure: boolean, path = "/") => ({ path, httpOnly: true, sameSite: "strict", secure }) as const;

export const isSecure = (request: FastifyRequest, publicUrl: string | undefined): boolean =>
  request.protocol === "https" || publicUrl?.startsWith("https:") === true;

export function setTokens(reply: FastifyReply, tokens: Tokens, secure: boolean): void {
  reply.setCookie(SESSION_COOKIE, tokens.accessToken, { ...options(secure), expires: tokens.accessExpiresAt });
  if (tokens.refreshToken === null) return;
  const expires = tokens.refreshExpiresAt;
  reply.setCookie(REFRESH_COOKIE, tokens.refreshToken, { ...options(secure, "/api/session"), expires });
}

export function setDevice(reply: FastifyReply, device: string, secure: boolean): void {
  const expires = new Date(Date.now() + DEVICE_MS);
  reply.setCookie(DEVICE_COOKIE, device, { ...options(secure, "/api/session"), expires });
}

export function clearTokens(reply: FastifyReply, secure: boolean): void {
  reply.clearCookie(SESSION_COOKIE, options(secure));
  reply.clearCookie(REFRESH_COOKIE, options(secure, "/api/session"));
}

export const fromOf = (request: FastifyRequest): From => ({
  address: request.ip,
  userAgent: request.headers["user-agent"] ?? null,
});

import type { IncomingMessage } from "node:http";
import type { ApiTokenService } from "./api-tokens/service.ts";
import type { CollectorService } from "./collectors/service.ts";
import { isLoopbackOnly, type ServerConfig } from "./config.ts";
import type { Caller } from "./http/caller.ts";
import { cameThroughProxy } from "./http/origin.ts";
import { SESSION_COOKIE } from "./sessions/cookies.ts";
import type { SessionService } from "./sessions/service.ts";

type Headers = IncomingMessage["headers"];
type Via = { is: "session"; id: string } | { is: "token"; id: number };
type Asking = { headers: Headers; socket: { remoteAddress?: string | undefined } };

function cookieOf(headers: Headers, name: string): string | undefined {
  const pair = headers.cookie?.split(";").find((part) => part.trim().startsWith(`${name}=`));
  return pair?.slice(pair.indexOf("=") + 1).trim();
}

const bearerOf = (headers: Headers) => /^Bearer (\S+)$/i.exec(headers.authorization ?? "")?.[1];

const isLoopback = (address: string | undefined) => address !== undefined && /^(::ffff:)?127\.|^::1$/.test(address);

type Parts = {
  config: Pick<ServerConfig, "public_read" | "host" | "public_url">;
  collectors: Pick<CollectorService, "identify">;
  sessions: Pick<SessionService, "identify" | "again">;
  tokens: Pick<ApiTokenService, "identify" | "again">;
};

/**
 * Tells who sends a request: a collector by its key, a person by an access token or an API token, a reader where reading is
 * open. A key or token that is sent but unknown is nobody, so that a typing mistake is not taken for an open door.
 */
export function createIdentify({ config, collectors, sessions, tokens }: Parts) {
  const readsOpenly = (headers: Headers, address: string | undefined): boolean => {
    if (config.public_read === true) return true;
    if (config.public_read === false || !isLoopbackOnly(config)) return false;
    return isLoopback(address) && !cameThroughProxy(headers);
  };
  const byKey = async (key: string): Promise<Caller> => {
    const owner = await collectors.identify(key);
    return owner ? { is: "collector", ...owner } : { is: "nobody" };
  };
  const identify = async ({ headers, socket }: Asking): Promise<Caller> => {
    const key = headers["x-collector-key"];
    if (typeof key === "string" && key !== "") return byKey(key);
    const bearer = bearerOf(headers);
    // Also a collector key: some senders, such as Alertmanager, can set no header of their own.
    if (bearer?.startsWith("hsc_")) return byKey(bearer);
    if (bearer?.startsWith("bmt_")) return (await tokens.identify(bearer)) ?? { is: "nobody", sent: "token" };
    if (bearer !== undefined) return (await sessions.identify(bearer)) ?? { is: "nobody" };
    const token = cookieOf(headers, SESSION_COOKIE);
    const person = token ? await sessions.identify(token) : null;
    if (person) return person;
    return readsOpenly(headers, socket.remoteAddress) ? { is: "reader" } : { is: "nobody" };
  };
  const personBy = async (via: Via): Promise<Caller> =>
    (await (via.is === "session" ? sessions.again(via.id) : tokens.again(via.id))) ?? { is: "nobody" };
  return {
    identify,
    /** Whose session or API token this is by now; nobody's when it is over. */
    personBy,
    /** Who a caller is by now: their session may be over, their role another. An open connection outlives its access token. */
    again: (caller: Caller, request: Asking): Promise<Caller> =>
      caller.is === "person" ? personBy(caller.via) : identify(request),
  };
}

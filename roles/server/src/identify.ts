import type { IncomingMessage } from "node:http";
import type { CollectorService } from "./collectors/service.ts";
import { isLoopbackOnly, type ServerConfig } from "./config.ts";
import type { Caller } from "./http/caller.ts";
import { cameThroughProxy } from "./http/origin.ts";
import { SESSION_COOKIE } from "./identity/routes.ts";
import type { IdentityService } from "./identity/service.ts";

type Headers = IncomingMessage["headers"];

function cookieOf(headers: Headers, name: string): string | undefined {
  const pair = headers.cookie?.split(";").find((part) => part.trim().startsWith(`${name}=`));
  return pair?.slice(pair.indexOf("=") + 1).trim();
}

/** A collector key as bearer token, for senders that can set no header of their own, such as Alertmanager. */
const bearerKey = (headers: Headers) => /^Bearer (hsc_\S+)$/.exec(headers.authorization ?? "")?.[1];

const isLoopback = (address: string | undefined) => address !== undefined && /^(::ffff:)?127\.|^::1$/.test(address);

/**
 * Tells who sends a request: a collector by its key, a person by their session, a reader where reading is open. A key
 * that is sent but unknown is nobody, so that a typing mistake is not taken for an open door.
 */
export function createIdentify(
  config: Pick<ServerConfig, "public_read" | "host" | "public_url">,
  collectors: Pick<CollectorService, "identify">,
  identity: Pick<IdentityService, "identify">,
) {
  const readsOpenly = (headers: Headers, address: string | undefined): boolean => {
    if (config.public_read === true) return true;
    if (config.public_read === false || !isLoopbackOnly(config)) return false;
    return isLoopback(address) && !cameThroughProxy(headers);
  };
  return async (request: { headers: Headers; socket: { remoteAddress?: string | undefined } }): Promise<Caller> => {
    const { headers, socket } = request;
    const key = headers["x-collector-key"] ?? bearerKey(headers);
    if (typeof key === "string" && key !== "") {
      const owner = await collectors.identify(key);
      return owner ? { is: "collector", ...owner } : { is: "nobody" };
    }
    const token = cookieOf(headers, SESSION_COOKIE);
    const person = token ? await identity.identify(token) : null;
    if (person) return { is: "person", ...person };
    return readsOpenly(headers, socket.remoteAddress) ? { is: "reader" } : { is: "nobody" };
  };
}

import { type LookupAddress, lookup as resolveName } from "node:dns";
import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";
import { Agent, buildConnector, fetch as undiciFetch } from "undici";
import { defineErrors } from "./errors.ts";

/**
 * Networks that a request on behalf of a user must not reach: this machine, private and link-local networks (cloud
 * metadata among them), and ranges that carry another address inside. IANA special-purpose registries, RFC 6890.
 */
const INNER = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/3",
  "::/96",
  "64:ff9b::/96",
  "64:ff9b:1::/48",
  "100::/64",
  "2001::/32",
  "2001:db8::/32",
  "2002::/16",
  "fc00::/7",
  "fe80::/10",
  "ff00::/8",
];

export const EgressErrors = defineErrors("EGRESS", {
  REFUSED: {
    text: (host: string, address: string) =>
      `${host} is at ${address}, an inner network, where requests are not allowed to go: list it in egress.allow if it is meant`,
    retry: false,
  },
  SCHEME: {
    text: (scheme: string) => `addresses begin with http:// or https://, not ${scheme}//`,
    retry: false,
  },
});

/** How requests leave for addresses that people or other machines named. */
export type Egress = {
  /** As the global fetch, to where it is allowed; redirects are the caller's to refuse or to follow one by one. */
  fetch: (url: string, init?: EgressInit) => Promise<EgressReply>;
  /** The address of a host that a connection may be opened to; throws EGRESS_REFUSED. */
  addressOf: (host: string) => Promise<string>;
};

/** What callers use of a response. */
export type EgressReply = {
  status: number;
  headers: { get: (name: string) => string | null };
  /** Read by `textUpTo`, or in parts with a bound: who answers may send more than fits into memory. */
  body: AsyncIterable<Uint8Array> | null;
};

export type EgressInit = {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  redirect?: "error" | "manual";
  signal?: AbortSignal;
};

/** The first `bytes` of an answer as text. The rest isn't read: the connection is given up, however much was to come. */
export async function textUpTo({ body }: Pick<EgressReply, "body">, bytes: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body ?? []) {
    parts.push(part.subarray(0, bytes - size));
    size += part.byteLength;
    if (size >= bytes) break;
  }
  return new TextDecoder().decode(Buffer.concat(parts));
}

/** Requests of a program whose addresses its own operator wrote into its file: nothing is refused. */
export const openEgress: Egress = {
  fetch: (url, init) => fetch(url, init),
  addressOf: async (host) => host,
};

/**
 * Requests to addresses that users may type: none reaches an inner network but those in `allow` (addresses and networks).
 */
export function guardedEgress(allow: readonly string[]): Egress {
  const [isInner, isAllowed] = [networksCheck(INNER), networksCheck(allow)];
  return egressTo((address) => isAllowed(address) || !isInner(address));
}

/**
 * Requests to addresses of which `allows` says yes. It is asked of the address that is connected to, at the moment of
 * connecting, so that a name that changes its address between check and use gains nothing.
 */
export function egressTo(allows: (address: string) => boolean): Egress {
  const check = (host: string, address: string): void => {
    if (!allows(address)) throw EgressErrors.REFUSED(host, address);
  };
  const connect = buildConnector({
    timeout: 10_000,
    lookup: (host, options, done) =>
      resolveName(host, { ...options, all: true }, (error, found) => {
        if (error) return done(error, []);
        const refused = found.find(({ address }) => !allows(address));
        if (refused) return done(EgressErrors.REFUSED(host, refused.address), []);
        const [first] = found;
        if (options.all || first === undefined) return done(null, found);
        return done(null, first.address, first.family);
      }),
  });
  const agent = new Agent({
    connect: (options, done) => {
      // A literal address is connected to without asking for its name.
      const literal = options.hostname.replace(/^\[|\]$/g, "");
      if (isIP(literal) !== 0 && !allows(literal)) return done(EgressErrors.REFUSED(literal, literal), null);
      return connect(options, done);
    },
  });
  return {
    fetch: async (url, init = {}) => {
      const { protocol } = new URL(url);
      if (protocol !== "http:" && protocol !== "https:") throw EgressErrors.SCHEME(protocol);
      return undiciFetch(url, { ...init, dispatcher: agent });
    },
    addressOf: async (host) => {
      const found: LookupAddress[] =
        isIP(host) === 0 ? await lookup(host, { all: true }) : [{ address: host, family: isIP(host) }];
      for (const { address } of found) check(host, address);
      return found[0]?.address ?? host;
    },
  };
}

/** Whether an address lies in one of these networks. */
export function networksCheck(networks: readonly string[]): (address: string) => boolean {
  const list = blockListOf(networks);
  return (address) => list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

function blockListOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", prefix] = network.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return list;
}

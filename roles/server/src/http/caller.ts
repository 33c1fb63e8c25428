import type { Permission, Route } from "@banksman/wire/api";
import { problem } from "./problem.ts";

/** Sites a caller may see as a whole. */
export type Sites = "all" | ReadonlySet<string>;
/** Containers of one site, where the site is not reached as a whole. */
export type Containers = "all" | readonly string[];
/** Some of a site's miners: those in containers, and those that are customers' by now. */
export type SomeMiners = { containers: readonly string[]; customers: readonly string[] };
/** Which of a site's miners are reached. */
export type Within = "all" | SomeMiners;
/** Where a permission holds: everywhere, or by site the whole of it or some of its miners. */
export type Reach = "all" | ReadonlyMap<string, "site" | SomeMiners>;

/** Who is asking, as far as the server could tell. `reach` holds what was granted; what it lacks is denied. */
export type Caller =
  | {
      is: "person";
      userNo: number;
      username: string;
      role: string | null;
      reach: ReadonlyMap<Permission, Reach>;
      /** A session since when, or an API token. */
      via: { is: "session"; id: string; since: Date } | { is: "token"; id: number };
      expiresAt: Date;
    }
  | { is: "collector"; siteNo: number; siteId: string; keyId: number }
  | { is: "reader" }
  /** `sent` is what they said they are, and is not, or no longer. */
  | { is: "nobody"; sent?: "token" };

const NOWHERE: Reach = new Map();
export const NO_MINERS: SomeMiners = { containers: [], customers: [] };
export const isNone = (within: Within): boolean =>
  within !== "all" && within.containers.length + within.customers.length === 0;

/** Where a caller holds a permission. */
export function reachOf(caller: Caller, needs: Permission): Reach {
  switch (caller.is) {
    case "person":
      return caller.reach.get(needs) ?? NOWHERE;
    case "collector":
      return needs === "reading.upload" || needs === "reading.read" ? new Map([[caller.siteId, "site"]]) : NOWHERE;
    case "reader":
      return needs === "reading.read" ? "all" : NOWHERE;
    case "nobody":
      return NOWHERE;
  }
}

/** The sites that are reached as a whole. */
export const wholeSites = (reach: Reach): Sites =>
  reach === "all" ? "all" : new Set([...reach].filter(([, part]) => part === "site").map(([siteId]) => siteId));

/** The sites where a caller holds a permission for the whole site. */
export const sitesOf = (caller: Caller, needs: Permission): Sites => wholeSites(reachOf(caller, needs));

/** Whether a caller holds a permission at a whole site. */
export const mayAt = (caller: Caller, needs: Permission, siteId: string): boolean =>
  withinAt(caller, needs, siteId) === "all";

/** The miners of a site for which a caller holds a permission: `all` for the whole site, none where it is not reached. */
export function withinAt(caller: Caller, needs: Permission, siteId: string): Within {
  const reach = reachOf(caller, needs);
  if (reach === "all") return "all";
  const part = reach.get(siteId) ?? NO_MINERS;
  return part === "site" ? "all" : part;
}

/** The containers of a site where a caller holds a permission, for what knows no customers. */
export function containersAt(caller: Caller, needs: Permission, siteId: string): Containers {
  const within = withinAt(caller, needs, siteId);
  return within === "all" ? within : within.containers;
}

/** Whether something of a site lies within `sites`; what belongs to no site is for those who see all. */
export const isWithin = (sites: Sites, siteId: string | null): boolean =>
  sites === "all" || (siteId !== null && sites.has(siteId));

/**
 * Lets the call through or throws 401 or 403; what is not granted is denied. `siteId` is the site the call names, if
 * any; `at` is the route's. A site that is not reached and one that does not exist read the same.
 */
export function authorise(caller: Caller, needs: Permission, siteId: string | undefined, at?: Route["at"]): void {
  if (needs === "public" || (needs === "session" && caller.is === "person" && caller.via.is === "session")) return;
  const reach = reachOf(caller, needs);
  if (reach !== "all" && reach.size === 0) refuse(caller, needs);
  if (reach === "all") return;
  const parts = siteId === undefined ? [...reach.values()] : [reach.get(siteId) ?? NO_MINERS];
  if (parts.some((part) => isEnough(part, siteId !== undefined, at))) return;
  if (caller.is === "collector")
    throw problem(403, "KEY_OF_ANOTHER_SITE", `this collector key belongs to another site than ${siteId}`);
  const where = siteId === undefined ? "everywhere" : `at site "${siteId}"`;
  throw problem(403, "NOT_ALLOWED_HERE", `you may not do this ${where} (${needs}); an admin can widen your role`, {
    needs,
  });
}

/** Whether what is held of a site, which the call names or doesn't, lets it through a route. */
function isEnough(part: "site" | SomeMiners, isNamed: boolean, at: Route["at"]): boolean {
  if (part === "site") return isNamed || at === "anywhere" || at === "miners";
  switch (at) {
    case "miners":
      return !isNone(part);
    case "container":
      return isNamed && part.containers.length > 0;
    case "anywhere":
    case undefined:
      return false;
  }
}

function refuse(caller: Caller, needs: Permission): never {
  if (caller.is === "nobody" && caller.sent === "token")
    throw problem(401, "NOT_SIGNED_IN", "this API token is wrong, expired or withdrawn: make a new one at /account");
  if (caller.is === "nobody" || caller.is === "reader") {
    const how = needs === "reading.upload" ? "send a valid X-Collector-Key" : "sign in, or send an X-Collector-Key";
    throw problem(401, "NOT_SIGNED_IN", `nobody is signed in: ${how}`);
  }
  throw problem(403, "NOT_ALLOWED", whyNot(caller, needs), { needs });
}

/** What no role holds isn't said to be a matter of roles. */
function whyNot(caller: Caller, needs: Permission): string {
  if (needs === "session") return "only somebody who is signed in in the browser may do this";
  if (needs === "reading.upload") return "only a collector may do this: send its key as X-Collector-Key";
  if (caller.is === "person" && caller.via.is === "token")
    return `this API token may not do this (${needs}): one that may is made at /account, by whoever may do it`;
  return `your role may not do this (${needs}); an admin can give you a role that may`;
}

/** Who did something, as it is noted. */
export const nameOf = (caller: Caller): string => (caller.is === "person" ? caller.username : caller.is);

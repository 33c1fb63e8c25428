import {
  BuiltInRole,
  CUSTOMER_PERMISSIONS,
  Permission,
  type Permission as PermissionWord,
  ROLE_PERMISSIONS,
  type Session,
} from "@banksman/wire/api";
import { z } from "zod";
import { isNone, NO_MINERS, type Reach, type SomeMiners } from "../http/caller.ts";

/** A grant with its scope looked up: `sites` are those it reaches, null is all. */
export const StoredGrant = z.object({
  role: z.string(),
  /** Of a role of one's own; null for one that is built in, or is gone. */
  permissions: z.array(z.string()).nullable(),
  sites: z.array(z.string()).nullable(),
  container: z.string().nullable(),
  customer: z.string().nullable(),
  /** Set when it reaches whichever sites lie in a region, later ones too. */
  region: z.string().nullable(),
});
export type StoredGrant = z.infer<typeof StoredGrant>;

/** What a role allows. A permission that this release doesn't know allows nothing. */
function permissionsOfRole({ role, permissions }: StoredGrant): readonly PermissionWord[] {
  const builtIn = BuiltInRole.safeParse(role);
  if (builtIn.success) return ROLE_PERMISSIONS[builtIn.data];
  return (permissions ?? []).flatMap((word) => Permission.safeParse(word).data ?? []);
}

/** What a grant allows of its role. */
const permissionsOf = (grant: StoredGrant): readonly PermissionWord[] =>
  permissionsOfRole(grant).filter((word) => grant.customer === null || CUSTOMER_PERMISSIONS.includes(word));

const withOne = (list: readonly string[], one: string | null): readonly string[] =>
  one === null || list.includes(one) ? list : [...list, one];

/** Two reaches of one permission together. */
function widen(one: Reach | undefined, { sites, container, customer }: StoredGrant): Reach {
  if (one === "all" || sites === null) return "all";
  const wider = new Map(one);
  for (const siteId of sites) {
    const known = wider.get(siteId) ?? NO_MINERS;
    const isWhole = known === "site" || (container === null && customer === null);
    wider.set(
      siteId,
      isWhole
        ? "site"
        : { containers: withOne(known.containers, container), customers: withOne(known.customers, customer) },
    );
  }
  return wider;
}

/** Where each permission holds by these grants taken together. */
export function reachOfGrants(grants: readonly StoredGrant[]): Map<PermissionWord, Reach> {
  const reach = new Map<PermissionWord, Reach>();
  for (const grant of grants)
    for (const permission of permissionsOf(grant)) reach.set(permission, widen(reach.get(permission), grant));
  // A grant in a region without sites, or for a customer without miners, reaches nothing, which is no permission.
  for (const [permission, where] of reach) if (where !== "all" && where.size === 0) reach.delete(permission);
  return reach;
}

/**
 * Whether everything that `grants` allow is allowed by `outer` too: nobody gives away more than they hold. Any site may
 * come to lie in a region, and miners of any site may become a customer's, so such a grant is covered only by what holds
 * everywhere.
 */
export function covers(outer: ReadonlyMap<PermissionWord, Reach>, grants: readonly StoredGrant[]): boolean {
  const lasting = grants.map((grant) =>
    grant.region === null && grant.customer === null ? grant : { ...grant, sites: null },
  );
  return [...reachOfGrants(lasting)].every(([permission, where]) => {
    const own = outer.get(permission);
    if (own === "all") return true;
    if (own === undefined || where === "all") return false;
    return [...where].every(([siteId, part]) => {
      const held = own.get(siteId) ?? NO_MINERS;
      return held === "site" || (part !== "site" && part.containers.every((one) => held.containers.includes(one)));
    });
  });
}

type Limits = {
  permissions: readonly string[];
  sites: readonly string[] | null;
  container: string | null;
  customer: string | null;
};

/** What is left of a site's miners within a container or a customer; a container's miners may be anybody's, so not both. */
function onlyOf(held: "site" | SomeMiners, { container, customer }: Limits): "site" | SomeMiners {
  if (container === null && customer === null) return held;
  const keep = (one: string | null, of: readonly string[] | "any") =>
    one !== null && (of === "any" || of.includes(one)) ? [one] : [];
  return {
    containers: keep(container, held === "site" ? "any" : held.containers),
    customers: keep(customer, held === "site" ? "any" : held.customers),
  };
}

/** What is left of a reach within limits: only these permissions, only in these sites, only that container or customer of them. */
export function narrow(reach: ReadonlyMap<PermissionWord, Reach>, limits: Limits): Map<PermissionWord, Reach> {
  const { permissions, sites } = limits;
  const within = (where: Reach): Reach => {
    if (sites === null) return where;
    const parts = sites.map((siteId): [string, "site" | SomeMiners] => [
      siteId,
      onlyOf(where === "all" ? "site" : (where.get(siteId) ?? NO_MINERS), limits),
    ]);
    return new Map(parts.filter(([, part]) => part === "site" || !isNone(part)));
  };
  const kept = [...reach]
    .filter(([permission]) => permissions.includes(permission))
    .map(([permission, where]): [PermissionWord, Reach] => [permission, within(where)]);
  return new Map(kept.filter(([, where]) => where === "all" || where.size > 0));
}

const WIDEST_FIRST = ["admin", "operator"];

/** The role a person is called by: the widest one everywhere, else the widest one anywhere. */
export function widestRole(grants: readonly Pick<StoredGrant, "role" | "sites">[]): string | null {
  const rank = ({ role, sites }: Pick<StoredGrant, "role" | "sites">) => {
    const place = WIDEST_FIRST.indexOf(role);
    return (sites === null ? 0 : 10) + (place < 0 ? 5 : place);
  };
  return grants.toSorted((a, b) => rank(a) - rank(b))[0]?.role ?? null;
}

/** Reach as the API tells it. */
export function toWire(reach: ReadonlyMap<PermissionWord, Reach>): Session["reach"] {
  const told = [...reach].map(([permission, where]) => [
    permission,
    where === "all"
      ? where
      : Object.fromEntries(
          [...where].map(([id, part]) => [
            id,
            part === "site" ? part : { containers: [...part.containers], customers: [...part.customers] },
          ]),
        ),
  ]);
  return Object.fromEntries(told);
}

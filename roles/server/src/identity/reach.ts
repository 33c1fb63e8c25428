import {
  BuiltInRole,
  Permission,
  type Permission as PermissionWord,
  ROLE_PERMISSIONS,
  type Session,
} from "@banksman/wire/api";
import { z } from "zod";
import type { Reach } from "../http/caller.ts";

/** A grant with its scope looked up: `sites` are those it reaches, null is all. */
export const StoredGrant = z.object({
  role: z.string(),
  /** Of a role of one's own; null for one that is built in, or is gone. */
  permissions: z.array(z.string()).nullable(),
  sites: z.array(z.string()).nullable(),
  container: z.string().nullable(),
  /** Set when it reaches whichever sites lie in a region, later ones too. */
  region: z.string().nullable(),
});
export type StoredGrant = z.infer<typeof StoredGrant>;

/** What a grant allows. A permission that this release doesn't know allows nothing. */
function permissionsOf({ role, permissions }: StoredGrant): readonly PermissionWord[] {
  const builtIn = BuiltInRole.safeParse(role);
  if (builtIn.success) return ROLE_PERMISSIONS[builtIn.data];
  return (permissions ?? []).flatMap((word) => Permission.safeParse(word).data ?? []);
}

/** Two reaches of one permission together. */
function widen(one: Reach | undefined, grant: StoredGrant): Reach {
  if (one === "all" || grant.sites === null) return "all";
  const wider = new Map(one);
  for (const siteId of grant.sites) {
    const known = wider.get(siteId) ?? [];
    if (known === "site" || grant.container === null) wider.set(siteId, "site");
    else wider.set(siteId, [...new Set([...known, grant.container])]);
  }
  return wider;
}

/** Where each permission holds by these grants taken together. */
export function reachOfGrants(grants: readonly StoredGrant[]): Map<PermissionWord, Reach> {
  const reach = new Map<PermissionWord, Reach>();
  for (const grant of grants)
    for (const permission of permissionsOf(grant)) reach.set(permission, widen(reach.get(permission), grant));
  // A grant in a region without sites reaches nothing, which is no permission.
  for (const [permission, where] of reach) if (where !== "all" && where.size === 0) reach.delete(permission);
  return reach;
}

/**
 * Whether everything that `grants` allow is allowed by `outer` too: nobody gives away more than they hold. Any site may
 * come to lie in a region, so a region's grant is covered only by what holds everywhere.
 */
export function covers(outer: ReadonlyMap<PermissionWord, Reach>, grants: readonly StoredGrant[]): boolean {
  const lasting = grants.map((grant) => (grant.region === null ? grant : { ...grant, sites: null }));
  return [...reachOfGrants(lasting)].every(([permission, where]) => {
    const own = outer.get(permission);
    if (own === "all") return true;
    if (own === undefined || where === "all") return false;
    return [...where].every(([siteId, part]) => {
      const held = own.get(siteId) ?? [];
      return held === "site" || (part !== "site" && part.every((container) => held.includes(container)));
    });
  });
}

type Limits = { permissions: readonly string[]; sites: readonly string[] | null; container: string | null };

/** What is left of a reach within limits: only these permissions, only in these sites, only that container of them. */
export function narrow(
  reach: ReadonlyMap<PermissionWord, Reach>,
  { permissions, sites, container }: Limits,
): Map<PermissionWord, Reach> {
  const within = (where: Reach): Reach => {
    if (sites === null) return where;
    const parts = sites.map((siteId): [string, "site" | readonly string[]] => {
      const held = where === "all" ? "site" : (where.get(siteId) ?? []);
      if (container === null) return [siteId, held];
      return [siteId, held === "site" || held.includes(container) ? [container] : []];
    });
    return new Map(parts.filter(([, part]) => part.length > 0));
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
      : Object.fromEntries([...where].map(([id, part]) => [id, part === "site" ? part : [...part]])),
  ]);
  return Object.fromEntries(told);
}

import type { Permission, ReportScope } from "@banksman/wire/api";
import { REPORT_BY_CUSTOMER, ReportKind } from "@banksman/wire/model";
import { type Reach, type Sites, type SomeMiners, wholeSites } from "../../http/caller.ts";
import { problem } from "../../http/problem.ts";
import type { Kind } from "../kind.ts";
import { alerts } from "./alerts.ts";
import { cooling } from "./cooling.ts";
import { energy } from "./energy.ts";
import { miners } from "./miners.ts";
import { operation } from "./operation.ts";
import { orders } from "./orders.ts";
import { pools } from "./pools.ts";
import { revenue } from "./revenue.ts";
import { statement } from "./statement.ts";

/** Every kind of report. */
export const KINDS: Readonly<Record<ReportKind, Kind>> = {
  operation,
  energy,
  revenue,
  alerts,
  orders,
  miners,
  pools,
  cooling,
  statement,
};

const BY_CUSTOMER = ReportKind.options.filter((kind) => REPORT_BY_CUSTOMER[kind] !== "never");
/** Why no part of one is a customer's. */
const WHY_NOT: Partial<Record<ReportKind, string>> = {
  pools: "pool accounts are a site's",
  revenue: "it is earned by a site's pool accounts",
  cooling: "cooling units are a site's",
};

/** Throws a 400 problem for a statement of no customer, and for a kind that can't be of one. */
export function checkScope(kind: ReportKind, { customer_id }: ReportScope): void {
  const by = REPORT_BY_CUSTOMER[kind];
  if (by === (customer_id === null ? "always" : "never")) {
    const why =
      by === "always"
        ? "say whose statement it is"
        : `a report of the kind ${kind} is not by customer: ${WHY_NOT[kind] ?? "it is of whole sites"}; those that can be are ${BY_CUSTOMER.join(", ")}`;
    throw problem(400, "INVALID_INPUT", `customer_id: ${why}`, { path: "scope.customer_id" });
  }
}

const inBoth = (a: Sites, b: Sites): Sites => {
  if (a === "all") return b;
  return b === "all" ? a : new Set([...a].filter((siteId) => b.has(siteId)));
};

type Held = (needs: Permission) => Reach;

/** What a grant for a customer has to give for a report of theirs. */
const needsOfCustomer = (kind: ReportKind): readonly Permission[] => KINDS[kind].needsOfCustomer ?? KINDS[kind].needs;

/** Sites where one customer's miners, if not the whole site, are reached by all of some permissions. */
function sitesOfCustomer(reaches: readonly Reach[], customerId: string): string[] {
  const isTheirs = (part: "site" | SomeMiners | undefined) =>
    part !== undefined && part !== "site" && part.customers.includes(customerId);
  const isReached = (reach: Reach, siteId: string) =>
    reach === "all" || reach.get(siteId) === "site" || isTheirs(reach.get(siteId));
  // Who holds some permissions at the whole site and none for the customer has no grant that makes up for the others.
  return reaches
    .flatMap((reach) => (reach === "all" ? [] : [...reach]))
    .flatMap(([siteId, part]) => (isTheirs(part) ? [siteId] : []))
    .filter((siteId) => reaches.every((reach) => isReached(reach, siteId)));
}

/**
 * Where somebody may have a report of a kind: where they hold all that it tells of, one of a customer also for their miners
 * alone. `held` gives where a permission holds.
 */
export const allowedSites = (
  held: Held,
  { kind, scope: { customer_id } }: { kind: ReportKind; scope: Pick<ReportScope, "customer_id"> },
  needs: Permission = "report.read",
): Sites => {
  const whole = [needs, ...KINDS[kind].needs].map((word) => wholeSites(held(word))).reduce(inBoth, "all");
  if (whole === "all" || customer_id === null || REPORT_BY_CUSTOMER[kind] === "never") return whole;
  return new Set([...whole, ...sitesOfCustomer([needs, ...needsOfCustomer(kind)].map(held), customer_id)]);
};

/** Which reports of a kind somebody may read: of all customers, and of none, where `customer_id` is null. */
export type Readable = { kind: ReportKind; customer_id: string | null; sites: Sites };

/** All that somebody may read of a kind. */
export function readableOf(held: Held, kind: ReportKind): Readable[] {
  const parts = (["report.read", ...needsOfCustomer(kind)] as const)
    .map(held)
    .flatMap((reach) => (reach === "all" ? [] : [...reach.values()]));
  const customers = new Set(parts.flatMap((part) => (part === "site" ? [] : part.customers)));
  return [null, ...(REPORT_BY_CUSTOMER[kind] === "never" ? [] : customers)].map((customer_id) => ({
    kind,
    customer_id,
    sites: allowedSites(held, { kind, scope: { customer_id } }),
  }));
}

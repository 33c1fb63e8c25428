import type { Permission, ReportScope } from "@banksman/wire/api";
import type { ReportKind } from "@banksman/wire/model";
import { type Reach, type Sites, wholeSites } from "../../http/caller.ts";
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

/** Throws a 400 problem for a statement of no customer, and for another kind of one. */
export function checkScope(kind: ReportKind, { customer_id }: ReportScope): void {
  const isOfCustomer = KINDS[kind].ofCustomer === true;
  if (isOfCustomer === (customer_id !== null)) return;
  const why = isOfCustomer ? "say whose statement it is" : `a report of the kind ${kind} is not by customer`;
  throw problem(400, "INVALID_INPUT", `customer_id: ${why}`, { path: "scope.customer_id" });
}

const inBoth = (a: Sites, b: Sites): Sites => {
  if (a === "all") return b;
  return b === "all" ? a : new Set([...a].filter((siteId) => b.has(siteId)));
};

/** Sites that are reached as a whole, and those where one customer's miners are. */
function sitesFor(reach: Reach, customerId: string | null): Sites {
  if (reach === "all" || customerId === null) return wholeSites(reach);
  const parts = [...reach].filter(([, part]) => part === "site" || part.customers.includes(customerId));
  return new Set(parts.map(([siteId]) => siteId));
}

/**
 * Where somebody may have a report of a kind: where they hold all that it tells of, one of a customer also for their miners
 * alone. `held` gives where a permission holds.
 */
export const allowedSites = (
  held: (needs: Permission) => Reach,
  { kind, scope }: { kind: ReportKind; scope: Pick<ReportScope, "customer_id"> },
  needs: Permission = "report.read",
): Sites => {
  const customerId = KINDS[kind].ofCustomer ? scope.customer_id : null;
  return [needs, ...KINDS[kind].needs].map((word) => sitesFor(held(word), customerId)).reduce(inBoth, "all");
};

/** Which reports of a kind somebody may read: of all customers, and of none, where `customer_id` is null. */
export type Readable = { kind: ReportKind; customer_id: string | null; sites: Sites };

/** All that somebody may read of a kind. */
export function readableOf(held: (needs: Permission) => Reach, kind: ReportKind): Readable[] {
  const reach = held("report.read");
  const customers =
    reach === "all" || !KINDS[kind].ofCustomer
      ? []
      : [...new Set([...reach.values()].flatMap((part) => (part === "site" ? [] : part.customers)))];
  return [null, ...customers].map((customer_id) => ({
    kind,
    customer_id,
    sites: allowedSites(held, { kind, scope: { customer_id } }),
  }));
}

import type { Permission, ReportScope } from "@banksman/wire/api";
import type { ReportKind } from "@banksman/wire/model";
import type { Sites } from "../../http/caller.ts";
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

/** Where somebody may have a report of a kind: where they hold all that it tells of. `held` gives a permission's sites. */
export const allowedSites = (
  held: (needs: Permission) => Sites,
  kind: ReportKind,
  needs: Permission = "report.read",
): Sites => [needs, ...KINDS[kind].needs].map(held).reduce(inBoth, "all");

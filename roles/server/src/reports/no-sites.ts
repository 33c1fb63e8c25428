import type { Permission, ReportScope } from "@banksman/wire/api";
import type { Reach, Sites } from "../http/caller.ts";
import { type HttpProblem, problem } from "../http/problem.ts";
import type { ReportStore } from "./store.ts";

type Asked = {
  scope: ReportScope;
  /** Where who asks may have such a report. */
  reached: Sites;
  held: (needs: Permission) => Reach;
  who: string;
};

/** Who sees customers, and a customer's own people of theirs, may know that there is none of that id. */
const knowsCustomer = (held: Asked["held"], customerId: string): boolean => {
  const own = held("report.read");
  const parts = own === "all" ? [] : [...own.values()];
  return (
    held("customer.read") === "all" || parts.some((part) => part !== "site" && part.customers.includes(customerId))
  );
};

/** Why no site fits a report that is asked for: which of what it names is not there, as far as who asks may know. */
export async function noSites(
  store: Pick<ReportStore, "sitesIn" | "customer">,
  { scope, reached, held, who }: Asked,
): Promise<HttpProblem> {
  const { site_id, region, customer_id } = scope;
  const isFound = async (part: Partial<ReportScope>): Promise<boolean> =>
    (await store.sitesIn({ site_id: null, region: null, customer_id: null, ...part }, reached)).length > 0;
  const missing = (path: string, detail: string) => problem(404, "NO_SITES", detail, { path });
  const allowed = reached === "all" ? "" : ` that ${who} may have such a report of`;
  if (site_id !== null && !(await isFound({ site_id })))
    return missing("scope.site_id", `there is no site "${site_id}"${allowed}`);
  if (region !== null && !(await isFound({ region })))
    return missing("scope.region", `no site${allowed} lies in region "${region}"`);
  if (customer_id !== null && knowsCustomer(held, customer_id)) {
    if ((await store.customer(scope)) === null)
      return missing("scope.customer_id", `there is no customer "${customer_id}"`);
    if (!(await isFound({ customer_id })))
      return missing("scope.customer_id", `customer "${customer_id}" has, and had, no miner at a site${allowed}`);
  }
  return missing("scope", `no site that ${who} may have such a report of fits`);
}

import { type RawBuilder, sql } from "kysely";
import type { SomeMiners } from "../http/caller.ts";
import { inContainers } from "./containers.ts";
import type { Place } from "./service.ts";

/** The condition of rows of a site that are customers' by now. */
const ofCustomers = (siteNo: number, customers: readonly string[]): RawBuilder<unknown> =>
  sql`miner_no in (select a.miner_no from customer_miners a
    where a.site_no = ${siteNo} and a.valid_to is null and a.customer_id = any(${[...customers]}::text[]))`;

const some = (siteNo: number, { containers, customers }: SomeMiners): RawBuilder<unknown> =>
  sql`(${inContainers(containers)} or ${ofCustomers(siteNo, customers)})`;

/** The condition of rows of `latest` at a place. */
export const at = ({ siteNo, within }: Place): RawBuilder<unknown> =>
  within === "all" ? sql`site_no = ${siteNo}` : sql`site_no = ${siteNo} and ${some(siteNo, within)}`;

/** Since when a row of `latest` at a place is one's to look at: a customer does not see what was before a miner was theirs. */
export const sinceAt = ({ within }: Place): RawBuilder<Date | null> =>
  within === "all"
    ? sql`null::timestamptz`
    : sql`case when not ${inContainers(within.containers)} then (select a.valid_from from customer_miners a
        where a.site_no = latest.site_no and a.miner_no = latest.miner_no and a.valid_to is null) end`;

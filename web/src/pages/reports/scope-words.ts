import type { ReportScope } from "@banksman/wire/api";
import { useLang } from "../../hooks/use-lang.ts";
import { useSiteName } from "../../shell/use-current-site.ts";
import { useCustomerChoices } from "../customers/customer-choices.ts";

/** What a report is about, in words: whose miners, and where. */
export function useScopeWords(): (scope: ReportScope) => string {
  const { t } = useLang();
  const siteName = useSiteName();
  const customers = useCustomerChoices();
  return ({ site_id, region, customer_id }) => {
    const where = site_id === null ? region : siteName(site_id);
    const whose = customers.find(({ value }) => value === customer_id)?.label ?? customer_id;
    return [whose, where].filter((word) => word !== null).join(" · ") || t("reports.everywhere");
  };
}

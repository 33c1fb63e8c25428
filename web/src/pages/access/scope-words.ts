import type { Scope } from "@banksman/wire/api";
import { useLang } from "../../hooks/use-lang.ts";

/** Where a grant or a token holds, in words. */
export function useScopeWords(): (scope: Scope) => string {
  const { t } = useLang();
  return (scope) => {
    switch (scope.of) {
      case "all":
        return t("access.scope.all");
      case "region":
        return t("access.in.region", { name: scope.region });
      case "site":
        return t("access.in.site", { name: scope.site_id });
      case "container":
        return t("access.in.container", { name: scope.container, site: scope.site_id });
      case "customer":
        return t("access.in.customer", { name: scope.customer_id });
    }
  };
}

import { BuiltInRole } from "@banksman/wire/api";
import { useLang } from "./use-lang.ts";

/** What a role is called: those built in by the page's language, one's own by their names. */
export function useRoleWord(): (role: string | null) => string {
  const { t } = useLang();
  return (role) => {
    const builtIn = BuiltInRole.safeParse(role);
    return builtIn.success ? t(`users.role_${builtIn.data}`) : (role ?? t("users.noRole"));
  };
}

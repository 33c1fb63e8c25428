import type { Permission } from "@banksman/wire/api";
import { type ReactNode, useEffect } from "react";
import { PageTabs } from "../../components/page-tabs.tsx";
import { Forbidden } from "../../components/states.tsx";
import { useLang } from "../../hooks/use-lang.ts";
import { useSession } from "../../shell/session.tsx";

const TABS = [
  { tab: "users", to: "/users", needs: "user.manage" },
  { tab: "roles", to: "/users/roles", needs: "user.manage" },
  { tab: "sessions", to: "/users/sessions", needs: "user.manage" },
  { tab: "tokens", to: "/users/tokens", needs: "token.manage" },
  { tab: "providers", to: "/users/providers", needs: "role.manage" },
  { tab: "keys", to: "/users/keys", needs: "settings.manage" },
] as const satisfies readonly { tab: string; to: string; needs: Permission }[];

type Props = { tab: (typeof TABS)[number]["tab"]; extra?: ReactNode; children: ReactNode };

/** What the pages on accounts and rights have in common: title, and the tabs of what the person may administer. */
export function AccessFrame({ tab, extra, children }: Props) {
  const { t } = useLang();
  const { canEverywhere } = useSession();
  const needs = TABS.find((one) => one.tab === tab)?.needs ?? "user.manage";
  useEffect(() => {
    document.title = `${t(`access.tab.${tab}`)} · Banksman`;
  }, [t, tab]);
  if (!canEverywhere(needs)) return <Forbidden permission={needs} />;
  return (
    <div className="bm-stack">
      <div className="bm-page-head">
        <h1>{t("access.title")}</h1>
        <span className="bm-grow" />
        {extra}
      </div>
      <PageTabs
        label={t("access.tabs")}
        tabs={TABS.filter((one) => canEverywhere(one.needs)).map((one) => ({
          to: one.to,
          text: t(`access.tab.${one.tab}`),
          end: true,
        }))}
      />
      {children}
    </div>
  );
}

import { ListApiTokens, RevokeApiToken } from "@banksman/wire/api";
import { useChange, useRoute } from "../../api/query.ts";
import { useConfirmed } from "../../components/use-confirmed.tsx";
import { useLang } from "../../hooks/use-lang.ts";
import { useSession } from "../../shell/session.tsx";
import { AccessFrame } from "./access-frame.tsx";
import { TokenTable } from "./token-table.tsx";

/** Everybody's API tokens. */
export default function TokensPage() {
  const { t } = useLang();
  const confirm = useConfirmed();
  const { canEverywhere } = useSession();
  const found = useRoute(ListApiTokens, {}, { enabled: canEverywhere("token.manage"), keep: true });
  const revoke = useChange(RevokeApiToken, [ListApiTokens]);
  return (
    <AccessFrame tab="tokens">
      <section className="bm-panel bm-panel-flush" aria-label={t("access.tab.tokens")}>
        <TokenTable
          named
          tokens={found.data?.tokens}
          error={found.error}
          onRetry={() => void found.refetch()}
          onRevoke={({ token_id, name }) =>
            confirm({
              title: t("access.revokeTitle", { name }),
              detail: t("access.revokeDetail"),
              action: t("access.revoke"),
              run: () => revoke.mutateAsync({ params: { token_id } }),
            })
          }
        />
      </section>
    </AccessFrame>
  );
}

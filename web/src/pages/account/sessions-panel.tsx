import { EndOwnOtherSessions, EndOwnSession, ListOwnSessions } from "@banksman/wire/api";
import { Button } from "antd";
import { useChange, useRoute } from "../../api/query.ts";
import { Panel } from "../../components/panel.tsx";
import { useConfirmed } from "../../components/use-confirmed.tsx";
import { useLang } from "../../hooks/use-lang.ts";
import { useSession } from "../../shell/session.tsx";
import { SessionTable } from "../access/session-table.tsx";

/** Where one is signed in oneself. */
export function SessionsPanel() {
  const { t } = useLang();
  const { signOut } = useSession();
  const confirm = useConfirmed();
  const found = useRoute(ListOwnSessions, {}, { keep: true });
  const end = useChange(EndOwnSession, [ListOwnSessions]);
  const endOthers = useChange(EndOwnOtherSessions, [ListOwnSessions]);
  const others = found.data?.sessions.some(({ is_this }) => !is_this) ?? false;
  const all = (
    <Button
      disabled={!others}
      onClick={() =>
        confirm({
          title: t("access.endOthersTitle"),
          detail: t("access.endDetail"),
          action: t("access.endOthers"),
          run: () => endOthers.mutateAsync({}),
        })
      }
    >
      {t("access.endOthers")}
    </Button>
  );
  return (
    <Panel title={t("account.sessions")} extra={all} flush>
      <SessionTable
        sessions={found.data?.sessions}
        error={found.error}
        onRetry={() => void found.refetch()}
        onEnd={({ session_id, is_this }) =>
          is_this ? void signOut() : void end.mutateAsync({ params: { session_id } }).catch(() => found.refetch())
        }
      />
    </Panel>
  );
}

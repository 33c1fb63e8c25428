import { EndSession, ListSessions } from "@banksman/wire/api";
import { useChange, useRoute } from "../../api/query.ts";
import { useConfirmed } from "../../components/use-confirmed.tsx";
import { number } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { useSession } from "../../shell/session.tsx";
import { AccessFrame } from "./access-frame.tsx";
import { SessionTable } from "./session-table.tsx";

/** Who is signed in where, and how many people are online. */
export default function SessionsPage() {
  const { t } = useLang();
  const confirm = useConfirmed();
  const { canEverywhere } = useSession();
  const found = useRoute(
    ListSessions,
    { query: {} },
    { every: 30_000, enabled: canEverywhere("user.manage"), keep: true },
  );
  const end = useChange(EndSession, [ListSessions]);
  const online = found.data ? (
    <span role="status">
      {t("access.online", { count: found.data.people_online, n: number(found.data.people_online) })}
    </span>
  ) : null;
  return (
    <AccessFrame tab="sessions" extra={online}>
      <section className="bm-panel bm-panel-flush" aria-label={t("access.tab.sessions")}>
        <SessionTable
          named
          sessions={found.data?.sessions}
          error={found.error}
          onRetry={() => void found.refetch()}
          onEnd={({ session_id, username }) =>
            confirm({
              title: t("access.endTitle", { name: username }),
              detail: t("access.endDetail"),
              action: t("access.end"),
              run: () => end.mutateAsync({ params: { session_id } }),
            })
          }
        />
      </section>
    </AccessFrame>
  );
}

import type { ListedSession } from "@banksman/wire/api";
import { Button } from "antd";
import { Age } from "../../components/age.tsx";
import { MISSING } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { browserOf } from "./browser-name.ts";
import { type RowColumn, RowTable } from "./row-table.tsx";

type Props = {
  sessions: readonly ListedSession[] | undefined;
  error: Error | null;
  onRetry: () => void;
  onEnd: (session: ListedSession) => void;
  /** Everybody's: with whose each is. */
  named?: boolean;
};

/** Sessions: whose, where from, with what, since when, last seen; each can be ended. */
export function SessionTable({ sessions, error, onRetry, onEnd, named = false }: Props) {
  const { t } = useLang();
  const who: RowColumn<ListedSession>[] = [
    { key: "who", title: t("users.user"), render: (_, { username }) => <b className="bm-medium">{username}</b> },
  ];
  const columns: RowColumn<ListedSession>[] = [
    ...(named ? who : []),
    {
      key: "browser",
      title: t("access.browser"),
      render: (_, session) => (
        <>
          {browserOf(session.user_agent) ?? MISSING}{" "}
          {session.is_this ? <span className="bm-muted">{t("access.thisOne")}</span> : null}
        </>
      ),
    },
    {
      key: "address",
      title: t("access.address"),
      render: (_, { address }) => <span className="bm-mono">{address ?? MISSING}</span>,
    },
    { key: "method", title: t("access.method"), render: (_, { method }) => t(`access.methods.${methodKey(method)}`) },
    { key: "since", title: t("access.since"), render: (_, { created_at }) => <Age at={created_at} ago /> },
    { key: "seen", title: t("access.seen"), render: (_, { seen_at }) => <Age at={seen_at} ago /> },
    {
      key: "do",
      title: <span className="bm-spoken">{t("common.actions")}</span>,
      align: "right",
      render: (_, session) => (
        <Button size="small" danger onClick={() => onEnd(session)}>
          {t("access.end")}
        </Button>
      ),
    },
  ];
  return (
    <RowTable
      rows={sessions}
      columns={columns}
      keyOf={({ session_id }) => session_id}
      label={t("access.tab.sessions")}
      empty={{ icon: "clock", title: t("access.noSessions"), detail: t("access.noSessionsDetail") }}
      error={error}
      onRetry={onRetry}
    />
  );
}

const METHODS = ["password", "totp", "passkey", "provider"] as const;
const methodKey = (method: string) => METHODS.find((one) => one === method) ?? "recovery";

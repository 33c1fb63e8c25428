import type { ApiToken } from "@banksman/wire/api";
import { Button } from "antd";
import { Age } from "../../components/age.tsx";
import { useLang } from "../../hooks/use-lang.ts";
import { useNow } from "../../hooks/use-now.ts";
import { type RowColumn, RowTable } from "./row-table.tsx";
import { useScopeWords } from "./scope-words.ts";

type Props = {
  tokens: readonly ApiToken[] | undefined;
  error: Error | null;
  onRetry: () => void;
  onRevoke: (token: ApiToken) => void;
  named?: boolean;
};

/** API tokens: what each may do where, until when, when it was last used. */
export function TokenTable({ tokens, error, onRetry, onRevoke, named = false }: Props) {
  const { t } = useLang();
  const scopeWords = useScopeWords();
  const now = useNow();
  const isOver = ({ revoked_at, expires_at }: ApiToken) => revoked_at !== null || Date.parse(expires_at) < now;
  const who: RowColumn<ApiToken>[] = [{ key: "who", title: t("users.user"), render: (_, { username }) => username }];
  const columns: RowColumn<ApiToken>[] = [
    { key: "name", title: t("common.name"), render: (_, { name }) => <b className="bm-medium">{name}</b> },
    ...(named ? who : []),
    { key: "hint", title: t("access.token"), render: (_, { hint }) => <span className="bm-mono">{hint}</span> },
    {
      key: "may",
      title: t("access.permissions"),
      render: (_, { permissions }) => (
        <span title={permissions.join(", ")}>
          {permissions.slice(0, 3).join(", ")}
          {permissions.length > 3 ? ` +${permissions.length - 3}` : ""}
        </span>
      ),
    },
    { key: "scope", title: t("access.scopeLabel"), render: (_, { scope }) => scopeWords(scope) },
    {
      key: "used",
      title: t("access.used"),
      render: (_, { last_used_at }) =>
        last_used_at === null ? <span className="bm-muted">{t("common.never")}</span> : <Age at={last_used_at} ago />,
    },
    { key: "until", title: t("access.until"), render: (_, { expires_at }) => expires_at.slice(0, 10) },
    {
      key: "do",
      title: <span className="bm-spoken">{t("common.actions")}</span>,
      align: "right",
      render: (_, token) =>
        isOver(token) ? (
          <span className="bm-muted">{t(token.revoked_at === null ? "access.ranOut" : "access.revoked")}</span>
        ) : (
          <Button size="small" danger onClick={() => onRevoke(token)}>
            {t("access.revoke")}
          </Button>
        ),
    },
  ];
  return (
    <RowTable
      rows={tokens}
      columns={columns}
      keyOf={({ token_id }) => token_id}
      label={t("access.tab.tokens")}
      empty={{ icon: "key", title: t("access.noTokens"), detail: t("access.noTokensDetail") }}
      error={error}
      onRetry={onRetry}
      isOff={isOver}
    />
  );
}

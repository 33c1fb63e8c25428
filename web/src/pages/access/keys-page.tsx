import { GetKeys, type Keys, ResealSecrets, RotateSigningKey } from "@banksman/wire/api";
import { App, Button } from "antd";
import { useChange, useRoute } from "../../api/query.ts";
import { Age } from "../../components/age.tsx";
import { LevelGlyph } from "../../components/level-pill.tsx";
import { Panel } from "../../components/panel.tsx";
import { ErrorState, ProblemText, SkeletonRows } from "../../components/states.tsx";
import { number } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { useSession } from "../../shell/session.tsx";
import { AccessFrame } from "./access-frame.tsx";
import { type RowColumn, RowTable } from "./row-table.tsx";

type SigningKey = Keys["signing"][number];

/** The keys that sign access tokens, and how secrets in the database are sealed. */
export default function KeysPage() {
  const { t } = useLang();
  const { message } = App.useApp();
  const { canEverywhere } = useSession();
  const found = useRoute(GetKeys, {}, { enabled: canEverywhere("settings.manage"), keep: true });
  const rotate = useChange(RotateSigningKey, [GetKeys]);
  const run = (change: Promise<unknown>) =>
    void change.catch((error: unknown) => void message.error(<ProblemText error={error} />));
  const columns: RowColumn<SigningKey>[] = [
    { key: "kid", title: t("access.keyId"), render: (_, { kid }) => <span className="bm-mono">{kid}</span> },
    { key: "made", title: t("access.since"), render: (_, { created_at }) => <Age at={created_at} ago /> },
    { key: "state", title: t("users.state"), render: (_, { signs }) => t(signs ? "access.signs" : "access.checks") },
  ];
  return (
    <AccessFrame tab="keys">
      {found.error && !found.data ? <ErrorState error={found.error} onRetry={() => void found.refetch()} /> : null}
      <Panel
        flush
        title={t("access.signingKeys")}
        hint={t("access.signingHint")}
        extra={
          <Button loading={rotate.isPending} onClick={() => run(rotate.mutateAsync({}))}>
            {t("access.rotate")}
          </Button>
        }
      >
        <RowTable
          rows={found.data?.signing}
          columns={columns}
          keyOf={({ kid }) => kid}
          label={t("access.signingKeys")}
          empty={{ icon: "key", title: t("access.noKeys"), detail: t("access.signingHint") }}
          error={null}
          onRetry={() => void found.refetch()}
        />
      </Panel>
      {found.data ? <Secrets secrets={found.data.secrets} onRun={run} /> : <SkeletonRows rows={2} />}
    </AccessFrame>
  );
}

function Secrets({ secrets, onRun }: { secrets: Keys["secrets"]; onRun: (change: Promise<unknown>) => void }) {
  const { t } = useLang();
  const reseal = useChange(ResealSecrets, [GetKeys]);
  return (
    <Panel
      title={t("access.secrets")}
      extra={
        <Button disabled={secrets.older === 0} loading={reseal.isPending} onClick={() => onRun(reseal.mutateAsync({}))}>
          {t("access.reseal")}
        </Button>
      }
    >
      <dl className="bm-facts">
        <div>
          <dt>{t("access.source")}</dt>
          <dd>{t(`access.sources.${secrets.source}`)}</dd>
        </div>
        <div>
          <dt>{t("access.sealedCurrent")}</dt>
          <dd>{number(secrets.current)}</dd>
        </div>
        <div>
          <dt>{t("access.sealedOlder")}</dt>
          <dd>{number(secrets.older)}</dd>
        </div>
        <div>
          <dt>{t("access.unreadable")}</dt>
          <dd>
            {secrets.unreadable > 0 ? <LevelGlyph level="severe" /> : null} {number(secrets.unreadable)}
          </dd>
        </div>
      </dl>
      <p className="bm-secondary">{t(`access.rotation.${secrets.source}`)}</p>
    </Panel>
  );
}

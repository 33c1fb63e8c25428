import { type CollectorKey, ListCollectorKeys, RevokeCollectorKey } from "@banksman/wire/api";
import { App, Button, Table } from "antd";
import { useState } from "react";
import { useChange, useRoute } from "../../api/query.ts";
import { Age } from "../../components/age.tsx";
import { ColumnCards } from "../../components/column-cards.tsx";
import { Icon } from "../../components/icons.tsx";
import { Panel } from "../../components/panel.tsx";
import { EmptyState, ErrorState, ProblemText, SkeletonRows } from "../../components/states.tsx";
import { MISSING } from "../../format/format.ts";
import { duration } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { usePhone } from "../../hooks/use-media.ts";
import { useNow } from "../../hooks/use-now.ts";
import { GenerateKey } from "./generate-key.tsx";

/** The keys of a site: when made, when last used; a new one is shown once. */
export function KeysPanel({ siteId }: { siteId: string }) {
  const { t } = useLang();
  const [isOpen, setOpen] = useState(false);
  const keys = useRoute(ListCollectorKeys, { params: { site_id: siteId } }, { keep: true });
  const generate = (
    <Button type="primary" icon={<Icon name="plus" />} onClick={() => setOpen(true)}>
      {t("collector.generate")}
    </Button>
  );
  const list = keys.data?.keys;
  return (
    <Panel title={t("collector.keys")} extra={generate} flush>
      {keys.error && !list ? (
        <ErrorState error={keys.error} onRetry={() => void keys.refetch()} permission="collector.manage" />
      ) : null}
      {keys.isPending ? <SkeletonRows rows={3} /> : null}
      {list?.length === 0 ? <EmptyState icon="key" title={t("empty.keys")} detail={t("empty.keysDetail")} /> : null}
      {list && list.length > 0 ? <KeyTable siteId={siteId} keys={list} /> : null}
      <GenerateKey siteId={siteId} open={isOpen} onClose={() => setOpen(false)} />
    </Panel>
  );
}

function KeyTable({ siteId, keys }: { siteId: string; keys: readonly CollectorKey[] }) {
  const { t } = useLang();
  const revoke = useRevoke(siteId);
  const isPhone = usePhone();
  const columns = useKeyColumns(revoke);
  if (isPhone)
    return <ColumnCards rows={keys} columns={columns} keyOf={(key) => key.key_id} label={t("collector.keys")} />;
  return (
    <Table<CollectorKey>
      size="small"
      rowKey="key_id"
      dataSource={keys}
      pagination={false}
      aria-label={t("collector.keys")}
      scroll={{ x: 560 }}
      rowClassName={(key) => (key.revoked_at === null ? "" : "bm-row-off")}
      columns={columns}
    />
  );
}

function useKeyColumns(revoke: (key: CollectorKey) => void) {
  const { t } = useLang();
  return [
    {
      key: "name",
      title: t("common.name"),
      render: (_: unknown, key: CollectorKey) => <b className="bm-medium">{key.name}</b>,
    },
    {
      key: "hint",
      title: t("collector.key"),
      render: (_: unknown, key: CollectorKey) => <span className="bm-mono">{key.hint}</span>,
    },
    {
      key: "created",
      title: t("collector.created"),
      render: (_: unknown, key: CollectorKey) => (
        <>
          <Age at={key.created_at} ago />{" "}
          {key.created_by ? (
            <span className="bm-muted">{t("collector.createdBy", { name: key.created_by })}</span>
          ) : null}
        </>
      ),
    },
    {
      key: "used",
      title: t("collector.lastUsed"),
      render: (_: unknown, key: CollectorKey) =>
        key.last_used_at === null ? (
          <span className="bm-muted">{t("common.never")}</span>
        ) : (
          <Age at={key.last_used_at} ago />
        ),
    },
    {
      key: "do",
      title: <span className="bm-spoken">{t("common.actions")}</span>,
      align: "right" as const,
      render: (_: unknown, key: CollectorKey) =>
        key.revoked_at === null ? (
          <Button size="small" danger onClick={() => revoke(key)}>
            {t("collector.revoke")}
          </Button>
        ) : (
          <Revoked at={key.revoked_at} />
        ),
    },
  ];
}

function Revoked({ at }: { at: string }) {
  const { t, lang } = useLang();
  const now = useNow();
  return (
    <span className="bm-muted">
      {t("collector.revoked", { age: duration((now - Date.parse(at)) / 1_000, lang) || MISSING })}
    </span>
  );
}

/** Asks before it revokes: the edge stops uploading at once. */
function useRevoke(siteId: string): (key: CollectorKey) => void {
  const { t } = useLang();
  const { modal, message } = App.useApp();
  const change = useChange(RevokeCollectorKey, [ListCollectorKeys]);
  return (key) => {
    modal.confirm({
      title: t("collector.revokeTitle", { name: key.name }),
      content: t("collector.revokeDetail"),
      okText: t("collector.revokeConfirm"),
      okButtonProps: { danger: true },
      cancelText: t("common.cancel"),
      icon: null,
      onOk: () =>
        change
          .mutateAsync({ params: { site_id: siteId, key_id: key.key_id } })
          .catch((error: unknown) => void message.error(<ProblemText error={error} />)),
    });
  };
}

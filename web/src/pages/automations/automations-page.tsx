import { type Automation, DeleteAutomation, ListAutomations, UpdateAutomation } from "@banksman/wire/api";
import { App, Button, Popconfirm, Table } from "antd";
import { useEffect, useState } from "react";
import { useChange, useRoute } from "../../api/query.ts";
import { Age } from "../../components/age.tsx";
import { ColumnCards } from "../../components/column-cards.tsx";
import { Icon } from "../../components/icons.tsx";
import { LevelGlyph } from "../../components/level-pill.tsx";
import { EmptyState, ErrorState, ProblemText, SkeletonRows } from "../../components/states.tsx";
import { useLang } from "../../hooks/use-lang.ts";
import { usePhone } from "../../hooks/use-media.ts";
import { useSession } from "../../shell/session.tsx";
import { useSites } from "../../shell/use-current-site.ts";
import { AutomationForm, type Editing } from "./automation-form.tsx";

const EVERY_MS = 5_000;

/** Orders that follow by themselves: what each does now, and its switch. */
export default function AutomationsPage() {
  const { t } = useLang();
  const { can } = useSession();
  const [editing, edit] = useState<Editing>(null);
  const found = useRoute(ListAutomations, {}, { every: EVERY_MS, keep: true });
  useEffect(() => {
    document.title = `${t("automations.title")} · Banksman`;
  }, [t]);
  const automations = found.data?.automations ?? [];
  const add = can("automation.manage") ? (
    <Button icon={<Icon name="plus" />} onClick={() => edit("new")}>
      {t("automations.add")}
    </Button>
  ) : null;
  return (
    <div className="bm-stack">
      <div className="bm-page-head">
        <h1>{t("automations.title")}</h1>
        <span className="bm-secondary">{t("automations.intro")}</span>
        <span className="bm-grow" />
        {add}
      </div>
      <section className="bm-panel bm-panel-flush" aria-label={t("automations.title")}>
        {found.error && !found.data ? (
          <ErrorState error={found.error} onRetry={() => void found.refetch()} permission="command.read" />
        ) : null}
        {found.isPending ? <SkeletonRows rows={4} /> : null}
        {found.data && automations.length === 0 ? (
          <EmptyState icon="retry" title={t("automations.none")} detail={t("automations.noneDetail")} action={add} />
        ) : null}
        {automations.length > 0 ? <Rows automations={automations} onEdit={edit} /> : null}
      </section>
      <AutomationForm editing={editing} onClose={() => edit(null)} />
    </div>
  );
}

type RowsProps = { automations: readonly Automation[]; onEdit: (automation: Automation) => void };

function Rows({ automations, onEdit }: RowsProps) {
  const { t } = useLang();
  const columns = useColumns(onEdit);
  const keyOf = ({ automation_id }: Automation) => automation_id;
  const label = t("automations.title");
  if (usePhone()) return <ColumnCards rows={automations} columns={columns} keyOf={keyOf} label={label} />;
  return (
    <Table<Automation>
      size="small"
      rowKey={keyOf}
      dataSource={automations}
      pagination={false}
      scroll={{ x: 900 }}
      aria-label={label}
      columns={columns}
    />
  );
}

function useColumns(onEdit: (automation: Automation) => void) {
  const { t, lang } = useLang();
  const { data } = useSites();
  const siteName = (id: string) => data?.sites.find(({ site_id }) => site_id === id)?.name ?? id;
  return [
    {
      key: "name",
      title: t("automations.name"),
      render: (_: unknown, { name, automation_id }: Automation) => (
        <>
          <strong>{name}</strong> <small className="bm-muted">{automation_id}</small>
        </>
      ),
    },
    {
      key: "kind",
      title: t("automations.kind"),
      render: (_: unknown, { plan }: Automation) => t(`automations.kinds.${plan.kind}`),
    },
    { key: "site", title: t("automations.site"), render: (_: unknown, { site_id }: Automation) => siteName(site_id) },
    {
      key: "now",
      title: t("automations.now"),
      render: (_: unknown, { enabled, status, problem, held }: Automation) =>
        problem !== null ? (
          <span className="bm-with-glyph bm-wrap">
            <LevelGlyph level="severe" /> {problem}
          </span>
        ) : (
          <span className={enabled ? "bm-wrap" : "bm-muted"}>
            {enabled ? (status?.[lang] ?? "") : t("automations.off")}
            {held > 0 ? ` · ${t("automations.held", { count: held })}` : ""}
          </span>
        ),
    },
    {
      key: "last",
      title: t("automations.ordered"),
      render: (_: unknown, { last_acted_at }: Automation) =>
        last_acted_at === null ? (
          <span className="bm-muted">{t("automations.never")}</span>
        ) : (
          <Age at={last_acted_at} />
        ),
    },
    {
      key: "actions",
      title: t("common.actions"),
      render: (_: unknown, automation: Automation) => (
        <Actions automation={automation} onEdit={() => onEdit(automation)} />
      ),
    },
  ];
}

function Actions({ automation, onEdit }: { automation: Automation; onEdit: () => void }) {
  const { t } = useLang();
  const { can } = useSession();
  const { message } = App.useApp();
  const update = useChange(UpdateAutomation, [ListAutomations]);
  const remove = useChange(DeleteAutomation, [ListAutomations]);
  if (!can("automation.manage")) return null;
  const params = { automation_id: automation.automation_id };
  const fail = (error: unknown) => void message.error(<ProblemText error={error} />);
  return (
    <span className="bm-button-row">
      <Button
        size="small"
        loading={update.isPending}
        onClick={() => update.mutateAsync({ params, body: { enabled: !automation.enabled } }).catch(fail)}
      >
        {t(automation.enabled ? "automations.switchOff" : "automations.switchOn")}
      </Button>
      <Button size="small" onClick={onEdit}>
        {t("automations.edit")}
      </Button>
      <Popconfirm
        title={t("automations.removeTitle")}
        okText={t("automations.remove")}
        cancelText={t("common.cancel")}
        onConfirm={() => remove.mutateAsync({ params }).catch(fail)}
      >
        <Button size="small">{t("automations.remove")}</Button>
      </Popconfirm>
    </span>
  );
}

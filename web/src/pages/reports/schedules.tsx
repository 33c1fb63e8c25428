import {
  ChangeReportSchedule,
  DeleteReportSchedule,
  ListReportSchedules,
  type ReportSchedule,
} from "@banksman/wire/api";
import { App, Button, Space, Switch, Table } from "antd";
import { useState } from "react";
import { useChange, useRoute } from "../../api/query.ts";
import { ColumnCards } from "../../components/column-cards.tsx";
import { Panel } from "../../components/panel.tsx";
import { SideDrawer } from "../../components/side-drawer.tsx";
import { EmptyState, ErrorState, Forbidden, ProblemText, SkeletonRows } from "../../components/states.tsx";
import { useConfirmed } from "../../components/use-confirmed.tsx";
import { fullTime } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { usePhone } from "../../hooks/use-media.ts";
import { useSession } from "../../shell/session.tsx";
import { ScheduleForm } from "./schedule-form.tsx";
import { useScopeWords } from "./scope-words.ts";

/** Reports at their times. */
export function Schedules() {
  const { t } = useLang();
  const { can } = useSession();
  const [editing, edit] = useState<ReportSchedule | null>(null);
  const found = useRoute(ListReportSchedules, {}, { every: 30_000, keep: true, enabled: can("report.manage") });
  if (!can("report.manage")) return <Forbidden permission="report.manage" />;
  const schedules = found.data?.schedules ?? [];
  return (
    <>
      <Panel title={t("reports.schedules")} flush>
        {found.error && !found.data ? <ErrorState error={found.error} onRetry={() => void found.refetch()} /> : null}
        {found.isPending ? <SkeletonRows rows={4} /> : null}
        {found.data && schedules.length === 0 ? (
          <EmptyState icon="note" title={t("reports.noSchedule")} detail={t("reports.noScheduleDetail")} />
        ) : null}
        {schedules.length > 0 ? <Rows schedules={schedules} onEdit={edit} /> : null}
      </Panel>
      <Panel title={t("reports.newSchedule")}>
        <ScheduleForm schedule={null} onDone={() => undefined} />
      </Panel>
      <SideDrawer open={editing !== null} title={t("reports.changeSchedule")} onClose={() => edit(null)}>
        {editing === null ? null : <ScheduleForm schedule={editing} onDone={() => edit(null)} />}
      </SideDrawer>
    </>
  );
}

type RowsProps = { schedules: readonly ReportSchedule[]; onEdit: (schedule: ReportSchedule) => void };

function Rows({ schedules, onEdit }: RowsProps) {
  const { t } = useLang();
  const columns = useColumns(onEdit);
  const keyOf = ({ schedule_id }: ReportSchedule) => schedule_id;
  const label = t("reports.schedules");
  if (usePhone()) return <ColumnCards rows={schedules} columns={columns} keyOf={keyOf} label={label} />;
  return (
    <Table<ReportSchedule>
      size="small"
      rowKey={keyOf}
      dataSource={schedules}
      pagination={false}
      scroll={{ x: 900 }}
      aria-label={label}
      columns={columns}
    />
  );
}

function useColumns(onEdit: RowsProps["onEdit"]) {
  const { t } = useLang();
  const scopeWords = useScopeWords();
  return [
    {
      key: "report",
      title: t("reports.report"),
      render: (_: unknown, { kind }: ReportSchedule) => t(`reports.kind.${kind}`),
    },
    {
      key: "every",
      title: t("reports.every"),
      render: (_: unknown, { span }: ReportSchedule) => t(`reports.spans.${span}`),
    },
    {
      key: "scope",
      title: t("reports.scope"),
      render: (_: unknown, { scope }: ReportSchedule) => scopeWords(scope),
    },
    {
      key: "next",
      title: t("reports.next"),
      render: (_: unknown, { next_at, time_zone, trouble }: ReportSchedule) => (
        <span className="bm-wrap">
          {next_at === null ? t("reports.paused") : fullTime(Date.parse(next_at), time_zone)}
          {trouble === null ? null : (
            <small> · {t("reports.notBuilt", { why: t(`reports.trouble.${trouble}`) })}</small>
          )}
        </span>
      ),
    },
    {
      key: "tell",
      title: t("reports.tell"),
      render: (_: unknown, { channels }: ReportSchedule) => channels.join(", ") || "–",
    },
    { key: "owner", title: t("reports.owner"), render: (_: unknown, { owner }: ReportSchedule) => owner },
    {
      key: "end",
      title: t("common.actions"),
      render: (_: unknown, one: ReportSchedule) => (
        <Space>
          <OnOff schedule={one} />
          <Button size="small" onClick={() => onEdit(one)}>
            {t("reports.change")}
          </Button>
          <End schedule={one} />
        </Space>
      ),
    },
  ];
}

function OnOff({ schedule: { schedule_id, kind, enabled } }: { schedule: ReportSchedule }) {
  const { t } = useLang();
  const { message } = App.useApp();
  const change = useChange(ChangeReportSchedule, [ListReportSchedules]);
  return (
    <Switch
      size="small"
      checked={enabled}
      loading={change.isPending}
      aria-label={t("reports.switch", { name: t(`reports.kind.${kind}`) })}
      onChange={(on) =>
        void change
          .mutateAsync({ params: { schedule_id }, body: { enabled: on } })
          .catch((error: unknown) => void message.error(<ProblemText error={error} />))
      }
    />
  );
}

function End({ schedule: { schedule_id } }: { schedule: ReportSchedule }) {
  const { t } = useLang();
  const confirmed = useConfirmed();
  const end = useChange(DeleteReportSchedule, [ListReportSchedules]);
  const ask = () =>
    confirmed({
      title: t("reports.endTitle"),
      detail: t("reports.endDetail"),
      action: t("reports.end"),
      run: () => end.mutateAsync({ params: { schedule_id } }),
    });
  return (
    <Button size="small" onClick={ask}>
      {t("reports.end")}
    </Button>
  );
}

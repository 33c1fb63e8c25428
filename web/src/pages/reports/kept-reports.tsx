import { DeleteReport, ListReports, type Report } from "@banksman/wire/api";
import { ReportKind } from "@banksman/wire/model";
import { Button, Table } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import { useChange, useRoute } from "../../api/query.ts";
import { Age } from "../../components/age.tsx";
import { ColumnCards } from "../../components/column-cards.tsx";
import { Pages } from "../../components/page-foot.tsx";
import { Panel } from "../../components/panel.tsx";
import { EmptyState, ErrorState, SkeletonRows } from "../../components/states.tsx";
import { ChoiceFilter } from "../../components/table-filters.tsx";
import { useConfirmed } from "../../components/use-confirmed.tsx";
import { bytes, percent } from "../../format/format.ts";
import { daysText } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { usePhone } from "../../hooks/use-media.ts";
import { useSession } from "../../shell/session.tsx";
import { fileUrl } from "./report-files.tsx";
import { useScopeWords } from "./scope-words.ts";

const PER_PAGE = 20;

/** Reports that were built, with their files. */
export function KeptReports() {
  const { t } = useLang();
  const [{ kind, page }, set] = useState<{ kind: ReportKind | null; page: number }>({ kind: null, page: 1 });
  const query = { page, per_page: PER_PAGE, ...(kind && { kind }) };
  const found = useRoute(ListReports, { query }, { every: 5_000, keep: true });
  const filter = (
    <ChoiceFilter
      label={t("reports.report")}
      value={kind}
      options={ReportKind.options.map((value) => ({ value, label: t(`reports.kind.${value}`) }))}
      onChange={(value) => set({ kind: ReportKind.safeParse(value).data ?? null, page: 1 })}
    />
  );
  const reports = found.data?.reports ?? [];
  return (
    <Panel title={t("reports.kept")} extra={filter} flush>
      {found.error && !found.data ? <ErrorState error={found.error} onRetry={() => void found.refetch()} /> : null}
      {found.isPending ? <SkeletonRows rows={6} /> : null}
      {found.data && reports.length === 0 ? (
        <EmptyState icon="note" title={t("reports.none")} detail={t("reports.noneDetail")} />
      ) : null}
      {reports.length > 0 ? <Rows reports={reports} /> : null}
      {found.data && found.data.total > PER_PAGE ? (
        <div className="bm-table-foot">
          <Pages
            total={found.data.total}
            perPage={PER_PAGE}
            page={page}
            set={(change) => set({ kind, page: Number(change.page ?? 1) })}
          />
        </div>
      ) : null}
    </Panel>
  );
}

function Rows({ reports }: { reports: readonly Report[] }) {
  const { t } = useLang();
  const columns = useColumns();
  const keyOf = ({ report_id }: Report) => report_id;
  const label = t("reports.kept");
  if (usePhone()) return <ColumnCards rows={reports} columns={columns} keyOf={keyOf} label={label} />;
  return (
    <Table<Report>
      size="small"
      rowKey={keyOf}
      dataSource={reports}
      pagination={false}
      scroll={{ x: 900 }}
      aria-label={label}
      columns={columns}
    />
  );
}

function useColumns() {
  const { t } = useLang();
  const scopeWords = useScopeWords();
  return [
    {
      key: "report",
      title: t("reports.report"),
      render: (_: unknown, { report_id, kind }: Report) => (
        <Link to={`/reports?report=${report_id}`}>{t(`reports.kind.${kind}`)}</Link>
      ),
    },
    {
      key: "period",
      title: t("reports.period"),
      render: (_: unknown, { period }: Report) => `${daysText(period)} ${period.time_zone}`,
    },
    {
      key: "scope",
      title: t("reports.scope"),
      render: (_: unknown, { scope }: Report) => scopeWords(scope),
    },
    {
      key: "coverage",
      title: t("reports.coverage"),
      render: (_: unknown, { coverage }: Report) => percent(coverage),
    },
    {
      key: "built",
      title: t("reports.built"),
      render: (_: unknown, { built_at, state, reason }: Report) =>
        state === "kept" ? (
          <Age at={built_at} ago />
        ) : (
          <span className="bm-wrap">
            {state === "failed" ? t("reports.failed", { why: reason ?? "" }) : t(`reports.${state}`)}
          </span>
        ),
    },
    { key: "by", title: t("reports.by"), render: (_: unknown, { asked_by }: Report) => asked_by },
    {
      key: "files",
      title: t("reports.files"),
      render: (_: unknown, { report_id, files }: Report) => (
        <span className="bm-button-row">
          {files.map(({ format, bytes: size }) => (
            <a key={format} href={fileUrl(report_id, format)} download>
              {format} <small className="bm-muted">{bytes(size)}</small>
            </a>
          ))}
        </span>
      ),
    },
    { key: "actions", title: t("common.actions"), render: (_: unknown, report: Report) => <Remove report={report} /> },
  ];
}

function Remove({ report: { report_id } }: { report: Report }) {
  const { t } = useLang();
  const { can } = useSession();
  const confirmed = useConfirmed();
  const remove = useChange(DeleteReport, [ListReports]);
  if (!can("report.manage")) return null;
  const ask = () =>
    confirmed({
      title: t("reports.removeTitle"),
      detail: t("reports.removeDetail"),
      action: t("reports.remove"),
      run: () => remove.mutateAsync({ params: { report_id } }),
    });
  return (
    <Button size="small" onClick={ask}>
      {t("reports.remove")}
    </Button>
  );
}

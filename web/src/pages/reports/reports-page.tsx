import { GetReport } from "@banksman/wire/api";
import { ReportKind } from "@banksman/wire/model";
import { useEffect } from "react";
import { useSearchParams } from "react-router";
import { useRoute } from "../../api/query.ts";
import { classNames } from "../../components/class-names.ts";
import { PageTabs } from "../../components/page-tabs.tsx";
import { EmptyState, ErrorState, Forbidden, SkeletonRows } from "../../components/states.tsx";
import { useLang } from "../../hooks/use-lang.ts";
import { useSession } from "../../shell/session.tsx";
import { KeptReports } from "./kept-reports.tsx";
import { ReportFiles } from "./report-files.tsx";
import { ReportForm, useReportKinds } from "./report-form.tsx";
import { ReportPaper } from "./report-paper.tsx";
import { Schedules } from "./schedules.tsx";

const BUILDING_EVERY_MS = 1_000;

/** Reports: what to build, what is being built, and what is kept. The address says which one is open. */
export default function ReportsPage({ tab = "build" }: { tab?: "build" | "schedules" | "kept" }) {
  const { t } = useLang();
  const { can } = useSession();
  const kinds = useReportKinds();
  useEffect(() => {
    document.title = `${t("reports.title")} · Banksman`;
  }, [t]);
  if (kinds.length === 0) return <Forbidden permission="report.read" what={t("reports.title")} />;
  return (
    <div className="bm-stack">
      <div className="bm-page-head">
        <h1>{t("reports.title")}</h1>
      </div>
      <PageTabs
        label={t("reports.tabs")}
        tabs={[
          { to: "/reports", text: t("reports.build"), end: true },
          ...(can("report.manage") ? [{ to: "/reports/schedules", text: t("reports.schedules"), end: true }] : []),
          { to: "/reports/kept", text: t("reports.kept"), end: true },
        ]}
      />
      {tab === "build" ? <Building /> : tab === "kept" ? <KeptReports /> : <Schedules />}
    </div>
  );
}

function Building() {
  const { t } = useLang();
  const [params, setParams] = useSearchParams();
  const reportId = params.get("report");
  const kinds = useReportKinds();
  const kind = ReportKind.safeParse(params.get("kind")).data ?? kinds[0] ?? "operation";
  const query = useRoute(
    GetReport,
    { params: { report_id: reportId ?? "" } },
    { enabled: reportId !== null, every: BUILDING_EVERY_MS, keep: false },
  );
  const shown = reportId === null ? null : (query.data ?? null);
  const open = (change: Record<string, string>) => setParams(change);
  return (
    <div className="bm-reports">
      <nav className="bm-panel bm-report-kinds" aria-label={t("reports.kinds")}>
        {kinds.map((one) => (
          <button
            key={one}
            type="button"
            className={classNames(one === (shown?.kind ?? kind) && "bm-is-chosen")}
            aria-pressed={one === (shown?.kind ?? kind)}
            onClick={() => open({ kind: one })}
          >
            <strong>{t(`reports.kind.${one}`)}</strong>
            <small>{t(`reports.about.${one}`)}</small>
          </button>
        ))}
      </nav>
      <div className="bm-report-shown">
        {reportId === null ? (
          <EmptyState icon="note" title={t("reports.nothing")} detail={t("reports.nothingDetail")} />
        ) : null}
        {query.error && !shown ? <ErrorState error={query.error} onRetry={() => void query.refetch()} /> : null}
        {reportId !== null && query.isPending ? <SkeletonRows rows={8} /> : null}
        {shown ? <ReportPaper report={shown} /> : null}
      </div>
      <aside className="bm-panel bm-report-side">
        <ReportForm
          kind={shown?.kind ?? kind}
          customer={shown?.scope.customer_id ?? params.get("customer")}
          report={shown}
          onBuilt={(id) => open({ report: id })}
        />
        {shown && shown.files.length > 0 ? <ReportFiles report={shown} /> : null}
      </aside>
    </div>
  );
}

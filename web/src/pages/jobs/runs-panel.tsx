import { type Job, type JobRun, JobRunState, ListJobRuns, ListJobs, RetryJobRun } from "@banksman/wire/api";
import { App, Button, Table } from "antd";
import { useState } from "react";
import { useChange, useRoute } from "../../api/query.ts";
import { Age } from "../../components/age.tsx";
import { ColumnCards } from "../../components/column-cards.tsx";
import { Pages } from "../../components/page-foot.tsx";
import { Panel } from "../../components/panel.tsx";
import { EmptyState, ProblemText } from "../../components/states.tsx";
import { ChoiceFilter } from "../../components/table-filters.tsx";
import { fineDuration } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { usePhone } from "../../hooks/use-media.ts";
import { jobName } from "./job-words.ts";
import { RunEnd } from "./run-end.tsx";
import { RunState, secondsOf } from "./run-state.tsx";

const PER_PAGE = 20;

/** How runs went, the newest first; what failed is done again from here. */
export function RunsPanel({ jobs }: { jobs: readonly Job[] }) {
  const { t } = useLang();
  const [filter, setFilter] = useState<{ name: string | null; state: JobRunState | null; page: number }>({
    name: null,
    state: null,
    page: 1,
  });
  const { name, state, page } = filter;
  const query = { page, per_page: PER_PAGE, ...(name && { name }), ...(state && { state }) };
  const { data } = useRoute(ListJobRuns, { query }, { every: 5_000, keep: true });
  const filters = (
    <>
      <ChoiceFilter
        label={t("jobs.job")}
        value={name}
        options={jobs.map((job) => ({ value: job.name, label: jobName(t, job.name) }))}
        onChange={(value) => setFilter({ ...filter, name: value, page: 1 })}
        isLong
      />
      <ChoiceFilter
        label={t("jobs.state")}
        value={state}
        options={JobRunState.options.map((value) => ({ value, label: t(`jobs.states.${value}`) }))}
        onChange={(value) => setFilter({ ...filter, state: JobRunState.safeParse(value).data ?? null, page: 1 })}
      />
    </>
  );
  return (
    <Panel title={t("jobs.runs")} extra={filters} flush>
      {data?.runs.length === 0 ? (
        <EmptyState icon="clock" title={t("jobs.noRuns")} detail={t("jobs.noRunsDetail")} />
      ) : null}
      {data && data.runs.length > 0 ? <Rows runs={data.runs} /> : null}
      {data && data.total > PER_PAGE ? (
        <div className="bm-table-foot">
          <Pages
            total={data.total}
            perPage={PER_PAGE}
            page={page}
            set={(change) => setFilter({ ...filter, page: Number(change.page ?? 1) })}
          />
        </div>
      ) : null}
    </Panel>
  );
}

function Rows({ runs }: { runs: readonly JobRun[] }) {
  const { t } = useLang();
  const columns = useColumns();
  const keyOf = ({ run_id, attempt }: JobRun) => `${run_id} ${attempt}`;
  const label = t("jobs.runs");
  if (usePhone()) return <ColumnCards rows={runs} columns={columns} keyOf={keyOf} label={label} />;
  return (
    <Table<JobRun>
      size="small"
      rowKey={keyOf}
      dataSource={runs}
      pagination={false}
      scroll={{ x: 1_000 }}
      aria-label={label}
      columns={columns}
    />
  );
}

function useColumns() {
  const { t, lang } = useLang();
  return [
    { key: "name", title: t("jobs.job"), render: (_: unknown, { name }: JobRun) => jobName(t, name) },
    {
      key: "state",
      title: t("jobs.state"),
      render: (_: unknown, { state, attempt }: JobRun) => (
        <>
          <RunState state={state} />{" "}
          {attempt > 0 ? <small className="bm-muted">{t("jobs.attempt", { count: attempt + 1 })}</small> : null}
        </>
      ),
    },
    {
      key: "started",
      title: t("jobs.started"),
      render: (_: unknown, { started_at }: JobRun) => <Age at={started_at} ago />,
    },
    {
      key: "took",
      title: t("jobs.took"),
      render: (_: unknown, run: JobRun) => (run.ended_at === null ? "–" : fineDuration(secondsOf(run, 0), lang)),
    },
    {
      key: "by",
      title: t("jobs.by"),
      render: (_: unknown, { started_by }: JobRun) => started_by ?? <span className="bm-muted">{t("jobs.clock")}</span>,
    },
    { key: "server", title: t("jobs.server"), render: (_: unknown, { server }: JobRun) => server },
    {
      key: "outcome",
      title: t("jobs.outcome"),
      render: (_: unknown, run: JobRun) => (
        <span className="bm-wrap">
          <RunEnd run={run} />
        </span>
      ),
    },
    { key: "actions", title: t("common.actions"), render: (_: unknown, run: JobRun) => <Again run={run} /> },
  ];
}

function Again({ run }: { run: JobRun }) {
  const { t } = useLang();
  const { message } = App.useApp();
  const retry = useChange(RetryJobRun, [ListJobs, ListJobRuns]);
  if (run.state === "running" || run.state === "succeeded") return null;
  const again = async () => {
    const asked = await retry
      .mutateAsync({ params: { run_id: run.run_id } })
      .catch((error: unknown) => void message.error(<ProblemText error={error} />));
    if (asked) void message.info(t(asked.run_id === null ? "jobs.runsAlready" : "jobs.willRun"));
  };
  return (
    <Button
      size="small"
      loading={retry.isPending}
      onClick={again}
      aria-label={`${t("jobs.retry")}: ${jobName(t, run.name)}`}
    >
      {t("jobs.retry")}
    </Button>
  );
}

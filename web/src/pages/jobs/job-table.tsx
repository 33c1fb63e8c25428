import { type Job, ListJobRuns, ListJobs, RunJob, UpdateJob } from "@banksman/wire/api";
import { App, Button, Table } from "antd";
import { useState } from "react";
import { useChange } from "../../api/query.ts";
import { Age } from "../../components/age.tsx";
import { ColumnCards } from "../../components/column-cards.tsx";
import { Panel } from "../../components/panel.tsx";
import { ProblemText } from "../../components/states.tsx";
import { useConfirmed } from "../../components/use-confirmed.tsx";
import { browserZone, date, fineDuration, shortClock } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { usePhone } from "../../hooks/use-media.ts";
import { JobTimes } from "./job-times.tsx";
import { jobName } from "./job-words.ts";
import { RunEnd } from "./run-end.tsx";
import { RunState } from "./run-state.tsx";

/** Every job: its times, how it went, and its switch. */
export function JobTable({ jobs }: { jobs: readonly Job[] }) {
  const { t } = useLang();
  const [editing, edit] = useState<Job | null>(null);
  const columns = useColumns(edit);
  const label = t("jobs.jobs");
  const keyOf = ({ name }: Job) => name;
  const isPhone = usePhone();
  return (
    <Panel title={label} flush>
      {isPhone ? (
        <ColumnCards rows={jobs} columns={columns} keyOf={keyOf} label={label} />
      ) : (
        <Table<Job>
          size="small"
          className="bm-job-table"
          rowKey={keyOf}
          dataSource={jobs}
          pagination={false}
          scroll={{ x: 1_000 }}
          aria-label={label}
          columns={columns}
        />
      )}
      <JobTimes job={editing} onClose={() => edit(null)} />
    </Panel>
  );
}

function useColumns(onEdit: (job: Job) => void) {
  const { t, lang } = useLang();
  return [
    {
      key: "name",
      width: 200,
      title: t("jobs.job"),
      render: (_: unknown, { name, queued }: Job) => (
        <span className="bm-wrap">
          <strong>{jobName(t, name)}</strong>{" "}
          {queued > 0 ? <small className="bm-muted">{t("jobs.queued", { count: queued })}</small> : null}
        </span>
      ),
    },
    {
      key: "schedule",
      width: 190,
      title: t("jobs.schedule"),
      render: (_: unknown, { cron, time_zone, missed, enabled }: Job) =>
        cron === null ? (
          <span className="bm-muted">{t("jobs.asked")}</span>
        ) : (
          <span className="bm-wrap">
            <code>{cron}</code> <small className="bm-muted">{enabled ? time_zone : t("jobs.off")}</small>
            {missed === "once" ? <small className="bm-muted"> {t("jobs.missedOnce")}</small> : null}
          </span>
        ),
    },
    {
      key: "next",
      width: 140,
      title: t("jobs.next"),
      render: (_: unknown, { next_runs: [next] }: Job) =>
        next === undefined ? (
          <span className="bm-muted">–</span>
        ) : (
          `${date(Date.parse(next), browserZone())} ${shortClock(Date.parse(next), browserZone())}`
        ),
    },
    {
      key: "last",
      title: t("jobs.last"),
      render: (_: unknown, { last }: Job) =>
        last === null ? (
          <span className="bm-muted">{t("jobs.never")}</span>
        ) : (
          <span className="bm-wrap">
            <RunState state={last.state} /> <Age at={last.started_at} ago />{" "}
            {last.code === null ? null : <RunEnd run={last} />}
          </span>
        ),
    },
    {
      key: "day",
      width: 210,
      title: t("jobs.day"),
      render: (_: unknown, { runs, failures, mean_seconds }: Job) => (
        <span className="bm-wrap">
          {[
            t("jobs.dayRuns", { count: runs }),
            failures > 0 ? t("jobs.dayFailures", { count: failures }) : null,
            mean_seconds === null ? null : t("jobs.takes", { time: fineDuration(mean_seconds, lang) }),
          ]
            .filter((part) => part !== null)
            .join(" · ")}
        </span>
      ),
    },
    {
      key: "actions",
      width: 250,
      title: t("common.actions"),
      render: (_: unknown, job: Job) => (job.cron === null ? null : <Actions job={job} onEdit={() => onEdit(job)} />),
    },
  ];
}

function Actions({ job, onEdit }: { job: Job; onEdit: () => void }) {
  const { t } = useLang();
  const { message } = App.useApp();
  const confirmed = useConfirmed();
  const run = useChange(RunJob, [ListJobs, ListJobRuns]);
  const update = useChange(UpdateJob, [ListJobs]);
  const params = { name: job.name };
  const name = jobName(t, job.name);
  const fail = (error: unknown) => void message.error(<ProblemText error={error} />);
  const runNow = async () => {
    const asked = await run.mutateAsync({ params }).catch(fail);
    if (asked) void message.info(t(asked.run_id === null ? "jobs.runsAlready" : "jobs.willRun"));
  };
  const turn = (enabled: boolean) => update.mutateAsync({ params, body: { enabled } });
  const switchOff = () =>
    confirmed({
      title: t("jobs.switchOffTitle", { name }),
      detail: t("jobs.switchOffDetail"),
      action: t("jobs.switchOff"),
      run: () => turn(false),
    });
  return (
    <span className="bm-button-row">
      <Button size="small" loading={run.isPending} onClick={runNow} aria-label={`${t("jobs.runNow")}: ${name}`}>
        {t("jobs.runNow")}
      </Button>
      <Button size="small" onClick={onEdit} aria-label={`${t("jobs.edit")} ${name}`}>
        {t("jobs.edit")}
      </Button>
      <Button
        size="small"
        loading={update.isPending}
        onClick={() => (job.enabled ? switchOff() : turn(true).catch(fail))}
        aria-label={`${t(job.enabled ? "jobs.switchOff" : "jobs.switchOn")}: ${name}`}
      >
        {t(job.enabled ? "jobs.switchOff" : "jobs.switchOn")}
      </Button>
    </span>
  );
}

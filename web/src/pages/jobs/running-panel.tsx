import { CancelJobRun, type JobRun, ListJobRuns, ListJobs } from "@banksman/wire/api";
import { Button, Progress } from "antd";
import { useChange } from "../../api/query.ts";
import { Panel } from "../../components/panel.tsx";
import { useConfirmed } from "../../components/use-confirmed.tsx";
import { duration } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { useNow } from "../../hooks/use-now.ts";
import { jobName } from "./job-words.ts";
import { secondsOf } from "./run-state.tsx";

/** Runs that go on now, each with how far it is. */
export function RunningPanel({ runs }: { runs: readonly JobRun[] }) {
  const { t } = useLang();
  return (
    <Panel title={t("jobs.running")}>
      {runs.length === 0 ? <p className="bm-muted">{t("jobs.idle")}</p> : null}
      <ul className="bm-running-jobs">
        {runs.map((run) => (
          <Running key={run.run_id} run={run} />
        ))}
      </ul>
    </Panel>
  );
}

function Running({ run }: { run: JobRun }) {
  const { t, lang } = useLang();
  const now = useNow();
  const confirmed = useConfirmed();
  const cancel = useChange(CancelJobRun, [ListJobs, ListJobRuns]);
  const name = jobName(t, run.name);
  const ask = () =>
    confirmed({
      title: t("jobs.cancelTitle", { name }),
      detail: t("jobs.cancelDetail"),
      action: t("jobs.cancel"),
      run: () => cancel.mutateAsync({ params: { run_id: run.run_id } }),
    });
  return (
    <li>
      <strong>{name}</strong>
      {run.progress === null ? (
        <span className="bm-grow bm-muted">{run.note}</span>
      ) : (
        <span className="bm-grow">
          <Progress percent={Math.floor(run.progress * 100)} size="small" aria-label={name} />
          <small className="bm-muted">{run.note}</small>
        </span>
      )}
      <span className="bm-secondary">
        {duration(secondsOf(run, now), lang)} · {run.started_by ?? t("jobs.clock")} · {run.server}
      </span>
      <Button size="small" onClick={ask}>
        {t("jobs.cancel")}
      </Button>
    </li>
  );
}

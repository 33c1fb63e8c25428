import { type Job, ListJobs, UpdateJob } from "@banksman/wire/api";
import { Form, Input, Select } from "antd";
import { useChange } from "../../api/query.ts";
import { FormEnd } from "../../components/form-end.tsx";
import { SideDrawer } from "../../components/side-drawer.tsx";
import { browserZone, fullTime } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { jobName } from "./job-words.ts";

type Typed = { cron: string; time_zone: string };

/** When a job runs. */
export function JobTimes({ job, onClose }: { job: Job | null; onClose: () => void }) {
  const { t } = useLang();
  return (
    <SideDrawer open={job !== null} title={job ? jobName(t, job.name) : ""} onClose={onClose}>
      {job ? <Fields job={job} onDone={onClose} /> : null}
    </SideDrawer>
  );
}

function Fields({ job, onDone }: { job: Job; onDone: () => void }) {
  const { t } = useLang();
  const update = useChange(UpdateJob, [ListJobs]);
  const submit = async ({ cron, time_zone }: Typed) => {
    const body = { cron: cron.trim() === "" ? null : cron, time_zone };
    if (await update.mutateAsync({ params: { name: job.name }, body }).catch(() => null)) onDone();
  };
  const zones = ["UTC", ...Intl.supportedValuesOf("timeZone")].map((value) => ({ value, label: value }));
  return (
    <Form<Typed>
      layout="vertical"
      requiredMark={false}
      initialValues={{ cron: job.cron === job.default_cron ? "" : job.cron, time_zone: job.time_zone }}
      onFinish={submit}
    >
      <Form.Item name="cron" label={t("jobs.cron")} extra={t("jobs.cronHelp", { usual: job.default_cron ?? "–" })}>
        <Input data-first autoComplete="off" spellCheck={false} placeholder={job.default_cron ?? ""} maxLength={100} />
      </Form.Item>
      <Form.Item name="time_zone" label={t("jobs.zone")}>
        <Select showSearch={{ optionFilterProp: "label" }} options={zones} />
      </Form.Item>
      <p className="bm-muted">
        {t("jobs.next")}: {job.next_runs.map((next) => fullTime(Date.parse(next), browserZone())).join(", ") || "–"}
      </p>
      <FormEnd error={update.error} isPending={update.isPending} />
    </Form>
  );
}

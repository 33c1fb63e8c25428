import {
  BuildReport,
  ChangeReportSchedule,
  CreateReportSchedule,
  DeleteReport,
  DeleteReportSchedule,
  GetReport,
  GetReportFile,
  ListReportSchedules,
  ListReports,
} from "@banksman/wire/api";
import type { ReportFormat } from "@banksman/wire/model";
import type { Api } from "../http/api.ts";
import { membersOf } from "../http/audit-call.ts";
import type { ScheduleService } from "./schedules.ts";
import type { ReportService } from "./service.ts";
import type { StoredReport } from "./store.ts";

const MEDIA: Record<ReportFormat, string> = {
  pdf: "application/pdf",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  csv: "text/csv; charset=utf-8",
  parquet: "application/vnd.apache.parquet",
};

const shown = ({ sites: _sites, compare: _compare, channels: _channels, ...report }: StoredReport) => report;

export function reportRoutes(api: Api, reports: ReportService, schedules: ScheduleService): void {
  api.on(BuildReport, async ({ body, caller, audit }) => {
    const report = await reports.build(body, caller);
    audit.note({ target: report.report_id });
    return report;
  });
  api.on(ListReports, async ({ query, caller }) => {
    const { reports: found, total } = await reports.list(caller, query);
    return { reports: found.map(shown), total };
  });
  api.on(GetReport, async ({ params, caller }) => {
    const report = await reports.find(params.report_id, caller);
    return { ...shown(report), document: await reports.document(report.report_id) };
  });
  api.onRaw(GetReportFile, async ({ params: { report_id, format }, caller, reply }) => {
    const { report, bytes } = await reports.file(report_id, format, caller);
    const name = `banksman-${report.kind}-${report.period.from}.${format}`;
    return reply.type(MEDIA[format]).header("content-disposition", `attachment; filename="${name}"`).send(bytes);
  });
  api.on(DeleteReport, async ({ params, caller, audit }) => {
    const { kind, period, sites } = await reports.remove(params.report_id, caller);
    audit.note({ before: { kind, period, sites } });
    return { report_id: params.report_id };
  });
  api.on(ListReportSchedules, async ({ caller }) => ({ schedules: await schedules.list(caller) }));
  api.on(CreateReportSchedule, async ({ body, caller, audit }) => {
    const schedule = await schedules.create(body, caller);
    audit.note({ target: schedule.schedule_id });
    return schedule;
  });
  api.on(ChangeReportSchedule, async ({ params, body, caller, audit }) => {
    audit.note({ before: membersOf(body, await schedules.find(params.schedule_id, caller)) });
    return schedules.change(params.schedule_id, body, caller);
  });
  api.on(DeleteReportSchedule, ({ params, caller }) => schedules.remove(params.schedule_id, caller));
}

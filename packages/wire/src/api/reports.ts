import { z } from "zod";
import { isTimeZone } from "../model/alert.ts";
import { ReportDocument, ReportFormat, ReportKind, ReportPeriod } from "../model/report.ts";
import { defineRoute, reply } from "./route.ts";

/** Which sites a report is about; one that names none is about all that its asker reaches. */
export const ReportScope = z.object({
  site_id: z.string().min(1).max(64).nullable().default(null),
  region: z.string().min(1).max(100).nullable().default(null),
  /** Whose miners it is about, each while it was theirs; which kinds can be so is in `REPORT_BY_CUSTOMER`. */
  customer_id: z.string().min(1).max(64).nullable().default(null),
});
export type ReportScope = z.infer<typeof ReportScope>;

const TimeZone = z.string().max(64).refine(isTimeZone, "not a time zone name such as Asia/Shanghai");

/** What somebody asks for. Without `from` the last whole day, week or month. */
export const ReportWish = z.object({
  kind: ReportKind,
  scope: ReportScope.prefault({}),
  span: z.enum(["day", "week", "month", "range"]),
  from: z.iso.date().optional(),
  /** The day after the last; for `range` alone. */
  to: z.iso.date().optional(),
  time_zone: TimeZone.default("UTC"),
  /** Whether the period before stands beside it. */
  compare: z.boolean().default(true),
  language: z.enum(["zh", "en"]).default("zh"),
});
export type ReportWish = z.infer<typeof ReportWish>;

export const ReportFile = z.object({ format: ReportFormat, bytes: z.int(), sha256: z.string() });
export type ReportFile = z.infer<typeof ReportFile>;

/** A report that was asked for: waiting, being built, kept, or why not. */
export const Report = z.object({
  report_id: z.uuid(),
  kind: ReportKind,
  scope: ReportScope,
  period: ReportPeriod,
  language: z.enum(["zh", "en"]),
  state: z.enum(["waiting", "building", "kept", "failed"]),
  progress: z.number().nullable(),
  reason: z.string().nullable(),
  coverage: z.number().nullable(),
  asked_by: z.string(),
  asked_at: z.iso.datetime(),
  built_at: z.iso.datetime().nullable(),
  files: z.array(ReportFile),
  /** Over the files' names and hashes; also in the audit trail. */
  manifest_sha256: z.string().nullable(),
});
export type Report = z.infer<typeof Report>;

export const BuildReport = defineRoute({
  method: "POST",
  path: "/reports",
  summary: "Has a report built, of the sites that the caller reaches",
  needs: "report.read",
  at: "miners",
  action: "reports.build",
  body: ReportWish,
  status: 202,
  reply: reply(Report),
});

export const ListReports = defineRoute({
  method: "GET",
  path: "/reports",
  summary: "Reports that are kept or being built, the newest first: those whose every site the caller reaches",
  needs: "report.read",
  at: "miners",
  query: z.object({
    kind: ReportKind.optional(),
    page: z.coerce.number().int().min(1).default(1),
    per_page: z.coerce.number().int().min(1).max(200).default(50),
  }),
  reply: reply(z.object({ reports: z.array(Report), total: z.int() })),
});

const params = z.object({ report_id: z.uuid() });

export const GetReport = defineRoute({
  method: "GET",
  path: "/reports/:report_id",
  summary: "A report with what it says",
  needs: "report.read",
  at: "miners",
  params,
  reply: reply(Report.extend({ document: ReportDocument.nullable() })),
});

export const GetReportFile = defineRoute({
  method: "GET",
  path: "/reports/:report_id/files/:format",
  summary: "A report as a file",
  needs: "report.read",
  at: "miners",
  audited: true,
  action: "reports.download",
  params: params.extend({ format: ReportFormat }),
  media: "application/octet-stream",
  reply: z.string(),
});

export const DeleteReport = defineRoute({
  method: "DELETE",
  path: "/reports/:report_id",
  summary: "Throws a kept report away",
  needs: "report.manage",
  at: "miners",
  params,
  reply: reply(z.object({ report_id: z.uuid() })),
});

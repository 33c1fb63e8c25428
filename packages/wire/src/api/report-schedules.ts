import { z } from "zod";
import { ReportKind } from "../model/report.ts";
import { ChannelName } from "./alert-channels.ts";
import { ReportWish } from "./reports.ts";
import { defineRoute, reply } from "./route.ts";

/** What is built each time a day, week or month is over in its time zone, and whom it is told. */
export const ReportScheduleWish = ReportWish.pick({ kind: true, scope: true, compare: true, language: true }).extend({
  span: z.enum(["day", "week", "month"]),
  time_zone: ReportWish.shape.time_zone,
  /** Hours after the period's end at which it is built, so that late readings count. */
  hour: z.int().min(0).max(23).default(6),
  /** Where its head and a link go when it is built. */
  channels: z.array(ChannelName).max(20).default([]),
});
export type ReportScheduleWish = z.infer<typeof ReportScheduleWish>;

const { kind, scope, span, time_zone, compare, language, hour, channels } = ReportScheduleWish.shape;
/** What of a schedule is to be another way; what is not named stays. */
export const ReportScheduleChange = z
  .object({
    ...{ kind, scope: scope.unwrap(), span, time_zone: time_zone.unwrap(), compare: compare.unwrap() },
    ...{ language: language.unwrap(), hour: hour.unwrap(), channels: channels.unwrap() },
    /** While it is off nothing is built, and what was over by then isn't built later. */
    enabled: z.boolean(),
  })
  .partial();
export type ReportScheduleChange = z.infer<typeof ReportScheduleChange>;

/** Why a report was not built: its owner reaches no site that fits any more, or was disabled. */
export const ReportScheduleTrouble = z.enum(["no_sites", "owner_disabled"]);
export type ReportScheduleTrouble = z.infer<typeof ReportScheduleTrouble>;

export const ReportSchedule = ReportScheduleWish.extend({
  schedule_id: z.uuid(),
  kind: ReportKind,
  /** Whose reach its reports have, as it is when each is built. */
  owner: z.string(),
  created_at: z.iso.datetime(),
  enabled: z.boolean(),
  /** Null while it is paused. */
  next_at: z.iso.datetime().nullable(),
  /** Why its last report was not built, if it was not. */
  trouble: ReportScheduleTrouble.nullable(),
});
export type ReportSchedule = z.infer<typeof ReportSchedule>;

export const ListReportSchedules = defineRoute({
  method: "GET",
  path: "/report-schedules",
  summary: "The caller's own schedules of reports; everybody's for those who manage reports everywhere",
  needs: "report.manage",
  at: "miners",
  reply: reply(z.object({ schedules: z.array(ReportSchedule) })),
});

export const CreateReportSchedule = defineRoute({
  method: "POST",
  path: "/report-schedules",
  summary: "Has a report built each time its period is over, of the sites that the caller reaches then",
  needs: "report.manage",
  at: "miners",
  action: "reports.schedule",
  body: ReportScheduleWish,
  reply: reply(ReportSchedule),
});

const params = z.object({ schedule_id: z.uuid() });

export const ChangeReportSchedule = defineRoute({
  method: "PATCH",
  path: "/report-schedules/:schedule_id",
  summary: "Changes a schedule, pauses it or lets it go on; what is not sent stays",
  needs: "report.manage",
  at: "miners",
  action: "reports.reschedule",
  params,
  body: ReportScheduleChange,
  reply: reply(ReportSchedule),
});

export const DeleteReportSchedule = defineRoute({
  method: "DELETE",
  path: "/report-schedules/:schedule_id",
  summary: "Ends a schedule; the reports that it built are kept",
  needs: "report.manage",
  at: "miners",
  action: "reports.unschedule",
  params,
  reply: reply(params),
});

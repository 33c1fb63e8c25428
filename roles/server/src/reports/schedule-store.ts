import type { Permission, ReportSchedule, ReportScheduleTrouble, ReportScheduleWish } from "@banksman/wire/api";
import { sql } from "kysely";
import type { Db } from "../db/connect.ts";
import type { Reach } from "../http/caller.ts";
import { reachOfGrants } from "../identity/reach.ts";
import { REACHED, withGrants } from "../identity/reached.ts";

/** A schedule with who owns it and where they hold what, now. */
export type StoredSchedule = Omit<ReportSchedule, "created_at" | "next_at"> & {
  user_no: number;
  /** Its last period that was seen to ended with the day before this one. */
  built_to: string;
  created_at: Date;
  disabled: boolean;
  held: (needs: Permission) => Reach;
};

type Row = Omit<StoredSchedule, "held"> & { grants: unknown };

const NOWHERE: Reach = new Map();

function toSchedule(row: Row): StoredSchedule {
  const { grants, ...schedule } = withGrants(row);
  const reach = reachOfGrants(grants);
  return { ...schedule, held: (needs) => reach.get(needs) ?? NOWHERE };
}

export type ScheduleStore = ReturnType<typeof scheduleStore>;

/** The only SQL on reports at their times. */
export const scheduleStore = (db: Db) => ({
  list: async (): Promise<StoredSchedule[]> => {
    const { rows } = await sql<Row>`
      select r.schedule_id, r.user_no, r.kind, r.scope, r.span, r.time_zone, r.compare, r.language, r.hour, r.channels, r.enabled,
        r.built_to::text, r.trouble, r.created_at, u.username as owner, u.disabled_at is not null as disabled,
        ${REACHED} as grants
      from report_schedules r join users u using (user_no) order by r.created_at, r.schedule_id`.execute(db);
    return rows.map(toSchedule);
  },

  add: async (scheduleId: string, userNo: number, wish: ReportScheduleWish, builtTo: string): Promise<void> => {
    const { kind, scope, span, time_zone, compare, language, hour, channels } = wish;
    await sql`insert into report_schedules
        (schedule_id, user_no, kind, scope, span, time_zone, compare, language, hour, channels, built_to)
      values (${scheduleId}, ${userNo}, ${kind}, ${JSON.stringify(scope)}, ${span}, ${time_zone}, ${compare}, ${language},
        ${hour}, ${channels}, ${builtTo}::date)`.execute(db);
  },

  change: async (
    scheduleId: string,
    {
      kind,
      scope,
      span,
      time_zone,
      compare,
      language,
      hour,
      channels,
      enabled,
    }: ReportScheduleWish & { enabled: boolean },
    builtTo: string,
  ): Promise<void> => {
    await sql`update report_schedules set kind = ${kind}, scope = ${JSON.stringify(scope)}, span = ${span},
        time_zone = ${time_zone}, compare = ${compare}, language = ${language}, hour = ${hour}, channels = ${channels},
        enabled = ${enabled}, built_to = ${builtTo}::date where schedule_id = ${scheduleId}`.execute(db);
  },

  /** Notes that a period is seen to, and why it has no report if it has none. */
  seenTo: async (scheduleId: string, builtTo: string, trouble: ReportScheduleTrouble | null): Promise<void> => {
    await sql`update report_schedules set built_to = ${builtTo}::date, trouble = ${trouble}
      where schedule_id = ${scheduleId}`.execute(db);
  },

  remove: async (scheduleId: string): Promise<void> => {
    await sql`delete from report_schedules where schedule_id = ${scheduleId}`.execute(db);
  },
});

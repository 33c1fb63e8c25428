import { randomUUID } from "node:crypto";
import { type Clock, messageOf } from "@banksman/kit";
import { uuid8Of } from "@banksman/kit/uuid8";
import type { Permission, ReportSchedule, ReportScheduleChange, ReportScheduleWish } from "@banksman/wire/api";
import type { ReportPeriod } from "@banksman/wire/model";
import { type Caller, nameOf, type Reach, reachOf } from "../http/caller.ts";
import { problem } from "../http/problem.ts";
import { REPORT_JOB } from "./build.ts";
import { allowedSites, checkScope } from "./kinds/index.ts";
import { noSites } from "./no-sites.ts";
import { midnight, periodOf, reckonedFrom } from "./period.ts";
import type { ScheduleStore, StoredSchedule } from "./schedule-store.ts";
import type { Ask } from "./service.ts";
import type { ReportStore } from "./store.ts";

const HOUR_MS = 3_600_000;
const MOST_SCHEDULES = 200;

type Parts = {
  store: ScheduleStore;
  reports: Pick<ReportStore, "sitesIn" | "customer" | "add">;
  channels: { all: () => Promise<{ name: string }[]> };
  ask: Ask;
  clock: Clock;
};

type Rhythm = Pick<ReportScheduleWish, "span" | "time_zone" | "hour">;

/** The last whole period at a moment. */
const lastOf = ({ span, time_zone }: Omit<Rhythm, "hour">, nowMs: number): ReportPeriod =>
  periodOf({ span, time_zone }, nowMs);

/** When the report of a period is built: at its hour, and not before its last hour is reckoned. */
const dueAt = (period: ReportPeriod, hour: number): number =>
  Math.max(midnight(period.to, period.time_zone) + hour * HOUR_MS, reckonedFrom(period));

/** When a schedule's next report is built. */
function nextAt({ span, time_zone, hour, built_to }: Rhythm & Pick<StoredSchedule, "built_to">): string {
  const begun = midnight(built_to, time_zone) + 1;
  return new Date(dueAt(periodOf({ span, time_zone, from: built_to }, begun), hour)).toISOString();
}

export type ScheduleService = ReturnType<typeof scheduleService>;

/** Reports at their times: one for each day, week or month that is over, with the reach that its owner has then. */
export function scheduleService({ store, reports, channels, ask, clock }: Parts) {
  const shown = (schedule: StoredSchedule): ReportSchedule => {
    const { user_no: _user, built_to: _to, disabled: _disabled, held: _held, created_at, ...rest } = schedule;
    return { ...rest, created_at: created_at.toISOString(), next_at: schedule.enabled ? nextAt(schedule) : null };
  };
  /** One's own; everybody's for who manages reports everywhere. */
  const list = async (caller: Caller): Promise<StoredSchedule[]> => {
    const all = await store.list();
    if (reachOf(caller, "report.manage") === "all") return all;
    return all.filter(({ user_no }) => caller.is === "person" && caller.userNo === user_no);
  };
  const find = async (scheduleId: string, caller: Caller): Promise<StoredSchedule> => {
    const schedule = (await list(caller)).find(({ schedule_id }) => schedule_id === scheduleId);
    if (!schedule) throw problem(404, "NO_SUCH_SCHEDULE", "there is no such schedule");
    return schedule;
  };

  /** Asks for a schedule's report where its period is over and has none yet; gives whether it did. */
  const seeTo = async (schedule: StoredSchedule): Promise<boolean> => {
    const { schedule_id, kind, scope, compare, language, owner, disabled, held, hour, built_to } = schedule;
    const period = lastOf(schedule, clock.now());
    if (period.to <= built_to || clock.now() < dueAt(period, hour)) return false;
    const sites = disabled ? [] : await reports.sitesIn(scope, allowedSites(held, schedule));
    if (sites.length === 0) {
      await store.seenTo(schedule_id, period.to, disabled ? "owner_disabled" : "no_sites");
      return false;
    }
    // The same for the same period, so that a run that was killed and done again builds one report.
    const report_id = uuid8Of(`${schedule_id} ${period.to}`);
    const site_ids = sites.map(({ site_id }) => site_id);
    const own = { kind, scope, period, compare, language, asked_by: owner, channels: schedule.channels };
    await reports.add({ report_id, sites: site_ids, ...own });
    await ask(REPORT_JOB, { args: { report_id }, by: owner });
    await store.seenTo(schedule_id, period.to, null);
    return true;
  };

  /**
   * Throws a problem for a channel that isn't there, and for one that is named anew by somebody who may not see which there
   * are: channels are the installation's, so that takes alert.read everywhere.
   */
  const checkChannels = async (
    names: readonly string[],
    caller: Caller,
    had: readonly string[] = [],
  ): Promise<void> => {
    if (reachOf(caller, "alert.read") !== "all") {
      if (names.every((name) => had.includes(name))) return;
      const detail = "who names channels must see all of them (alert.read everywhere): name none, or ask an admin to";
      throw problem(403, "NOT_ALLOWED_HERE", detail, { needs: "alert.read", path: "channels" });
    }
    const known = new Set((await channels.all()).map(({ name }) => name));
    const missing = names.find((name) => !known.has(name));
    if (missing !== undefined)
      throw problem(400, "NO_SUCH_CHANNEL", `there is no channel "${missing}"`, { path: "channels" });
  };
  /** Throws a problem where somebody may have no report of the kind at any site that is meant. */
  const checkSites = async (
    wish: Pick<ReportScheduleWish, "kind" | "scope">,
    held: (needs: Permission) => Reach,
    who: string,
  ): Promise<void> => {
    checkScope(wish.kind, wish.scope);
    const reached = allowedSites(held, wish);
    if ((await reports.sitesIn(wish.scope, reached)).length === 0)
      throw await noSites(reports, { scope: wish.scope, reached, held, who });
  };

  return {
    find: async (scheduleId: string, caller: Caller): Promise<ReportSchedule> => shown(await find(scheduleId, caller)),

    list: async (caller: Caller): Promise<ReportSchedule[]> => (await list(caller)).map(shown),

    create: async (wish: ReportScheduleWish, caller: Caller): Promise<ReportSchedule> => {
      if (caller.is !== "person") throw problem(403, "NOT_ALLOWED", "a schedule belongs to a person");
      await checkSites(wish, (needs) => reachOf(caller, needs), nameOf(caller));
      await checkChannels(wish.channels, caller);
      if ((await store.list()).length >= MOST_SCHEDULES)
        throw problem(409, "TOO_MANY_SCHEDULES", `there are ${MOST_SCHEDULES} schedules already; end one of them`);
      const schedule_id = randomUUID();
      await store.add(schedule_id, caller.userNo, wish, lastOf(wish, clock.now()).to);
      return shown(await find(schedule_id, caller));
    },

    /** Changes a schedule. One of another rhythm, or that was paused, begins with the next period that is over. */
    change: async (scheduleId: string, change: ReportScheduleChange, caller: Caller): Promise<ReportSchedule> => {
      const was = await find(scheduleId, caller);
      const { enabled = was.enabled, span = was.span, time_zone = was.time_zone, hour = was.hour } = change;
      const { kind = was.kind, scope = was.scope, compare = was.compare, language = was.language } = change;
      const next = { enabled, span, time_zone, hour, kind, scope, compare, language, channels: was.channels };
      if (change.kind !== undefined || change.scope !== undefined) await checkSites(next, was.held, was.owner);
      if (change.channels !== undefined) {
        await checkChannels(change.channels, caller, was.channels);
        next.channels = change.channels;
      }
      const beginsAnew = (enabled && !was.enabled) || span !== was.span || time_zone !== was.time_zone;
      await store.change(scheduleId, next, beginsAnew ? lastOf(next, clock.now()).to : was.built_to);
      return shown(await find(scheduleId, caller));
    },

    remove: async (scheduleId: string, caller: Caller) => {
      await find(scheduleId, caller);
      await store.remove(scheduleId);
      return { schedule_id: scheduleId };
    },

    /** Asks for what is due; gives how many reports. One that fails keeps no other from its report. */
    run: async (): Promise<{ asked: number }> => {
      let asked = 0;
      const failed: Error[] = [];
      for (const schedule of await store.list()) {
        if (!schedule.enabled) continue;
        try {
          if (await seeTo(schedule)) asked++;
        } catch (error) {
          const which = `${schedule.schedule_id} (${schedule.kind}, of ${schedule.owner})`;
          failed.push(new Error(`${which}: ${messageOf(error)}`, { cause: error }));
        }
      }
      if (failed.length > 0)
        throw new AggregateError(failed, `no report of schedule ${failed.map(messageOf).join("; ")}`);
      return { asked };
    },
  };
}

import { type JobRun, JobRunState } from "@banksman/wire/api";
import { JobEnd } from "@banksman/wire/model";
import { sql, type Transaction } from "kysely";
import type { Db } from "../db/connect.ts";
import type { Schema } from "../db/schema.ts";

/** A server tells of its runs every two seconds; one that was not told of for this long has nobody. */
const LOST_AFTER = "30 seconds";

export type RunKey = { run_id: string; attempt: number };
export type NewRun = RunKey & { name: string; started_by: string | null; server: string; args: unknown };
export type JobSetting = {
  name: string;
  enabled: boolean;
  cron: string | null;
  time_zone: string | null;
  updated_at: Date;
  updated_by: string;
};
type RunRow = Omit<JobRun, "started_at" | "ended_at" | "code"> & {
  started_at: Date;
  ended_at: Date | null;
  code: string | null;
};
export type RunCounts = { name: string; runs: number; failures: number; mean_seconds: number | null };

const STATE = sql.raw(
  `case when state = 'running' and beat_at < now() - interval '${LOST_AFTER}' then 'lost' else state end`,
);
const RUN = sql`run_id, attempt, name, ${STATE} as state, started_at, ended_at, progress::float8, note, started_by, server,
  result, case when ${STATE} = 'lost' then 'lost' else code end as code, reason`;

const toRun = ({ state, code, started_at, ended_at, ...row }: RunRow): JobRun => ({
  ...row,
  state: JobRunState.parse(state),
  // One of a newer server that shares the database has its words all the same.
  code: JobEnd.nullable().catch(null).parse(code),
  started_at: started_at.toISOString(),
  ended_at: ended_at?.toISOString() ?? null,
});

export type RunStore = ReturnType<typeof runStore>;

/** The only SQL on runs of jobs and what people set of jobs. */
export const runStore = (db: Db) => ({
  /**
   * Notes that a try begins. Earlier ones that nobody ended are lost: who begins holds the lock that they held. `alone`
   * says that there is one run of the job at a time.
   */
  begin: async ({ run_id, attempt, name, started_by, server, args }: NewRun, alone: boolean): Promise<void> => {
    const same = alone ? sql`name = ${name}` : sql`run_id = ${run_id}`;
    await sql`
      with lost as (update job_runs set state = 'lost', code = 'lost', ended_at = now(), reason = 'its server ended in the middle'
        where state = 'running' and ${same})
      insert into job_runs (run_id, attempt, name, started_by, server, args)
      values (${run_id}, ${attempt}, ${name}, ${started_by}, ${server}, ${JSON.stringify(args)}::json)
      on conflict (run_id, attempt) do update set state = 'running', started_at = now(), beat_at = now(),
        ended_at = null, code = null, reason = null, server = excluded.server`.execute(db);
  },

  progress: async ({ run_id, attempt }: RunKey, share: number, note: string | null): Promise<void> => {
    await sql`update job_runs set progress = ${share}, note = ${note}, beat_at = now()
      where run_id = ${run_id} and attempt = ${attempt}`.execute(db);
  },

  /** Says that runs are alive; gives those that somebody wants cancelled. */
  beat: async (runs: readonly RunKey[]): Promise<{ run_id: string; by: string }[]> => {
    const { rows } = await sql<{ run_id: string; by: string | null }>`
      update job_runs set beat_at = now() where state = 'running' and (run_id, attempt) in (
        select * from unnest(${runs.map(({ run_id }) => run_id)}::uuid[], ${runs.map(({ attempt }) => attempt)}::int[]))
      returning run_id, cancelled_by as by`.execute(db);
    return rows.flatMap(({ run_id, by }) => (by === null ? [] : [{ run_id, by }]));
  },

  end: async (
    { run_id, attempt }: RunKey,
    state: "succeeded" | "failed" | "cancelled",
    {
      result = null,
      code = null,
      reason = null,
    }: { result?: object | null; code?: JobEnd | null; reason?: string | null },
  ): Promise<void> => {
    await sql`update job_runs set state = ${state}, ended_at = now(), code = ${code}, reason = ${reason},
        result = ${result === null ? null : JSON.stringify(result)}::json,
        progress = case when ${state} = 'succeeded' and progress is not null then 1 else progress end
      where run_id = ${run_id} and attempt = ${attempt} and state = 'running'`.execute(db);
  },

  /** Asks for a run's end; false when none of that id runs. */
  cancel: async (runId: string, by: string): Promise<boolean> => {
    const { numAffectedRows } = await sql`update job_runs set cancelled_by = ${by}
      where run_id = ${runId} and state = 'running'`.execute(db);
    return (numAffectedRows ?? 0n) > 0n;
  },

  newest: async (runId: string): Promise<(JobRun & { args: unknown }) | null> => {
    const { rows } = await sql<RunRow & { args: unknown }>`
      select ${RUN}, args from job_runs where run_id = ${runId} order by attempt desc limit 1`.execute(db);
    const [row] = rows;
    return row ? { ...toRun(row), args: row.args } : null;
  },

  /** Runs by filters, the newest first, with how many there are. */
  list: async (filter: {
    name?: string | undefined;
    state?: JobRunState | undefined;
    page: number;
    per_page: number;
  }): Promise<{ runs: JobRun[]; total: number }> => {
    const { name, state, page, per_page } = filter;
    const fits = sql`(${name ?? null}::text is null or name = ${name ?? null})
      and (${state ?? null}::text is null or ${STATE} = ${state ?? null})`;
    const { rows } = await sql<RunRow>`select ${RUN} from job_runs where ${fits}
      order by started_at desc limit ${per_page} offset ${(page - 1) * per_page}`.execute(db);
    const counted = await sql<{ total: number }>`select count(*)::int as total from job_runs where ${fits}`.execute(db);
    return { runs: rows.map(toRun), total: counted.rows[0]?.total ?? 0 };
  },

  /** Runs that go on now, and the newest one of each job. */
  current: async (): Promise<{ running: JobRun[]; last: JobRun[] }> => {
    const running = await sql<RunRow>`select ${RUN} from job_runs
      where state = 'running' and beat_at >= now() - ${sql.raw(`interval '${LOST_AFTER}'`)} order by started_at`.execute(
      db,
    );
    const last = await sql<RunRow>`select distinct on (name) ${RUN} from job_runs where ${STATE} <> 'running'
      and started_at > now() - interval '90 days' order by name, started_at desc`.execute(db);
    return { running: running.rows.map(toRun), last: last.rows.map(toRun) };
  },

  /** How runs of the last 24 hours went, by job. */
  counts: async (): Promise<RunCounts[]> => {
    const { rows } = await sql<RunCounts>`
      select name, count(*)::int as runs, count(*) filter (where ${STATE} in ('failed', 'lost'))::int as failures,
        avg(extract(epoch from ended_at - started_at)) filter (where state = 'succeeded')::float8 as mean_seconds
      from job_runs where started_at > now() - interval '24 hours' group by name`.execute(db);
    return rows;
  },

  /** Forgets what went well a week ago, and the rest after 90 days. */
  upkeep: async (): Promise<{ forgotten: number }> => {
    const { numAffectedRows } = await sql`delete from job_runs
      where started_at < now() - case when state = 'succeeded' then interval '7 days' else interval '90 days' end`.execute(
      db,
    );
    return { forgotten: Number(numAffectedRows ?? 0n) };
  },

  settings: async (): Promise<JobSetting[]> => (await sql<JobSetting>`select * from job_settings`.execute(db)).rows,

  /** Writes what was set; `within` is the last thing of the transaction. */
  saveSetting: async (
    { name, enabled, cron, time_zone }: Pick<JobSetting, "name" | "enabled" | "cron" | "time_zone">,
    by: string,
    within: (tx: Transaction<Schema>) => Promise<void>,
  ): Promise<void> => {
    await db.transaction().execute(async (tx) => {
      await sql`insert into job_settings (name, enabled, cron, time_zone, updated_by)
        values (${name}, ${enabled}, ${cron}, ${time_zone}, ${by})
        on conflict (name) do update set enabled = excluded.enabled, cron = excluded.cron, time_zone = excluded.time_zone,
          updated_at = now(), updated_by = excluded.updated_by`.execute(tx);
      await within(tx);
    });
  },
});

import { Escalation, OnCallFields, type Silence } from "@banksman/wire/api";
import { AlertMatcher, Schedule } from "@banksman/wire/model";
import { sql } from "kysely";
import { z } from "zod";
import type { Db } from "../db/connect.ts";

export type StoredSilence = Omit<Silence, "state" | "matches">;
type Row = Record<string, unknown> & { starts_at: Date; ends_at: Date | null; created_at: Date };

const Stored = z.object({
  silence_id: z.int(),
  kind: z.enum(["silence", "maintenance"]),
  matcher: AlertMatcher,
  reason: z.string(),
  schedule: Schedule.nullable(),
  created_by: z.string(),
});
const toSilence = (row: Row): StoredSilence => ({
  ...Stored.parse(row),
  starts_at: row.starts_at.toISOString(),
  ends_at: row.ends_at?.toISOString() ?? null,
  created_at: row.created_at.toISOString(),
});

export type SilenceStore = ReturnType<typeof silenceStore>;

/** The only SQL on silences, maintenance windows, on-call orders and escalations. */
export const silenceStore = (db: Db) => ({
  /** Those that end after `since`. */
  endingAfter: async (since: Date): Promise<StoredSilence[]> => {
    const { rows } = await sql<Row>`select * from silences where ends_at is null or ends_at > ${since}
      order by starts_at desc, silence_id desc`.execute(db);
    return rows.map(toSilence);
  },

  add: async (silence: Omit<StoredSilence, "silence_id" | "created_at">): Promise<number> => {
    const { kind, matcher, reason, starts_at, ends_at, schedule, created_by } = silence;
    const { rows } = await sql<{ silence_id: number }>`
      insert into silences (kind, matcher, reason, starts_at, ends_at, schedule, created_by)
      values (${kind}, ${JSON.stringify(matcher)}, ${reason}, ${starts_at}, ${ends_at},
        ${schedule === null ? null : JSON.stringify(schedule)}, ${created_by}) returning silence_id`.execute(db);
    return rows[0]?.silence_id ?? 0;
  },

  /** Ends one now; false when there is none that goes on. */
  end: async (silenceId: number, now: Date): Promise<boolean> => {
    const { numAffectedRows } = await sql`update silences set ends_at = ${now}
      where silence_id = ${silenceId} and (ends_at is null or ends_at > ${now})`.execute(db);
    return Number(numAffectedRows ?? 0) > 0;
  },

  onCall: async (): Promise<OnCallFields[]> => {
    const { rows } = await sql<{ definition: unknown }>`select definition from on_call order by name`.execute(db);
    return rows.map(({ definition }) => OnCallFields.parse(definition));
  },

  escalations: async (): Promise<Escalation[]> => {
    const { rows } = await sql<{ definition: unknown }>`select definition from escalations order by name`.execute(db);
    return rows.map(({ definition }) => Escalation.parse(definition));
  },

  save: async (table: "on_call" | "escalations", definition: { name: string }): Promise<void> => {
    await sql`insert into ${sql.table(table)} (name, definition) values (${definition.name}, ${JSON.stringify(definition)})
      on conflict (name) do update set definition = excluded.definition`.execute(db);
  },

  remove: async (table: "on_call" | "escalations", name: string): Promise<boolean> => {
    const { numAffectedRows } = await sql`delete from ${sql.table(table)} where name = ${name}`.execute(db);
    return Number(numAffectedRows ?? 0) > 0;
  },
});

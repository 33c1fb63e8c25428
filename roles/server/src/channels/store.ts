import type { AlertLevel } from "@banksman/wire/model";
import { sql } from "kysely";
import type { Db } from "../db/connect.ts";

/** A channel as it is kept: `secrets` is sealed. */
export type StoredChannel = {
  name: string;
  type: string;
  settings: Record<string, unknown>;
  secrets: Buffer;
  secret_names: string[];
  levels: AlertLevel[];
  language: "zh" | "en";
  enabled: boolean;
  updated_at: Date;
  updated_by: string | null;
};

export type ChannelStore = ReturnType<typeof channelStore>;

/** The only SQL on channels that are edited on the page. */
export const channelStore = (db: Db) => ({
  all: async (): Promise<StoredChannel[]> =>
    (await sql<StoredChannel>`select * from channels order by name`.execute(db)).rows,

  /** Makes a channel, or replaces it. */
  save: async (channel: Omit<StoredChannel, "updated_at">): Promise<void> => {
    const { name, type, settings, secrets, secret_names, levels, language, enabled, updated_by } = channel;
    await sql`insert into channels (name, type, settings, secrets, secret_names, levels, language, enabled, updated_by)
      values (${name}, ${type}, ${JSON.stringify(settings)}, ${secrets}, ${secret_names}, ${levels}, ${language}, ${enabled}, ${updated_by})
      on conflict (name) do update set settings = excluded.settings, secrets = excluded.secrets,
        secret_names = excluded.secret_names, levels = excluded.levels, language = excluded.language,
        enabled = excluded.enabled, updated_by = excluded.updated_by, updated_at = now()`.execute(db);
  },

  /** Removes a channel and gives up what waits for it. */
  remove: async (name: string): Promise<boolean> =>
    await db.transaction().execute(async (tx) => {
      const { numAffectedRows } = await sql`delete from channels where name = ${name}`.execute(tx);
      await sql`update deliveries set state = 'failed', error = 'the channel was removed'
        where channel = ${name} and state = 'waiting'`.execute(tx);
      return Number(numAffectedRows ?? 0) > 0;
    }),

  /** What went wrong with each channel's newest message, if anything did. */
  troubles: async (): Promise<Map<string, string>> => {
    const { rows } = await sql<{ channel: string; error: string | null }>`
      select distinct on (channel) channel, error from deliveries where tries > 0 or state = 'failed'
      order by channel, delivery_id desc`.execute(db);
    return new Map(rows.flatMap(({ channel, error }) => (error === null ? [] : [[channel, error] as const])));
  },
});

import { createHash } from "node:crypto";
import { sql } from "kysely";
import type { Db } from "../db/connect.ts";

const FIRST_WAIT_S = 15;
const LONGEST_WAIT_S = 15 * 60;
/** Tries before waits begin, each twice as long as the one before. A company behind one address shares its tries. */
const FREE = { device: 5, pair: 5, address: 30, account: 50 } as const;

/** From where, and as whom, somebody tries to sign in; `device` is a browser this person signed in with before. */
export type Attempt = { account: string; address: string; device: Buffer | null };

type Counted = { key: string; free: number };
const keyed = (kind: keyof typeof FREE, ...parts: string[]): Counted => ({
  key: `${kind}:${createHash("sha256").update(JSON.stringify(parts)).digest("base64url")}`,
  free: FREE[kind],
});

/**
 * What an attempt is counted under. A known browser is counted by itself: whoever guesses from elsewhere, or from the
 * same address, makes it wait for nothing. Everybody else is counted by account and address together, by address (many
 * accounts from one place), and by account (one account from many places).
 */
function countedUnder({ account, address, device }: Attempt): [Counted, ...Counted[]] {
  const name = account.toLowerCase();
  if (device) return [keyed("device", device.toString("hex"), name)];
  return [keyed("pair", name, address), keyed("address", address), keyed("account", name)];
}

/** What its tries wait for each other under. */
export const lineOf = (attempt: Attempt): string => countedUnder(attempt)[0].key;

export type Tries = ReturnType<typeof signInTries>;

/** Slows guessing down, for all servers together. */
export const signInTries = (db: Db) => ({
  /**
   * Counts a try before it is known how it ends, since many at once must not all pass before the first is counted.
   * Gives the seconds to wait, 0 when it may go ahead.
   */
  begin: async (attempt: Attempt): Promise<number> => {
    const keys = countedUnder(attempt);
    const waiting = await sql<{ seconds: number | null }>`
      select ceil(extract(epoch from max(until) - now()))::int as seconds from sign_in_tries
      where key = any(${keys.map(({ key }) => key)}) and until > now()`.execute(db);
    const seconds = waiting.rows[0]?.seconds ?? 0;
    if (seconds > 0) return seconds;
    const wanted = JSON.stringify(keys);
    const { rows } = await sql`
      insert into sign_in_tries as t (key, count, at, until)
      select k.key, 1, now(), 'epoch' from jsonb_to_recordset(${wanted}::jsonb) as k (key text, free int) order by 1
      on conflict (key) do update set at = now(),
        count = case when t.at < now() - interval '1 hour' then 1 else t.count + 1 end,
        until = case when t.at < now() - interval '1 hour' then 'epoch' else (
          select case when t.count + 1 < k.free then 'epoch'::timestamptz else now() + make_interval(secs =>
            least(${LONGEST_WAIT_S}, ${FIRST_WAIT_S} * power(2, least(t.count + 1 - k.free, 10)))) end
          from jsonb_to_recordset(${wanted}::jsonb) as k (key text, free int) where k.key = t.key) end
      where t.until <= now() returning 1`.execute(db);
    return rows.length === keys.length ? 0 : FIRST_WAIT_S;
  },

  /** Forgives: the try was a good one. */
  succeeded: async (attempt: Attempt): Promise<void> => {
    const [own, ...shared] = countedUnder(attempt).map(({ key }) => key);
    await sql`delete from sign_in_tries where key = ${own}`.execute(db);
    await sql`update sign_in_tries set count = greatest(0, count - 1), until = 'epoch' where key = any(${shared})`.execute(
      db,
    );
  },

  forget: async (): Promise<void> => {
    await sql`delete from sign_in_tries where at < now() - interval '1 day'`.execute(db);
    await sql`delete from sign_in_tickets where expires_at < now()`.execute(db);
    await sql`delete from provider_sign_ins where expires_at < now()`.execute(db);
    await sql`delete from known_devices where used_at < now() - interval '180 days'`.execute(db);
  },

  /** Whether this browser is one the person signed in with before. */
  isKnown: async (device: Buffer, account: string): Promise<boolean> => {
    const { rows } = await sql`select from known_devices d join users u using (user_no)
      where d.device_hash = ${device} and lower(u.username) = lower(${account})`.execute(db);
    return rows.length > 0;
  },

  remember: async (device: Buffer, userNo: number): Promise<void> => {
    await sql`insert into known_devices (device_hash, user_no) values (${device}, ${userNo})
      on conflict (device_hash, user_no) do update set used_at = now()`.execute(db);
  },
});

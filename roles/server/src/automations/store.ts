import { type Automation, AutomationPlan } from "@banksman/wire/api";
import { LocalText } from "@banksman/wire/model";
import { sql, type Transaction } from "kysely";
import type pg from "pg";
import { z } from "zod";
import type { Db } from "../db/connect.ts";
import type { Schema } from "../db/schema.ts";
import { withLock } from "../jobs/lock.ts";
import type { Held } from "./decide.ts";
import { words } from "./words.ts";

export type Tx = Transaction<Schema>;

/** What an automation remembers from one step to the next. */
export const State = z.object({
  /** The order that is under way, and what it does to the miners it names. */
  doing: z.enum(["sleep", "wake", "away", "home"]).nullable().default(null),
  /** A failover: whether the miners are at the other pools, and since when the alert is over. */
  away: z.boolean().default(false),
  over_since_ms: z.number().nullable().default(null),
  /** A failover: when an order of its that moved nobody was seen to be over. */
  failed_at_ms: z.number().nullable().default(null),
});
export type State = z.infer<typeof State>;

const Row = z.object({
  automation_id: z.string(),
  site_no: z.int(),
  site_id: z.string(),
  name: z.string(),
  enabled: z.boolean(),
  plan: AutomationPlan,
  state: State,
  status: LocalText.nullable(),
  problem: z.string().nullable(),
  version: z.int(),
  /** Everybody who made or changed it: what it orders is theirs. */
  authors: z.array(z.string()),
  last_order_id: z.string().nullable(),
  last_acted_at: z.date().nullable(),
  held: z.coerce.number(),
});
export type AutomationRow = z.infer<typeof Row>;

const ROW = sql`select a.automation_id, a.site_no, s.site_id, a.name, a.enabled, a.plan, a.state, a.status, a.problem,
  a.version, a.authors, a.last_order_id, a.last_acted_at,
  (select count(*) from automation_held h where h.automation_id = a.automation_id) as held
  from automations a join sites s using (site_no)`;

export type AutomationStore = ReturnType<typeof automationStore>;

/** Automations, what they remember, and signals. */
export const automationStore = (db: Db, pool: pg.Pool) => ({
  list: async (): Promise<AutomationRow[]> => {
    const { rows } = await sql`${ROW} order by a.name, a.automation_id`.execute(db);
    return rows.map((row) => Row.parse(row));
  },
  find: async (automationId: string): Promise<AutomationRow | null> => {
    const { rows } = await sql`${ROW} where a.automation_id = ${automationId}`.execute(db);
    return rows[0] === undefined ? null : Row.parse(rows[0]);
  },
  /** False when there is one of that id. */
  add: async (row: {
    automation_id: string;
    site_no: number;
    name: string;
    enabled: boolean;
    plan: AutomationPlan;
    by: string;
  }): Promise<boolean> => {
    const { automation_id, site_no, name, enabled, plan, by } = row;
    const { numAffectedRows } = await sql`insert into automations (automation_id, site_no, name, enabled, plan, authors)
      values (${automation_id}, ${site_no}, ${name}, ${enabled}, ${JSON.stringify(plan)}, array[${by}]::text[])
      on conflict do nothing`.execute(db);
    return numAffectedRows === 1n;
  },
  change: async (
    automationId: string,
    change: { name?: string; enabled?: boolean; plan?: AutomationPlan },
    by: string,
  ): Promise<void> => {
    const { name = null, enabled = null, plan = null } = change;
    await sql`update automations set name = coalesce(${name}, name), enabled = coalesce(${enabled}, enabled),
      plan = coalesce(${plan === null ? null : JSON.stringify(plan)}, plan), problem = null, version = version + 1,
      authors = case when ${by} = any(authors) then authors else authors || ${by}::text end
      where automation_id = ${automationId}`.execute(db);
  },
  /** False while it holds miners asleep. */
  remove: async (automationId: string): Promise<boolean> => {
    const { numAffectedRows } = await sql`delete from automations a where automation_id = ${automationId}
      and not exists (select from automation_held h where h.automation_id = a.automation_id)`.execute(db);
    return numAffectedRows === 1n;
  },
  /** What it says of itself; nothing is written while that stays the same. */
  tell: async (automationId: string, status: LocalText, problem: string | null): Promise<void> => {
    await sql`update automations set status = ${JSON.stringify(status)}, problem = ${problem} where automation_id = ${automationId}
      and (status::text is distinct from ${JSON.stringify(status)} or problem is distinct from ${problem})`.execute(db);
  },
  /** A step of its own, without an order. */
  remember: async ({ automation_id, version }: AutomationRow, state: State): Promise<void> => {
    await sql`update automations set state = ${JSON.stringify(state)}, version = version + 1
      where automation_id = ${automation_id} and version = ${version}`.execute(db);
  },
  /** The step that an order belongs to, in its transaction. Throws when another server has taken it, and the order with it. */
  acted: async (tx: Tx, { automation_id, version }: AutomationRow, state: State, orderId: string): Promise<void> => {
    const { numAffectedRows } =
      await sql`update automations set state = ${JSON.stringify(state)}, version = version + 1,
      last_order_id = ${orderId}, last_acted_at = now() where automation_id = ${automation_id} and version = ${version}
      and enabled`.execute(tx);
    if (numAffectedRows !== 1n) throw new Error(`automation ${automation_id} was changed meanwhile`);
  },

  held: async (automationId: string): Promise<Held[]> => {
    const { rows } = await sql<Held>`select miner_id, watts, hashrate_ghs from automation_held
      where automation_id = ${automationId} order by miner_id`.execute(db);
    return rows;
  },
  /** Miners held since before a time. */
  heldSince: async (automationId: string, before: Date): Promise<string[]> => {
    const { rows } = await sql<{ miner_id: string }>`select miner_id from automation_held
      where automation_id = ${automationId} and since < ${before}`.execute(db);
    return rows.map(({ miner_id }) => miner_id);
  },
  hold: async (tx: Tx, automationId: string, miners: readonly Held[]): Promise<void> => {
    await sql`insert into automation_held (automation_id, miner_id, watts, hashrate_ghs)
      select ${automationId}, * from unnest(${miners.map(({ miner_id }) => miner_id)}::text[],
        ${miners.map(({ watts }) => watts)}::float8[], ${miners.map(({ hashrate_ghs }) => hashrate_ghs)}::float8[])
      on conflict do nothing`.execute(tx);
  },
  letGo: async (automationId: string, minerIds: readonly string[]): Promise<void> => {
    await sql`delete from automation_held where automation_id = ${automationId} and miner_id = any(${[...minerIds]})`.execute(
      db,
    );
  },

  /** Times of tries, by miner, within a day. */
  tries: async (automationId: string, sinceMs: number): Promise<Map<string, number[]>> => {
    const { rows } = await sql<{ miner_id: string; at: Date }>`select miner_id, at from automation_tries
      where automation_id = ${automationId} and at > ${new Date(sinceMs)} order by at`.execute(db);
    const tries = new Map<string, number[]>();
    for (const { miner_id, at } of rows) tries.set(miner_id, [...(tries.get(miner_id) ?? []), at.getTime()]);
    return tries;
  },
  tried: insertTries,
  /** What did not follow a curtailment's order. */
  failed: async (automationId: string, minerIds: readonly string[], atMs: number, orderId: string): Promise<void> => {
    if (minerIds.length > 0) await insertTries(db, automationId, minerIds, atMs, orderId);
  },
  /** Those of the alerts that were not given up before; they are from now on. */
  giveUp: async (automationId: string, alertIds: readonly number[]): Promise<number[]> => {
    const { rows } = await sql<{ alert_id: string }>`insert into automation_given_up (automation_id, alert_id)
      select ${automationId}, unnest(${[...alertIds]}::int8[]) on conflict do nothing returning alert_id`.execute(db);
    return rows.map(({ alert_id }) => Number(alert_id));
  },
  forget: async (before: Date): Promise<void> => {
    await sql`delete from automation_tries where at < ${before}`.execute(db);
    await sql`delete from automation_given_up where at < ${before}`.execute(db);
  },

  signals: async (): Promise<{ name: string; value: number; at: Date }[]> => {
    const { rows } = await sql<{
      name: string;
      value: number;
      at: Date;
    }>`select name, value, at from signals order by name`.execute(db);
    return rows;
  },
  setSignal: async (name: string, value: number, at: Date): Promise<void> => {
    await sql`insert into signals (name, value, at) values (${name}, ${value}, ${at})
      on conflict (name) do update set value = excluded.value, at = excluded.at`.execute(db);
  },

  /** Runs `work` on one server of several; gives false where another one is at it. */
  alone: async (work: () => Promise<void>): Promise<boolean> =>
    (await withLock(pool, "the step of automations", work)) !== null,
});

async function insertTries(
  on: Tx | Db,
  automationId: string,
  minerIds: readonly string[],
  atMs: number,
  orderId: string,
): Promise<void> {
  await sql`insert into automation_tries (automation_id, miner_id, at, order_id)
    select ${automationId}, unnest(${[...minerIds]}::text[]), ${new Date(atMs)}, ${orderId}`.execute(on);
}

/** An automation as the API tells it. */
export const toAutomation = ({
  automation_id,
  name,
  site_id,
  enabled,
  plan,
  status,
  held,
  last_order_id,
  last_acted_at,
  problem: trouble,
}: AutomationRow): Automation => ({
  automation_id,
  name,
  site_id,
  enabled,
  plan,
  status: enabled ? status : words.off,
  held,
  last_order_id,
  last_acted_at: last_acted_at?.toISOString() ?? null,
  problem: trouble,
});

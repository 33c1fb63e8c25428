import {
  type CommandEvent,
  FROM_STATES,
  IN_FLIGHT_STATES,
  type LocalText,
  ORDER_END_WORDS,
  type OrderResult,
} from "@banksman/wire/model";
import { sql } from "kysely";
import type { Db } from "../db/connect.ts";
import type { PastCommand } from "../policies/judge.ts";
import { ENDED, type Ended, type Last } from "./ended.ts";
import { notifyChange } from "./feed.ts";
import { type DeviceName, deviceOf } from "./plan.ts";
import type { Tx } from "./store.ts";

export type { Tx };

/** "cmds" in ASCII, with the site: whoever holds it gives that site's commands out. */
const SITE_LOCK = 0x636d6473;

/** The first command of a device that has none in flight. */
export type Head = {
  command_id: string;
  order_id: string;
  miner_id: string | null;
  cooling_host: string | null;
  name: string;
  code: string | null;
};
export type Sent = Head & { expires_in_ms: number };
/** What an edge told of a command. */
export type Told = { commandId: string; event: CommandEvent; result: OrderResult | null };
/** Whose record a command was sent to, and that this server still has its link. */
export type Holder = { siteNo: number; ledgerId: string; serverId: string; generation: number };

const END_EVENTS: readonly CommandEvent[] = ["succeed", "fail", "refuse", "outlive", "doubt"];
/** The order in which events of one command happen. */
const EVENT_ORDER: readonly CommandEvent[] = ["begin", "verify", ...END_EVENTS];

const TO: Partial<Record<CommandEvent, string>> = {
  begin: "executing",
  verify: "verifying",
  succeed: "succeeded",
  fail: "failed",
  refuse: "refused",
  outlive: "expired",
  doubt: "unknown",
};

export type Lanes = ReturnType<typeof commandLanes>;

/** SQL that moves commands: one in flight a device, in the order given, whichever server does it. */
export const commandLanes = (db: Db, endedHere: Last) => ({
  /**
   * Runs `work` as the only one that gives out commands of this site, over all servers; null when the edge's link is
   * another's by now. What it marks as sent is committed before a byte leaves.
   */
  giveOut: <T>(holder: Holder, work: (tx: Tx) => Promise<T>): Promise<T | null> =>
    db.transaction().execute(async (tx) => {
      await sql`select pg_advisory_xact_lock(${SITE_LOCK}, ${holder.siteNo})`.execute(tx);
      const { rows } = await sql`select 1 from links where ledger_id = ${holder.ledgerId}
        and server_id = ${holder.serverId} and generation = ${holder.generation} for share`.execute(tx);
      return rows.length === 0 ? null : work(tx);
    }),

  /** The head of each device's queue, in the order given. */
  heads: async (tx: Tx, siteNo: number): Promise<Head[]> => {
    const { rows } = await sql<Head & { place: number }>`
      select * from (
        select distinct on (c.lane) c.command_id, c.order_id, c.miner_id, c.cooling_host, c.name, c.code, c.place, c.lane
        from commands c join orders o using (order_id)
        where c.site_no = ${siteNo} and c.state = 'queued' and c.step <= o.step and o.paused_because is null
          and c.expires_at > now()
        order by c.lane, c.place
      ) head
      where not exists (select 1 from commands f where f.site_no = ${siteNo} and f.lane = head.lane
        and f.state in ('sent', 'executing', 'verifying'))
      order by place`.execute(tx);
    return rows;
  },

  /** Sites at which commands wait. */
  waitingSites: async (): Promise<number[]> => {
    const { rows } = await sql<{
      site_no: number;
    }>`select distinct site_no from commands where state = 'queued'`.execute(db);
    return rows.map(({ site_no }) => site_no);
  },

  /** Names of the orders that wait at a site and may leave, some of them perhaps behind others. */
  waiting: async (siteNo: number): Promise<string[]> => {
    const { rows } = await sql<{ name: string }>`
      select distinct c.name from commands c join orders o using (order_id)
      where c.site_no = ${siteNo} and c.state = 'queued' and c.step <= o.step and o.paused_because is null
        and c.expires_at > now()`.execute(db);
    return rows.map(({ name }) => name);
  },

  inFlight: async (tx: Tx, ledgerId: string): Promise<number> => {
    const { rows } = await sql<{ n: number }>`select count(*)::int as n from commands
      where ledger_id = ${ledgerId} and state in ('sent', 'executing', 'verifying')`.execute(tx);
    return rows[0]?.n ?? 0;
  },

  /** What the site's devices were sent in the last `seconds`, and what is in flight. */
  past: async (tx: Db | Tx, siteNo: number, seconds: number): Promise<PastCommand[]> => {
    const { rows } = await sql<DeviceName & { name: string; sent_at: Date; ended_at: Date | null }>`
      select miner_id, cooling_host, name, sent_at, case when state in ('sent', 'executing', 'verifying') then null else ended_at end as ended_at
      from commands where site_no = ${siteNo} and sent_at is not null
        and (state in ('sent', 'executing', 'verifying') or sent_at > now() - ${seconds} * interval '1 second'
          or ended_at > now() - ${seconds} * interval '1 second')`.execute(tx);
    return rows.map(({ name, sent_at, ended_at, ...device }) => ({
      minerId: deviceOf(device),
      name,
      atMs: sent_at.getTime(),
      endedAtMs: ended_at?.getTime() ?? null,
    }));
  },

  send: async (tx: Tx, holder: Holder, heads: readonly Head[]): Promise<Sent[]> => {
    const { rows } = await sql<Sent>`
      update commands set state = 'sent', ledger_id = ${holder.ledgerId}, sent_at = now(), changed_at = now(), code = null,
        note = null
      where command_id = any(${heads.map(({ command_id }) => command_id)}::uuid[]) and state = 'queued'
      returning command_id, order_id, miner_id, cooling_host, name, code,
        (extract(epoch from expires_at - now()) * 1000)::int as expires_in_ms`.execute(tx);
    await notifyOrders(tx, holder.siteNo, rows);
    const sent = new Map(rows.map((row) => [row.command_id, row]));
    return heads.flatMap(({ command_id }) => sent.get(command_id) ?? []);
  },

  /** Notes why commands wait, or refuses them. */
  hold: async (
    tx: Tx,
    siteNo: number,
    held: readonly { head: Head; is: "hold" | "refuse"; code: string; because: LocalText }[],
  ): Promise<void> => {
    if (held.length === 0) return;
    const { rows } = await sql<Ended>`
      update commands c set code = h.code, note = h.note::json, changed_at = now(),
        state = case h.verdict when 'refuse' then 'refused' else c.state end,
        ended_at = case h.verdict when 'refuse' then now() end
      from unnest(${held.map(({ head }) => head.command_id)}::uuid[], ${held.map(({ is }) => is)}::text[],
        ${held.map(({ code }) => code)}::text[], ${held.map(({ because }) => JSON.stringify(because))}::text[])
        as h (command_id, verdict, code, note)
      where c.command_id = h.command_id and c.state = 'queued'
      returning ${ENDED}`.execute(tx);
    const ended = rows.filter(({ state }) => state === "refused");
    await notifyOrders(
      tx,
      siteNo,
      held.map(({ head }) => head),
    );
    for (const orderId of new Set(ended.map(({ order_id }) => order_id))) await advance(tx, siteNo, orderId);
    if (ended.length > 0) await endedHere(ended, tx);
  },

  /** What was sent to this record and isn't over: asked for again when its link comes back. */
  open: async (ledgerId: string): Promise<(Sent & { state: string })[]> => {
    const { rows } = await sql<Sent & { state: string }>`
      select command_id, order_id, miner_id, cooling_host, name, code, state,
        greatest(0, (extract(epoch from expires_at - now()) * 1000)::int) as expires_in_ms
      from commands where ledger_id = ${ledgerId} and (state in ('sent', 'executing', 'verifying')
        or (state = 'unknown' and code = 'edge_silent')) order by place`.execute(db);
    return rows;
  },

  /**
   * Takes what the edge of this record told, as far as the states allow it, and lets rolling orders go on. `last` is called
   * with what has ended, within the same transaction. Of what was unknown already it keeps why, and that is no other end.
   */
  told: ({ ledgerId }: Pick<Holder, "ledgerId">, told: readonly Told[], last: Last): Promise<void> =>
    db.transaction().execute(async (tx) => {
      // An edge may read cooling units of other sites than its own.
      const { rows } = await sql<{ site_no: number }>`select distinct site_no from commands
        where ledger_id = ${ledgerId} and command_id = any(${told.map(({ commandId }) => commandId)}::uuid[]) order by 1`.execute(
        tx,
      );
      const ended: Ended[] = [];
      for (const { site_no } of rows) ended.push(...(await toldOfSite(tx, site_no, ledgerId, told)));
      if (ended.length > 0) await last(ended, tx);
    }),

  /** Gives up what came too late, what nobody approved in time, and what an edge has been silent about. */
  expire: (): Promise<void> =>
    db.transaction().execute(async (tx) => {
      const { rows } = await sql<Ended>`
        update commands c set state = 'expired', ended_at = now(), changed_at = now(), code = 'expired', note = ${JSON.stringify(
          { en: "Its time was over before it could leave", zh: "未能在有效期内下达" },
        )}
        from orders o where o.order_id = c.order_id and c.state = 'queued' and c.expires_at <= now()
          and o.paused_because is null
        returning ${ENDED}`.execute(tx);
      const { rows: silent } = await sql<Ended>`
        update commands c set state = 'unknown', ended_at = now(), changed_at = now(), code = 'edge_silent',
          note = ${JSON.stringify({
            en: "The edge has not told what became of it; it is settled when the edge is back",
            zh: "采集器尚未报告结果；其恢复后会核实",
          })}
        where c.state in ('sent', 'executing', 'verifying') and c.expires_at < now() - interval '1 minute'
          and (c.changed_at < now() - interval '30 minutes'
            or not exists (select 1 from links l where l.ledger_id = c.ledger_id and l.server_id is not null
              and l.seen_at > now() - interval '2 minutes'))
        returning ${ENDED}`.execute(tx);
      const { rows: waiting } = await sql<{ order_id: string; site_no: number }>`
        update orders set approval = 'expired', decided_at = now() where approval = 'waiting' and approval_expires_at <= now()
        returning order_id, site_no`.execute(tx);
      const ended: Ended[] = [...rows, ...silent];
      for (const { order_id } of waiting)
        ended.push(
          ...(await endPending(tx, order_id, "expired", "approval_expired", ORDER_END_WORDS.approval_expired)),
        );
      for (const { order_id, site_no } of distinct([...rows, ...silent])) await advance(tx, site_no, order_id);
      for (const { order_id, site_no } of distinct([...rows, ...silent, ...waiting]))
        await notifyChange(tx, site_no, order_id);
      if (ended.length > 0) await endedHere(ended, tx);
    }),
});

/** Moves the commands of one site that were told of; gives those that have ended by it. */
async function toldOfSite(tx: Tx, siteNo: number, ledgerId: string, told: readonly Told[]): Promise<Ended[]> {
  const ended: Ended[] = [];
  for (const event of EVENT_ORDER) {
    const now = told.filter((one) => one.event === event);
    if (now.length === 0) continue;
    const isEnd = END_EVENTS.includes(event);
    const { rows } = await sql<Ended & { was: string }>`
      update commands c set state = ${TO[event]}, changed_at = now(),
        began_at = coalesce(began_at, now()), ended_at = case when ${isEnd}::boolean then now() end,
        code = t.result ->> 'code', result = coalesce(t.result, c.result),
        note = case when ${isEnd}::boolean then json_build_object(
          'en', coalesce(t.result ->> 'reason', t.result ->> 'seen', ''),
          'zh', coalesce(t.result ->> 'reason', t.result ->> 'seen', '')) end
      from unnest(${now.map(({ commandId }) => commandId)}::uuid[],
        ${now.map(({ result }) => (result === null ? null : JSON.stringify(result)))}::json[]) as t (command_id, result)
        join (select command_id, state as was from commands) before using (command_id)
      where c.command_id = t.command_id and c.ledger_id = ${ledgerId} and c.site_no = ${siteNo}
        and c.state = any(${[...FROM_STATES(event)]}) and (c.state <> ${TO[event]} or c.code = 'edge_silent')
      returning ${ENDED}, was`.execute(tx);
    await notifyOrders(tx, siteNo, rows);
    if (isEnd) ended.push(...rows.filter(({ was, state }) => was !== state));
  }
  for (const orderId of new Set(ended.map(({ order_id }) => order_id))) await advance(tx, siteNo, orderId);
  return ended;
}

const distinct = (rows: readonly { order_id: string; site_no: number }[]) => [
  ...new Map(rows.map((row) => [row.order_id, row])).values(),
];

async function notifyOrders(tx: Tx, siteNo: number, rows: readonly { order_id: string }[]): Promise<void> {
  for (const orderId of new Set(rows.map(({ order_id }) => order_id))) await notifyChange(tx, siteNo, orderId);
}

/** Ends the commands of an order that wait for approval or in the queue. */
export async function endPending(
  tx: Tx,
  orderId: string,
  state: "refused" | "cancelled" | "expired",
  code: string,
  note: LocalText,
): Promise<Ended[]> {
  const from = FROM_STATES(state === "refused" ? "reject" : state === "cancelled" ? "cancel" : "expire");
  const { rows } = await sql<Ended>`
    update commands c set state = ${state}, ended_at = now(), changed_at = now(), code = ${code},
      note = ${JSON.stringify(note)}
    where order_id = ${orderId} and state = any(${[...from]}) returning ${ENDED}`.execute(tx);
  return rows;
}

/**
 * Lets the next batch of a rolling order go when the one before is over, or pauses it when too many failed. What an
 * interlock or a missing order left out counts neither way.
 */
export async function advance(tx: Tx, siteNo: number, orderId: string): Promise<void> {
  const { rows } = await sql<{ step: number; steps: number; rolling: { max_failed_percent: number } | null }>`
    select step, steps, rolling from orders where order_id = ${orderId} and paused_because is null for update`.execute(
    tx,
  );
  const order = rows[0];
  if (!order || order.rolling === null || order.step + 1 >= order.steps) return;
  const { rows: counted } = await sql<{ open: number; tried: number; failed: number }>`
    select (count(*) filter (where state = any(${[...IN_FLIGHT_STATES, "queued", "pending-approval"]})))::int as open,
      (count(*) filter (where sent_at is not null))::int as tried,
      (count(*) filter (where sent_at is not null and state in ('failed', 'unknown', 'refused', 'expired')))::int as failed
    from commands where order_id = ${orderId} and step <= ${order.step}`.execute(tx);
  const { open = 0, tried = 0, failed = 0 } = counted[0] ?? {};
  if (open > 0) return;
  if (tried > 0 && (failed / tried) * 100 > order.rolling.max_failed_percent) {
    const because: LocalText = {
      en: `${failed} of ${tried} devices failed`,
      zh: `${tried} 台设备中有 ${failed} 台失败`,
    };
    await sql`update orders set paused_because = ${because.en}, paused_note = ${JSON.stringify(because)}
      where order_id = ${orderId}`.execute(tx);
  } else {
    await release(tx, orderId);
    // A batch of which nothing is left to do is over at once.
    await advance(tx, siteNo, orderId);
  }
  await notifyChange(tx, siteNo, orderId);
}

/** Lets the next batch go: its time counts from now. */
export async function release(tx: Tx, orderId: string): Promise<void> {
  await sql`update orders set step = least(step + 1, steps - 1) where order_id = ${orderId}`.execute(tx);
  await freshen(tx, orderId);
}

/** The time of what may leave counts from now. */
export async function freshen(tx: Tx, orderId: string): Promise<void> {
  await sql`update commands c set expires_at = now() + o.ttl_seconds * interval '1 second'
    from orders o where o.order_id = c.order_id and c.order_id = ${orderId} and c.state = 'queued' and c.step <= o.step`.execute(
    tx,
  );
}

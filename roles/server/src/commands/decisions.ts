import type { LocalText } from "@banksman/wire/model";
import { sql } from "kysely";
import type { Db } from "../db/connect.ts";
import { ENDED, type Ended, type Last } from "./ended.ts";
import { notifyChange } from "./feed.ts";
import { advance, endPending, freshen, release } from "./lanes.ts";
import type { Tx } from "./store.ts";

type Decided = { orderId: string; siteNo: number; by: string; note: string | null };

/** SQL of what people decide about an order that was given. Each resolves to false when it was too late. */
export const orderDecisions = (db: Db, endedHere: Last) => {
  const decide = async (
    tx: Tx,
    state: string,
    { orderId, by, note }: Decided,
    hash: string | null,
  ): Promise<boolean> => {
    const { numAffectedRows } = await sql`
      update orders set approval = ${state}, decided_by = ${by}, decided_at = now(), decision_note = ${note},
        approved_hash = ${hash}
      where order_id = ${orderId} and approval = 'waiting' and approval_expires_at > now()`.execute(tx);
    return Number(numAffectedRows ?? 0) > 0;
  };
  return {
    /** `hash` is of what the approver saw; the row keeps it, and nothing leaves that isn't what it stands for. */
    approve: (decided: Decided, hash: string): Promise<boolean> =>
      db.transaction().execute(async (tx) => {
        if (!(await decide(tx, "approved", decided, hash))) return false;
        await sql`
          update commands c set state = 'queued', place = p.place, changed_at = now(),
            expires_at = case when c.step <= o.step then now() + o.ttl_seconds * interval '1 second' end
          from (select command_id, nextval('command_places') as place from
              (select command_id from commands where order_id = ${decided.orderId} and state = 'pending-approval'
               order by command_id) waiting) p, orders o
          where c.command_id = p.command_id and o.order_id = c.order_id`.execute(tx);
        await notifyChange(tx, decided.siteNo, decided.orderId);
        return true;
      }),

    reject: (decided: Decided): Promise<boolean> =>
      db.transaction().execute(async (tx) => {
        if (!(await decide(tx, "rejected", decided, null))) return false;
        const because: LocalText = { en: `${decided.by} did not approve it`, zh: `${decided.by} 未批准` };
        const ended = await endPending(tx, decided.orderId, "refused", "not_approved", because);
        await notifyChange(tx, decided.siteNo, decided.orderId);
        if (ended.length > 0) await endedHere(ended, tx);
        return true;
      }),

    /** Resolves to how many commands had not left yet. */
    cancel: ({ orderId, siteNo, by }: Decided): Promise<number> =>
      db.transaction().execute(async (tx) => {
        await sql`update orders set approval = 'withdrawn', decided_by = ${by}, decided_at = now()
          where order_id = ${orderId} and approval = 'waiting'`.execute(tx);
        const because: LocalText = { en: `Cancelled by ${by}`, zh: `已由 ${by} 取消` };
        const cancelled = await endPending(tx, orderId, "cancelled", "cancelled", because);
        await notifyChange(tx, siteNo, orderId);
        if (cancelled.length > 0) await endedHere(cancelled, tx);
        return cancelled.length;
      }),

    cancelOne: (commandId: string, { orderId, siteNo, by }: Decided): Promise<boolean> =>
      db.transaction().execute(async (tx) => {
        const { rows } = await sql<Ended>`
          update commands c set state = 'cancelled', ended_at = now(), changed_at = now(), code = 'cancelled',
            note = ${JSON.stringify({ en: `Cancelled by ${by}`, zh: `已由 ${by} 取消` })}
          where command_id = ${commandId} and state in ('pending-approval', 'queued') returning ${ENDED}`.execute(tx);
        if (rows.length === 0) return false;
        // It may have been the last its batch waited for.
        await advance(tx, siteNo, orderId);
        await notifyChange(tx, siteNo, orderId);
        await endedHere(rows, tx);
        return true;
      }),

    pause: ({ orderId, siteNo, by }: Decided): Promise<boolean> =>
      db.transaction().execute(async (tx) => {
        const because: LocalText = { en: `paused by ${by}`, zh: `由 ${by} 暂停` };
        const { numAffectedRows } = await sql`
          update orders set paused_because = ${because.en}, paused_note = ${JSON.stringify(because)}
          where order_id = ${orderId} and paused_because is null`.execute(tx);
        await notifyChange(tx, siteNo, orderId);
        return Number(numAffectedRows ?? 0) > 0;
      }),

    /** One that its failures paused goes on with its next batch. */
    resume: ({ orderId, siteNo }: Decided): Promise<boolean> =>
      db.transaction().execute(async (tx) => {
        const { numAffectedRows } = await sql`update orders set paused_because = null, paused_note = null
          where order_id = ${orderId} and paused_because is not null`.execute(tx);
        if (Number(numAffectedRows ?? 0) === 0) return false;
        const { rows } = await sql<{
          open: boolean;
        }>`select exists (select 1 from commands c join orders o using (order_id)
          where order_id = ${orderId} and c.step <= o.step
            and c.state in ('pending-approval', 'queued', 'sent', 'executing', 'verifying')) as open`.execute(tx);
        if (rows[0]?.open) await freshen(tx, orderId);
        else await release(tx, orderId);
        await notifyChange(tx, siteNo, orderId);
        return true;
      }),
  };
};
export type OrderDecisions = ReturnType<typeof orderDecisions>;

import { jsonOf, type Log } from "@banksman/kit";
import { sql, type Transaction } from "kysely";
import type pg from "pg";
import { z } from "zod";
import { listenOn } from "../db/listen.ts";
import type { Schema } from "../db/schema.ts";

/** Every server that shares the database listens here: one gives, another has the edge's link. */
const CHANNEL = "banksman_commands";

const Change = z.object({ site: z.int(), order: z.string() });
export type CommandChange = { siteNo: number; orderId: string };

/** Tells all servers, once this transaction is committed; the same said twice is told once. */
export async function notifyChange(tx: Transaction<Schema>, siteNo: number, orderId: string): Promise<void> {
  await sql`select pg_notify(${CHANNEL}, ${JSON.stringify({ site: siteNo, order: orderId })})`.execute(tx);
}

/**
 * Calls `onChange` for what any server changed. What was said while the connection was lost is not told again, which is why
 * whoever must not miss anything also looks by itself now and then.
 */
export function listenToChanges(
  pool: pg.Pool,
  onChange: (change: CommandChange) => void,
  log: Log,
): { close: () => void } {
  const onPayload = (payload: string) => {
    const { success, data } = Change.safeParse(jsonOf(payload));
    if (success) onChange({ siteNo: data.site, orderId: data.order });
  };
  return listenOn(pool, CHANNEL, { onPayload, what: "changes of commands" }, log);
}

const TOLD_EVERY_MS = 500;

/** Gathers changes for people: of each site the orders that changed, at most twice a second. */
export function gatherChanges(tell: (siteNo: number, orderIds: string[]) => void) {
  const waiting = new Map<number, Set<string>>();
  let timer: NodeJS.Timeout | null = null;
  let lastMs = 0;
  const flush = () => {
    timer = null;
    lastMs = Date.now();
    for (const [siteNo, orderIds] of waiting) tell(siteNo, [...orderIds]);
    waiting.clear();
  };
  return {
    add: ({ siteNo, orderId }: CommandChange): void => {
      const orders = waiting.get(siteNo) ?? new Set();
      waiting.set(siteNo, orders.add(orderId));
      timer ??= setTimeout(flush, Math.max(0, lastMs + TOLD_EVERY_MS - Date.now()));
    },
    stop: (): void => {
      if (timer) clearTimeout(timer);
    },
  };
}

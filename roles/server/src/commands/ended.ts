import { sql } from "kysely";
import type { Tx } from "./store.ts";

/** A command that has ended, as the audit trail and webhooks tell it. */
export type Ended = {
  command_id: string;
  order_id: string;
  site_no: number;
  site_id: string;
  miner_id: string | null;
  cooling_host: string | null;
  name: string;
  state: string;
  code: string | null;
};

/** Its columns, of commands `c`. */
export const ENDED = sql`c.command_id, c.order_id, (select site_id from sites s where s.site_no = c.site_no) as site_id, c.site_no,
  c.miner_id, c.cooling_host, c.name, c.state, c.code`;

/** Called with what the server itself ended, as the last thing in the transaction that ends it. */
export type Last = (ended: readonly Ended[], tx: Tx) => Promise<void>;

import type { ApprovalPolicy, Command, GivenOrder } from "@banksman/wire/api";
import { ACTIVE_STATES, type CommandState, type LocalText } from "@banksman/wire/model";
import { type RawBuilder, sql, type Transaction } from "kysely";
import type { Db } from "../db/connect.ts";
import type { Schema } from "../db/schema.ts";
import type { Reach } from "../http/caller.ts";
import { ENDED, type Ended, type Last } from "./ended.ts";
import { notifyChange } from "./feed.ts";
import { laneOf } from "./plan.ts";
import type { Lane } from "./redis-lists.ts";
import { type CommandRow, type OrderRow, toCommand, toOrder } from "./rows.ts";
import { commandsWithin, ordersWithin } from "./within.ts";

export type Tx = Transaction<Schema>;

/** A device's part of an order; one with a code is left out, and refused at once. */
export type NewCommand = {
  commandId: string;
  miner_id: string | null;
  cooling_host: string | null;
  step: number;
  code: string | null;
  note: LocalText | null;
};

export type NewOrder = Omit<
  OrderRow,
  | "given_at"
  | "step"
  | "paused_because"
  | "paused_note"
  | "approved_hash"
  | "decided_by"
  | "decided_at"
  | "decision_note"
  | "by_state"
  | "policy"
  | "approval"
  | "approval_expires_at"
> & { idempotency_key: string | null; commands: readonly NewCommand[] };

/** Counts other devices that the giver ordered one of these things lately; whoever asks is the only one of that giver. */
export type CountOthers = (orders: readonly string[]) => Promise<number>;
export type Adding = {
  approvalOf: (others: CountOthers) => Promise<ApprovalPolicy | null>;
  /** Comes before what the order ends at once. */
  given: (tx: Tx) => Promise<void>;
};
type AddedCommand = Ended & { state: CommandState; note: LocalText | null };
type Added = { row: OrderRow; commands: AddedCommand[] };
type Lately = { givenBy: string; siteNo: number; lanes: readonly string[] };

/** Orders without a second person that are no longer ago count together. */
const LATELY = sql`interval '60 minutes'`;
/** "giver" as far as it fits, in ASCII, with the giver and site: their orders are counted one after the other. */
const GIVER_LOCK = 0x67697665;

const ORDER = sql`
  select o.*, s.site_id, (select json_object_agg(state, n) from
    (select state, count(*)::int as n from commands c where c.order_id = o.order_id group by state) counts) as by_state
  from orders o join sites s using (site_no)`;
const COMMAND = sql`
  select c.*, s.site_id, o.given_by, o.given_at
  from commands c join orders o using (order_id) join sites s on s.site_no = c.site_no`;

/** Given out or waiting for it. */
const OPEN = ACTIVE_STATES.filter((state) => state !== "pending-approval");

const all = (terms: readonly RawBuilder<unknown>[]) => sql.join([...terms], sql` and `);

export type CommandFilter = {
  reach: Reach;
  site_id?: string | undefined;
  miner_id?: string | undefined;
  cooling_host?: string | undefined;
  order_id?: string | undefined;
  name?: string | undefined;
  given_by?: string | undefined;
  states: readonly CommandState[] | null;
  before?: string | undefined;
  limit: number;
};
export type OrderFilter = {
  reach: Reach;
  site_id?: string | undefined;
  show: "all" | "active" | "approval";
  before?: string | undefined;
  limit: number;
};

export type CommandStore = ReturnType<typeof commandStore>;

/** SQL on orders and commands as people give and see them; lanes.ts has what moves them. */
export const commandStore = (db: Db, endedHere: Last) => ({
  /** Writes an order with its commands, and gives both; null when its giver has used that idempotency key already. */
  add: async (order: NewOrder, { approvalOf, given }: Adding): Promise<Added | null> =>
    await db.transaction().execute(async (tx) => {
      const lanes = order.commands.filter(({ code }) => code === null).map(laneOf);
      const lately = { givenBy: order.given_by, siteNo: order.site_no, lanes };
      const approval = await approvalOf(async (names) => {
        await sql`select pg_advisory_xact_lock(${GIVER_LOCK}, hashtext(${`${order.site_no} ${order.given_by}`}))`.execute(
          tx,
        );
        return orderedLately(tx, lately, names);
      });
      const { rows } = await sql<Omit<OrderRow, "site_id" | "by_state">>`
        insert into orders (order_id, site_no, name, shown, sealed, sealed_hash, reason, given_by, authors,
          idempotency_key, request_hash, devices, devices_hash, ttl_seconds, rolling, steps, payload_hash, policy, approval, approval_expires_at)
        values (${order.order_id}, ${order.site_no}, ${order.name}, ${JSON.stringify(order.shown)}, ${order.sealed},
          ${order.sealed_hash}, ${order.reason}, ${order.given_by}, ${order.authors}, ${order.idempotency_key},
          ${order.request_hash}, ${order.devices},
          ${order.devices_hash}, ${order.ttl_seconds}, ${order.rolling === null ? null : JSON.stringify(order.rolling)},
          ${order.steps}, ${order.payload_hash}, ${approval?.name ?? null}, ${approval ? "waiting" : null},
          now() + ${approval?.within_minutes ?? null}::int * interval '1 minute')
        on conflict do nothing returning *`.execute(tx);
      const [row] = rows;
      if (!row) return null;
      const commands = await insertCommands(tx, order, approval ? "pending-approval" : "queued");
      await notifyChange(tx, order.site_no, order.order_id);
      await given(tx);
      const ended = commands.filter(({ state }) => state === "refused");
      if (ended.length > 0) await endedHere(ended, tx);
      return { row: { ...row, site_id: order.site_id, by_state: countStates(commands) }, commands };
    }),

  orderedLately: (lately: Lately, names: readonly string[]): Promise<number> => orderedLately(db, lately, names),

  byKey: async (givenBy: string, key: string): Promise<OrderRow | null> => {
    const { rows } = await sql<OrderRow>`${ORDER} where o.given_by = ${givenBy} and o.idempotency_key = ${key}`.execute(
      db,
    );
    return rows[0] ?? null;
  },

  order: async (orderId: string, reach: Reach = "all"): Promise<OrderRow | null> => {
    const { rows } = await sql<OrderRow>`${ORDER} where o.order_id = ${orderId} and ${ordersWithin(reach)}`.execute(db);
    return rows[0] ?? null;
  },

  orders: async ({ reach, site_id, show, before, limit }: OrderFilter): Promise<GivenOrder[]> => {
    const terms = [
      ordersWithin(reach),
      ...(site_id === undefined ? [] : [sql`s.site_id = ${site_id}`]),
      ...(before === undefined ? [] : [sql`o.order_id < ${before}`]),
      ...(show === "approval" ? [sql`o.approval = 'waiting'`] : []),
      ...(show === "active"
        ? [
            sql`exists (select 1 from commands c where c.order_id = o.order_id and c.state = any(${[...ACTIVE_STATES]}))`,
          ]
        : []),
    ];
    const { rows } = await sql<OrderRow>`${ORDER} where ${all(terms)} order by o.order_id desc limit ${limit}`.execute(
      db,
    );
    return rows.map(toOrder);
  },

  command: async (commandId: string, reach: Reach): Promise<Command | null> => {
    const { rows } = await sql<CommandRow>`${COMMAND}
      where c.command_id = ${commandId} and ${commandsWithin(reach)}`.execute(db);
    return rows[0] ? toCommand(rows[0]) : null;
  },

  commands: async (filter: CommandFilter): Promise<Command[]> => {
    const { reach, site_id, miner_id, cooling_host, order_id, name, given_by, states, before, limit } = filter;
    const terms = [
      commandsWithin(reach),
      ...(site_id === undefined ? [] : [sql`s.site_id = ${site_id}`]),
      ...(miner_id === undefined ? [] : [sql`c.miner_id = ${miner_id}`]),
      ...(cooling_host === undefined ? [] : [sql`c.cooling_host = ${cooling_host}`]),
      ...(order_id === undefined ? [] : [sql`c.order_id = ${order_id}`]),
      ...(name === undefined ? [] : [sql`c.name = ${name}`]),
      ...(given_by === undefined ? [] : [sql`o.given_by = ${given_by}`]),
      ...(states === null ? [] : [sql`c.state = any(${[...states]})`]),
      ...(before === undefined ? [] : [sql`c.command_id < ${before}`]),
    ];
    const { rows } = await sql<CommandRow>`${COMMAND} where ${all(terms)}
      order by c.command_id desc limit ${limit}`.execute(db);
    return rows.map(toCommand);
  },

  ofOrder: async (orderId: string): Promise<Command[]> => {
    const { rows } = await sql<CommandRow>`${COMMAND} where c.order_id = ${orderId} order by c.command_id`.execute(db);
    return rows.map(toCommand);
  },

  /** Each device's commands that are not over, of all devices or of those of these orders. */
  lanes: async (orderIds: readonly string[] | null): Promise<Lane[]> => {
    const which = orderIds === null ? sql`c.state = any(${OPEN})` : sql`c.order_id = any(${[...orderIds]}::uuid[])`;
    const { rows } = await sql<{ site_id: string; device: string | null; ids: string[] }>`
      select s.site_id, l.device, coalesce((select array_agg(q.command_id::text order by q.place) from commands q
        where q.site_no = l.site_no and q.lane = l.lane and q.state = any(${OPEN})), '{}') as ids
      from (select distinct c.site_no, c.lane, coalesce(c.miner_id, c.cooling_host) as device from commands c where ${which}) l
      join sites s using (site_no)`.execute(db);
    return rows.map(({ site_id, device, ids }) => ({ siteId: site_id, device, commandIds: ids }));
  },

  /** Forgets what nobody asks for any more; resolves to how many orders that were. */
  forget: async (keysBefore: Date, ordersBefore: Date): Promise<{ orders: number }> => {
    await sql`update orders set idempotency_key = null
      where idempotency_key is not null and given_at < ${keysBefore}`.execute(db);
    const { numAffectedRows } = await sql`delete from orders o where given_at < ${ordersBefore}
      and not exists (select 1 from commands c where c.order_id = o.order_id and c.state = any(${[...ACTIVE_STATES]}))`.execute(
      db,
    );
    return { orders: Number(numAffectedRows ?? 0) };
  },
});

/** Devices that went, or wait to go, without anybody else's approval. One that is ordered again now is counted now. */
async function orderedLately(on: Db | Tx, { givenBy, siteNo, lanes }: Lately, names: readonly string[]) {
  const { rows } = await sql<{ n: number }>`
    select count(distinct c.lane)::int as n from orders o join commands c using (order_id)
    where o.site_no = ${siteNo} and o.given_by = ${givenBy} and o.policy is null and o.given_at > now() - ${LATELY}
      and o.name = any(${[...names]}) and (c.sent_at is not null or c.state = 'queued')
      and c.lane <> all(${[...lanes]}::text[])`.execute(on);
  return rows[0]?.n ?? 0;
}

/** How many commands are in which state. */
function countStates(commands: readonly { state: CommandState }[]): Partial<Record<CommandState, number>> {
  const counts: Partial<Record<CommandState, number>> = {};
  for (const { state } of commands) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

async function insertCommands(
  tx: Tx,
  { order_id, site_no, name, ttl_seconds, commands }: NewOrder,
  state: "pending-approval" | "queued",
): Promise<AddedCommand[]> {
  const column = <K extends keyof NewCommand>(key: K) => commands.map((command) => command[key]);
  const { rows } = await sql<AddedCommand>`
    insert into commands as c (command_id, order_id, site_no, miner_id, cooling_host, name, step, state, place, expires_at, ended_at,
      code, note)
    select command_id, ${order_id}, ${site_no}, miner_id, cooling_host, ${name}, step, state,
      case when state = 'queued' then nextval('command_places') end,
      case when state = 'queued' and step = 0 then now() + ${ttl_seconds} * interval '1 second' end,
      case when state = 'refused' then now() end, code, note::json
    from unnest(${column("commandId")}::uuid[], ${column("miner_id")}::text[], ${column("cooling_host")}::text[], ${column("step")}::int[],
      ${commands.map(({ code }) => (code === null ? state : "refused"))}::text[], ${column("code")}::text[],
      ${column("note").map((note) => (note === null ? null : JSON.stringify(note)))}::text[])
      with ordinality as given (command_id, miner_id, cooling_host, step, state, code, note, nr) order by nr
    returning ${ENDED}, c.note`.execute(tx);
  return rows;
}

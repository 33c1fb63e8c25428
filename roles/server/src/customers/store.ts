import { Customer, CustomerMiner, type ListCustomerMiners, type QueryOf } from "@banksman/wire/api";
import { sql, type Transaction } from "kysely";
import type { Db } from "../db/connect.ts";
import type { Schema } from "../db/schema.ts";

type Row = Omit<Customer, "created_at"> & { created_at: Date };
type MinerRow = Omit<CustomerMiner, "valid_from" | "valid_to"> & { valid_from: Date; valid_to: Date | null };
type Tx = Transaction<Schema>;
/** Miners of one site, by a customer, from an hour on. */
export type Part = { customerId: string; siteNo: number; minerIds: readonly string[]; from: Date };

/** Two changes of whose miners are whose at once would each miss what the other closes. */
const LOCK = sql`lock table customer_miners in share row exclusive mode`;

/** Two that are made or renamed at once would each not see the other. */
const ONE_BY_ONE = sql`lock table customers in share row exclusive mode`;

/** Whether another customer that is there bears this name. */
const isNamed = async (tx: Tx, name: string, customerId: string): Promise<boolean> => {
  const { rows } = await sql`select from customers
    where lower(name) = lower(${name}) and removed_at is null and customer_id <> ${customerId}`.execute(tx);
  return rows.length > 0;
};

const isThere = async (tx: Tx, customerId: string): Promise<boolean> => {
  const { rows } = await sql`select from customers where customer_id = ${customerId} and removed_at is null`.execute(
    tx,
  );
  return rows.length > 0;
};

/** Whatever was said of these miners from `from` on is no longer so. */
async function cutOff(tx: Tx, siteNo: number, miners: readonly number[], from: Date): Promise<void> {
  const meant = sql`site_no = ${siteNo} and miner_no = any(${[...miners]}::int[])`;
  await sql`delete from customer_miners where ${meant} and valid_from >= ${from}`.execute(tx);
  await sql`update customer_miners set valid_to = ${from}
    where ${meant} and (valid_to is null or valid_to > ${from})`.execute(tx);
}

export type CustomerStore = ReturnType<typeof customerStore>;

/** The only SQL on customers and on whose miner a miner is when. */
export const customerStore = (db: Db) => ({
  list: async (customerId: string | null = null): Promise<Customer[]> => {
    const { rows } = await sql<Row>`select c.customer_id, c.name, c.contact, c.note, c.created_at,
        (select count(*)::int from customer_miners a where a.customer_id = c.customer_id and a.valid_to is null) as miners
      from customers c where c.removed_at is null and (${customerId}::text is null or c.customer_id = ${customerId})
      order by c.name, c.customer_id`.execute(db);
    return rows.map((row) => Customer.parse({ ...row, created_at: row.created_at.toISOString() }));
  },

  /** What was given to another one already: an id for good, a name while they are there, each whatever its letters. */
  create: ({
    customer_id,
    name,
    contact,
    note,
  }: Pick<Customer, "customer_id" | "name" | "contact" | "note">): Promise<"id" | "name" | null> =>
    db.transaction().execute(async (tx) => {
      await ONE_BY_ONE.execute(tx);
      const { rows } = await sql`select from customers where lower(customer_id) = lower(${customer_id})`.execute(tx);
      if (rows.length > 0) return "id";
      if (await isNamed(tx, name, customer_id)) return "name";
      await sql`insert into customers (customer_id, name, contact, note)
        values (${customer_id}, ${name}, ${contact}, ${note})`.execute(tx);
      return null;
    }),

  /** False when the name is another one's. */
  update: ({
    customer_id,
    name,
    contact,
    note,
  }: Pick<Customer, "customer_id" | "name" | "contact" | "note">): Promise<boolean> =>
    db.transaction().execute(async (tx) => {
      await ONE_BY_ONE.execute(tx);
      if (await isNamed(tx, name, customer_id)) return false;
      await sql`update customers set name = ${name}, contact = ${contact}, note = ${note}
        where customer_id = ${customer_id}`.execute(tx);
      return true;
    }),

  /** False while there are miners of theirs. */
  remove: (customerId: string): Promise<boolean> =>
    db.transaction().execute(async (tx) => {
      await LOCK.execute(tx);
      const { rows } = await sql`select from customer_miners
        where customer_id = ${customerId} and valid_to is null limit 1`.execute(tx);
      if (rows.length > 0) return false;
      await sql`update customers set removed_at = now() where customer_id = ${customerId}`.execute(tx);
      await sql`delete from grants where customer_id = ${customerId}`.execute(tx);
      return true;
    }),

  miners: async (
    customerId: string,
    { state, page, per_page }: QueryOf<typeof ListCustomerMiners>,
  ): Promise<{ miners: CustomerMiner[]; total: number }> => {
    const meant = sql`a.customer_id = ${customerId} and ${state === "all" ? sql`true` : sql`a.valid_to is null`}`;
    const { rows } = await sql<MinerRow>`
      select s.site_id, m.miner_id, l.model, a.valid_from, a.valid_to
      from customer_miners a join sites s using (site_no) join miners m using (site_no, miner_no)
        left join latest l using (site_no, miner_no)
      where ${meant} order by s.site_id, m.miner_id collate "C", a.valid_from
      limit ${per_page} offset ${(page - 1) * per_page}`.execute(db);
    const counted = await sql<{ n: number }>`select count(*)::int as n from customer_miners a where ${meant}`.execute(
      db,
    );
    const miners = rows.map(({ valid_from, valid_to, ...row }) =>
      CustomerMiner.parse({
        ...row,
        valid_from: valid_from.toISOString(),
        valid_to: valid_to?.toISOString() ?? null,
      }),
    );
    return { miners, total: counted.rows[0]?.n ?? 0 };
  },

  /** Makes miners a customer's; gives how many were not, or null where the customer is gone. */
  assign: ({ customerId, siteNo, minerIds, from }: Part): Promise<number | null> =>
    db.transaction().execute(async (tx) => {
      await LOCK.execute(tx);
      if (!(await isThere(tx, customerId))) return null;
      const { rows } = await sql<{ miner_no: number }>`select miner_no from miners m
        where site_no = ${siteNo} and miner_id = any(${[...minerIds]}::text[]) and not exists (
          select from customer_miners a where a.site_no = m.site_no and a.miner_no = m.miner_no
            and a.customer_id = ${customerId} and a.valid_to is null and a.valid_from <= ${from})`.execute(tx);
      const miners = rows.map(({ miner_no }) => miner_no);
      if (miners.length === 0) return 0;
      await cutOff(tx, siteNo, miners, from);
      // One that was theirs up to this hour goes on, as if it had never ended.
      await sql`with resumed as (
          update customer_miners set valid_to = null
          where site_no = ${siteNo} and miner_no = any(${miners}::int[]) and customer_id = ${customerId} and valid_to = ${from}
          returning miner_no)
        insert into customer_miners (customer_id, site_no, miner_no, valid_from)
        select ${customerId}, ${siteNo}, miner_no, ${from}::timestamptz from unnest(${miners}::int[]) as miner_no
        where miner_no not in (select miner_no from resumed)`.execute(tx);
      return miners.length;
    }),

  /** Makes miners of a customer nobody's; gives how many were theirs. Another one's part of the past stays. */
  release: ({ customerId, siteNo, minerIds, from }: Part): Promise<number> =>
    db.transaction().execute(async (tx) => {
      await LOCK.execute(tx);
      const theirs = sql`customer_id = ${customerId} and site_no = ${siteNo} and valid_to is null and miner_no in (
        select miner_no from miners where site_no = ${siteNo} and miner_id = any(${[...minerIds]}::text[]))`;
      const undone = await sql`delete from customer_miners where ${theirs} and valid_from >= ${from}`.execute(tx);
      const ended = await sql`update customer_miners set valid_to = ${from} where ${theirs}`.execute(tx);
      return Number((undone.numAffectedRows ?? 0n) + (ended.numAffectedRows ?? 0n));
    }),
});

import { PayoutScheme, Tariff } from "@banksman/wire/api";
import { type MarketFact, MarketFactName } from "@banksman/wire/ingest";
import { sql } from "kysely";
import { z } from "zod";
import { NOT_HASHING, UNREACHABLE } from "../db/codes.ts";
import type { Db } from "../db/connect.ts";
import type { Sums } from "./economics.ts";

export type StoredFact = {
  name: MarketFactName;
  origin: "manual" | "collector";
  value: number;
  at: Date;
  source: string;
};
export type SiteTariff = { site_no: number; site_id: string; name: string; tariff: Tariff | null };
/** Sums of one model at one site. */
export type GroupSums = Sums & { site_no: number; model: string | null };
export type MinerSums = Sums & { miner_id: string; model: string | null };

const StoredSettings = z.object({ scheme: PayoutScheme, pool_fee: z.number() });
const StoredFactName = z.object({ name: MarketFactName });

/** A miner that hashes at this moment; what an unreachable or idle one said last earns nothing. */
const HASHES = sql.raw(`health not in (${NOT_HASHING}, ${UNREACHABLE}) and hashrate_ghs > 0`);
const SUMS = sql`
  count(*)::int as miners,
  (count(*) filter (where ${HASHES}))::int as hashing,
  (count(*) filter (where ${HASHES} and power_consumption > 0))::int as with_power,
  sum(hashrate_ghs) filter (where ${HASHES}) as ghs,
  sum(hashrate_ghs) filter (where ${HASHES} and power_consumption > 0) as powered_ghs,
  sum(power_consumption::float8) filter (where ${HASHES} and power_consumption > 0) as watts`;

export type MarketStore = ReturnType<typeof marketStore>;

/** The only SQL on market facts, tariffs and what machines earn. */
export const marketStore = (db: Db) => ({
  facts: async (): Promise<StoredFact[]> => {
    const { rows } = await sql<StoredFact>`select name, origin, value, at, source from market_facts`.execute(db);
    return rows.filter((row) => StoredFactName.safeParse(row).success);
  },

  settings: async (): Promise<z.infer<typeof StoredSettings>> => {
    const { rows } = await sql`select scheme, pool_fee from market_settings`.execute(db);
    return StoredSettings.parse(rows[0]);
  },

  setSettings: async (change: { scheme?: PayoutScheme | undefined; pool_fee?: number | undefined }): Promise<void> => {
    await sql`update market_settings set scheme = coalesce(${change.scheme ?? null}, scheme),
      pool_fee = coalesce(${change.pool_fee ?? null}::float8, pool_fee)`.execute(db);
  },

  setManual: async (name: MarketFactName, value: number | null, by: string): Promise<void> => {
    if (value === null) await sql`delete from market_facts where name = ${name} and origin = 'manual'`.execute(db);
    else
      await sql`insert into market_facts (name, origin, value, at, source) values (${name}, 'manual', ${value}, now(), ${by})
        on conflict (name, origin) do update set value = excluded.value, at = excluded.at, source = excluded.source`.execute(
        db,
      );
  },

  /** Keeps a collector's facts where they are newer than what is there; tells how many were. */
  takeFacts: async (facts: readonly MarketFact[]): Promise<number> => {
    let stored = 0;
    for (const { name, value, at, source } of facts) {
      const { numAffectedRows } =
        await sql`insert into market_facts (name, origin, value, at, source) values (${name}, 'collector', ${value}, ${at}, ${source})
          on conflict (name, origin) do update set value = excluded.value, at = excluded.at, source = excluded.source
          where excluded.at > market_facts.at`.execute(db);
      stored += Number(numAffectedRows ?? 0);
    }
    return stored;
  },

  /** Sites with what they pay; one of them, or all. */
  tariffs: async (siteId?: string): Promise<SiteTariff[]> => {
    const { rows } = await sql<{ site_no: number; site_id: string; name: string; tariff: unknown }>`
      select s.site_no, s.site_id, s.name, t.tariff from sites s left join site_tariffs t using (site_no)
      where ${siteId ?? null}::text is null or s.site_id = ${siteId ?? null} order by s.site_id`.execute(db);
    return rows.map((row) => ({ ...row, tariff: row.tariff === null ? null : Tariff.parse(row.tariff) }));
  },

  setTariff: async (siteNo: number, tariff: Tariff): Promise<void> => {
    await sql`insert into site_tariffs (site_no, tariff) values (${siteNo}, ${JSON.stringify(tariff)})
      on conflict (site_no) do update set tariff = excluded.tariff, updated_at = now()`.execute(db);
  },

  groups: async (siteNos: readonly number[]): Promise<GroupSums[]> => {
    const { rows } = await sql<GroupSums>`
      select site_no, model, ${SUMS} from latest where site_no = any(${siteNos}::int[]) group by site_no, model`.execute(
      db,
    );
    return rows;
  },

  /** One page of a site's hashing miners, those that burn most for what they earn first; power unknown at the end. */
  miners: async (siteNo: number, limit: number, offset: number): Promise<{ rows: MinerSums[]; total: number }> => {
    const { rows } = await sql<MinerSums & { total: number }>`
      select miner_id, model, 1 as miners, 1 as hashing, (power_consumption > 0)::int as with_power, hashrate_ghs as ghs,
        case when power_consumption > 0 then hashrate_ghs end as powered_ghs,
        case when power_consumption > 0 then power_consumption::float8 end as watts,
        (count(*) over ())::int as total
      from latest where site_no = ${siteNo} and ${HASHES}
      order by power_consumption / hashrate_ghs desc nulls last, miner_id limit ${limit} offset ${offset}`.execute(db);
    return { rows: rows.map((row) => ({ ...row, with_power: row.with_power ?? 0 })), total: rows[0]?.total ?? 0 };
  },
});

import { COOLING_LEASE_MS } from "@banksman/wire/link";
import type { CoolingReadPlan, CoolingUnitKey } from "@banksman/wire/model";
import type pg from "pg";
import { inTransaction } from "../db/in-transaction.ts";
import { sharesOf } from "./shares.ts";
import { registerOwn, type UnitRow, unitsByKey, unitsToRead } from "./unit-store.ts";

/** "cool" in ASCII; with a site's number it names the lock of that site's leases. */
const LOCK_CLASS = 0x636f6f6c;

/** One edge that asks for units. `askedAt` is when its request was taken; null when that is now. */
export type LeaseRequest = {
  collectedBy: number;
  holder: string;
  collectorId: string;
  can: number;
  holds: readonly CoolingUnitKey[];
  givesBack: readonly CoolingUnitKey[];
  askedAt: Date | null;
};
/** What it holds from then on, until when, and when the next lease of another ends unless it is renewed. */
export type Leased = { units: UnitRow[]; askedAt: Date; until: Date; now: Date; nextEnd: Date | null };

type LeaseRow = { site_no: number; unit_no: number; holder: string; expires_at: Date };

export type LeaseStore = ReturnType<typeof leaseStore>;

const nameOf = ({ site_id, host }: CoolingUnitKey) => `${site_id} ${host}`;

/**
 * Who reads which unit, in the database alone: every server shares it, a lease is renewed three seconds apart, and a lock a
 * site makes two servers grant one after the other. All times are the database's, so that no server's clock matters.
 */
export const leaseStore = (pool: pg.Pool) => ({
  unitsByKey: (keys: readonly CoolingUnitKey[]) => unitsByKey(pool, keys),
  registerOwn: (siteNo: number, units: readonly (CoolingUnitKey & CoolingReadPlan)[]) =>
    registerOwn(pool, siteNo, units),

  /** Renews what the edge holds within its share, and grants it what is free. */
  lease: (request: LeaseRequest): Promise<Leased> =>
    inTransaction(pool, async (client) => {
      await client.query("select pg_advisory_xact_lock($1, $2)", [LOCK_CLASS, request.collectedBy]);
      const { now, edges } = await noteEdge(client, request);
      const askedAt = request.askedAt ?? now;
      const until = new Date(askedAt.getTime() + COOLING_LEASE_MS);
      if (request.givesBack.length > 0) await giveBack(client, request);
      const units = await unitsToRead(client, request.collectedBy);
      const leases = await leasesOf(client, request.collectedBy);
      const share = sharesOf(units.length, edges).get(request.holder) ?? 0;
      const wanted = until > now ? choose(units, leases, request, now, share) : [];
      const granted = await grant(client, request, wanted, until, now);
      const others = leases.filter(({ holder, expires_at }) => holder !== request.holder && expires_at > now);
      const nextEnd =
        others.length === 0 ? null : new Date(Math.min(...others.map((lease) => lease.expires_at.getTime())));
      return { units: wanted.filter(({ unit_no }) => granted.has(unit_no)), askedAt, until, now, nextEnd };
    }),
});

/** Keeps that this edge is there, and gives all that are, by the database's clock. */
async function noteEdge(client: pg.ClientBase, { collectedBy, holder, can, askedAt }: LeaseRequest) {
  await client.query(
    `insert into cooling_edges (site_no, holder, can, seen_at) values ($1, $2, $3, coalesce($4, clock_timestamp()))
     on conflict (site_no, holder) do update set can = excluded.can, seen_at = excluded.seen_at`,
    [collectedBy, holder, can, askedAt],
  );
  const { rows } = await client.query<{ now: Date; holder: string; can: number }>(
    `select clock_timestamp() as now, holder, can from cooling_edges
     where site_no = $1 and can > 0 and seen_at > clock_timestamp() - make_interval(secs => $2)`,
    [collectedBy, COOLING_LEASE_MS / 1_000],
  );
  const now = rows[0]?.now ?? (await client.query<{ now: Date }>("select clock_timestamp() as now")).rows[0]?.now;
  return { now: now ?? new Date(), edges: rows };
}

async function giveBack(client: pg.ClientBase, { holder, givesBack }: LeaseRequest): Promise<void> {
  const units = await unitsByKey(client, givesBack);
  await client.query("delete from cooling_leases where holder = $1 and unit_no = any($2)", [
    holder,
    units.map(({ unit_no }) => unit_no),
  ]);
}

async function leasesOf(client: pg.ClientBase, collectedBy: number): Promise<LeaseRow[]> {
  const { rows } = await client.query<LeaseRow>(
    `select l.site_no, l.unit_no, l.holder, l.expires_at from cooling_leases l
     join cooling_units u using (site_no, unit_no) where u.collected_by = $1`,
    [collectedBy],
  );
  return rows;
}

/** The units an edge is to hold: first those it has, then those it says it reads, then any that nobody has. */
function choose(
  units: readonly UnitRow[],
  leases: readonly LeaseRow[],
  { holder, holds }: LeaseRequest,
  now: Date,
  share: number,
): UnitRow[] {
  const leaseOf = new Map(leases.map((lease) => [lease.unit_no, lease]));
  const read = new Set(holds.map(nameOf));
  const rank = (unit: UnitRow) => (leaseOf.get(unit.unit_no)?.holder === holder ? 0 : read.has(nameOf(unit)) ? 1 : 2);
  const isFree = ({ unit_no }: UnitRow) => {
    const lease = leaseOf.get(unit_no);
    return !lease || lease.holder === holder || lease.expires_at <= now;
  };
  return units
    .filter(isFree)
    .toSorted((a, b) => rank(a) - rank(b))
    .slice(0, share);
}

/**
 * Writes the leases, and gives those that were written: where a unit moved to another site's collectors meanwhile, the lease
 * of the former ones still stands in the way until it ends.
 */
async function grant(
  client: pg.ClientBase,
  { collectedBy, holder, collectorId }: LeaseRequest,
  units: readonly UnitRow[],
  until: Date,
  now: Date,
): Promise<Set<number>> {
  const { rows } = await client.query<{ unit_no: number }>(
    `insert into cooling_leases as l (site_no, unit_no, collected_by, holder, collector_id, granted_at, expires_at)
     select site_no, unit_no, $1, $2, $3, $4, $5 from unnest($6::int[], $7::int[]) u (site_no, unit_no) order by 1, 2
     on conflict (site_no, unit_no) do update set collected_by = excluded.collected_by, holder = excluded.holder,
       collector_id = excluded.collector_id, expires_at = excluded.expires_at,
       granted_at = case when l.holder = excluded.holder then l.granted_at else excluded.granted_at end
     where l.holder = excluded.holder or l.expires_at <= $4
     returning unit_no`,
    [
      collectedBy,
      holder,
      collectorId,
      now,
      until,
      units.map(({ site_no }) => site_no),
      units.map(({ unit_no }) => unit_no),
    ],
  );
  return new Set(rows.map(({ unit_no }) => unit_no));
}

import type { CoolingRefusal } from "@banksman/wire/ingest";
import { COOLING_LEASE_MS, type CoolingLease, type CoolingLeases } from "@banksman/wire/link";
import type { Leased, LeaseRequest, LeaseStore } from "./lease-store.ts";
import { refusalOf } from "./parse-upload.ts";
import type { UnitRow } from "./unit-store.ts";

/** An edge at the other end of a link. */
export type LinkedEdge = { siteNo: number; siteId: string; ledgerId: string; collectorId: string };

/** Until when, by this server's monotonic clock, an edge holds which units, by site and host. */
export type HeldUnits = ReadonlyMap<number, ReadonlyMap<string, number>>;

function heldUnits(units: readonly UnitRow[], until: number): HeldUnits {
  const bySite = new Map<number, Map<string, number>>();
  for (const { site_no, host } of units)
    bySite.set(site_no, (bySite.get(site_no) ?? new Map<string, number>()).set(host, until));
  return bySite;
}

/** Leases that end are looked for a moment later, so that they have ended by the database's clock as well. */
const AFTER_END_MS = 50;

/**
 * Answers one link's requests for units. When a lease of another edge ends before this one asks again, its last request is
 * answered once more with what it got by that: a unit whose edge is gone has another within ten seconds.
 */
export function createLessee(
  store: LeaseStore,
  edge: LinkedEdge,
  send: (frame: CoolingLeases) => void,
  onLeased: (units: HeldUnits) => void,
) {
  let timer: NodeJS.Timeout | null = null;
  let refused: CoolingRefusal[] = [];
  let heldBefore = 0;
  /** Counts requests: what was begun for an earlier one is not told any more. */
  let turn = 0;

  const stop = (): void => {
    if (timer) clearTimeout(timer);
    turn += 1;
  };

  const answer = ({ request }: CoolingLease, { units, until, now }: Leased): void => {
    heldBefore = units.length;
    onLeased(heldUnits(units, performance.now() + until.getTime() - now.getTime()));
    send({
      type: "cooling_leases",
      request,
      ttl_ms: COOLING_LEASE_MS,
      grants: units.map(({ unit_no, site_id, host, driver, interval_s, timeout_ms, retries }) => ({
        ...{ unit_no, site_id, host, driver, interval_s, timeout_ms, retries },
        expires_in_ms: Math.max(0, until.getTime() - now.getTime()),
      })),
      refused,
    });
  };

  /** Looks again when the next lease of another ends, for as long as this request's own leases would hold. */
  const watch = (frame: CoolingLease, asked: LeaseRequest, { nextEnd, askedAt, until, now }: Leased): void => {
    if (nextEnd === null || nextEnd >= until) return;
    const waitMs = nextEnd.getTime() - now.getTime() + AFTER_END_MS;
    const mine = turn;
    timer = setTimeout(() => {
      const again = { ...asked, askedAt, givesBack: [] };
      store.lease(again).then(
        (leased) => {
          if (turn !== mine) return;
          if (leased.units.length > heldBefore) answer(frame, leased);
          watch(frame, again, leased);
        },
        // The edge asks again within three seconds.
        () => undefined,
      );
    }, waitMs);
  };

  return {
    take: async (frame: CoolingLease): Promise<void> => {
      stop();
      if (frame.units) refused = await register(store, edge, frame.units);
      const request: LeaseRequest = {
        collectedBy: edge.siteNo,
        holder: edge.ledgerId,
        collectorId: edge.collectorId,
        can: frame.can,
        holds: frame.holds,
        givesBack: frame.gives_back ?? [],
        askedAt: null,
      };
      const leased = await store.lease(request);
      answer(frame, leased);
      if (frame.can > 0) watch(frame, request, leased);
    },
    stop,
  };
}
export type Lessee = ReturnType<typeof createLessee>;

/** Enters the units of an edge's file that are its own site's, and says which of the others it may not read. */
async function register(
  store: LeaseStore,
  { siteNo, siteId }: LinkedEdge,
  units: NonNullable<CoolingLease["units"]>,
): Promise<CoolingRefusal[]> {
  await store.registerOwn(
    siteNo,
    units.filter(({ site_id }) => site_id === siteId),
  );
  const known = new Map((await store.unitsByKey(units)).map((unit) => [`${unit.site_id} ${unit.host}`, unit]));
  return units.flatMap((unit) => {
    const found = known.get(`${unit.site_id} ${unit.host}`);
    if (found?.collected_by === siteNo) return [];
    const detail = `register ${unit.host} of site "${unit.site_id}" at the server, to be read by site "${siteId}"`;
    return [refusalOf(unit, found ? "read_elsewhere" : "unknown_unit", detail)];
  });
}

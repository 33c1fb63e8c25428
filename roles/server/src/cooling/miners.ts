import { uuid8Of } from "@banksman/kit/uuid8";
import { type ContainedMiner, LISTED_BY, Reading } from "@banksman/wire/model";
import type pg from "pg";
import type { IngestService } from "../ingest/service.ts";
import type { StoredReading } from "./upload-store.ts";

/** An address that the site's own edge read within this time is its own to tell of. */
const OWN_READING_MS = 15 * 60_000;

/** A miner as its container tells of it. It has no id of its own there: its address is its name. */
function toReading({ ip_address, ...miner }: ContainedMiner, driver: string): Reading[] {
  const hashes = (miner.hashrate_5s_ghs ?? miner.hashrate_ghs ?? 0) > 0;
  // What a controller says in its list may be no reading at all: then it is none.
  const reading = Reading.safeParse({
    miner_id: ip_address,
    ip_address,
    online: true,
    hashrate_ghs: miner.hashrate_ghs,
    hashrate_5s_ghs: miner.hashrate_5s_ghs,
    expected_hashrate_ghs: miner.expected_hashrate_ghs ?? null,
    temperature_avg: null,
    temperature_max: miner.temperature_board ?? miner.temperature_chip,
    temperature_chips: miner.temperature_chip === null ? null : [miner.temperature_chip],
    uptime_seconds: miner.uptime_seconds,
    model: miner.model,
    firmware: miner.firmware,
    status: hashes ? "hashing" : null,
    driver: `${LISTED_BY}${driver}`,
  } satisfies Reading);
  return reading.success ? [reading.data] : [];
}

type Ingest = Pick<IngestService, "takeReadings">;

/**
 * Feeds the fleet with miners that containers list, as readings of a source of their own: the newest, and one row for each
 * list, which comes every five minutes. What the site's own edge reads is left alone.
 */
export const containedMiners = (pool: pg.Pool, ingest: Ingest) => {
  /** Addresses of a site that its own edge reads. */
  const ownAddresses = async (siteNo: number, addresses: readonly string[]): Promise<Set<string>> => {
    const { rows } = await pool.query<{ address: string }>(
      `select distinct split_part(ip_address, ':', 1) as address from latest
       where site_no = $1 and split_part(ip_address, ':', 1) = any($2) and coalesce(driver, '') not like '${LISTED_BY}%'
         and received_at > now() - make_interval(secs => $3)`,
      [siteNo, addresses, OWN_READING_MS / 1_000],
    );
    return new Set(rows.map(({ address }) => address));
  };

  /** A miner that its edge began to read itself is no longer here a second time. */
  const forget = async (siteNo: number, addresses: ReadonlySet<string>): Promise<void> => {
    if (addresses.size === 0) return;
    await pool.query(
      `with gone as (delete from latest where site_no = $1 and miner_id = any($2) and driver like '${LISTED_BY}%' returning site_no, miner_no)
       delete from latest_detail d using gone where d.site_no = gone.site_no and d.miner_no = gone.miner_no`,
      [siteNo, [...addresses]],
    );
  };

  return async (batchId: string, readings: readonly StoredReading[]): Promise<void> => {
    for (const { unit, reading } of readings) {
      const list = reading.record.miners?.list ?? [];
      if (list.length === 0) continue;
      const own = await ownAddresses(
        unit.site_no,
        list.map(({ ip_address }) => ip_address),
      );
      await forget(unit.site_no, own);
      const others = list.filter(({ ip_address }) => !own.has(ip_address));
      const batch = {
        siteNo: unit.site_no,
        siteId: unit.site_id,
        // One for one list of one upload, so that an upload sent again changes nothing.
        batchId: uuid8Of(`${batchId} ${unit.unit_no} ${reading.round_at}`),
        collectedAt: Date.parse(reading.record.at),
      };
      await ingest.takeReadings(
        batch,
        others.flatMap((miner) => toReading(miner, reading.record.driver)),
      );
    }
  };
};

import { type Clock, Counter, type Registry } from "@banksman/kit";
import type { CoolingReading, CoolingRefusal, CoolingUploadReply } from "@banksman/wire/ingest";
import { type CoolingUnitKey, deriveCooling } from "@banksman/wire/model";
import { parseCoolingUpload, refusalOf } from "./parse-upload.ts";
import { typedOf } from "./typed.ts";
import type { UnitRow } from "./unit-store.ts";
import type { CoolingUploadStore, StoredFailure, StoredReading } from "./upload-store.ts";

const MAX_AHEAD_MS = 10 * 60_000;
const DAY_MS = 86_400_000;

export type CoolingUploadRequest = { siteNo: number; siteId: string; body: string };

/** What the rest of the server hears of an upload that is on disk: units with a newer record, or a newer failure. */
export type CoolingStored = {
  readings: readonly StoredReading[];
  failures: readonly StoredFailure[];
  /** What the measurements of these units show, by unit number. */
  findings: ReadonlyMap<number, readonly string[]>;
};

type Parts = {
  store: CoolingUploadStore;
  /** Days that snapshots are kept: nothing older is taken. */
  keptDays: () => number;
  onStored: (stored: CoolingStored) => void;
  /** Takes the miners that a container lists; done before the reply, so that none is lost. */
  takeMiners: (batchId: string, readings: readonly StoredReading[]) => Promise<void>;
  clock: Clock;
  metrics: Registry;
};

/** Takes uploads of cooling units: parse, find whose they are, write, and only then answer. */
export const coolingUploadService = ({ store, keptDays, onStored, takeMiners, clock, metrics }: Parts) => {
  const counters = createCounters(metrics);
  return {
    accept: async ({ siteNo, siteId, body }: CoolingUploadRequest): Promise<CoolingUploadReply> => {
      const upload = parseCoolingUpload(body);
      const units = await unitsOf(store, { siteNo, siteId }, [...upload.readings, ...upload.failures]);
      const now = clock.now();
      const sorter = createSorter(units, siteNo, now, now - keptDays() * DAY_MS);
      const readings = upload.readings.flatMap((reading): StoredReading[] => {
        const unit = sorter.unitOf(reading, [reading.round_at, reading.record.at]);
        return unit ? [{ unit, reading, derived: deriveCooling(reading.record, typedOf(unit)) }] : [];
      });
      const failures = upload.failures.flatMap((failure): StoredFailure[] => {
        const unit = sorter.unitOf(failure, [failure.round_at]);
        return unit ? [{ unit, failure }] : [];
      });
      const { collector_id: collectorId, rounds } = upload;
      const { stored, newer, failed, findings } = await store.write({
        siteNo,
        collectorId,
        rounds,
        readings,
        failures,
      });
      counters.readings.inc(stored);
      // Before the miners: where there is no room for those, the collector sends all of it again, and nothing is newer then.
      onStored({
        readings: readings.filter(({ unit }) => newer.has(unit.unit_no)),
        failures: failures.filter(({ unit }) => failed.has(unit.unit_no)),
        findings,
      });
      await takeMiners(upload.batch_id, readings);
      const refused = [...upload.refused, ...sorter.refused];
      counters.refused.inc(refused.length);
      return { success: true, stored, duplicates: readings.length - stored, refused };
    },
  };
};
export type CoolingUploadService = ReturnType<typeof coolingUploadService>;

const nameOf = ({ site_id, host }: CoolingUnitKey) => `${site_id} ${host}`;

/** The units that are named; those of the collector's own site that nobody entered yet are entered now. */
async function unitsOf(
  store: CoolingUploadStore,
  own: { siteNo: number; siteId: string },
  named: readonly (CoolingUnitKey & Partial<Pick<CoolingReading, "record">>)[],
): Promise<Map<string, UnitRow>> {
  const keys = [...new Map(named.map((one) => [nameOf(one), one])).values()];
  const known = new Map((await store.unitsByKey(keys)).map((unit) => [nameOf(unit), unit]));
  const fresh = keys.filter((key) => key.site_id === own.siteId && !known.has(nameOf(key)));
  if (fresh.length === 0) return known;
  const plan = { interval_s: 60, timeout_ms: 3_000, retries: 3 };
  await store.registerOwn(
    own.siteNo,
    fresh.map(({ site_id, host, record }) => ({ site_id, host, ...plan, driver: record?.driver ?? null })),
  );
  for (const unit of await store.unitsByKey(fresh)) known.set(nameOf(unit), unit);
  return known;
}

/** Tells what may be stored from what may not, and why. */
function createSorter(units: ReadonlyMap<string, UnitRow>, siteNo: number, now: number, oldest: number) {
  const refused: CoolingRefusal[] = [];
  const refuse = (row: CoolingUnitKey, ...why: [CoolingRefusal["code"], string]) => {
    refused.push(refusalOf(row, ...why));
    return null;
  };
  return {
    refused,
    unitOf: (row: CoolingUnitKey, times: readonly string[]): UnitRow | null => {
      const unit = units.get(nameOf(row));
      if (!unit)
        return refuse(
          row,
          "unknown_unit",
          `no unit ${row.host} of site "${row.site_id}" is registered to be read from here`,
        );
      if (unit.collected_by !== siteNo)
        return refuse(row, "read_elsewhere", `${row.host} is registered to be read by another site's collectors`);
      for (const time of times) {
        const at = Date.parse(time);
        if (at > now + MAX_AHEAD_MS)
          return refuse(row, "clock", `${time} is more than 10 minutes ahead; set the collector's clock`);
        if (at < oldest) return refuse(row, "clock", `${time} is older than what is kept`);
      }
      return unit;
    },
  };
}

function createCounters(metrics: Registry) {
  const registers = [metrics];
  return {
    readings: new Counter({ name: "banksman_cooling_readings_total", help: "Cooling readings stored", registers }),
    refused: new Counter({
      name: "banksman_cooling_refused_total",
      help: "Cooling readings refused with a reason",
      registers,
    }),
  };
}

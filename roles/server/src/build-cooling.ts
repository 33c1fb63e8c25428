import type { Clock, RoleContext } from "@banksman/kit";
import type { Sample } from "@banksman/rules";
import { createFindings } from "./cooling/findings-job.ts";
import { containedMiners } from "./cooling/miners.ts";
import type { CoolingReadStore } from "./cooling/read-store.ts";
import { createCoolingRollUp } from "./cooling/roll-up.ts";
import { coolingService } from "./cooling/service.ts";
import { coolingSettingStore } from "./cooling/setting-store.ts";
import type { UnitRow } from "./cooling/unit-store.ts";
import { type CoolingStored, coolingUploadService } from "./cooling/upload-service.ts";
import { coolingUploadStore } from "./cooling/upload-store.ts";
import type { Database } from "./db/connect.ts";
import type { Flavour } from "./db/partitions.ts";
import { coolingAway, coolingSample } from "./evaluation/cooling-samples.ts";
import type { Evaluator } from "./evaluation/evaluator.ts";
import type { IngestService } from "./ingest/service.ts";
import { linkStore } from "./link/store.ts";
import type { CoolingEvent } from "./live/hub.ts";
import type { siteFinder } from "./sites/service.ts";

type Parts = {
  database: Pick<Database, "db" | "pool">;
  flavour: Flavour;
  sites: ReturnType<typeof siteFinder>;
  ingest: Pick<IngestService, "takeReadings">;
  reads: CoolingReadStore;
  /** Tells whoever follows units of a site. */
  publish: (siteNo: number, event: CoolingEvent) => void;
  evaluator: Pick<Evaluator, "feed" | "timeOf">;
  keptDays: () => number;
  clock: Clock;
};

/** Cooling units: what uploads bring, what is kept of it, and what people see. */
export function buildCooling(parts: Parts, { metrics }: RoleContext) {
  const { database, flavour, sites, ingest, reads, publish, evaluator, keptDays, clock } = parts;
  const { db, pool } = database;
  const orders = linkStore(db).coolingDrivers;
  const cooling = coolingService({
    store: reads,
    settings: coolingSettingStore(db),
    sites,
    orders,
    keptDays,
    clock,
  });
  const uploads = coolingUploadService({
    store: coolingUploadStore(pool, flavour),
    keptDays,
    onStored: (stored) => {
      cooling.changed();
      tellOf(stored, publish);
      evaluator.feed(samplesOf(stored, (at) => evaluator.timeOf(clock.now() - Date.parse(at))));
    },
    takeMiners: containedMiners(pool, ingest),
    clock,
    metrics,
  });
  return { uploads, cooling, rollUp: createCoolingRollUp(pool, flavour), findings: createFindings(pool, clock) };
}

/** What an upload tells rules. */
const samplesOf = ({ readings, failures, findings }: CoolingStored, timeOf: (at: string) => number): Sample[] => [
  ...readings.map(({ unit, reading: { record }, derived }) =>
    coolingSample(unit, record, derived, findings.get(unit.unit_no) ?? [], timeOf(record.at)),
  ),
  ...failures.map(({ unit, failure: { code, round_at } }) => coolingAway(unit, code, timeOf(round_at))),
];

/** Tells those who look which units changed, site by site. */
function tellOf({ readings, failures }: CoolingStored, publish: Parts["publish"]): void {
  const bySite = new Map<number, { siteId: string; changed: Map<string, string> }>();
  const add = ({ site_no, site_id, host }: UnitRow, at: string) => {
    const site = bySite.get(site_no) ?? { siteId: site_id, changed: new Map<string, string>() };
    site.changed.set(host, at);
    bySite.set(site_no, site);
  };
  for (const { unit, failure } of failures) add(unit, failure.round_at);
  for (const { unit, reading } of readings) add(unit, reading.record.at);
  for (const [siteNo, { siteId, changed }] of bySite)
    publish(siteNo, { siteId, changed: [...changed].map(([host, at]) => ({ host, at })) });
}

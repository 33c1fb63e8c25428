import type { Sample } from "@banksman/rules";
import type { TargetKind } from "@banksman/wire/model";
import type { Db } from "../db/connect.ts";
import { latestCooling } from "../evaluation/cooling-samples.ts";
import { latestSamples } from "../evaluation/load.ts";
import { coolingPast } from "./cooling-past.ts";
import { minersPast } from "./miners-past.ts";
import type { Past } from "./past.ts";

export type History = ReturnType<typeof historyOf>;

/**
 * What rules look back on, and what stands now. Cooling units have a history of their own; groups of miners are judged by
 * their miners.
 */
export const historyOf = (db: Db) => ({
  past: (target: TargetKind, siteNos: readonly number[] | null): Promise<Past> =>
    target === "cooling" ? coolingPast(db, siteNos) : minersPast(db, siteNos),
  latest: (target: TargetKind): Promise<Sample[]> => (target === "cooling" ? latestCooling(db) : latestSamples(db)),
});

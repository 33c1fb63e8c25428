import {
  type Alert,
  GetCoolingFaults,
  GetCoolingOverview,
  GetCoolingUnit,
  ListAlerts,
  ListCoolingUnits,
} from "@banksman/wire/api";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useRoute } from "../../api/query.ts";
import { useLive } from "../../shell/live-context.tsx";
import { useSession } from "../../shell/session.tsx";

/** Looked for again where pushes can't come through. */
export const COOLING_EVERY_MS = 15_000;
export const SLOW_EVERY_MS = 60_000;

/** What changes when a unit was entered, changed or forgotten. */
export const UNIT_ROUTES = [ListCoolingUnits, GetCoolingUnit, GetCoolingOverview];

const LIVE_ROUTES = [...UNIT_ROUTES, GetCoolingFaults];
/** A hundred and fifty units tell within a few seconds: one question then, not one for each. */
const TOGETHER_MS = 1_500;

/** The most that is asked for at once. */
export const MOST_ALERTS = 200;
const NONE: readonly Alert[] = [];

/** Open alerts about cooling units, of one site or all, the worst first. Nothing for who may not see them. */
export function useUnitAlerts(siteId: string | null): readonly Alert[] {
  const { canAtSites } = useSession();
  const query = { kind: "cooling" as const, per_page: MOST_ALERTS, ...(siteId === null ? {} : { site_id: siteId }) };
  const options = { enabled: canAtSites("alert.read"), every: COOLING_EVERY_MS, keep: true };
  return useRoute(ListAlerts, { query }, options).data?.alerts ?? NONE;
}

/** Asks again whenever cooling units were read, for as long as the caller is mounted. */
export function useCoolingLive(): void {
  const { client, onCooling } = useLive();
  const { canAtSites } = useSession();
  const isReached = canAtSites("reading.read");
  const queries = useQueryClient();
  useEffect(() => {
    if (!isReached) return;
    let timer: number | null = null;
    const stop = onCooling(() => {
      timer ??= window.setTimeout(() => {
        timer = null;
        for (const { path } of LIVE_ROUTES) void queries.invalidateQueries({ queryKey: [path] });
      }, TOGETHER_MS);
    });
    client.followCooling(true);
    return () => {
      client.followCooling(false);
      stop();
      if (timer !== null) window.clearTimeout(timer);
    };
  }, [client, isReached, onCooling, queries]);
}

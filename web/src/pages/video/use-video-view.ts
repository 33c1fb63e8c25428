import { ListAlerts, ListCameras, ListCoolingUnits, ListVideoViews, type VideoLayout } from "@banksman/wire/api";
import { useState } from "react";
import { useRoute } from "../../api/query.ts";
import { usePhone } from "../../hooks/use-media.ts";
import { useNow } from "../../hooks/use-now.ts";
import { useUrlState } from "../../hooks/use-url-state.ts";
import { useSession } from "../../shell/session.tsx";
import type { UnitNames } from "./arrange.ts";
import { Pictures } from "./pictures.ts";
import { screenOf } from "./screen-of.ts";

export const CAMERAS_EVERY_MS = 15_000;
const ALERTS_EVERY_MS = 30_000;
const UNITS_EVERY_MS = 300_000;
const MOST_ALERTS = 200;

/** What the video pages show, all of which stands in the address, and how that is changed. */
export function useVideoView(usual: VideoLayout) {
  const { params, set, push } = useUrlState();
  const { canAtSites } = useSession();
  const isPhone = usePhone();
  const now = useNow();
  const [pictures] = useState(() => new Pictures());
  const found = useRoute(ListCameras, { query: {} }, { every: CAMERAS_EVERY_MS, keep: true });
  const views = useRoute(ListVideoViews, {}, { keep: true }).data?.views ?? [];
  const query = { level: "urgent,severe", per_page: MOST_ALERTS };
  const options = { enabled: canAtSites("alert.read"), every: ALERTS_EVERY_MS, keep: true };
  const alerts = useRoute(ListAlerts, { query }, options).data?.alerts ?? [];
  const nameOf = useUnitNames();
  const cameras = found.data?.cameras ?? [];
  const screen = screenOf({ cameras, alerts, views, params, now, isPhone, usual, nameOf });
  const { page, pages } = screen;
  return {
    ...screen,
    found,
    cameras,
    views,
    isPhone,
    pictures,
    params,
    set,
    promote: (cameraId: string | null) => push({ camera: cameraId }),
    choose: (change: Record<string, string | null>) => set({ page: null, camera: null, ...change }),
    /** Turned by hand, pages stay where they are. */
    turn: (by: number) => set({ page: String(((page + by + pages) % pages) + 1), rotate: null }),
  };
}

/** How cooling units are called: a camera may name what it looks at so, while an alert names the unit's address. */
function useUnitNames(): UnitNames {
  const { canAtSites } = useSession();
  const query = { values: "supply.temp" };
  const options = { enabled: canAtSites("reading.read"), every: UNITS_EVERY_MS, keep: true };
  const units = useRoute(ListCoolingUnits, { query }, options).data?.units ?? [];
  return (siteId, host) => units.find((unit) => unit.site_id === siteId && unit.host === host)?.name ?? null;
}

export type VideoScreen = ReturnType<typeof useVideoView>;
